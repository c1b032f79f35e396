"""An aftercare series as data: its lines, whom each is for, when it is due. Touches no database.

A series is one JSON document, {"lines": [...], "wordings": {...}}; a published one is never changed, so a session can
say for ever what it was given. `read` turns a document into lines, `problems` says in words what is wrong with one.

A line: {"key", "title", "what", "when": {"from": "end" | "next", "minutes"}, "lasts" (minutes of use after that),
"email", "first_email", "sms" (ids of wordings), "part_of" and "tip" (a condition's tip inside another line),
"avoid": {code: hours}, "conditions", "techniques", "areas", "only_if" and "sources": lists}.
A line with "off" is kept and not sent. A wording: {id: {"en": {"subject", "text"}, "es": {…}}}; an id that is not there
is a shipped one (treatments.wording). A text with "parts" may be that long: its owner was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from treatments import sayable
from treatments.sayable import Limits

FARTHEST = timedelta(days=90)
LANGUAGES = ("en", "es")
CHANNELS = ("email", "sms")
MOST_LINES = 60
_KEY = re.compile(r"[a-z][a-z0-9_]{0,19}")


class What(StrEnum):
    """What a line is, the more important first: of two on one day the first goes out."""

    REMINDER = "reminder"
    ADVICE = "advice"
    CHECK_IN = "check_in"
    HOME = "home"
    TIP = "tip"
    WORDS = "words"  # written by the therapist at closing
    BOOK = "book"

    @property
    def rank(self) -> int:
        return list(What).index(self)

    @property
    def words(self) -> str:
        """For staff."""
        return _WHAT[self]

    @property
    def is_cheerful(self) -> bool:
        """Not for a client who has just said that it is worse."""
        return self in (What.HOME, What.TIP, What.BOOK)

    @property
    def promises_a_call(self) -> bool:
        """Waits for a day on which somebody can keep the promise."""
        return self in (What.CHECK_IN, What.BOOK)


_WHAT = {
    What.REMINDER: "Reminder of the next session", What.ADVICE: "Advice", What.CHECK_IN: "Check-in",
    What.HOME: "Home programme", What.TIP: "Tip", What.WORDS: "Your own words", What.BOOK: "Invitation to book",
}  # fmt: skip


class OnlyIf(StrEnum):
    """What must hold when the message goes out; asked again at that moment."""

    HOME_PLAN = "home_plan"
    NO_HOME_PLAN = "no_home_plan"
    NO_ANSWER = "no_answer"
    NOTHING_BOOKED = "nothing_booked"
    NEXT_BOOKED = "next_booked"
    OPEN_PLAN = "open_plan"
    FIRST_VISIT = "first_visit"
    LATER_VISIT = "later_visit"

    @property
    def words(self) -> str:
        """For staff: what it is sent for."""
        return _ONLY_IF[self][0]

    @property
    def unmet(self) -> str:
        """For staff, the desk among them: why it is not sent. Says nothing clinical."""
        return _ONLY_IF[self][1]


_ONLY_IF = {
    OnlyIf.HOME_PLAN: ("a home programme was set", "no home programme was set"),
    OnlyIf.NO_HOME_PLAN: ("no home programme was set", "the home programme is sent instead"),
    OnlyIf.NO_ANSWER: ("there is no answer yet", "answered already"),
    OnlyIf.NOTHING_BOOKED: ("nothing is booked", "the next session is booked"),
    OnlyIf.NEXT_BOOKED: ("the next session is booked", "nothing is booked"),
    OnlyIf.OPEN_PLAN: ("the plan has sessions left", "no plan with sessions left"),
    OnlyIf.FIRST_VISIT: ("it was the first visit", "it was not the first visit"),
    OnlyIf.LATER_VISIT: ("it was not the first visit", "it was the first visit"),
}


#: What may still change after the session.
CHANGING = (OnlyIf.NO_ANSWER, OnlyIf.NOTHING_BOOKED, OnlyIf.NEXT_BOOKED)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line is chosen by: the session, its note, its plan, and what the client answered since."""

    condition: str = ""
    techniques: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    home_plan: bool = False
    first_visit: bool = False
    open_plan: bool = False
    next_booked: bool = False
    answered: bool = False
    worse: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a series (or, with `part_of`, a tip said inside another one)."""

    key: str
    what: What
    title: str = ""
    anchor: str = "end"
    minutes: int = 0
    lasts: int = 24 * 60
    email: str = ""
    first_email: str = ""
    sms: str = ""
    part_of: str = ""
    tip: str = ""
    avoid: Mapping[str, int] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    only_if: tuple[OnlyIf, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def offset(self) -> timedelta:
        """After the end, or before the next start."""
        return timedelta(minutes=self.minutes)

    @property
    def use(self) -> timedelta:
        return timedelta(minutes=self.lasts)

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(name for name in CHANNELS if self.wording(name))

    def wording(self, channel: str, *, first_visit: bool = False) -> str:
        """The id of its words on a channel, or nothing."""
        if channel == "sms":
            return self.sms
        return self.first_email if first_visit and self.first_email else self.email

    def is_for(self, facts: Facts) -> bool:
        """Does it belong to this session at all: its condition, one of its techniques, one of its areas?"""
        return (
            (not self.conditions or facts.condition in self.conditions)
            and (not self.techniques or not facts.techniques.isdisjoint(self.techniques))
            and (not self.areas or not facts.areas.isdisjoint(self.areas))
        )

    def unmet(self, facts: Facts) -> str:
        """Why it is not sent as things stand, in words for staff; empty when it is."""
        if facts.worse and self.what.is_cheerful:
            return "the client's answer asks for a call first"
        return next((each.unmet for each in self.only_if if not _HOLDS[each](facts)), "")


_HOLDS = {
    OnlyIf.HOME_PLAN: lambda facts: facts.home_plan,
    OnlyIf.NO_HOME_PLAN: lambda facts: not facts.home_plan,
    OnlyIf.NO_ANSWER: lambda facts: not facts.answered,
    OnlyIf.NOTHING_BOOKED: lambda facts: not facts.next_booked,
    OnlyIf.NEXT_BOOKED: lambda facts: facts.next_booked,
    OnlyIf.OPEN_PLAN: lambda facts: facts.open_plan,
    OnlyIf.FIRST_VISIT: lambda facts: facts.first_visit,
    OnlyIf.LATER_VISIT: lambda facts: not facts.first_visit,
}


@dataclass(frozen=True, slots=True)
class Known:
    """The codes a document may name."""

    wordings: frozenset[str]
    placeholders: frozenset[str]
    conditions: frozenset[str]
    techniques: frozenset[str]
    areas: frozenset[str]
    avoid: frozenset[str]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: "lines.h24.email", "wordings.sms_24h.es.text"."""

    where: str
    words: str


def read(document: Mapping[str, Any]) -> tuple[Line, ...]:
    """The lines of a document that `problems` finds nothing wrong with."""
    return tuple(line(row) for row in document["lines"] if not row.get("off"))


def line(row: Mapping[str, Any]) -> Line:
    """One line of a document."""
    when = row.get("when", {})
    lists: dict[str, Any] = {
        name: tuple(row.get(name, ())) for name in ("conditions", "techniques", "areas", "sources")
    }
    words: dict[str, Any] = {
        name: row.get(name, "") for name in ("title", "email", "first_email", "sms", "part_of", "tip")
    }
    return Line(
        key=row["key"], what=What(row["what"]), anchor=when.get("from", "end"), minutes=when.get("minutes", 0),
        lasts=row.get("lasts", 24 * 60), avoid=dict(row.get("avoid", {})),
        only_if=tuple(OnlyIf(each) for each in row.get("only_if", ())), **words, **lists,
    )  # fmt: skip


def find(lines: Iterable[Line], key: str) -> Line | None:
    """The line with this key."""
    return next((each for each in lines if each.key == key), None)


def parts_of(lines: Iterable[Line], key: str, facts: Facts) -> list[Line]:
    """The tips that are said inside a message, for this session."""
    inside = [each for each in lines if each.part_of == key]
    return [each for each in inside if each.is_for(facts) and not each.unmet(facts)]


def problems(document: Mapping[str, Any], known: Known) -> list[Problem]:
    """Everything that keeps a document from being published, for the person who edits it."""
    rows = document.get("lines")
    if not isinstance(rows, list) or not isinstance(document.get("wordings", {}), Mapping):
        return [Problem("", "This is not a series.")]
    own = document.get("wordings", {})
    texts = {row.get("sms") for row in rows if isinstance(row, Mapping)}
    used = texts | {row.get(name) for row in rows if isinstance(row, Mapping) for name in ("email", "first_email")}
    found = [
        each
        for name, words in own.items()
        if name in used
        for each in _wrong_words(name, words, known, by_text=name in texts)
    ]
    if len(rows) > MOST_LINES:
        found.append(Problem("", f"A series has at most {MOST_LINES} lines."))
    keys = [row.get("key") if isinstance(row, Mapping) else None for row in rows]
    for at, row in enumerate(rows):
        if not isinstance(row, Mapping):
            found.append(Problem(f"lines.{at}", "This is not a line."))
            continue
        if keys.count(row.get("key")) > 1:
            found.append(Problem(f"lines.{row.get('key')}.key", "Two lines have the same key."))
        found += _wrong_line(row, keys, known, known.wordings | set(own))
    return found


def _wrong_line(row: Mapping[str, Any], keys: Sequence[Any], known: Known, wordings: frozenset[str]) -> list[Problem]:
    where = f"lines.{row.get('key')}"
    if not isinstance(row.get("key"), str) or not _KEY.fullmatch(row["key"]):
        return [Problem(where, "A key is up to 20 small letters, digits and _, and begins with a letter.")]
    if row.get("what") not in list(What) or row["what"] == What.WORDS:
        return [Problem(f"{where}.what", "Say what this line is.")]
    found = [*_wrong_time(row, where), *_wrong_codes(row, where, known)]
    if row.get("part_of"):
        if row["part_of"] not in keys or row["part_of"] == row["key"]:
            found.append(Problem(f"{where}.part_of", "There is no such line to be part of."))
        if row["what"] != What.TIP or not row.get("tip"):
            found.append(Problem(f"{where}.tip", "Only a condition's tip can be part of another message."))
        return found
    named = [row.get(name, "") for name in ("email", "first_email", "sms")]
    if not (named[0] or named[2]):
        found.append(Problem(f"{where}.email", "Choose words for an e-mail, a text, or both."))
    found += [
        Problem(f"{where}.email", f"There are no words “{each}”.") for each in named if each not in {"", *wordings}
    ]
    return found


def _wrong_time(row: Mapping[str, Any], where: str) -> list[Problem]:
    if row.get("part_of"):
        return []
    when = row.get("when")
    if not isinstance(when, Mapping) or when.get("from") not in ("end", "next") or not _is_whole(when.get("minutes")):
        return [Problem(f"{where}.when", "Say how long after the session or before the next.")]
    found = []
    if when["minutes"] > FARTHEST / timedelta(minutes=1):
        found.append(Problem(f"{where}.when", f"At most {FARTHEST.days} days."))
    if (when["from"] == "next") != (row["what"] == What.REMINDER):
        found.append(Problem(f"{where}.when", "Reminders, and only they, count from the next session."))
    if not _is_whole(row.get("lasts", 1)) or not 60 <= row.get("lasts", 60) <= FARTHEST / timedelta(minutes=1):
        found.append(Problem(f"{where}.lasts", f"A message is of use for an hour to {FARTHEST.days} days."))
    return found


def _wrong_codes(row: Mapping[str, Any], where: str, known: Known) -> list[Problem]:
    asked = {
        "conditions": known.conditions, "techniques": known.techniques, "areas": known.areas,
        "only_if": frozenset(OnlyIf), "avoid": known.avoid,
    }  # fmt: skip
    found = [
        Problem(f"{where}.{name}", f"“{code}” is not known here.")
        for name, codes in asked.items()
        for code in row.get(name, ())
        if code not in codes
    ]
    if row.get("tip") and row["tip"] not in known.conditions:
        found.append(Problem(f"{where}.tip", f"“{row['tip']}” is not known here."))
    for code, hours in dict(row.get("avoid", {})).items():
        if not _is_whole(hours) or not 1 <= hours <= 72:
            found.append(Problem(f"{where}.avoid", f"{code}: 1 to 72 hours."))
    return found


def _wrong_words(name: str, words: Any, known: Known, *, by_text: bool) -> list[Problem]:
    """A wording the clinic wrote itself."""
    where = f"wordings.{name}"
    english = words.get("en") if isinstance(words, Mapping) else None
    if not isinstance(english, Mapping) or not str(english.get("text", "")).strip():
        return [Problem(f"{where}.en.text", "Write the words in English; Spanish falls back to them.")]
    found = []
    if not by_text and not str(english.get("subject", "")).strip():
        found.append(Problem(f"{where}.en.subject", "An e-mail needs a subject."))
    for language, said in words.items():
        if language not in LANGUAGES or not isinstance(said, Mapping):
            found.append(Problem(f"{where}.{language}", "This language is not offered."))
            continue
        for part, kind in (("text", "sms"),) if by_text else (("subject", "subject"), ("text", "email")):
            wrong = sayable.wrong(str(said.get(part, "")), kind, known.limits)
            found += [Problem(f"{where}.{language}.{part}", each) for each in wrong]
            if kind == "sms" and not wrong and (unasked := unasked_length(said, known.limits)):
                found.append(Problem(f"{where}.{language}.{part}", unasked))
    return found


def unasked_length(said: Mapping[str, Any], limits: Limits) -> str:
    """That a text takes more parts than its owner was asked about; empty when it does not."""
    measured = sayable.length(str(said.get("text", "")), limits)
    if measured.parts <= max(1, said.get("parts", 1)):
        return ""
    return (
        f"With the longest names this takes {measured.units} signs ({measured.encoding}): {measured.parts} parts, each "
        "paid for. Shorten it, or say that it may be that long."
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
