"""A statement that every page of a kind sends, its SQL made once: making it anew costs more than running it.

`Compiled` reads one row by one value (or none), `Asked` whether there is one: what comes back is what the queryset
would have given. `insert` and `update` write one row as Django would, without its signals, which nothing here hears.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models
from django.db.models import query as django_query

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class _Made:
    sql: str
    params: tuple[Any, ...]
    converters: list[tuple[int, Sequence[Callable[..., Any]], Any]]
    names: list[str]
    own: slice
    populators: Sequence[Any]


class Compiled(Generic[M]):
    """`rows` makes the queryset with `stand_in` where the value goes; `field` brings the value to the database."""

    def __init__(
        self, rows: Callable[[Any], models.QuerySet[M]], *, stand_in: Any = None, field: Callable[[], Any] | None = None
    ) -> None:
        self.rows, self.stand_in, self.field = rows, stand_in, field

    def first(self, value: Any = None) -> M | None:
        """The first row, or None."""
        connection: Any = connections[DEFAULT_DB_ALIAS]
        # With the connection: converters are its own, and it belongs to one thread.
        kept: dict[Compiled[M], tuple[type[M], _Made]] = vars(connection).setdefault("_clinic_compiled", {})
        if self not in kept:
            kept[self] = self._make(connection)
        model, made = kept[self]
        params = made.params if self.field is None else (self.field().get_db_prep_value(value, connection),)
        with connection.cursor() as cursor:
            cursor.execute(made.sql, params)
            found = cursor.fetchone()
        if found is None:
            return None
        row = list(found)
        for at, converters, expression in made.converters:
            for convert in converters:
                row[at] = convert(row[at], expression, connection)
        one = model.from_db(DEFAULT_DB_ALIAS, made.names, row[made.own])
        for populator in made.populators:
            populator.populate(row, one)
        return one

    def _make(self, connection: Any) -> tuple[type[M], _Made]:
        rows = self.rows(self.stand_in).order_by()[:1]
        compiler: Any = rows.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        if self.field is not None and len(params) != 1:
            raise ValueError("A compiled query takes exactly one value.")
        shape, select = compiler.klass_info, compiler.select
        own = slice(shape["select_fields"][0], shape["select_fields"][-1] + 1)
        converters = compiler.get_converters([one[0] for one in select[: compiler.col_count]])
        internals: Any = django_query  # not in Django's documented interface
        populators = internals.get_related_populators(shape, select, DEFAULT_DB_ALIAS)
        names = [one[0].target.attname for one in select[own]]
        found = [(at, *some) for at, some in converters.items()]
        return shape["model"], _Made(sql, tuple(params), found, names, own, populators)


class Asked:
    """Whether there is such a row, its SQL made once. `rows` makes the queryset from numbers, text and moments.

    Each parameter needs a stand-in of its own that nothing else in the query equals.
    """

    def __init__(self, rows: Callable[..., models.QuerySet[Any]], *stand_ins: int | str | datetime) -> None:
        self.rows, self.stand_ins = rows, stand_ins

    def __call__(self, *values: int | str | datetime) -> bool:
        connection: Any = connections[DEFAULT_DB_ALIAS]
        kept: dict[Asked, tuple[str, list[Any]]] = vars(connection).setdefault("_clinic_asked", {})
        if self not in kept:
            query = self.rows(*self.stand_ins).query.exists()
            sql, params = query.get_compiler(using=DEFAULT_DB_ALIAS).as_sql()
            if any(list(params).count(_stored(one, connection)) != 1 for one in self.stand_ins):
                raise ValueError("Each value must stand in the query exactly once.")
            kept[self] = sql, list(params)
        sql, params = kept[self]
        pairs = zip(self.stand_ins, values, strict=True)
        given = {_stored(stand_in, connection): _stored(value, connection) for stand_in, value in pairs}
        with connection.cursor() as cursor:
            cursor.execute(sql, [given.get(one, one) if isinstance(one, Hashable) else one for one in params])
            return cursor.fetchone() is not None


#: Stands for a moment in a query that is made once.
SOME_TIME = datetime(1900, 1, 1, tzinfo=UTC)


def _stored(value: Any, connection: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


@dataclass(frozen=True, slots=True)
class _Written:
    sql: str
    fields: Sequence[models.Field[Any, Any]]


def insert(row: models.Model) -> None:
    """Write a new row. It is not told its number: for rows that nothing refers to."""
    _write(row, "INSERT", (), pk=())


def update(row: models.Model, names: tuple[str, ...]) -> None:
    """What `row.save(update_fields=names)` writes."""
    if _write(row, "UPDATE", names, pk=(row.pk,)) != 1:
        raise DatabaseError("The row to be updated is not there any more.")


def _write(row: models.Model, kind: str, names: tuple[str, ...], *, pk: tuple[Any, ...]) -> int:
    connection: Any = connections[DEFAULT_DB_ALIAS]
    kept: dict[Any, _Written] = vars(connection).setdefault("_clinic_written", {})
    key = type(row), kind, names
    made = kept.get(key) or kept.setdefault(key, _statement(*key, connection))
    is_new = kind == "INSERT"
    values = [one.get_db_prep_save(one.pre_save(row, is_new), connection) for one in made.fields]
    with connection.cursor() as cursor:
        cursor.execute(made.sql, [*values, *pk])
        return int(cursor.rowcount)


def _statement(model: type[models.Model], kind: str, names: tuple[str, ...], connection: Any) -> _Written:
    meta, quoted = model._meta, connection.ops.quote_name
    fields = [one for one in meta.concrete_fields if (one.name in names if names else not one.primary_key)]
    if len(fields) < len(names):
        raise ValueError("There is no such column.")
    if any(hasattr(one, "get_placeholder") for one in fields):
        raise ValueError("A column that needs more than a value is not for a compiled statement.")
    columns = [quoted(one.column) for one in fields]
    table = quoted(meta.db_table)
    # The names are those of our own models, quoted; values are always parameters.
    if kind == "INSERT":
        marks = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    else:
        into = ", ".join(f"{column} = %s" for column in columns)
        sql = f"UPDATE {table} SET {into} WHERE {quoted(meta.pk.column)} = %s"  # noqa: S608
    return _Written(sql, fields)
