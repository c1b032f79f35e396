"""The question after a session, behind a link of its own: asked with the session, answered once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, gettext_noop

from clinic import audit, links
from clinic.models import Message
from conditions.measures import Measure, measures
from treatments import call_backs, outcomes, stopping
from treatments.errors import Refused
from treatments.models import CheckIn, Outcome, Session

PURPOSE = "checkin"
LASTS = timedelta(days=7)
PAIN = "nprs"
# Scales a client can answer alone with one tap; for a condition measured otherwise pain is asked.
ASKED = (PAIN, "tinnitus_nrs", "first_step_pain")


class AnsweredAlready(Refused):
    words = "You have answered this already. Nothing was changed."


class Expired(Refused):
    words = "This question is no longer open."


class NothingSaid(Refused):
    words = gettext_noop("Tap how you feel, or a number from 0 to 10.")


def ask(*, session: Session, moment: str, due_at: datetime, now: datetime) -> CheckIn:
    """The question for one moment of a session; the one that is there, when it is."""
    nonce = links.new_nonce()
    check_in, _ = CheckIn.objects.get_or_create(
        session=session,
        moment=moment,
        defaults={
            "nonce": nonce,
            "token_hash": links.digest(links.token(PURPOSE, nonce)),
            "created_at": now,
            "expires_at": due_at + LASTS,
        },
    )
    return check_in


def when_answered(asked: Sequence[Message]) -> dict[int, datetime]:
    """When the question behind each of these messages was answered, for the log; one query for all."""
    sessions = {message.about_id for message in asked}
    rows = CheckIn.objects.filter(session__public_id__in=sessions, answered_at__isnull=False)
    facts = rows.values_list("session__public_id", "moment", "answered_at")
    known: dict[tuple[Any, str], datetime] = {(about, moment): at for about, moment, at in facts}
    # A message's key is session:line:channel, and a question is asked under its line's name.
    places = {message.pk: (message.about_id, [*message.key.split(":"), ""][1]) for message in asked}
    return {pk: known[place] for pk, place in places.items() if place in known}


def token_of(check_in: CheckIn) -> str:
    """The secret part of the link, made again from the nonce; only a message that goes out needs it."""
    return links.token(PURPOSE, check_in.nonce)


def behind(token: str) -> CheckIn | None:
    """The question behind a link, or None for a link that is nobody's."""
    rows = CheckIn.objects.select_related("session__client", "session__therapist", "session__plan__condition")
    return rows.defer("session__plan__note", "session__plan__end_reason").filter(token_hash=links.digest(token)).first()


def actor_of(check_in: CheckIn) -> audit.ClientActor:
    """Whoever holds the link."""
    return audit.ClientActor(check_in.session.client, via=f"check-in:{check_in.public_id}")


def home_plan(check_in: CheckIn) -> list[Any]:
    """The home programme to show behind the link: part of the client's record, so the look goes on record."""
    plan = check_in.session.plan
    if plan is None or not plan.home_programme:
        return []
    audit.record("check_in.read", by=actor_of(check_in), subject=check_in, fields=["home_programme"])
    return [gettext(str(step)) for step in plan.home_programme]


def measure_of(session: Session) -> Measure:
    """The scale to ask: the condition's own when it is one tap from 0 to 10, else pain."""
    primary = session.plan.condition.outcome_primary if session.plan else PAIN
    return measures()[primary if primary in ASKED else PAIN]


def answer(
    *, check_in: CheckIn, feeling: str, score: int | None, reaction: bool | None, reaction_text: str, now: datetime
) -> CheckIn:
    """Keep the client's answer once, with its outcome; "worse" or a reaction becomes a call-back.

    Raises AnsweredAlready, Expired or NothingSaid; then nothing is changed.
    """
    if not feeling and score is None:
        raise NothingSaid
    session, actor = check_in.session, actor_of(check_in)
    said = {"feeling": feeling, "score": score, "reaction": reaction, "reaction_text": reaction_text.strip()}
    with audit.transaction():
        # Counted, not looked up first: of two taps at once the database lets one through.
        if not CheckIn.objects.filter(pk=check_in.pk, answered_at=None, expires_at__gt=now).update(
            **said, answered_at=now
        ):
            check_in.refresh_from_db(fields=["answered_at"])
            raise AnsweredAlready if check_in.answered_at else Expired
        check_in.refresh_from_db(fields=[*said, "answered_at"])
        audit.record("check_in.answer", by=actor, client=session.client, subject=check_in, fields=[*said])
        if score is not None:
            outcomes.record(
                client=session.client, plan=session.plan, session=session, measure=measure_of(session).code,
                value=Decimal(score), moment=check_in.moment, source=Outcome.Source.CHECK_IN, by=actor, now=now,
            )  # fmt: skip
        stopping.on_answer(check_in=check_in, by=actor, now=now)
        if feeling == CheckIn.Feeling.WORSE or reaction:
            call_backs.ask(check_in=check_in, by=actor, now=now)
    return check_in
