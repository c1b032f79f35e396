"""A message of a series as it would read, for somebody who was made up: no client's words, no client's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation

from clinic.models import Client, ClinicSettings, User
from clinic.outbox import Rendered
from conditions.models import Condition
from treatments import messages, series
from treatments.errors import Refused
from treatments.messages import Said
from treatments.models import Plan, Series, Session
from treatments.series import Facts, Line, OnlyIf

#: Nobody; the longer one shows how a long name reads.
NAMES = {"en": "Alex", "es": "Alejandra"}
THERAPIST = "Sam Rivera"
_HOME = ("Walk for ten minutes twice a day", "Stop what hurts, and tell us")


class NotReady(Refused):
    words = "It cannot be shown while its words have faults. Mend them first."


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom a preview is: a made-up client with a condition, in a language."""

    condition: str = ""
    language: str = "en"
    first_visit: bool = False
    home_plan: bool = True


def line_of(version: Series, key: str) -> Line | None:
    """A line of a version, also one that is switched off; None for what is said inside another."""
    row = next((row for row in version.document["lines"] if row.get("key") == key and not row.get("part_of")), None)
    return series.line(row) if row else None


def read(version: Series, line: Line, channel: str, asked: Asked, now: datetime) -> Rendered:
    """One line as it would go out on a channel. NotReady when its words name something nobody fills in."""
    said = _said(version, line, asked, now)
    try:
        with translation.override(asked.language):
            return messages.words_of(said, channel)
    except KeyError as unknown:
        raise NotReady(f"“{unknown.args[0]}” is not known. Mend the words first.") from unknown


def _said(version: Series, line: Line, asked: Asked, now: datetime) -> Said:
    """Everything the words are made from, none of it kept anywhere."""
    clinic = ClinicSettings.load()
    condition = Condition.objects.filter(slug=asked.condition).first()
    session = _session(condition, asked, clinic.zone, now)
    facts = Facts(
        condition=asked.condition, techniques=frozenset(line.techniques), areas=frozenset(line.areas),
        home_plan=asked.home_plan and OnlyIf.NO_HOME_PLAN not in line.only_if, first_visit=asked.first_visit,
        open_plan=True,
    )  # fmt: skip
    at = session.ends_at + line.offset if line.anchor == "end" else session.starts_at - line.offset
    return Said(session, line, version, series.read(version.document), facts, clinic.zone, at, is_trial=True)


def _session(condition: Condition | None, asked: Asked, zone: ZoneInfo, now: datetime) -> Session:
    """A visit at two in the afternoon of today, of a client who does not exist."""
    starts = datetime.combine(now.astimezone(zone).date(), time(14), tzinfo=zone)
    client = Client(
        first_name=NAMES.get(asked.language, NAMES["en"]), last_name="Example", date_of_birth=date(1980, 1, 1),
        language=asked.language,
    )  # fmt: skip
    therapist = User(name=THERAPIST, email="nobody@example.org")
    plan = None
    if condition is not None:
        steps = [str(each) for each in condition.self_care[:2]] or list(_HOME)
        plan = Plan(
            client=client, therapist=therapist, condition=condition, title=condition.name, minutes=45, per_week=1,
            weeks=6, sessions=6, max_sessions=8, reassess_after=[4], home_programme=steps if asked.home_plan else [],
            state=Plan.State.ACTIVE,
        )  # fmt: skip
    return Session(
        client=client, therapist=therapist, plan=plan, starts_at=starts, ends_at=starts + timedelta(minutes=45),
        completed_at=starts + timedelta(minutes=45), state=Session.State.DONE,
    )  # fmt: skip
