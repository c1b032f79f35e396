"""Who gets what from the addresses of coming back: papers, the door, the clinic's tablet."""

from clinic.testing import Row, everyone, staff_only
from intake.tests.url_table import NO_POST, THERAPISTS, THERAPISTS_ONLY_POST, _ann, _of

TABLE: dict[str, Row] = {
    # Before sending there is nothing to copy: back to the form.
    "intake:copy": Row(get=everyone(303), post=everyone(303, client=405, stranger=405)),
    # Ann has sent a form before, Ben has not; neither has a short check.
    "intake:again": Row(get=everyone(303, client=200), post=everyone(303), args=lambda world: ["about"]),
    "intake:news": Row(get=everyone(303), post=everyone(303)),
    "intake:urgent": Row(get=everyone(303), post=everyone(303)),
    "intake:hand_over": Row(get=staff_only(), post=staff_only(303), args=_ann),
    "intake:show_code": Row(get=NO_POST, post=staff_only(), args=_ann),
    "intake:review_print": Row(get=THERAPISTS, post=THERAPISTS_ONLY_POST, args=_of("sent")),
}
