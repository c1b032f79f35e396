"""The database cache with a counter that can be trusted: nothing is lost when two count at once, and it keeps its end.

Django's own `incr` reads, adds and writes back, and gives what it writes the cache's usual five minutes.
"""

from __future__ import annotations

import base64
import pickle
from datetime import datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone


class CountingCache(DatabaseCache):
    """Stands in `settings.CACHES` instead of Django's."""

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value where there is none; of several at once, one succeeds."""
        # What has ended goes first: Django would write over it, and over what somebody has just begun anew.
        self._run("DELETE FROM {table} WHERE cache_key = %s AND expires < %s", self._named(key, version), self._now())
        return bool(super().add(key, value, timeout, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count up or down; the number afterwards. Raises ValueError for a counter that is not there or has ended."""
        while True:
            held = self._held(key, version)
            if held is None:
                raise ValueError(f"Key {key!r} not found")
            number = int(pickle.loads(base64.b64decode(held))) + delta  # noqa: S301 - written by this cache
            new = base64.b64encode(pickle.dumps(number, self.pickle_protocol)).decode("latin1")
            change = "UPDATE {table} SET value = %s WHERE cache_key = %s AND value = %s"
            if self._run(change, new, self._named(key, version), held):
                return number

    def _held(self, key: str, version: int | None) -> str | None:
        with self._cursor() as cursor:
            cursor.execute(
                self._sql("SELECT value FROM {table} WHERE cache_key = %s AND expires >= %s"),
                [self._named(key, version), self._now()],
            )
            row = cursor.fetchone()
        return str(row[0]) if row else None

    def _run(self, sql: str, *values: Any) -> int:
        with self._cursor() as cursor:
            cursor.execute(self._sql(sql), values)
            return int(cursor.rowcount)

    def _sql(self, sql: str) -> str:
        return sql.format(table=self._connection().ops.quote_name(self.cache_model_class._meta.db_table))

    def _named(self, key: str, version: int | None) -> str:
        return str(self.make_and_validate_key(key, version=version))

    def _now(self) -> Any:
        now: datetime = timezone.now().replace(microsecond=0)
        return self._connection().ops.adapt_datetimefield_value(now)

    def _connection(self) -> Any:
        return connections[router.db_for_write(self.cache_model_class)]

    def _cursor(self) -> Any:
        return self._connection().cursor()
