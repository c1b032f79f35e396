"""Every code that the shipped documents name exists, and the pure modules read them rightly."""

import pytest

from conditions import loading, measures, movements, regions, sources, techniques, warning_signs
from conditions.documents import document
from conditions.grades import basis_words, grade
from conditions.topics import SLUGS, topics

CATALOGUE = loading.shipped()


def test_counts_are_those_of_the_documents():
    counted = [len(found()) for found in (regions.regions, techniques.techniques, measures.measures)]
    assert counted == [78, 30, 27]
    assert len(movements.movements()) == 38
    assert len(CATALOGUE) == 9


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row["slug"])
def test_condition_names_only_codes_that_exist(row):
    assert regions.unknown(row["regions"]) == []
    assert techniques.unknown(row["techniques"]) == []
    assert measures.unknown([row["outcome_primary"], *row["outcomes_secondary"]]) == []
    assert sources.unknown(row["evidence_sources"]) == []
    assert warning_signs.unknown(row["red_flags"]) == []
    assert warning_signs.unknown_groups(row["questionnaire_groups"]) == []


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row["slug"])
def test_condition_plan_holds_together(row):
    for plan in [row["plan"], *({**row["plan"], **variant} for variant in row["plan_variants"])]:
        assert plan["sessions"] <= plan["per_week"] * plan["weeks"]
        assert max(plan["reassess_after"]) <= plan["sessions"]
        assert 1 <= plan["pressure"][0] <= plan["pressure"][1] <= 5
        assert basis_words(plan["basis"])
    assert row["plan"]["sessions"] <= row["plan"]["max_sessions"]


def test_sources_named_anywhere_exist():
    named = {key for measure in measures.measures().values() for key in measure.sources}
    named |= {key for sign in warning_signs.warning_signs().values() for key in sign.sources}
    named |= {key for row in document("avoid_afterwards")["avoid"] for key in row["sources"]}
    assert sources.unknown(sorted(named)) == []


def test_source_links_are_addresses():
    for source in sources.sources().values():
        assert all(link.startswith(("https://", "http://")) and " " not in link for link in source.links), source.key


def test_cited_keeps_order_and_says_each_source_once():
    assert [source.key for source in sources.cited(["NG59", "SEED", "NG59"])] == ["NG59", "SEED"]


def test_mirror_of_a_mirror_is_the_region_itself():
    for code in regions.regions():
        assert regions.mirror(regions.mirror(code)) == code
    assert regions.mirror("POST-NECK-R") == "POST-NECK-L"
    assert regions.mirror("POST-SACRUM-M") == "POST-SACRUM-M"


def test_describe_names_a_pair_of_sides_once():
    codes = ["POST-SOLE-L", "POST-NECK-L", "POST-NECK-R", "POST-SACRUM-M"]
    assert regions.describe(codes) == ["Back of neck, both sides", "Sacrum and tailbone", "Sole of foot, left"]


def test_by_group_goes_from_head_to_foot():
    assert list(regions.by_group()) == ["head", "neck", "trunk", "upper limb", "lower limb"]
    assert list(regions.by_group(["POST-SOLE-L", "ANT-JAW-R"])) == ["head", "lower limb"]


def test_region_sensitivity_is_read():
    assert regions.region("POST-BUTTOCK-R").is_sensitive
    assert regions.region("ANT-NECK-L").is_restricted
    assert not regions.region("POST-CALF-L").is_sensitive


@pytest.mark.parametrize(
    ("code", "ceiling", "fits"),
    [("stripping", 2, False), ("stripping", 3, True), ("breathing", 1, True), ("stripping", None, True)],
)
def test_technique_fits_under_a_pressure_ceiling(code, ceiling, fits):
    assert techniques.technique(code).fits(ceiling) is fits


def test_pressure_words_read_as_a_range():
    assert techniques.pressure_words(2, 4) == "light to firm"
    assert techniques.pressure_words(3, 3) == "medium"
    with pytest.raises(KeyError):
        techniques.pressure_level(6)


@pytest.mark.parametrize(("value", "band"), [(0, "none"), (3, "mild"), (7, "severe"), (11, "")])
def test_measure_band_is_named(value, band):
    assert measures.measure("nprs").band(value) == band


def test_measure_knows_its_range_and_whether_it_is_ours():
    assert measures.measure("groc11").in_range(-5)
    assert not measures.measure("groc11").in_range(-6)
    assert measures.measure("nprs").ours
    assert not measures.measure("odi").ours


@pytest.mark.parametrize(
    ("wording", "level"),
    [
        ("very low", 1),
        ("low to very low", 1),
        ("Low, some moderate for myofascial release", 2),
        ("moderate for manual trigger-point and jaw work; low for massage alone", 3),
        ("high", 4),
        ("", 0),
        ("excellent", 0),
    ],
)
def test_grade_counts_the_lower_of_two_levels(wording, level):
    assert grade(wording).level == level
    assert sum(grade(wording).steps) == level


def test_grade_between_two_levels_keeps_both_names():
    assert grade("low to very low").name == "Low to very low"
    assert grade("").name == "Not rated"


def test_warning_signs_come_most_urgent_first():
    found = warning_signs.by_urgency(["RF-MOH", "RF-CES", "RF-LEG-WEAK", "RF-CES", "RF-NONE"])
    assert [urgency.code for urgency in found] == ["emergency", "today", "note"]
    assert "{emergency_number}" in found[0].advice
    assert [sign.code for sign in found[0].signs] == ["RF-CES"]


def test_movement_is_read_with_its_unit():
    assert movements.movement("tmj.protrusion").unit == "mm"
    assert movements.movement("cervical.rotation").per_side
    assert movements.end_feels()[0] == "soft"
    assert "active" in movements.pain_moments()


def test_mark_fields_offer_symptoms():
    assert "numbness" in regions.mark_fields().symptoms


@pytest.mark.parametrize("slug", SLUGS)
def test_topic_cites_only_what_it_lists(slug):
    topic = topics()[slug]
    assert topic.title and topic.lead and topic.menu
    assert "[[" not in topic.body
    assert topic.sources
    for source in topic.sources:
        assert f'href="#source-{source.key}"' in topic.body
