"""Who gets what from the addresses the form's script calls."""

from clinic.testing import Row, everyone

TABLE: dict[str, Row] = {
    # Whoever has no pass has nothing to hide: the same answer for all.
    "intake:hide": Row(get=everyone(405), post=everyone(200)),
}
