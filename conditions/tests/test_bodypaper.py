import re
from types import SimpleNamespace
from xml.etree import ElementTree

from conditions.bodychart import Mark
from conditions.bodypaper import body_chart_svg, body_chart_uri
from conditions.bodyshapes import holds, shapes

LIMITS = SimpleNamespace(
    blocked_regions={"POST-CALF-R"}, region_limits={"ANT-SHOULDER-R": 2}, unagreed_regions={"POST-BUTTOCK-L"}
)
MARKS = [Mark("POST-BACK-LOW-L", "pain", 6), Mark("ANT-ABDOMEN-LOWER-L", "do_not_touch")]


def test_picture_for_paper_stands_alone():
    svg = body_chart_svg(MARKS, limits=LIMITS)
    ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    assert not re.search(r"class=|style=|url\(|var\(|<pattern|href", svg)
    assert svg.count("Your right") == svg.count("Your left") == 2 and ">6<" in svg
    assert body_chart_uri(svg).startswith("data:image/svg+xml;base64,")


def test_hatching_and_dots_stay_inside_their_region():
    svg = body_chart_svg([], limits=LIMITS)
    dots = [tuple(map(float, found)) for found in re.findall(r'<circle cx="(\S+)" cy="(\S+)"', svg)]
    assert len(dots) > 40 and all(holds(shapes()["POST-BUTTOCK-L"].polygon, dot) for dot in dots)
    lines = re.findall(r"M(\S+) (\S+)L(\S+) (\S+?)(?=M|\")", svg)
    assert len(lines) > 10
    for line in lines:
        x0, y0, x1, y1 = map(float, line)
        assert holds(shapes()["POST-CALF-R"].polygon, ((x0 + x1) / 2, (y0 + y1) / 2)), line
