"""What a therapist sees of a response: the queue, and each flag with its answer, its rule and the rule's source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, QuerySet, Value, When

from clinic.access import charts_open_to
from clinic.models import ClinicSettings, User
from clinic.permissions import Permission
from conditions.regions import describe
from conditions.sources import Source, cited
from conditions.techniques import techniques
from intake.models import Flag, Response
from intake.questionnaires import HISTORY
from intake.safety import flags
from intake.safety.advice import words_for_client
from intake.safety.screening import Limits, load_rules
from intake.safety.standing import Standing

#: tone and shape of a class's badge
LOOKS = {
    "emergency": ("emergency", "diamond"),
    "urgent": ("urgent", "triangle"),
    "do_not_treat": ("danger", "cross"),
    "clearance": ("caution", "square"),
    "local": ("caution", "half"),
    "modify": ("info", "dot"),
    "info": ("quiet", "ring"),
}
NOTHING = ("success", "check")


@dataclass(frozen=True, slots=True)
class FlagCard:
    """A flag as it is shown and closed."""

    flag: Flag
    label: str
    tone: str
    shape: str
    sources: list[Source]
    may_acknowledge: bool
    may_override: bool
    may_close_anew: bool
    needs_document: bool
    only_lead: bool
    never: bool
    earlier: bool
    client_read: str

    @property
    def is_open(self) -> bool:
        """Nobody has said anything to it yet."""
        return self.flag.state == Flag.State.OPEN


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One response waiting for a look."""

    response: Response
    label: str
    tone: str
    shape: str


def card_of(flag: Flag, *, by: User, response: Response | None = None, anew: bool | None = None) -> FlagCard:
    """A flag with what this person may do about it."""
    lead = flags.needs_lead(flag)
    may_lift = by.can(Permission.FLAG_OVERRIDE_LEAD if lead else Permission.FLAG_OVERRIDE)
    still = flag.state in (Flag.State.OPEN, Flag.State.ACKNOWLEDGED)
    tone, shape = LOOKS[flag.flag_class]
    return FlagCard(
        flag=flag,
        label=flag.get_flag_class_display(),
        tone=tone,
        shape=shape,
        sources=cited(flag.rule.get("sources", [])),
        may_acknowledge=flag.state == Flag.State.OPEN and by.can(Permission.CLINICAL_WRITE),
        may_override=still and may_lift and not flags.never_overridden(flag),
        may_close_anew=still and may_lift and (flags.answered_anew(flag) if anew is None else anew),
        needs_document=flags.needs_document(flag),
        only_lead=lead,
        never=flags.never_overridden(flag),
        earlier=response is not None and flag.response_id != response.pk,
        client_read=words_for_client(str(flag.rule.get("message_client", "")), ClinicSettings.load()),
    )


def _was_there(flag: Flag, response: Response) -> bool:
    return response.submitted_at is not None and flag.raised_at < response.submitted_at


def cards_for(response: Response, *, by: User) -> list[FlagCard]:
    """The flags to look at with a response: its own, and older ones of the client that still stand."""
    rows = Flag.objects.filter(client=response.client).select_related("closed_by", "response")
    newest = (
        Response.objects.filter(
            client=response.client, status=Response.Status.COMPLETED, version__questionnaire__slug=HISTORY
        )
        .order_by("-submitted_at")
        .values_list("submitted_at", flat=True)
        .first()
    )
    cards = []
    for flag in rows:
        own = flag.response_id == response.pk
        if own or (flag.state != Flag.State.SUPERSEDED and _was_there(flag, response)):
            anew = newest is not None and newest > flag.raised_at and flag.state != Flag.State.SUPERSEDED
            cards.append(card_of(flag, by=by, response=response, anew=anew))
    return cards


def limits_in_words(standing: Standing | Limits) -> dict[str, object]:
    """The limits as people say them, for the card that shows where a client stands."""
    by_pressure: dict[int, list[str]] = {}
    for code, most in standing.region_limits.items():
        by_pressure.setdefault(most, []).append(code)
    known = techniques()
    named = [known[code].name for code in sorted(standing.blocked_techniques) if code in known]
    return {
        "places_limited": [(", ".join(describe(codes)), most) for most, codes in sorted(by_pressure.items())],
        "places_avoided": describe(standing.blocked_regions),
        "techniques_avoided": named,
        "positions_avoided": [code.replace("_", " ") for code in sorted(standing.blocked_positions)],
    }


def queue(user: User, *, reviewed: bool, now: datetime) -> QuerySet[Response]:
    """Sent responses this person may read: not yet looked at, by urgency and then age; or the last ones looked at."""
    ranks = {code: at for at, code in enumerate(load_rules().classes)}
    rank = Case(
        *(When(top_class=code, then=Value(at)) for code, at in ranks.items()),
        default=Value(len(ranks)),
        output_field=IntegerField(),
    )
    rows = Response.objects.filter(
        status=Response.Status.COMPLETED, client__in=charts_open_to(user, now=now), reviewed_at__isnull=not reviewed
    )
    rows = rows.select_related("client", "version__questionnaire", "reviewed_by").defer("document", "version__document")
    return rows.order_by("-reviewed_at") if reviewed else rows.annotate(rank=rank).order_by("rank", "submitted_at")


def next_after(response: Response, user: User, *, now: datetime) -> Response | None:
    """The form that waits behind this one."""
    return queue(user, reviewed=False, now=now).exclude(pk=response.pk).first()


def row_of(response: Response) -> QueueRow:
    """A queue row with the words and look of its most serious class."""
    label = load_rules().classes.get(response.top_class, "No flags")
    tone, shape = LOOKS.get(response.top_class, NOTHING)
    return QueueRow(response, label, tone, shape)
