"""Who gets what from the work list of forms and the page at the door."""

from clinic.testing import Row, everyone, staff_only

TABLE: dict[str, Row] = {
    "treatments:form_list": Row(get=staff_only(), post=staff_only(405)),
    "treatments:form_send": Row(get=staff_only(405), post=staff_only(302)),
    "treatments:door": Row(get=everyone(200), post=everyone(422)),
    "treatments:door_poster": Row(get=staff_only(), post=staff_only(405)),
}
