"""The body chart for paper: one SVG with everything in it, for tools that know no style sheets, patterns or scripts.

Front and back stand side by side with "your right" and "your left" beside the heads. Hatching and dots are drawn line
by line, cut to their region. `body_chart_svg` gives the picture, `body_chart_uri` the same for the `src` of an image:

    <img src="{% body_chart_on_paper marks %}" width="250" height="246">
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from conditions.bodychart import AnyLimits, AnyMark, Figure, Part, draw
from conditions.bodyshapes import Point, holds

#: Ink on white: the light colours of the house, named here because paper reads no tokens.
_PAPER, _LINE, _EDGE, _INK = "#f3efe6", "#cfc6b4", "#8d8474", "#25241f"
_HEAT = {"low": "#fdf1e2", "mid": "#e9c796", "high": "#7d4307", "off": "#fbece7"}
_HOT, _DANGER, _CAUTION, _INFO, _INFO_TINT = "#7d4307", "#8c2418", "#625007", "#2c4c66", "#eaf0f4"
GAP, MARGIN, STEP = 30.0, 4.0, 4.5


def body_chart_svg(
    marks: Iterable[AnyMark], *, limits: AnyLimits | None = None, under: Iterable[AnyMark] = (), yours: bool = True
) -> str:
    """The whole chart as one SVG document."""
    chart = draw(marks, limits=limits, under=under, yours=yours)
    box = chart.figures[0].box
    width, height = box.width * 2 + GAP + MARGIN * 2, box.height + MARGIN * 2
    body = ""
    for at, figure in enumerate(chart.figures):
        x, y = MARGIN - box.x + at * (box.width + GAP), MARGIN - box.y
        body += f'<g transform="translate({x:.1f} {y:.1f})">{_figure(figure)}</g>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{body}</svg>'
    )


def body_chart_uri(svg: str) -> str:
    """A picture as an address that carries it, so that nothing is fetched."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _figure(figure: Figure) -> str:
    parts = "".join(map(_region, figure.parts))
    fine = "".join(_path(line, "none", _EDGE, 0.5) for line in figure.details)
    edge = _path(figure.outline, "none", _EDGE, 1.1)
    over = "".join(_over(part) for part in figure.parts)
    return _path(figure.outline, _PAPER, "none", 0) + parts + fine + edge + over + _words(figure)


def _region(part: Part) -> str:
    if part.heat:
        return _path(part.shape.path, _HEAT[part.heat], _DANGER if part.heat == "off" else _HOT, 1)
    if part.under:
        return _path(part.shape.path, _INFO_TINT, _INFO, 1)
    return _path(part.shape.path, _PAPER, _LINE, 0.5)


def _over(part: Part) -> str:
    found = []
    if part.unagreed:
        found += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="0.8" fill="{_INFO}"/>' for x, y in _dots(part.shape.polygon)]
    if part.blocked or "off" in (part.heat, part.under):
        found.append(_path("".join(_hatch(part.shape.polygon)), "none", _DANGER, 0.8))
    if part.most:
        found.append(_path(part.shape.path, "none", _CAUTION, 2))
    if part.text:
        x, y = part.shape.label
        ink = "#ffffff" if part.heat == "high" else _INK
        found.append(_text(x, y + 4.6, part.text, "middle", ink, 13, bold=True))
    return "".join(found)


def _words(figure: Figure) -> str:
    left, right = figure.sides
    edge = figure.box.width / 2
    return _text(-edge, 14, left, "start", _INK, 12) + _text(edge, 14, right, "end", _INK, 12)


def _hatch(polygon: Sequence[Point]) -> Iterator[str]:
    """Slanted lines, each cut where it enters and leaves the region."""
    sums = [x + y for x, y in polygon]
    at = math.ceil(min(sums) / STEP) * STEP
    while at < max(sums):
        cuts = []
        for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            before, after = x0 + y0 - at, x1 + y1 - at
            if (before > 0) != (after > 0):
                cuts.append(x0 + (x1 - x0) * before / (before - after))
        cuts.sort()
        for first, last in zip(cuts[::2], cuts[1::2], strict=False):
            yield f"M{first:.1f} {at - first:.1f}L{last:.1f} {at - last:.1f}"
        at += STEP


def _dots(polygon: Sequence[Point]) -> Iterator[Point]:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    for column in range(math.ceil(min(xs) / STEP), math.floor(max(xs) / STEP) + 1):
        for row in range(math.ceil(min(ys) / STEP), math.floor(max(ys) / STEP) + 1):
            if holds(polygon, (column * STEP, row * STEP)):
                yield column * STEP, row * STEP


def _path(d: str, fill: str, stroke: str, width: float) -> str:
    return f'<path d="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>' if d else ""


def _text(x: float, y: float, words: str, anchor: str, ink: str, size: int, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    # A font that every reader of PDFs brings along; its letters hold all that is written here.
    font = f'font-family="Helvetica" font-size="{size}"{weight}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {font} text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'
