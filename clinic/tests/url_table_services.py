"""Who gets what from the pages of services."""

from clinic.testing import Row, staff_only

TABLE = {
    "clinic:service_list": Row(get=staff_only(403, owner=200), post=staff_only(403, owner=422)),
    "clinic:service_edit": Row(
        get=staff_only(403, owner=200), post=staff_only(403, owner=422), args=lambda world: [world.service.public_id]
    ),
}  # fmt: skip
