"""The body chart in a template: one component for the client who marks and for everybody who reads."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from conditions import bodychart
from conditions.bodypaper import body_chart_svg, body_chart_uri

register = template.Library()


@register.inclusion_tag("components/body_chart.html")
def body_chart(
    marks: Iterable[bodychart.AnyMark] = (),
    *,
    limits: bodychart.AnyLimits | None = None,
    under: Iterable[bodychart.AnyMark] = (),
    mode: str = "read",
    yours: bool = True,
    name: str = "body",
    label: str = "",
) -> dict[str, object]:
    """Front and back of the body with marks and limits on it.

    `mode="read"` draws a picture with a legend. `mode="mark"` draws regions that `static/js/bodychart.js` makes into
    buttons, with the large face beside. The page puts the component into an element with `data-bodychart` and, in
    `data-url`, the address that keeps a change, together with the list of marks (see `intake/_marks.html`, whose select
    gives the script the names of the regions). A note that keeps its own marks does the same with its own address and
    passes the client's marks as `under`. `yours=False` speaks to staff, `name` keeps the ids of two charts on one page
    apart, `label` names the picture.
    """
    chart = bodychart.draw(marks, limits=limits, under=under, face=mode == "mark", yours=yours)
    # Where marks are still to come, the legend is there before them.
    signs = chart.signs | ({"heat", "off"} if mode == "mark" else set())
    return {"chart": chart, "signs": signs, "mode": mode, "name": name, "label": label}


@register.simple_tag
def body_chart_on_paper(
    marks: Iterable[bodychart.AnyMark] = (), *, limits: bodychart.AnyLimits | None = None, yours: bool = True
) -> str:
    """The `src` of the chart in a PDF: `<img src="{% body_chart_on_paper line.marks %}" width="250" height="246">`."""
    return body_chart_uri(body_chart_svg(marks, limits=limits, yours=yours))
