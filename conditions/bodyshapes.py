"""The drawing of the body: where the ink of each region goes. Pure; the points stand in `data/body_shapes.json`.

Half a figure is drawn, from its middle line outwards; the other half is its mirror image. Neighbouring regions are
rings of the same pieces of line, so that they share their borders and fill the outline between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from conditions.documents import document
from conditions.regions import Region, regions

Point = tuple[float, float]
#: A cubic: two handles and the end; the start is the end of the one before.
Cubic = tuple[Point, Point, Point]

VIEWS = ("anterior", "posterior")
FACE = frozenset({"ANT-FOREHEAD", "ANT-TEMPLE", "ANT-EAR", "ANT-JAW"})


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the drawing that a picture shows."""

    x: float
    y: float
    width: float
    height: float

    @property
    def view_box(self) -> str:
        return f"{self.x:g} {self.y:g} {self.width:g} {self.height:g}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A smooth line from a start through its cubics."""

    start: Point
    cubics: tuple[Cubic, ...]

    @property
    def end(self) -> Point:
        return self.cubics[-1][2]

    def turned(self) -> Piece:
        """The same line the other way."""
        starts = [self.start, *(cubic[2] for cubic in self.cubics)]
        back = [(c2, c1, start) for (c1, c2, _), start in zip(self.cubics, starts, strict=False)]
        return Piece(self.end, tuple(reversed(back)))

    def mirrored(self) -> Piece:
        """The same line on the other side of the body."""
        return Piece(_flip(self.start), tuple((_flip(a), _flip(b), _flip(c)) for a, b, c in self.cubics))

    def points(self, steps: int = 6) -> list[Point]:
        """The line as short straight ones, without its start."""
        found, at = [], self.start
        for c1, c2, end in self.cubics:
            for step in range(1, steps + 1):
                t = step / steps
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                parts = list(zip(weights, (at, c1, c2, end), strict=True))
                found.append((sum(w * p[0] for w, p in parts), sum(w * p[1] for w, p in parts)))
            at = end
        return found


@dataclass(frozen=True, slots=True)
class Shape:
    """One region's place in the drawing; `path` is the SVG path, `polygon` the same in straight lines."""

    region: Region
    path: str
    polygon: tuple[Point, ...]
    label: Point

    @property
    def code(self) -> str:
        return self.region.code

    @property
    def in_face(self) -> bool:
        """Drawn once more in the large face, where a finger can tell them apart."""
        return self.region.base_code in FACE


def _flip(point: Point) -> Point:
    return -point[0], point[1]


def box(name: str = "box") -> Box:
    """What a picture of the figure shows; `face_box` of the face alone."""
    return Box(**document("body_shapes")[name])


@cache
def shapes() -> Mapping[str, Shape]:
    """Every region's shape by code, in chart order."""
    rings = document("body_shapes")["regions"]
    return MappingProxyType({code: _shape(region, rings[_drawn_as(region)]) for code, region in regions().items()})


def _drawn_as(region: Region) -> str:
    return region.base_code.removesuffix("-M")


def of_view(view: str) -> list[Shape]:
    """The shapes of the front (`anterior`) or the back (`posterior`)."""
    return [shape for shape in shapes().values() if shape.region.view == view]


@cache
def silhouette() -> str:
    """The outline of the whole body; front and back have the same."""
    return path_of(_both_halves("outline:top>crotch"))


@cache
def rest(view: str) -> tuple[str, ...]:
    """Parts of the figure that are no region and cannot be marked."""
    return tuple(path_of(_both_halves(ring)) for ring in document("body_shapes")["rest"][view])


@cache
def details(name: str) -> tuple[str, ...]:
    """Fine lines that make a figure of the outline, on both sides. They mean nothing and take no taps."""
    halves = [
        _smooth([_read(point)[:2] for point in line.split()]) for line in document("body_shapes")["details"][name]
    ]
    return tuple(path_of([piece], closed=False) for half in halves for piece in (half, half.mirrored()))


def _shape(region: Region, ring: str) -> Shape:
    if region.side == "midline":
        pieces = _both_halves(ring)
    else:
        pieces = [_piece(name) for name in ring.split()]
        if _is_left_half(region):
            pieces = [piece.mirrored() for piece in pieces]
    polygon = tuple(flat(pieces))
    return Shape(region, path_of(pieces), polygon, _label(polygon))


def _is_left_half(region: Region) -> bool:
    """On the picture's left stands the person's right from the front, the person's left from behind."""
    return (region.side == "right") == (region.view == "anterior")


def _both_halves(ring: str) -> list[Piece]:
    half = [_piece(name) for name in ring.split()]
    return half + [piece.turned().mirrored() for piece in reversed(half)]


@cache
def _curve(name: str) -> tuple[Piece, Mapping[str, int]]:
    """A whole curve, and which of its points have names."""
    read = [_read(text) for text in document("body_shapes")["curves"][name].split()]
    names = {point: at for at, (_, _, point, _) in enumerate(read) if point}
    return _smooth([(x, y) for x, y, _, _ in read], [corner for *_, corner in read]), names


def _read(text: str) -> tuple[float, float, str, bool]:
    corner = text.endswith("!")
    place, _, name = text.rstrip("!").partition("@")
    x, y = place.split(",")
    return float(x), float(y), name, corner


def _piece(reference: str) -> Piece:
    name, _, ends = reference.partition(":")
    first, _, last = ends.partition(">")
    whole, names = _curve(name)
    a, b = names[first], names[last]
    starts = [whole.start, *(cubic[2] for cubic in whole.cubics)]
    if a < b:
        return Piece(starts[a], whole.cubics[a:b])
    return Piece(starts[b], whole.cubics[b:a]).turned()


def _smooth(points: Sequence[Point], corners: Sequence[bool] = ()) -> Piece:
    """Cubics through the points: at each the line runs along its neighbours, handles a third of the way."""
    last = len(points) - 1
    sharp = list(corners) or [False] * len(points)

    def along(at: int, before: int, after: int) -> Point:
        if sharp[at] or at in (0, last):
            before, after = (at, after) if after > at else (before, at)
        (x0, y0), (x1, y1) = points[max(before, 0)], points[min(after, last)]
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        return (x1 - x0) / length, (y1 - y0) / length

    cubics: list[Cubic] = []
    for at in range(last):
        (x0, y0), (x1, y1) = points[at], points[at + 1]
        third = math.hypot(x1 - x0, y1 - y0) / 3
        out = along(at, at if sharp[at] else at - 1, at + 1)
        into = along(at + 1, at, at + 1 if sharp[at + 1] else at + 2)
        handle1 = (x0 + out[0] * third, y0 + out[1] * third)
        handle2 = (x1 - into[0] * third, y1 - into[1] * third)
        cubics.append((handle1, handle2, (x1, y1)))
    return Piece(points[0], tuple(cubics))


def path_of(pieces: Iterable[Piece], *, closed: bool = True) -> str:
    """Pieces end to end as an SVG path, in steps from point to point: shorter than places."""
    pieces = list(pieces)
    x, y = (round(value, 1) for value in pieces[0].start)
    text = [f"M{x:g} {y:g}"]
    for piece in pieces:
        for cubic in piece.cubics:
            ends = [(round(px, 1), round(py, 1)) for px, py in cubic]
            text.append("c" + " ".join(f"{round(px - x, 1):g} {round(py - y, 1):g}" for px, py in ends))
            x, y = ends[-1]
    return "".join(text).replace(" -", "-") + ("z" if closed else "")


def flat(pieces: Iterable[Piece]) -> list[Point]:
    """Pieces end to end as one polygon."""
    return [point for piece in pieces for point in piece.points()]


def area(polygon: Sequence[Point]) -> float:
    """How much a polygon covers."""
    pairs = zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def holds(polygon: Sequence[Point], point: Point) -> bool:
    """Whether a point lies in a polygon."""
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside


def _label(polygon: Sequence[Point]) -> Point:
    """Where a number stands best: the point of a coarse grid that is farthest from the border."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    grid = [
        (min(xs) + width * column / 12, min(ys) + height * row / 12) for column in range(1, 12) for row in range(1, 12)
    ]
    inside = [point for point in grid if holds(polygon, point)]

    def room(point: Point) -> float:
        return min(math.hypot(point[0] - x, point[1] - y) for x, y in polygon)

    x, y = max(inside, key=room)
    return round(x, 1), round(y, 1)
