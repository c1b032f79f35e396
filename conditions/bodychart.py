"""The body chart: marks and limits laid over the drawing, ready for a template or for paper. Touches no database.

One chart serves client and therapist. What is laid over it:

`marks`   things with `region`, `symptom` and `intensity` (rows of a response, of a note, or plain `Mark`s): coloured by
          strength, with the number in the region.
`under`   the same, drawn faintly below: a client's marks under a therapist's.
`limits`  something with `blocked_regions`, `region_limits` and `unagreed_regions`, such as a client's standing: regions
          to leave out are hatched, those with a lighter hand outlined, those without a separate yes dotted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext, gettext_noop, pgettext

from conditions import bodyshapes
from conditions.bodyshapes import Shape
from conditions.regions import Region, mark_fields, regions

DO_NOT_TOUCH = "do_not_touch"
#: The chart's own rule: these symptoms come with a strength from 0 to 10.
STRENGTH_NEEDED = frozenset({"pain", "ache", "burning", "tingling", "numbness"})
STRONG, MIDDLING = 7, 4
_OWN_WORDS = {
    DO_NOT_TOUCH: gettext_noop("Please do not touch"),
    "bruise_or_skin": gettext_noop("Bruise or skin problem"),
}


class AnyMark(Protocol):
    """What the chart wants to know of a mark."""

    @property
    def region(self) -> str: ...
    @property
    def symptom(self) -> str: ...
    @property
    def intensity(self) -> int | None: ...


class AnyLimits(Protocol):
    """What the chart wants to know of a client's limits."""

    @property
    def blocked_regions(self) -> Iterable[str]: ...
    @property
    def region_limits(self) -> Mapping[str, int]: ...
    @property
    def unagreed_regions(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that is no row: region, symptom, strength."""

    region: str
    symptom: str
    intensity: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One region as it is drawn."""

    shape: Shape
    heat: str = ""
    under: str = ""
    text: str = ""
    blocked: bool = False
    most: int | None = None
    unagreed: bool = False
    words: str = ""

    @property
    def code(self) -> str:
        return self.shape.code

    @property
    def css(self) -> str:
        """The classes of its path."""
        named = [
            self.heat and f"is-{self.heat}",
            self.under and not self.heat and "is-under",
            self.most and "is-lighter",
        ]
        return " ".join(["bc-region", *(str(name) for name in named if name)])


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture: front, back, or the large face."""

    name: str
    parts: tuple[Part, ...]
    details: tuple[str, ...]
    outline: str
    box: bodyshapes.Box
    yours: bool = True

    @property
    def title(self) -> str:
        # With a context: elsewhere "Back" is the way to the page before.
        if self.name == "anterior":
            return pgettext("side of the body", "Front")
        if self.name == "posterior":
            return pgettext("side of the body", "Back")
        return pgettext("side of the body", "Face")

    @property
    def sides(self) -> tuple[str, str]:
        """What stands at the picture's left and right: the client's own sides."""
        right, left = (gettext("Your right"), gettext("Your left")) if self.yours else ("Right", "Left")
        return (left, right) if self.name == "posterior" else (right, left)


@dataclass(frozen=True, slots=True)
class Chart:
    """The pictures, and which signs a legend has to explain."""

    figures: tuple[Figure, ...]
    signs: frozenset[str] = field(default_factory=frozenset)

    @property
    def words(self) -> str:
        """All that is marked, in one line: the picture for those who do not see it."""
        said = [part.words for figure in self.figures if figure.name != "face" for part in figure.parts if part.words]
        return "; ".join(said)


def symptom_words(code: str) -> str:
    """A symptom as people say it."""
    return gettext(_OWN_WORDS.get(code) or code.replace("_", " ").capitalize())


def your(region: Region) -> str:
    """A region for the person whose body it is: 'Low back, your left'."""
    area = gettext(region.area)
    if region.side == "right":
        return gettext("%(area)s, your right") % {"area": area}
    return gettext("%(area)s, your left") % {"area": area} if region.side == "left" else area


def your_region(code: str) -> str:
    """The same by code; the code itself when the chart no longer has it."""
    region = regions().get(code)
    return your(region) if region else code


def mark_words(mark: AnyMark) -> str:
    """'Pain, 6 of 10'."""
    words = symptom_words(mark.symptom)
    return words if mark.intensity is None else feeling(words, mark.intensity)


def feeling(symptom: str, strength: object) -> str:
    """A symptom with its strength; the page's script puts its own words into the same pattern."""
    return gettext("%(symptom)s, %(strength)s of 10") % {"symptom": symptom, "strength": strength}


def symptoms() -> list[tuple[str, str, bool]]:
    """What can be felt: code, words, and whether a strength belongs to it."""
    return [(code, symptom_words(code), code in STRENGTH_NEEDED) for code in mark_fields().symptoms]


def draw(
    marks: Iterable[AnyMark] = (),
    *,
    limits: AnyLimits | None = None,
    under: Iterable[AnyMark] = (),
    face: bool = False,
    yours: bool = True,
) -> Chart:
    """The chart with everything laid over it; `face` adds the large face, where fingers can tell its regions apart.

    `yours` speaks to the person whose body it is ("your left"), otherwise to staff ("left").
    """
    by_region, below = _by_region(marks), _by_region(under)
    blocked = frozenset(limits.blocked_regions) if limits else frozenset()
    unagreed = frozenset(limits.unagreed_regions) if limits else frozenset()
    lighter = dict(limits.region_limits) if limits else {}
    parts = {}
    for code, shape in bodyshapes.shapes().items():
        name = your(shape.region) if yours else shape.region.name
        over = _Over(code in blocked, lighter.get(code), code in unagreed)
        parts[code] = _part(shape, name, by_region.get(code, []), below.get(code, []), over)
    names = [*bodyshapes.VIEWS, "face"] if face else bodyshapes.VIEWS
    return Chart(tuple(_figure(each, parts, yours) for each in names), _signs(parts.values()))


@dataclass(frozen=True, slots=True)
class _Over:
    """What the limits say of one region."""

    blocked: bool
    most: int | None
    unagreed: bool


def _by_region(marks: Iterable[AnyMark]) -> dict[str, list[AnyMark]]:
    found: dict[str, list[AnyMark]] = {}
    for mark in marks:
        found.setdefault(mark.region, []).append(mark)
    return found


def heat(marks: Iterable[AnyMark]) -> str:
    """How warm a region is drawn: 'low', 'mid' or 'high' by the strongest; 'off' where nobody is to touch."""
    marks = list(marks)
    if not marks:
        return ""
    if any(mark.symptom == DO_NOT_TOUCH for mark in marks):
        return "off"
    strongest = max(mark.intensity or 0 for mark in marks)
    return "high" if strongest >= STRONG else "mid" if strongest >= MIDDLING else "low"


def _part(shape: Shape, name: str, marks: list[AnyMark], below: list[AnyMark], over: _Over) -> Part:
    strengths = [mark.intensity for mark in marks if mark.intensity is not None]
    strengths = strengths or [mark.intensity for mark in below if mark.intensity is not None]
    warm, faint = heat(marks), heat(below)
    text = "×" if "off" in (warm, faint) else str(max(strengths)) if strengths else "•" if marks or below else ""
    said = [mark_words(mark) for mark in [*marks, *below]]
    if over.blocked:
        said.append(gettext("leave out"))
    elif over.most is not None:
        said.append(gettext("pressure %(most)s of 5 at most") % {"most": over.most})
    words = f"{name}: {', '.join(said)}" if said else ""
    unagreed = over.unagreed and not over.blocked
    return Part(shape, warm, faint, text, over.blocked, over.most, unagreed, words)


def _figure(name: str, parts: Mapping[str, Part], yours: bool) -> Figure:
    if name == "face":
        drawn = tuple(part for part in parts.values() if part.shape.in_face)
        return Figure(name, drawn, bodyshapes.details("face"), "", bodyshapes.box("face_box"), yours)
    drawn = tuple(part for part in parts.values() if part.shape.region.view == name)
    fine = bodyshapes.details(name) + (bodyshapes.details("face") if name == "anterior" else ())
    return Figure(name, drawn, fine, bodyshapes.silhouette(), bodyshapes.box(), yours)


def _signs(parts: Iterable[Part]) -> frozenset[str]:
    found: set[str] = set()
    for part in parts:
        given = {"off": part.heat == "off", "heat": part.heat not in ("", "off"), "under": bool(part.under),
                 "blocked": part.blocked, "lighter": part.most is not None, "unagreed": part.unagreed}  # fmt: skip
        found |= {name for name, there in given.items() if there}
    return frozenset(found)
