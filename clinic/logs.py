"""What a log line may hold: a request id, never a secret from a link, never a body.

The paths of secret links (`/i/…/`, `/c/…/`, `/join/…/`, password reset) are masked in every record of every logger,
gunicorn's access log included.
"""

import logging
import re
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from clinic import request_context

SECRET_PATHS = re.compile(r"(/(?:i|c|join|accounts/password/reset/key|accounts/confirm-email)/)[^/\s?\"'<>]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]")


def mask(text: str) -> str:
    """`text` without the secrets that links carry in their path."""
    return SECRET_PATHS.sub(r"\1***", text)


def one_line(text: str) -> str:
    """`text` with line breaks and control characters spelled out, so that nobody can forge a second entry."""
    return _CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(mask(value))
    if isinstance(value, int | float | bool | type(None)):
        return value
    return one_line(mask(str(value)))


class ClinicFilter(logging.Filter):
    """Adds the request id and takes secrets out of the message and its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_context.current().request_id or "-"
        record.msg = one_line(mask(str(record.msg)))
        if isinstance(record.args, dict):
            record.args = {key: _clean(value) for key, value in record.args.items()}
        elif record.args:
            record.args = tuple(_clean(value) for value in record.args)
        # Django hangs the whole request on its records; formatters that print extras would print its path and cookies.
        record.__dict__.pop("request", None)
        return True


class PlainFormatter(logging.Formatter):
    """For a terminal. Tracebacks keep their lines, but not their secrets."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        return mask(super().formatException(ei))


class JsonFormatter(BaseJsonFormatter):
    """One JSON object a line, for production."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s", *args, **kwargs)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        return mask("\n".join(_lines(super().formatException(ei))))


def _lines(formatted: str | list[str]) -> list[str]:
    return [formatted] if isinstance(formatted, str) else formatted
