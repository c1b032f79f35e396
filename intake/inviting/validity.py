"""How long an answer counts, who is asked what again, and which forms are due for whom.

A form's answers count for `valid_days`; some of its questions for less. "Ask again from" a day makes every answer given
before it too old on that day, for the whole form or for single questions. The shipped figures (with their basis, a
draft) stand in `data/validity.json` and hold until the owner sets others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.dateparse import parse_date

from clinic.models import Client, ClinicSettings
from intake.engine.answers import from_response
from intake.identity import REASONS
from intake.inviting import lifetimes
from intake.models import Questionnaire, Response
from intake.questionnaires import HISTORY, spec_of

Asked = Questionnaire.Asked


class Why:
    """Why a form is due; the words are for staff."""

    NEVER = "Never filled in"
    EXPIRED = "The answers are too old"
    AGAIN = "The clinic asks everyone again"
    PART = "Some answers are too old"
    VISIT = "Asked before each visit"


@dataclass(frozen=True, slots=True)
class Due:
    """A form that should be filled in (again). `stale` names the questions whose answers no longer count."""

    questionnaire: Questionnaire
    why: str
    stale: frozenset[str]
    response: Response | None = None

    @property
    def is_whole(self) -> bool:
        """The whole form is asked, not only single questions."""
        return self.why != Why.PART


def days_of_questions(questionnaire: Questionnaire) -> dict[str, int]:
    """{linkId: days} of the questions that expire before the form does."""
    if questionnaire.question_days is not None:
        return dict(questionnaire.question_days)
    rows = lifetimes.shipped(questionnaire.slug).get("questions", [])
    return {link_id: row["days"] for row in rows for link_id in row["linkIds"]}


def stale(response: Response, *, now: datetime) -> frozenset[str]:
    """linkIds of the questions whose answers no longer count. Of a form that was not sent: none.

    Needs `version__questionnaire` selected; asks the database nothing more unless the whole form is too old.
    """
    return _look(response.version.questionnaire, response, now, ClinicSettings.load().zone)[1]


def stale_questions(response: Response, *, now: datetime) -> frozenset[str]:
    """linkIds of the single questions whose answers are too old, whatever holds for the form as a whole."""
    if response.submitted_at is None:
        return frozenset()
    zone = ClinicSettings.load().zone
    form = response.version.questionnaire
    return frozenset(_old_questions(form, response.submitted_at.astimezone(zone).date(), now.astimezone(zone).date()))


def _old_questions(form: Questionnaire, given: date, today: date) -> set[str]:
    old = {link for link, days in days_of_questions(form).items() if (today - given).days > days}
    for link_id, day in form.ask_again_questions.items():
        start = parse_date(day)
        if start is not None and given < start <= today:
            old.add(link_id)
    return old


def _look(form: Questionnaire, response: Response, now: datetime, zone: ZoneInfo) -> tuple[str, frozenset[str]]:
    """Why the response no longer does, and which questions of it; "" and none while it does."""
    if response.submitted_at is None:
        return "", frozenset()
    given, today = response.submitted_at.astimezone(zone).date(), now.astimezone(zone).date()
    if whole := _whole(form, given, today):
        return whole, _questions(response)
    old = _old_questions(form, given, today)
    return (Why.PART if old else ""), frozenset(old)


def _questions(response: Response) -> frozenset[str]:
    return frozenset(item.link_id for item in spec_of(response.version).walk() if item.is_question)


def expired(response: Response, *, now: datetime) -> bool:
    """The whole form is too old: what the readiness light calls expired."""
    return too_old(response.version.questionnaire, response.submitted_at, now=now)


def too_old(form: Questionnaire, submitted_at: datetime | None, *, now: datetime) -> bool:
    """Whether answers sent in then do no longer count as a whole; never for what was not sent in."""
    if submitted_at is None:
        return False
    zone = ClinicSettings.load().zone
    given, today = submitted_at.astimezone(zone).date(), now.astimezone(zone).date()
    return bool(_whole(form, given, today))


def _whole(form: Questionnaire, given: date, today: date) -> str:
    again = form.ask_again_from
    if again is not None and given < again <= today:
        return Why.AGAIN
    return Why.EXPIRED if (today - given).days > form.valid_days else ""


def askable() -> QuerySet[Questionnaire]:
    """Forms that have a published version and are not put away."""
    rows = Questionnaire.objects.filter(versions__published_at__isnull=False, retired_at=None)
    return rows.distinct().order_by("id")


def due(
    clients: Iterable[Client],
    *,
    now: datetime,
    conditions: Mapping[int, Collection[str]] | None = None,
    services: Mapping[int, Collection[int]] | None = None,
    at: Mapping[int, datetime] | None = None,
) -> dict[int, list[Due]]:
    """Of each client, by primary key, the forms that are due: the same few questions for one client and for many.

    `at` is when it matters to each, for example the next visit; without it, now.

    `conditions` are slugs and `services` primary keys of what a client comes for (from plans and bookings, which are
    known above); beside them counts what the client named in the health history.
    """
    people = list(clients)
    forms = list(askable().exclude(asked=Asked.BY_HAND).prefetch_related("conditions", "services"))
    newest = _newest([client.pk for client in people], [form.pk for form in forms])
    zone = ClinicSettings.load().zone
    found: dict[int, list[Due]] = {}
    for client in people:
        comes_for = set((conditions or {}).get(client.pk, ()))
        if any(form.asked == Asked.SOME for form in forms):
            comes_for |= _named(newest, client.pk, forms)
        booked = set((services or {}).get(client.pk, ()))
        mine = [form for form in forms if _concerns(form, comes_for, booked)]
        when = (at or {}).get(client.pk, now)
        rows = (_due(form, newest.get((client.pk, form.pk)), when, zone) for form in mine)
        found[client.pk] = [row for row in rows if row is not None]
    return found


def _newest(clients: Collection[int], forms: Collection[int]) -> dict[tuple[int, int], Response]:
    """The newest sent response of each client to each form."""
    sent = Response.objects.filter(status=Response.Status.COMPLETED, version__questionnaire__in=forms)
    same = sent.filter(client=OuterRef("client"), version__questionnaire=OuterRef("version__questionnaire")).order_by(
        "-submitted_at", "-id"
    )
    rows = sent.filter(client__in=clients, pk=Subquery(same.values("pk")[:1]))
    rows = rows.select_related("version__questionnaire").defer("version__document")
    return {(row.client_id, row.version.questionnaire_id): row for row in rows}


def _named(newest: Mapping[tuple[int, int], Response], client: int, forms: Iterable[Questionnaire]) -> set[str]:
    """What the client named as the reason in the newest health history."""
    history = next((form.pk for form in forms if form.slug == HISTORY), None)
    response = newest.get((client, history)) if history is not None else None
    if response is None:
        return set()
    named = from_response(response.document, spec_of(response.version)).get(REASONS)
    return {str(code) for code in named} if isinstance(named, list) else {str(named)} if named else set()


def _concerns(form: Questionnaire, comes_for: set[str], booked: set[int]) -> bool:
    if form.asked != Asked.SOME:
        return True
    by_condition = any(condition.slug in comes_for for condition in form.conditions.all())
    return by_condition or any(service.pk in booked for service in form.services.all())


def _due(form: Questionnaire, response: Response | None, now: datetime, zone: ZoneInfo) -> Due | None:
    if response is None:
        return Due(form, Why.VISIT if form.asked == Asked.VISIT else Why.NEVER, frozenset())
    if form.asked == Asked.VISIT:
        sent = response.submitted_at
        is_of_today = sent is not None and sent.astimezone(zone).date() == now.astimezone(zone).date()
        return None if is_of_today else Due(form, Why.VISIT, _questions(response), response)
    why, old = _look(form, response, now, zone)
    return Due(form, why, old, response) if why else None
