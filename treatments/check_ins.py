"""The question after a session, behind a link of its own: asked with the session, answered once, added to later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from clinic import audit, links
from clinic.models import Client, Message
from conditions.measures import Measure, measures
from treatments import call_backs, outcomes, stopping
from treatments.errors import Refused
from treatments.models import CheckIn, CheckInAddition, Outcome, Session

PURPOSE = "checkin"
LASTS = timedelta(days=7)
PAIN = "nprs"
# Scales a client can answer alone with one tap; for a condition measured otherwise pain is asked.
ASKED = (PAIN, "tinnitus_nrs", "first_step_pain")
MOST_ADDITIONS = 10
# What clients send back by text; the wording of the text says the same.
DIGITS = {"1": CheckIn.Feeling.BETTER, "2": CheckIn.Feeling.SAME, "3": CheckIn.Feeling.WORSE}


class AnsweredAlready(Refused):
    words = "You have answered this already. Nothing was changed."


class NotAnswered(Refused):
    words = "Answer the question first, then add to it."


class Expired(Refused):
    words = "This question is no longer open."


class Closed(Refused):
    """The session was taken back, or the client is no longer the clinic's: nothing is to be done."""

    words = "This page has closed."


class NothingSaid(Refused):
    words = gettext_noop("Tap how you feel, or a number from 0 to 10.")


class TooMany(Refused):
    words = gettext_noop("We have a lot from you already. Please call us instead.")


class UnknownDigit(Refused):
    words = "This number means nothing here."


class NothingAsked(Refused):
    words = "No question is open for this client."


def ask(*, session: Session, moment: str, due_at: datetime, now: datetime) -> CheckIn:
    """The question for one moment of a session; the one that is there, when it is."""
    ask_all(session=session, due={moment: due_at}, now=now)
    return CheckIn.objects.get(session=session, moment=moment)


def ask_all(*, session: Session, due: Mapping[str, datetime], now: datetime) -> None:
    """The questions of a session, moment by moment; those that are there stay as they are."""
    rows = []
    for moment, due_at in due.items():
        nonce = links.new_nonce()
        digest = links.digest(links.token(PURPOSE, nonce))
        facts = {"created_at": now, "expires_at": due_at + LASTS}
        rows.append(CheckIn(session=session, moment=moment, nonce=nonce, token_hash=digest, **facts))
    CheckIn.objects.bulk_create(rows, ignore_conflicts=True)


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


def actor_of(check_in: CheckIn, *, how: str = "") -> audit.ClientActor:
    """Whoever holds the link, or, `how` says, the telephone."""
    return audit.ClientActor(check_in.session.client, via=f"check-in:{check_in.public_id}{how}")


def is_closed(session: Session) -> bool:
    """Nothing is asked any more: the session did not take place after all, or the client's record was closed."""
    return session.state in Session.FREE_STATES or session.client.archived_at is not None


def measure_of(session: Session) -> Measure:
    """The scale to ask: the condition's own when it is one tap from 0 to 10, else pain."""
    primary = session.plan.condition.outcome_primary if session.plan else PAIN
    return measures()[primary if primary in ASKED else PAIN]


def answer(
    *,
    check_in: CheckIn,
    feeling: str,
    score: int | None,
    reaction: bool | None,
    reaction_text: str,
    now: datetime,
    how: str = "",
) -> CheckIn:
    """Keep the client's answer once, with its outcome; what asks for a call becomes a call-back.

    Raises AnsweredAlready, Expired, Closed or NothingSaid; then nothing is changed.
    """
    if not feeling and score is None:
        raise NothingSaid
    if is_closed(check_in.session):
        raise Closed
    actor = actor_of(check_in, how=how)
    said = {"feeling": feeling, "score": score, "reaction": reaction, "reaction_text": reaction_text.strip()}
    with audit.transaction():
        # Counted, not looked up first: of two taps at once the database lets one through.
        if not CheckIn.objects.filter(pk=check_in.pk, answered_at=None, expires_at__gt=now).update(
            **said, answered_at=now
        ):
            check_in.refresh_from_db(fields=["answered_at"])
            raise AnsweredAlready if check_in.answered_at else Expired
        check_in.refresh_from_db(fields=[*said, "answered_at"])
        audit.record("check_in.answer", by=actor, client=check_in.session.client, subject=check_in, fields=[*said])
        if score is not None:
            _measured(check_in, score, check_in.moment, actor, now)
        stopping.on_answer(check_in=check_in, by=actor, now=now)
        if call_backs.is_wanted(feeling=feeling, reaction=reaction, text=check_in.reaction_text):
            _call(check_in, actor, now)
    return check_in


def add(
    *,
    check_in: CheckIn,
    now: datetime,
    feeling: str = "",
    score: int | None = None,
    reaction: bool | None = None,
    text: str = "",
    how: str = "",
) -> CheckInAddition:
    """Keep what the holder of the link adds, beside the answer as it was given. The same addition twice is one.

    Raises NotAnswered, Expired, Closed, NothingSaid or TooMany; then nothing is changed.
    """
    text = text.strip()
    if not (feeling or text) and score is None and reaction is None:
        raise NothingSaid
    said = {"feeling": feeling, "score": score, "reaction": reaction, "text": text}
    actor = actor_of(check_in, how=how)
    with audit.transaction():
        row = CheckIn.objects.select_for_update().get(pk=check_in.pk)
        _check_open(check_in, row, now)
        earlier = list(row.additions.all())
        if earlier and all(getattr(earlier[-1], name) == value for name, value in said.items()):
            return earlier[-1]  # a second tap on the same button
        if len(earlier) >= MOST_ADDITIONS:
            raise TooMany
        added = CheckInAddition.objects.create(check_in=row, added_at=now, **said)
        given = [name for name, value in said.items() if value not in ("", None)]
        audit.record("check_in.add", by=actor, client=check_in.session.client, subject=row, fields=given)
        if score is not None:
            _measured(check_in, score, _moment_of(row, earlier), actor, now)
        if call_backs.is_wanted(feeling=feeling, reaction=reaction, text=text):
            _call(check_in, actor, now)
        elif check_in.tasks.filter(done_at=None).exists():
            call_backs.retell(check_in=check_in, by=actor)
    return added


def _call(check_in: CheckIn, by: audit.Actor, now: datetime) -> None:
    """Somebody calls, and until then nothing cheerful goes out."""
    call_backs.ask(check_in=check_in, by=by, now=now)
    stopping.on_call_due(client=check_in.session.client, by=by, now=now)


def _check_open(check_in: CheckIn, row: CheckIn, now: datetime) -> None:
    if is_closed(check_in.session):
        raise Closed
    if row.expires_at <= now:
        raise Expired
    if row.answered_at is None:
        raise NotAnswered


def _moment_of(row: CheckIn, earlier: list[CheckInAddition]) -> str:
    """The first number is the moment's own; a later one stands beside it on the curve."""
    numbers = sum(1 for one in earlier if one.score is not None) + (row.score is not None)
    return f"{row.moment}+{numbers}" if numbers else row.moment


def _measured(check_in: CheckIn, score: int, moment: str, by: audit.Actor, now: datetime) -> None:
    session = check_in.session
    outcomes.record(
        client=session.client, plan=session.plan, session=session, measure=measure_of(session).code,
        value=Decimal(score), moment=moment, source=Outcome.Source.CHECK_IN, by=by, now=now,
    )  # fmt: skip


def answer_by_text(*, client: Client, digit: str, now: datetime) -> CheckIn:
    """A reply 1, 2 or 3: the answer to the newest question that was asked and is still open.

    Where the newest one has its answer already, another number is kept as an addition: "3" after "1" must reach
    somebody. Raises UnknownDigit, NothingAsked, AnsweredAlready (the same number again), Closed or TooMany.
    """
    feeling = DIGITS.get(digit.strip())
    if feeling is None:
        raise UnknownDigit
    newest = _asked(client, now).order_by("-expires_at", "-id").first()
    if newest is None:
        raise NothingAsked
    if newest.answered_at is None:
        return answer(
            check_in=newest, feeling=feeling, score=None, reaction=None, reaction_text="", now=now, how=" by text"
        )
    if _latest_feeling(newest) == feeling:
        raise AnsweredAlready
    add(check_in=newest, feeling=feeling, now=now, how=" by text")
    return newest


def _asked(client: Client, now: datetime) -> QuerySet[CheckIn]:
    """Questions whose moment has come and whose time is not over; those of later days exist, but nobody asked yet."""
    rows = CheckIn.objects.select_related("session__client", "session__therapist", "session__plan__condition")
    rows = rows.defer("session__plan__note", "session__plan__end_reason")
    return rows.filter(session__client=client, expires_at__gt=now, expires_at__lte=now + LASTS)


def _latest_feeling(check_in: CheckIn) -> str:
    said = [check_in.feeling, *(one.feeling for one in check_in.additions.all())]
    return next((feeling for feeling in reversed(said) if feeling), "")
