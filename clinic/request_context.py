"""Where the present request comes from, for the audit and the log: set by the middleware, read anywhere."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    ip: str | None = None
    agent: str = ""
    request_id: str = ""


_current: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen


def current() -> Origin:
    return _current.get()


def set_current(origin: Origin) -> object:
    return _current.set(origin)


def reset(token: object) -> None:
    _current.reset(token)  # type: ignore[arg-type]
