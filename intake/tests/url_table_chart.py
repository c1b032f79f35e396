"""Who gets what from the addresses of the body chart and of files."""

from clinic.testing import Row, everyone, staff_only
from intake.tests.url_table import THERAPISTS_ONLY_POST, _of

#: Ann's file belongs to a form she has sent: from her browser it is gone, and Ben's never had it.
OWN_FILE = Row(
    get=everyone(303, client=404, stranger=404), post=everyone(303, client=405, stranger=405), args=_of("upload")
)

TABLE: dict[str, Row] = {
    # Nothing is marked by an empty request: 422 for those inside their form, 401 for everybody else.
    "intake:save_mark": Row(get=everyone(405), post=everyone(401, client=422, stranger=422)),
    "intake:own_file": OWN_FILE,
    "intake:own_preview": OWN_FILE,
    # It is a PDF: there is no picture of it.
    "intake:upload_preview": Row(
        get=staff_only(403, therapist=404, other=404), post=THERAPISTS_ONLY_POST, args=_of("upload")
    ),
}  # fmt: skip
