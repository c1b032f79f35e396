"""Who gets what from the switch between the languages: everybody is sent back to where they were."""

from clinic.testing import Row, everyone

TABLE: dict[str, Row] = {"clinic:language": Row(get=everyone(405), post=everyone(303))}
