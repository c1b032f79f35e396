"""Who gets what from the addresses of the body chart and of files."""

from clinic.testing import Row, everyone

TABLE: dict[str, Row] = {
    # Nothing is marked by an empty request: 422 for those inside their form, 401 for everybody else.
    "intake:save_mark": Row(get=everyone(405), post=everyone(401, client=422, stranger=422)),
}
