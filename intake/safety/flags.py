"""Flags: raised by the rules, closed only by a named person with a reason.

What a rule's `override` says decides who may lift it. 'none' can be acknowledged and never overridden: it ends only
when the client's newer history no longer has it and the lead therapist closes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.utils import translation

from clinic import audit, languages
from clinic.models import Client, User
from clinic.permissions import Permission
from clinic.reasons import is_reason
from intake.engine.answers import in_words
from intake.engine.enablement import answered
from intake.engine.specs import Questionnaire
from intake.identity import DO_NOT_TOUCH, LEAVE_OUT_RULE
from intake.models import Flag, Response
from intake.questionnaires import HISTORY, spec_of
from intake.safety import rulebook
from intake.safety.screening import Condition, Effect, Hit, Outcome, load_rules
from intake.safety.standing import Standing, standing, standings

__all__ = [
    "Flag", "MayNotClose", "NeedsMore", "Standing", "acknowledge", "close_answered_anew", "needs_document",
    "needs_lead", "never_overridden", "override", "raise_for", "standing", "standings",
]  # fmt: skip

State = Flag.State
_FACT_WORDS = {
    "age_years": "Age in years",
    "any_unsure": "“Not sure” to a required question",
    "days_since_full_history": "Days since the last full history",
}


class MayNotClose(PermissionError):
    """This person may not do this with this flag; the message says who may."""


class NeedsMore(ValueError):
    """A reason, or the document, is missing; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def raise_for(
    *, response: Response, outcome: Outcome, answers: Mapping[str, Any], by: audit.Actor, now: datetime
) -> list[Flag]:
    """One flag for each rule that was hit, with the rule and the answers as they stood.

    An older flag of the same rule is answered anew by this one. Older flags that these answers do not repeat stay until
    a person closes them: nobody lifts a warning by answering differently.
    """
    found = made_of(with_marks(outcome.hits, response), response, answers, now)
    with audit.transaction():
        keep(found, client=response.client, by=by, now=now)
    return found


def made_of(hits: Sequence[Hit], response: Response, answers: Mapping[str, Any], now: datetime) -> list[Flag]:
    """A flag for each hit, not written down yet."""
    spec = spec_of(response.version)
    signed = rulebook.signatures(hit.rule for hit in hits) if hits else {}
    return [_flag(hit, response, answers, spec, now, signed) for hit in hits]


def keep(found: Sequence[Flag], *, client: Client, by: audit.Actor, now: datetime) -> None:
    """Write new flags down; older ones of the same rules are replaced by them."""
    newer = {flag.rule_id: flag for flag in found}
    older = Flag.objects.filter(client=client, rule_id__in=newer).exclude(state=State.SUPERSEDED)
    replaced = list(older.defer("answers", "close_reason"))
    Flag.objects.bulk_create(found)
    for flag in replaced:
        flag.state, flag.closed_at, flag.replaced_by = State.SUPERSEDED, flag.closed_at or now, newer[flag.rule_id]
        audit.record("flag.supersede", by=by, client=client, subject=flag, fields=["state"])
    Flag.objects.bulk_update(replaced, ["state", "closed_at", "replaced_by"])
    for flag in found:
        audit.record("flag.raise", by=by, client=client, subject=flag)


def with_marks(hits: Sequence[Hit], response: Response) -> list[Hit]:
    """The hits, with the places that the client marked as not to be touched: those are left out like any other."""
    marked = frozenset(response.marks.filter(symptom=DO_NOT_TOUCH).values_list("region", flat=True))
    rule = load_rules().get(LEAVE_OUT_RULE)
    if not marked or rule is None or rule.id in rulebook.off_now():
        return list(hits)
    said = next((hit.evidence for hit in hits if hit.rule.id == LEAVE_OUT_RULE), ())
    leave_out = Hit(rule=replace(rule, regions_effect="avoid"), evidence=said, regions=marked)
    return [*(hit for hit in hits if hit.rule.id != LEAVE_OUT_RULE), leave_out]


def _flag(
    hit: Hit,
    response: Response,
    answers: Mapping[str, Any],
    spec: Questionnaire,
    now: datetime,
    signed: Mapping[str, str],
) -> Flag:
    rule = hit.rule
    kept = {
        name: getattr(rule, name)
        for name in ("title", "action", "message_therapist", "message_client", "basis", "override", "review_status")
    }
    kept |= {"also": list(rule.also), "sources": list(rule.sources), "blocks_session_until": rule.blocks_session_until}
    kept |= {"region_from": rule.region_from, "review_status": signed.get(rule.id, rule.review_status)}
    behind = list(hit.evidence)
    if rule.region_from and answered(answers.get(rule.region_from)):
        # Where it is decides what the hands leave out; typed in words it stands nowhere else.
        behind.append(Condition(rule.region_from, is_fact=False, op="exists", value=True))
    quotes = [_quote(one, answers, hit.facts, spec) for one in behind]
    return Flag(
        client=response.client,
        response=response,
        rule_id=rule.id,
        rule_version=rule.version,
        flag_class=rule.level,
        rank=rule.rank,
        priority=rule.priority,
        booking=rule.booking,
        soft=rule.soft,
        rule=kept | asdict(Effect.of(hit)),
        # Two facts have no linkId between them: the question tells them apart.
        answers=list({(row["linkId"], row["question"]): row for row in quotes}.values()),
        raised_at=now,
    )


def _quote(
    condition: Condition, answers: Mapping[str, Any], facts: Mapping[str, Any], spec: Questionnaire
) -> dict[str, str]:
    item = spec.index.get(condition.key)
    if condition.is_fact or item is None:
        value = facts.get(condition.key)
        # That something is so, is said by the name of the fact.
        said = "" if value is None or isinstance(value, bool) else str(value)
        return {"linkId": "", "question": _FACT_WORDS.get(condition.key, condition.key), "answer": said}
    with translation.override(languages.STAFF):  # read by therapists, whatever language the client answers in
        answer = in_words(item, answers.get(item.link_id))
    return {"linkId": item.link_id, "question": item.text, "answer": answer}


def never_overridden(flag: Flag) -> bool:
    """The rule allows no override by anybody."""
    return str(flag.rule.get("override", "none")) == "none"


def needs_lead(flag: Flag) -> bool:
    """Only the lead therapist may lift it."""
    return never_overridden(flag) or str(flag.rule["override"]).startswith("lead")


def needs_document(flag: Flag) -> bool:
    """Lifting it needs the doctor's or guardian's paper named, beside the reason."""
    asked = "proof" in str(flag.rule.get("override", ""))
    return asked or flag.flag_class == "clearance" or flag.rule.get("blocks_session_until") == "guardian_consent"


def acknowledge(*, flag: Flag, by: User, reason: str, now: datetime) -> Flag:
    """Say that the flag was read and will be kept to. Its limits and blocks stay."""
    if not by.can(Permission.CLINICAL_WRITE):
        raise MayNotClose("Only therapists close flags.")
    if flag.rule.get("blocks_session_until") and not reason.strip():
        raise NeedsMore("reason", "Please write what was asked and what the client said.")
    return _close(flag, State.ACKNOWLEDGED, reason.strip(), by=by, now=now, action="flag.acknowledge")


def override(*, flag: Flag, by: User, reason: str, now: datetime, document: str = "") -> Flag:
    """Lift what the flag blocks, with a written reason and, where the rule asks for one, the document.

    Raises MayNotClose for a rule that allows no override or wants the lead therapist, NeedsMore for a missing word.
    """
    if never_overridden(flag):
        raise MayNotClose("This rule allows no override. It ends with a new history that no longer has it.")
    if not by.can(Permission.FLAG_OVERRIDE_LEAD if needs_lead(flag) else Permission.FLAG_OVERRIDE):
        raise MayNotClose("Only the lead therapist may override this.")
    if not is_reason(reason):
        raise NeedsMore("reason", "Please write the reason: it stays in the record.")
    if needs_document(flag) and not is_reason(document):
        raise NeedsMore("document", "Please name the document: from whom, of which day, what it says.")
    text = reason.strip() + (f"\nDocument: {document.strip()}" if document.strip() else "")
    return _close(flag, State.OVERRIDDEN, text, by=by, now=now, action="flag.override")


def answered_anew(flag: Flag) -> bool:
    """A newer complete history of the client, made after this flag, did not raise it again.

    Only the whole history counts: a short form before a visit does not ask what this flag came from. The same holds
    when the rules have run on newer facts, a corrected date of birth say, and did not raise it again.
    """
    if flag.state == State.SUPERSEDED:
        return False
    if flag.not_repeated_at is not None:
        return True
    newer = Response.objects.filter(
        client=flag.client_id,
        status=Response.Status.COMPLETED,
        submitted_at__gt=flag.raised_at,
        version__questionnaire__slug=HISTORY,
    )
    return newer.exists()


def close_answered_anew(*, flag: Flag, by: User, reason: str, now: datetime) -> Flag:
    """End a flag that the client's newer history no longer has. The way out for rules without override."""
    if not by.can(Permission.FLAG_OVERRIDE_LEAD if needs_lead(flag) else Permission.FLAG_OVERRIDE):
        raise MayNotClose("Only the lead therapist may close this.")
    if not answered_anew(flag):
        raise MayNotClose("There is no newer history yet in which this is answered differently.")
    if not is_reason(reason):
        raise NeedsMore("reason", "Please write the reason: it stays in the record.")
    return _close(flag, State.SUPERSEDED, reason.strip(), by=by, now=now, action="flag.close")


def _close(flag: Flag, state: str, reason: str, *, by: User, now: datetime, action: str) -> Flag:
    with audit.transaction():
        row = Flag.objects.select_related("client").select_for_update(of=("self",)).get(pk=flag.pk)
        if row.state in (State.SUPERSEDED, State.OVERRIDDEN) or row.state == state:
            return row
        row.state, row.closed_at, row.closed_by, row.close_reason = state, now, by, reason or None
        row.save(update_fields=["state", "closed_at", "closed_by", "close_reason"])
        audit.record(action, by=by, client=row.client, subject=row, fields=["state", "close_reason"])
    return row
