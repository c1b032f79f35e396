"""Who gets what from the pages of services and closed days."""

from clinic.testing import Row, staff_only

TABLE = {
    "clinic:closure_list": Row(get=staff_only(403, owner=200), post=staff_only(403, owner=422)),
    "clinic:closure_remove": Row(
        get=staff_only(403, owner=405), post=staff_only(403, owner=302), args=lambda world: [world.closure.public_id]
    ),
    "clinic:service_list": Row(get=staff_only(403, owner=200), post=staff_only(403, owner=422)),
    "clinic:service_edit": Row(
        get=staff_only(403, owner=200), post=staff_only(403, owner=422), args=lambda world: [world.service.public_id]
    ),
}  # fmt: skip
