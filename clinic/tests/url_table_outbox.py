"""Who gets what from the outbox pages; part of the table the walking test goes through."""

from clinic.testing import Row, staff_only

DESK_AND_OWNER = staff_only(403, desk=200, owner=200)
NO_POST = staff_only(403, desk=405, owner=405)


def _message(world):
    return [world.message.public_id]


def _reply(world):
    return [world.reply.public_id]


def _anns_mail(world):
    return [world.ann.public_id, "email"]


def _ann(world):
    return [world.ann.public_id]


TABLE: dict[str, Row] = {
    "clinic:outbox_list": Row(get=DESK_AND_OWNER, post=NO_POST),
    "clinic:outbox_decide": Row(
        get=staff_only(403, desk=405, owner=405), post=staff_only(403, desk=404, owner=404), args=_message
    ),
    "clinic:outbox_decide_many": Row(get=NO_POST, post=staff_only(403, desk=404, owner=404)),
    "clinic:reply_list": Row(get=staff_only(), post=staff_only(405)),
    "clinic:reply_done": Row(get=staff_only(405), post=staff_only(302), args=_reply),
    "clinic:address_works": Row(get=staff_only(405), post=staff_only(302), args=_anns_mail),
    "clinic:outbox_live": Row(get=DESK_AND_OWNER, post=NO_POST),
    "clinic:outbox_now": Row(get=DESK_AND_OWNER, post=NO_POST),
    "clinic:message_list": Row(get=DESK_AND_OWNER, post=DESK_AND_OWNER),
    "clinic:message_rules": Row(get=staff_only(403, owner=200), post=staff_only(403, owner=422)),
    "clinic:message_detail": Row(get=staff_only(), post=staff_only(405), args=_message),
    "clinic:client_messages": Row(get=staff_only(), post=staff_only(405), args=_ann),
}
