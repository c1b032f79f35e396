"""What clients answered after their sessions, as the chart tells it and as a curve is drawn from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import translation

from clinic import languages
from clinic.models import Client, ClinicSettings
from conditions.models import Condition
from treatments import moments, warning_words
from treatments.models import CheckIn, CheckInAddition, Session


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, or what was added to one: English words for staff, the client's own line as it was written."""

    at: datetime
    feeling: str
    score: int | None
    reaction: bool | None
    text: str
    added: bool = False

    @property
    def words(self) -> str:
        """“Worse, 7 of 10, had a reaction”."""
        with translation.override(languages.STAFF):
            parts = [str(CheckIn.Feeling(self.feeling).label)] if self.feeling else []
        if self.score is not None:
            parts.append(f"{self.score} of 10")
        if self.reaction is not None:
            parts.append("had a reaction" if self.reaction else "no reaction")
        return ", ".join(parts)

    @property
    def warnings(self) -> list[warning_words.Match]:
        return warning_words.matches(self.text)

    @property
    def asks_for_a_call(self) -> bool:
        return self.feeling == CheckIn.Feeling.WORSE or bool(self.reaction) or bool(self.warnings)


@dataclass(frozen=True, slots=True)
class ReliefPoint:
    """How it was on one day after a session. `score` is on the measure the plan is judged by, 0 to 10."""

    day: date
    days_after: int
    feeling: str
    score: int | None
    session: UUID


def said_in(check_in: CheckIn, additions: Iterable[CheckInAddition] | None = None) -> list[Said]:
    """The answer, then what was added to it; nothing for a question without an answer."""
    if check_in.answered_at is None:
        return []
    first = Said(
        check_in.answered_at, check_in.feeling, check_in.score, check_in.reaction, check_in.reaction_text
    )  # fmt: skip
    later = check_in.additions.all() if additions is None else additions
    return [first] + [Said(one.added_at, one.feeling, one.score, one.reaction, one.text, added=True) for one in later]


def after_sessions(sessions: Iterable[Session]) -> dict[int, list[Said]]:
    """Session's key -> what its client said afterwards, by time: two questions to the database, however many."""
    rows = CheckIn.objects.filter(session__in=[one.pk for one in sessions], answered_at__isnull=False)
    found: dict[int, list[Said]] = {}
    for check_in in rows.order_by("answered_at", "id").prefetch_related("additions"):
        found.setdefault(check_in.session_id, []).extend(said_in(check_in))
    return {key: sorted(said, key=lambda one: one.at) for key, said in found.items()}


def relief_points(client: Client, condition: Condition) -> list[ReliefPoint]:
    """Every answer and addition after the sessions for one condition, day by day: what a relief curve is drawn from."""
    zone = ClinicSettings.load().zone
    rows = CheckIn.objects.filter(
        session__client=client, session__plan__condition=condition, answered_at__isnull=False
    ).select_related("session")
    points = []
    for check_in in rows.prefetch_related("additions").order_by("answered_at", "id"):
        session = check_in.session
        ended = moments.ended_at(session.ends_at, session.completed_at or session.ends_at).astimezone(zone).date()
        for said in said_in(check_in):
            day = said.at.astimezone(zone).date()
            if said.feeling or said.score is not None:
                points.append(ReliefPoint(day, (day - ended).days, said.feeling, said.score, session.public_id))
    return sorted(points, key=lambda point: (point.day, point.days_after))
