"""Who gets what from each address of this app; walked together with those of the other apps."""

from typing import Any

from clinic.testing import Row, everyone, staff_only

READER_ONLY = everyone(405)


def _back_pain(world: Any) -> list[Any]:
    return ["back-pain"]


def _topic(world: Any) -> list[Any]:
    return ["what-it-is"]


TABLE: dict[str, Row] = {
    "conditions:home": Row(get=everyone(200), post=READER_ONLY),
    "conditions:topic": Row(get=everyone(200), post=READER_ONLY, args=_topic),
    "conditions:condition_list": Row(get=everyone(200), post=READER_ONLY),
    "conditions:condition_detail": Row(get=everyone(200), post=READER_ONLY, args=_back_pain),
    "conditions:catalogue_list": Row(get=staff_only(200), post=staff_only(405)),
    "conditions:catalogue_detail": Row(get=staff_only(200), post=staff_only(405), args=_back_pain),
    # An empty post by the owner is bad input; by anyone else it is refused before it is read
    "conditions:catalogue_edit": Row(get=staff_only(403, owner=200), post=staff_only(403, owner=422), args=_back_pain),
}
