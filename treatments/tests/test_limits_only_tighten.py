"""The most restrictive wins: one more flag never loosens anything that plan, note or booking are held to."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from conditions.regions import regions
from conditions.techniques import techniques
from intake.models import Flag
from intake.safety.screening import BOOKING_ORDER, Effect, Hit, evaluate, load_rules, merge
from intake.safety.standing import Agreed, standing_of
from treatments import limits as hands

BOOK = load_rules()
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CODES, TECHNIQUES = sorted(regions()), sorted(techniques())
POSITIONS = ("prone", "supine", "left_side", "right_side", "seated")


def _effects():
    pressure = st.one_of(st.none(), st.integers(1, 5))
    return st.builds(
        Effect,
        pressure_max=pressure,
        pressure_scope=st.sampled_from([None, "all", "regions"]),
        regions=st.lists(st.sampled_from(CODES), max_size=4).map(tuple),
        regions_effect=st.sampled_from([None, "avoid", "pressure_limit"]),
        region_pressure_max=pressure,
        block_techniques=st.lists(st.sampled_from(TECHNIQUES), max_size=3).map(tuple),
        positions_blocked=st.lists(st.sampled_from(POSITIONS), max_size=2).map(tuple),
        place_in_words=st.booleans(),
    )


def no_looser(more, less):
    """Everything `less` forbids, `more` forbids as well."""
    if less.pressure_max is not None:
        assert more.pressure_max is not None and more.pressure_max <= less.pressure_max
    for code, most in less.region_limits.items():
        assert more.region_limits[code] <= most
    assert less.blocked_regions <= more.blocked_regions
    assert less.blocked_techniques <= more.blocked_techniques
    assert less.blocked_positions <= more.blocked_positions
    assert more.place_in_words or not less.place_in_words


@given(st.lists(_effects(), max_size=6), _effects())
def test_one_more_effect_never_loosens_a_limit(effects, another):
    no_looser(merge([*effects, another]), merge(effects))


@given(st.lists(_effects(), max_size=5), st.randoms())
def test_the_order_of_the_flags_does_not_matter(effects, random):
    shuffled = list(effects)
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(effects)


def _flag(rule):
    effect = Effect.of(Hit(rule, (), frozenset()))
    kept = {name: getattr(effect, name) for name in Effect.__slots__}
    return Flag(
        rule_id=rule.id, flag_class=rule.level, booking=rule.booking, soft=rule.soft, state="open", rank=rule.rank,
        rule=kept | {"title": rule.title, "override": rule.override,
                     "blocks_session_until": rule.blocks_session_until},
    )  # fmt: skip


def _standing(rules):
    agreed = Agreed(kinds={"treatment"})
    return standing_of([_flag(rule) for rule in rules], None, None, agreed, NOW.date())


RULES = st.lists(st.sampled_from(BOOK.rules), max_size=6, unique_by=lambda rule: rule.id)


@given(RULES, st.sampled_from(BOOK.rules))
def test_one_more_flag_never_opens_booking_plan_or_session(rules, another):
    less, more = _standing(rules), _standing([*rules, another])
    no_looser(more, less)
    assert BOOKING_ORDER.index(more.booking) >= BOOKING_ORDER.index(less.booking)
    for name in ("may_book", "may_start", "may_start_plan"):
        assert getattr(less, name) or not getattr(more, name)


@given(
    RULES,
    st.sampled_from(BOOK.rules),
    st.lists(st.sampled_from(TECHNIQUES), min_size=1, max_size=4),
    st.lists(st.sampled_from(CODES), min_size=1, max_size=4),
    st.integers(1, 5),
)
def test_what_plan_and_note_may_not_stays_forbidden(rules, another, work, areas, pressure):
    """Keys may name a stricter number; nothing that was held against a plan or a note falls away."""
    less, more = _standing(rules), _standing([*rules, another])
    rows = [{"technique": code, "pressure": pressure, "regions": areas} for code in work]

    def plan(stands):
        return hands.of_plan(pressure_max=pressure, techniques=work, regions=areas, limits=stands)

    def kinds(breaches):
        return {tuple(breach.key.split(":")[:2]) for breach in breaches}

    assert kinds(plan(less)) <= kinds(plan(more))
    assert kinds(hands.of_work(rows, areas, less)) <= kinds(hands.of_work(rows, areas, more))


def test_every_class_reaches_booking_or_the_hands():
    """No class of rule is only decoration: each blocks, waits, limits, or says on the page that it is a note."""
    for rule in BOOK.rules:
        stands = _standing([rule])
        bites = (
            not stands.may_book or stands.booking != "allow" or stands.blocking or stands.soft
            or stands.blocks_session_until or stands.pressure_max or stands.region_limits or stands.blocked_regions
            or stands.blocked_techniques or stands.blocked_positions or stands.place_in_words
        )  # fmt: skip
        needs_a_place = rule.level == "local"  # its places come with the answer
        assert bites or needs_a_place or rule.level in ("info", "modify"), rule.id


def test_switching_a_rule_off_only_takes_that_rule_away():
    answers = {"today.leg_swelling": "yes", "meds.classes": ["blood_thinner"]}
    on = [hit.rule.id for hit in evaluate(BOOK, answers, {}).hits]
    off = [hit.rule.id for hit in evaluate(BOOK, answers, {}, off={"MD-THINNER"}).hits]
    assert set(on) - set(off) == {"MD-THINNER"} and set(off) < set(on)
