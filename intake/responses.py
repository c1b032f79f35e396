"""A client's answers: begun, kept as they are given, and sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from clinic import audit, outbox
from clinic.access import charts_open_to
from clinic.compiled import Compiled, update
from clinic.models import AuditEvent, Client, ClinicSettings
from intake import marks, proposals
from intake.access import OPENED_HERE, TABLET, actor_of
from intake.consent import agreements
from intake.engine.answers import from_response, to_response
from intake.engine.completeness import problems
from intake.engine.enablement import answered, changed, prune, state_of
from intake.engine.initial import initial_answers
from intake.engine.places import is_known
from intake.engine.progress import progress_of
from intake.engine.stamps import Given, Other, Stamp, merge
from intake.files import uploads
from intake.identity import DATE_OF_BIRTH, RECORD_FIELDS, SIGNED_ON
from intake.inviting import notices
from intake.models import Invitation, OtherAnswer, Questionnaire, QuestionnaireVersion, Response
from intake.questionnaires import HISTORY, spec_of
from intake.safety import flags, rulebook
from intake.safety.screening import Outcome, RuleBook, evaluate, load_rules, unsure

Status = Response.Status


class AlreadySent(Exception):
    """The form was sent; its answers do not change any more."""


class Incomplete(Exception):
    """Required questions are open or an answer does not fit; `problems` is linkId -> why."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("incomplete")
        self.problems = problems


def answers_of(response: Response) -> dict[str, Any]:
    """The answers as {address: value}. A document is read once for as long as it is the response's."""
    kept: tuple[Any, dict[str, Any]] | None = vars(response).get("_plain")
    if kept is None or kept[0] is not response.document:
        kept = response.document, from_response(response.document, spec_of(response.version))
        vars(response)["_plain"] = kept
    return dict(kept[1])


def today_of(now: datetime) -> date:
    """The clinic's day."""
    return now.astimezone(ClinicSettings.load().zone).date()


def start(*, invitation: Invitation, now: datetime) -> Response:
    """The response behind an invitation: the one begun before, also under an older link, or a new one.

    What the clinic knows already (name, addresses, date of birth) stands in it; nothing is typed twice. Only after a
    change of address the form begins anew: whoever can change it must not read by it what the client has written.
    """
    client, by = invitation.client, actor_of(invitation)
    with audit.transaction():
        Invitation.objects.select_for_update().get(pk=invitation.pk)
        same_form = {"version__questionnaire": invitation.version.questionnaire_id, "status": Status.IN_PROGRESS}
        begun = Response.objects.filter(client=client, **same_form).order_by("-started_at").first()
        moved = begun is not None and begun.invitation_id != invitation.pk and _moved(client, since=begun.started_at)
        if begun is not None and begun.invitation_id != invitation.pk and _is_of_the_day(invitation):
            moved = True  # the check of an earlier visit, never sent: how it was then says nothing about today
        if begun is not None and begun.version_id == invitation.version_id and not moved:
            if begun.invitation_id != invitation.pk:
                begun.invitation = invitation
                if not _may_show(invitation):
                    begun.based_on = None
                begun.save(update_fields=["invitation", "based_on"])
            return begun
        answers = begun_with(client, invitation.version) | _known(client)
        if begun is not None:
            answers |= {} if moved else answers_of(begun)
            begun.status = Status.ENTERED_IN_ERROR
            begun.save(update_fields=["status"])
        response = Response(
            client=client, version=invitation.version, invitation=invitation, started_at=now, saved_at=now,
            based_on=None if moved else _last_time(invitation),
        )  # fmt: skip
        _write(response, answers, now)
        response.save()
        if begun is not None and not moved:
            marks.carry(before=begun, to=response)
        audit.record("response.start", by=by, client=client, subject=response)
    return response


def _is_of_the_day(invitation: Invitation) -> bool:
    return invitation.version.questionnaire.asked == Questionnaire.Asked.VISIT


def _last_time(invitation: Invitation) -> Response | None:
    """The form of last time that this one may show. After a change of address only on the clinic's own tablet.

    A form opened in the clinic, on its tablet or by a code on the screen, asks nothing the desk does not know as well:
    it shows what was sent only if whoever opened it may read it in the chart.
    """
    if _is_of_the_day(invitation):
        return None
    sent = Response.objects.filter(
        client=invitation.client_id, status=Status.COMPLETED, version__questionnaire=invitation.questionnaire_id
    )
    last = sent.defer("document").order_by("-submitted_at", "-id").first()
    if last is None or last.submitted_at is None:
        return None
    if not _may_show(invitation):
        return None
    here = invitation.channels == [TABLET]
    return last if here or not _moved(invitation.client, since=last.submitted_at) else None


def _may_show(invitation: Invitation) -> bool:
    """It went to the client, or whoever opened it for them may read their chart."""
    by = invitation.created_by
    if invitation.channels not in OPENED_HERE or by is None:
        return True
    return charts_open_to(by).filter(pk=invitation.client_id).exists()


def begun_with(client: Client, version: QuestionnaireVersion) -> dict[str, Any]:
    """What the form says before anybody has answered: initial values, and what its expressions find in the record."""
    name = {"given": [client.first_name], "family": client.last_name}
    patient = {
        "resourceType": "Patient",
        "id": str(client.public_id),
        "name": [name],
        "birthDate": client.date_of_birth.isoformat(),
    }
    return initial_answers(spec_of(version), {"patient": patient, "Patient": patient})


def keep_new(response: Response, answers: Mapping[str, Any], now: datetime) -> None:
    """Save a response that is begun with answers from elsewhere."""
    _write(response, answers, now)
    response.save()


def _moved(client: Client, *, since: datetime) -> bool:
    """An address that links go to was changed since: the trail knows, and nobody can make it forget."""
    changes = AuditEvent.objects.filter(client=client, action="client.update", at__gte=since)
    return any({"email", "mobile"} & set(names) for names in changes.values_list("fields", flat=True))


def _known(client: Client) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for link_id, name in RECORD_FIELDS.items():
        value = getattr(client, name)
        if value:
            known[link_id] = value.isoformat() if isinstance(value, date) else value
    return known


def _write(response: Response, answers: Mapping[str, Any], now: datetime) -> None:
    spec = spec_of(response.version)
    asks = spec.questions
    known = {
        address: value
        for address, value in answers.items()
        if (address in asks or is_known(spec, address)) and answered(value)
    }
    known = dict(state_of(spec, known).answers) if spec.has_logic else known
    status = "completed" if response.status == Status.COMPLETED else "in-progress"
    draft = status == "in-progress"
    response.document = to_response(spec, known, status=status, authored=now, keep_hidden=draft)
    response.percent = progress_of(spec, known, response.screens_done).percent
    response.saved_at = now


def save(
    *, response: Response, changes: Mapping[str, Any], by: audit.Actor, now: datetime, screen_done: str = ""
) -> Response:
    """Keep some answers as they are; what is not named stays. `None` clears one. Raises AlreadySent."""
    done = [screen_done] if screen_done else []
    given = [Given(address, value, Stamp(_millis(now)), whole_page=True) for address, value in changes.items()]
    return keep(response=response, given=given, screens_done=done, by=by, now=now).response


@dataclass(slots=True)
class Kept:
    """A response after some answers arrived, the answers that count now, and those that do not."""

    response: Response
    answers: dict[str, Any]
    others: list[Other]


def keep(
    *, response: Response, given: Sequence[Given], screens_done: Sequence[str], by: audit.Actor, now: datetime
) -> Kept:
    """Take answers in, the later one of each question counts; a step that was here before changes nothing.

    Raises AlreadySent. Values have been checked by the form; addresses the version does not know are not kept.
    """
    with audit.transaction():
        locked = _locked_light(response)
        if locked.status != Status.IN_PROGRESS:
            raise AlreadySent
        before = answers_of(locked)
        merged = merge(before, locked.stamps, given)
        after = changed(before, merged.changes)
        done = [*locked.screens_done, *dict.fromkeys(one for one in screens_done if one not in locked.screens_done)]
        if after == before and done == locked.screens_done and not merged.stamps:
            return Kept(locked, before, merged.others)
        locked.screens_done = done
        # What is written anew is no longer only "still right".
        locked.confirmed = [name for name in locked.confirmed if before.get(name) == after.get(name)]
        locked.stamps = {**locked.stamps, **merged.stamps}
        _write(locked, after, now)
        locked.revision += 1
        update(locked, ("confirmed", "document", "stamps", "percent", "revision", "saved_at", "screens_done"))
        if merged.others:
            _keep_others(locked, merged.others, now)
        audit.record("response.save", by=by, client=locked.client, subject=locked, fields=["document"])
    return Kept(locked, after, merged.others)


def _keep_others(response: Response, others: Sequence[Other], now: datetime) -> None:
    rows = [
        OtherAnswer(
            response=response,
            address=one.address,
            value=one.value,
            step=f"{one.stamp.device}:{one.stamp.seq}"[:64],
            given_at=datetime.fromtimestamp(one.stamp.at / 1000, UTC),
            kept_at=now,
        )
        for one in others
    ]
    OtherAnswer.objects.bulk_create(rows, ignore_conflicts=True)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _locked_light(response: Response) -> Response:
    """The response under a lock: what was read a moment ago is read again only if it changed since.

    Every change of the answers counts the revision up, so the same number is the same document.
    """
    now = _LIGHT.first(response.pk)
    if now is None or any(getattr(now, name) != getattr(response, name) for name in _UNCHANGED):
        return _locked(response)
    response.stamps = now.stamps
    return response


_UNCHANGED = ("revision", "status", "screens_done", "confirmed")


def _light(pk: int) -> QuerySet[Response]:
    return Response.objects.select_for_update().only(*_UNCHANGED, "stamps").filter(pk=pk)


_LIGHT = Compiled(_light, stand_in=0, field=lambda: Response._meta.pk)


def _locked(response: Response) -> Response:
    rows = Response.objects.select_related("client", "version__questionnaire", "invitation__client")
    return rows.defer("version__document").select_for_update(of=("self",)).get(pk=response.pk)


def _facts_wanted(
    book: RuleBook, response: Response, answers: Mapping[str, Any], *, today: date
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers that count and the facts, as far as these rules look at any."""
    spec = spec_of(response.version)
    # The two facts below are worked out of answers that the rules themselves do not name.
    only = None if "any_unsure" in book.facts else {*book.asks, DATE_OF_BIRTH}
    counted = prune(spec, answers, only=only)
    return counted, facts_for(response.client, response, counted, today=today, wanted=book.facts)


ALL_FACTS = frozenset({"age_years", "any_unsure", "days_since_full_history"})


def facts_for(
    client: Client,
    response: Response,
    answers: Mapping[str, Any],
    *,
    today: date,
    wanted: Collection[str] = ALL_FACTS,
) -> dict[str, Any]:
    """What the rules want to know beside the answers."""
    spec = spec_of(response.version)
    born = client.date_of_birth
    corrected = answers.get(DATE_OF_BIRTH)
    facts: dict[str, Any] = {"age_years": client.age_on(today)} if "age_years" in wanted else {}
    if "any_unsure" in wanted:
        facts["any_unsure"] = unsure(spec, answers)
    if "age_years" in wanted and corrected and corrected != born.isoformat():
        facts["age_years"] = Client(date_of_birth=date.fromisoformat(corrected)).age_on(today)
    if "days_since_full_history" in wanted and DATE_OF_BIRTH not in spec.index:
        last = latest_completed(client)
        if last is not None and last.submitted_at is not None:
            facts["days_since_full_history"] = (today - last.submitted_at.date()).days
    return facts


def screen(response: Response, answers: Mapping[str, Any], *, today: date, book: RuleBook | None = None) -> Outcome:
    """The rules on these answers, as the product asks them: only answers to questions that are asked count.

    All rules, or those of `book` where a page needs no others.
    """
    book = book or load_rules()
    counted, facts = _facts_wanted(book, response, answers, today=today)
    return evaluate(book, counted, facts, off=rulebook.off_now())


def problems_of(response: Response, answers: Mapping[str, Any], *, today: date) -> dict[str, str]:
    """What keeps the form from being sent: address -> why. Empty when it can go."""
    return problems(agreements.asked(response.version), answers, today=today)


def submit(*, response: Response, by: audit.Actor, now: datetime, changes: Mapping[str, Any] | None = None) -> Response:
    """Send the form, with the answers of its last page. Sending twice is sending once. Raises Incomplete.

    Everything that follows from it is kept in the same transaction: flags, agreements, proposed changes to the record.
    """
    with audit.transaction():
        locked = _locked(response)
        if locked.status == Status.COMPLETED:
            return locked
        today = today_of(now)
        answers = {**answers_of(locked), **(changes or {})}
        if SIGNED_ON in spec_of(locked.version).index:
            # The day of sending is what was signed, whatever day the form was begun.
            answers.setdefault(SIGNED_ON, today.isoformat())
        problems = problems_of(locked, answers, today=today)
        if problems:
            raise Incomplete(problems)
        outcome = screen(locked, answers, today=today)
        _complete(locked, answers, outcome, by, now)
        uploads.tidy(response=locked, answers=answers_of(locked), by=by)
        raised = flags.raise_for(response=locked, outcome=outcome, answers=answers, by=by, now=now)
        if raised and not locked.top_class:  # nothing but marks on the body chart
            locked.top_class = raised[0].flag_class
            locked.save(update_fields=["top_class"])
        agreements.record(response=locked, answers=answers, by=by, now=now)
        proposals.propose(response=locked, answers=answers)
        if locked.version.questionnaire.slug != HISTORY:
            # Imported late: it reads responses itself. A check before a visit looks at the whole history again.
            from intake.safety.rescreening import again

            again(client=locked.client, by=by, now=now)
        notices.arrived(response=locked, classes=frozenset(flag.flag_class for flag in raised), by=by, now=now)
        audit.record("response.submit", by=by, client=locked.client, subject=locked, fields=["document"])
    return locked


def _complete(response: Response, answers: Mapping[str, Any], outcome: Outcome, by: audit.Actor, now: datetime) -> None:
    response.status = Status.COMPLETED
    response.submitted_at = now
    response.top_class = outcome.top_class or ""
    _write(response, prune(spec_of(response.version), answers), now)
    response.percent = 100
    response.revision += 1
    response.save()
    if response.invitation is not None:
        response.invitation.submitted_at = now
        response.invitation.save(update_fields=["submitted_at"])
        outbox.cancel(about_id=response.invitation.public_id, reason="The form is done", by=by, now=now)


def latest_completed(client: Client) -> Response | None:
    """The client's newest complete health history."""
    rows = Response.objects.filter(client=client, status=Status.COMPLETED, version__questionnaire__slug=HISTORY)
    return rows.select_related("version").defer("version__document").order_by("-submitted_at", "-id").first()


def latest_answers(client: Client) -> dict[str, Any]:
    """{linkId: value} of the newest complete health history; empty before there is one."""
    response = latest_completed(client)
    return answers_of(response) if response else {}


def review(*, response: Response, note: str, by: Any, now: datetime) -> Response:
    """Mark a response as looked at by a named therapist. Doing it twice keeps the first."""
    with audit.transaction():
        locked = Response.objects.select_related("client").select_for_update(of=("self",)).get(pk=response.pk)
        if locked.status == Status.COMPLETED and locked.reviewed_at is None:
            locked.reviewed_at, locked.reviewed_by, locked.review_note = now, by, note
            locked.save(update_fields=["reviewed_at", "reviewed_by", "review_note"])
            audit.record("response.review", by=by, client=locked.client, subject=locked)
    return locked
