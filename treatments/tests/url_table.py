"""Who gets what from the day sheet, plans, sessions and charts; walked with the tables of the other apps."""

from clinic.testing import Row, staff_only

STAFF_NO_POST = staff_only(405)
STAFF_BAD_INPUT = staff_only(422)
STAFF_DONE = staff_only(302)
THERAPISTS = staff_only(403, therapist=200, other=200)
THERAPISTS_NO = staff_only(403, therapist=405, other=405)
THERAPISTS_BAD_INPUT = staff_only(403, therapist=422, other=422)
THERAPISTS_DONE = staff_only(403, therapist=302, other=302)


def _ann(world):
    return [world.ann.public_id]


def _of(name):
    return lambda world: [getattr(world.care, name).public_id]


TABLE: dict[str, Row] = {
    "treatments:day_sheet": Row(get=staff_only(), post=STAFF_NO_POST),
    "treatments:day_sheet_on": Row(get=staff_only(), post=STAFF_NO_POST, args=lambda world: [world.now.date()]),
    "treatments:book_slot": Row(
        get=staff_only(), post=staff_only(), args=lambda world: [world.therapist.public_id, world.now.date()]
    ),
    "treatments:register": Row(get=staff_only(), post=STAFF_BAD_INPUT),
    "treatments:session_book": Row(get=staff_only(), post=STAFF_BAD_INPUT, args=_ann),
    "treatments:session_arrive": Row(get=STAFF_NO_POST, post=STAFF_DONE, args=_of("booked")),
    "treatments:session_link": Row(get=STAFF_NO_POST, post=STAFF_DONE, args=_of("booked")),
    "treatments:session_cancel": Row(get=staff_only(), post=STAFF_BAD_INPUT, args=_of("booked")),
    "treatments:session_no_show": Row(get=staff_only(), post=STAFF_DONE, args=_of("booked")),
    # From here on everything is clinical: the desk and an owner who does not treat stay outside.
    "treatments:chart": Row(get=THERAPISTS, post=THERAPISTS_NO, args=_ann),
    "treatments:plan_propose": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_ann),
    "treatments:plan_detail": Row(get=THERAPISTS, post=THERAPISTS_NO, args=_of("plan")),
    "treatments:plan_edit": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_of("plan")),
    "treatments:plan_start": Row(get=THERAPISTS_NO, post=THERAPISTS_BAD_INPUT, args=_of("draft")),
    "treatments:plan_hold": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_of("plan")),
    "treatments:plan_resume": Row(get=THERAPISTS_NO, post=THERAPISTS_DONE, args=_of("held")),
    "treatments:plan_end": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_of("plan")),
    "treatments:unsigned_list": Row(get=THERAPISTS, post=THERAPISTS_NO),
    "treatments:session_start": Row(get=THERAPISTS_NO, post=THERAPISTS_DONE, args=_of("arrived")),
    # A colleague may read a note in the making, but is sent back when writing.
    "treatments:session_note": Row(get=THERAPISTS, post=staff_only(403, therapist=422, other=302), args=_of("writing")),
    "treatments:session_autosave": Row(get=THERAPISTS_NO, post=THERAPISTS_BAD_INPUT, args=_of("writing")),
    "treatments:session_sign": Row(
        get=staff_only(403, therapist=200, other=302), post=THERAPISTS_DONE, args=_of("writing")
    ),
    "treatments:session_close": Row(
        get=staff_only(403, therapist=200, other=302),
        post=staff_only(403, therapist=422, other=302),
        args=_of("writing"),
    ),
    "treatments:session_addendum": Row(get=THERAPISTS_NO, post=THERAPISTS_BAD_INPUT, args=_of("done")),
}
