"""Who gets what from the switch between the languages (back to where they were) and the wording side by side."""

from clinic.testing import Row, everyone, staff_only

TABLE: dict[str, Row] = {
    "clinic:language": Row(get=everyone(405), post=everyone(303)),
    "clinic:wording": Row(get=staff_only(200), post=staff_only(405)),
}
