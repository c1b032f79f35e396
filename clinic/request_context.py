"""Where the present request comes from, for the audit and the log: set by the middleware, read anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    ip: str | None = None
    agent: str = ""
    request_id: str = ""


_current: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen

_memo: ContextVar[dict[str, Any] | None] = ContextVar("memo", default=None)


def current() -> Origin:
    return _current.get()


def memo() -> dict[str, Any] | None:
    """What this request has read already and may read again for nothing; None outside a request."""
    return _memo.get()


@contextmanager
def reading() -> Iterator[None]:
    """For one piece of work outside a request that may read the same things once."""
    token = _memo.set({})
    try:
        yield
    finally:
        _memo.reset(token)


def set_current(origin: Origin) -> object:
    _memo.set({})
    return _current.set(origin)


def reset(token: object) -> None:
    _memo.set(None)
    _current.reset(token)  # type: ignore[arg-type]
