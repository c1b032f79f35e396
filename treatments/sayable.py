"""May these words be sent? Their placeholders, what they give away, how long they are. Touches no database.

`wrong` names every fault of a subject, an e-mail or a text in words for the person who wrote it; `length` measures a
text as it would go out with the longest values there are.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from clinic import sms_length, text_messages
from clinic.sms_length import MOST_PARTS, Measured
from treatments import placeholders, wording

LONGEST_SUBJECT, LONGEST_EMAIL = 120, 8000
_NAMED = re.compile(r"\{([^{}]*)\}")
# What the chart's areas are told apart by, and no part of anybody.
_NO_PART = frozenset(
    re.findall(
        r"\w+",
        """above adelante al alrededor alta alto and anterior area around arriba abajo atrás back baja bajo beside blade
        cara con crease de del delantera derecha dorso el en externa externo front inferior inner interior interna
        interno it izquierda junto la las lado lateral left los low lower media medio middle of outer part parte
        planta pliegue por posterior punta right side sole superior the top trasera upper zona""",
    )
)
# Said in general they give away as much as the name of one condition.
_ALWAYS = frozenset(
    {
        "pain", "dolor", "backache", "headache", "disc", "disco", "spine", "columna", "nerve", "nervio",
        "muscle", "músculo", "espalda", "cabeza",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What is judged by: phrases that give something away, and each placeholder at its longest and as it mostly is."""

    telling: frozenset[str] = frozenset()
    longest: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[str, str] = field(default_factory=dict)


def wrong(text: str, part: str, limits: Limits) -> list[str]:
    """What keeps a "subject", an "email" or an "sms" from being sent."""
    found = [_unknown(name, part) for name in dict.fromkeys(_NAMED.findall(text)) if name not in _usable(part)]
    if re.search(r"[{}]", _NAMED.sub("", text)):
        found.append("A brace { or } stands alone. Placeholders are written {like_this}.")
    if part != "email":
        words = ", ".join(f"“{each}”" for each in telling(text, limits.telling))
        where = "A subject" if part == "subject" else "A text"
        if words:
            found.append(f"{where} is read on a locked phone by anybody: it may not name {words}.")
    longest = {"subject": LONGEST_SUBJECT, "email": LONGEST_EMAIL}.get(part)
    if longest and len(text) > longest:
        found.append(f"This has {len(text)} letters; at most {longest} are sent.")
    if part == "sms" and not found and length(text, limits).parts > MOST_PARTS:
        found.append(f"This makes {length(text, limits).parts} parts; at most {MOST_PARTS} are sent as one text.")
    return found


def length(text: str, limits: Limits, values: Mapping[str, str] | None = None) -> Measured:
    """How long a text is as it goes out, with the longest values or with those given. Unknown names count as typed."""
    longest = dict.fromkeys(placeholders.MEANINGS, "") | dict(values if values is not None else limits.longest)
    try:
        return sms_length.measure(text_messages.written(text, longest, fill=wording.fill))
    except KeyError:
        return sms_length.measure(sms_length.plain(text))


def telling(text: str, phrases: frozenset[str]) -> list[str]:
    """The words of a text that name a condition or a part of the body, as they were typed."""
    said = _NAMED.sub(" ", text)
    return list(dict.fromkeys(found.group() for found in _pattern(phrases).finditer(said)))


def phrases(conditions: Iterable[str], areas: Iterable[str]) -> frozenset[str]:
    """What gives a client away, from the names of conditions (whole) and of areas (word by word)."""
    names = {re.sub(r"\(.*?\)", "", name).split(" (")[0].strip().casefold() for name in conditions}
    words = {word for area in areas for word in re.findall(r"\w+", area.casefold())}
    return frozenset(each for each in names | (words - _NO_PART) | _ALWAYS if len(each) > 1)


@lru_cache(maxsize=8)
def _pattern(phrases: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases | _ALWAYS, key=lambda each: (-len(each), each))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})(?:e?s)?\b", re.IGNORECASE)


def _usable(part: str) -> frozenset[str]:
    return placeholders.allowed(part)


def _unknown(name: str, part: str) -> str:
    if name in placeholders.MEANINGS:
        if part == "subject":
            return f"“{{{name}}}” may not stand in a subject: it names nobody and says nothing of a visit."
        return f"“{{{name}}}” is only filled in in e-mails: a text is read on a locked phone."
    near = nearest(name, part)
    return f"“{{{name}}}” is not filled in by anything." + (f" Did you mean “{{{near}}}”?" if near else "")


def nearest(name: str, part: str) -> str:
    """The placeholder somebody may have meant, or nothing."""
    asked = "_".join(re.findall(r"[a-z]+", name.casefold()))
    found = difflib.get_close_matches(asked, sorted(_usable(part)), n=1, cutoff=0.6)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A text with usual names and with the longest there are."""

    usual: Measured
    longest: Measured

    @property
    def is_long(self) -> bool:
        return self.longest.parts > 1


def counted(text: str, limits: Limits) -> Counted:
    """For the counter beside a text."""
    return Counted(length(text, limits, limits.usual), length(text, limits))
