"""Who gets what from the outbox pages; part of the table the walking test goes through."""

from clinic.testing import Row, staff_only

DESK_AND_OWNER = staff_only(403, desk=200, owner=200)


def _message(world):
    return [world.message.public_id]


TABLE: dict[str, Row] = {
    "clinic:outbox_list": Row(get=DESK_AND_OWNER, post=staff_only(403, desk=405, owner=405)),
    "clinic:outbox_decide": Row(
        get=staff_only(403, desk=405, owner=405), post=staff_only(403, desk=404, owner=404), args=_message
    ),
}
