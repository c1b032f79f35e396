"""Who gets what from the owner's aftercare series. No client is in it; everybody but the owner stays outside."""

from clinic.testing import Row, staff_only

OWNER = staff_only(403, owner=200)
NO_POST = staff_only(403, owner=405)
ONLY_POST = staff_only(403, owner=405)
DONE = staff_only(403, owner=302)
REFUSED = staff_only(403, owner=422)


def _draft(world):
    return [world.series_draft.number]


TABLE: dict[str, Row] = {
    "treatments:series_list": Row(get=OWNER, post=NO_POST),
    "treatments:series_start": Row(get=ONLY_POST, post=DONE),
    "treatments:series_draft": Row(get=OWNER, post=REFUSED),
    "treatments:series_line": Row(get=OWNER, post=REFUSED, args=lambda world: ["h24"]),
    "treatments:series_publish": Row(get=OWNER, post=REFUSED),
    "treatments:series_discard": Row(get=OWNER, post=DONE),
    "treatments:series_measure": Row(get=ONLY_POST, post=OWNER),
    "treatments:series_version": Row(get=OWNER, post=NO_POST, args=lambda world: [1]),
    "treatments:series_preview": Row(get=OWNER, post=NO_POST, args=_draft),
    "treatments:series_test": Row(get=ONLY_POST, post=REFUSED, args=_draft),
}
