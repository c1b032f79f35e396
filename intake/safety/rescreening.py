"""The rules run again on a client's last health history when a fact beside it changes: a corrected date of birth, a
birthday, a consent given or taken back, something a therapist measured or noted, and at each check before a visit.

New hits become flags. A flag that newer facts no longer raise stays until a person closes it; it is only marked, so
that they can.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clinic import audit
from clinic.models import Client, Consent, User
from intake.engine.enablement import prune
from intake.identity import CONSENTS, DATE_OF_BIRTH
from intake.inviting import notices
from intake.models import Flag, Proposal, Response
from intake.questionnaires import HISTORY, spec_of
from intake.responses import answers_of, facts_for, latest_completed, today_of
from intake.safety import flags, noting, rulebook
from intake.safety.screening import evaluate, load_rules

State = Flag.State


def client_changed(*, client: Client, changed: frozenset[str], by: audit.Actor, now: datetime) -> None:
    """Hook of the client's record: a date of birth decides which rules concern a person."""
    if "date_of_birth" in changed:
        again(client=client, by=by, now=now)


def again(*, client: Client, by: audit.Actor, now: datetime) -> list[Flag]:
    """Run the rules on what is known now; returns the flags that are new. Nothing before there is a history."""
    response = latest_completed(client)
    if response is None:
        return []
    with audit.transaction():
        list(Client.objects.select_for_update().filter(pk=client.pk).values_list("pk"))
        answers = _answers(client, response)
        facts = facts_for(client, response, answers, today=today_of(now)) | noting.facts_of(client, now=now)
        outcome = evaluate(load_rules(), answers, facts, off=rulebook.off_now())
        hits = flags.with_marks(outcome.hits, response)
        known = {flag.rule_id: flag for flag in _standing(client)}
        fresh = [hit for hit in hits if _is_news(known.get(hit.rule.id))]
        found = flags.made_of(fresh, response, answers, now)
        _not_twice(found, response)
        flags.keep(found, client=client, by=by, now=now)
        _mark(known, {hit.rule.id for hit in hits}, by=by, now=now)
        for flag in found[:1]:
            classes = frozenset(one.flag_class for one in found)
            notices.flags_raised(client=client, classes=classes, about=flag.public_id, by=by, now=now)
    return found


def _answers(client: Client, response: Response) -> dict[str, Any]:
    """The history's answers as they stand: the record's date of birth and today's consents in place of those given."""
    answers = prune(spec_of(response.version), answers_of(response))
    open_birth = Proposal.objects.filter(response=response, field="date_of_birth", state=Proposal.State.OPEN).exists()
    if not open_birth:
        answers.pop(DATE_OF_BIRTH, None)
    said: Mapping[str, bool] = dict(
        Consent.objects.filter(client=client, superseded_at=None).values_list("kind", "granted")
    )
    return answers | {link_id: said[kind] for link_id, kind in CONSENTS.items() if link_id in answers and kind in said}


def _standing(client: Client) -> list[Flag]:
    rows = Flag.objects.filter(client=client).exclude(state=State.SUPERSEDED)
    return list(rows.select_related("response__version__questionnaire").defer("answers", "close_reason"))


def _is_news(flag: Flag | None) -> bool:
    """Not known yet, or dealt with and gone in between."""
    return flag is None or (flag.not_repeated_at is not None and flag.state != State.OPEN)


def _not_twice(found: list[Flag], response: Response) -> None:
    """A rule is quoted once for a response: when it came and went before, the new flag stands for itself."""
    rules = [flag.rule_id for flag in found]
    kept = set(Flag.objects.filter(response=response, rule_id__in=rules).values_list("rule_id", flat=True))
    for flag in found:
        if flag.rule_id in kept:
            flag.response = None


def _mark(known: Mapping[str, Flag], hit: set[str], *, by: audit.Actor, now: datetime) -> None:
    """Say of each flag whether the newer facts still raise it. What a short form raised is not asked here."""
    for flag in known.values():
        short = flag.response is not None and flag.response.version.questionnaire.slug != HISTORY
        if short or flag.state == State.SUPERSEDED:
            continue
        if flag.rule_id in hit and flag.not_repeated_at is not None and flag.state == State.OPEN:
            Flag.objects.filter(pk=flag.pk).update(not_repeated_at=None)
        elif flag.rule_id not in hit and flag.not_repeated_at is None:
            Flag.objects.filter(pk=flag.pk).update(not_repeated_at=now)
            audit.record("flag.not_repeated", by=by, client=flag.client, subject=flag, fields=["not_repeated_at"])


def noted(*, client: Client, values: Mapping[str, Any], by: User, now: datetime) -> list[Flag]:
    """Write down what a therapist measured or noted, and run the rules again; returns the flags that are new."""
    with audit.transaction():
        if not noting.note(client=client, values=values, by=by, now=now):
            return []
        return again(client=client, by=by, now=now)
