"""The drawing: every region once, mirrored, side by side without gaps, and big enough for a finger."""

import pytest

from conditions import bodyshapes
from conditions.bodyshapes import area, box, holds, shapes
from conditions.regions import regions

PHONE = 350  # css pixels of the figure on a phone 390 wide
FINGER = 24


def spread(polygon):
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def test_every_region_has_one_shape_inside_the_picture():
    assert list(shapes()) == list(regions())
    assert len({shape.path for shape in shapes().values() if shape.region.view == "anterior"}) == 41
    seen = box()
    for shape in shapes().values():
        left, top, right, bottom = spread(shape.polygon)
        assert seen.x <= left and right <= seen.x + seen.width, shape.code
        assert seen.y <= top and bottom <= seen.y + seen.height, shape.code


@pytest.mark.parametrize("code", [code for code, region in regions().items() if region.mirror_code])
def test_a_region_is_the_mirror_of_the_other_side(code):
    here, there = shapes()[code], shapes()[regions()[code].mirror_code]
    assert [(-x, y) for x, y in here.polygon] == list(there.polygon)
    right_is_left_of_middle = regions()[code].view == "anterior"
    on_the_left = sum(x for x, _ in here.polygon) < 0
    assert on_the_left == (right_is_left_of_middle == (regions()[code].side == "right"))


@pytest.mark.parametrize("view", bodyshapes.VIEWS)
def test_regions_fill_the_figure_without_lying_on_each_other(view):
    whole = area(bodyshapes.flat(bodyshapes._both_halves("outline:top>crotch")))
    found = [shape.polygon for shape in bodyshapes.of_view(view)]
    left_out = sum(area(bodyshapes.flat(bodyshapes._both_halves(ring))) for ring in rest_of(view))
    assert sum(map(area, found)) + left_out == pytest.approx(whole, rel=0.002)
    seen = box()
    for column in range(0, int(seen.width), 4):
        for row in range(0, int(seen.height), 4):
            point = (seen.x + column + 0.37, seen.y + row + 0.41)
            assert sum(holds(polygon, point) for polygon in found) <= 1, point


def rest_of(view):
    return bodyshapes.document("body_shapes")["rest"][view]


def test_no_region_is_smaller_than_a_finger_on_a_phone():
    for shape in shapes().values():
        scale = PHONE / (box("face_box").width if shape.in_face else box().width)
        left, top, right, bottom = spread(shape.polygon)
        assert min(right - left, bottom - top) * scale >= FINGER, shape.code
        assert area(shape.polygon) * scale**2 >= FINGER**2, shape.code


def test_label_stands_inside_its_region():
    assert all(holds(shape.polygon, shape.label) for shape in shapes().values())


def test_nothing_can_be_marked_between_the_groins():
    assert not any(holds(shape.polygon, (0.1, 256)) for shape in bodyshapes.of_view("anterior"))
    assert len(bodyshapes.rest("anterior")) == 1
