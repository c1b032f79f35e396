"""What a log line may hold: a request id, never a secret from a link, never a body.

The paths of secret links (`/i/…/`, `/c/…/`, `/s/…`, `/join/…/` and others) are masked in every record
of every logger, gunicorn's access log included.
"""

import logging
import re
import traceback
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from clinic import request_context

SECRET_PATHS = re.compile(r"(/(?:i|c|a|s|stop|join|accounts/password/reset/key|accounts/confirm-email)/)[^/\s?\"'<>]+")
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


def bare_traceback(error: BaseException | None) -> str:
    """Where it happened and what kind of error it was, without its words.

    A database's complaint quotes the whole row, a parser's the text it could not read: that is somebody's record.
    """
    parts = []
    while error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nwhich came of\n".join(parts)


class ClinicFilter(logging.Filter):
    """Adds the request id and takes secrets out of the message and its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_context.current().request_id or "-"
        record.msg = one_line(mask(str(record.msg)))
        if isinstance(record.args, dict):
            record.args = {key: _clean(value) for key, value in _without_exception(record).items()}
        elif record.args:
            record.args = tuple(_clean(value) for value in record.args)
        # Django hangs the whole request on its records; formatters that print extras would print its path and cookies.
        record.__dict__.pop("request", None)
        # Celery adds the task's error, words and all, once more as extra data.
        record.__dict__.pop("data", None)
        return True


def _without_exception(record: logging.LogRecord) -> dict[str, Any]:
    """Celery puts the error's own words into the message of a failed task."""
    args = dict(record.args) if isinstance(record.args, dict) else {}
    if "exc" in args and record.exc_info and record.exc_info[0]:
        args |= {"exc": record.exc_info[0].__name__, "traceback": "", "args": "", "kwargs": ""}
    return args


class _Formatter(logging.Formatter):
    """Writes errors bare, unless `words` says that nobody real is in this database."""

    words = False

    def formatException(self, ei: Any) -> str | list[str]:  # type: ignore[override]  # noqa: N802 - the library's name
        return mask(logging.Formatter.formatException(self, ei) if self.words else bare_traceback(ei[1]))


class PlainFormatter(_Formatter):
    """For a terminal."""

    def __init__(self, format: str = "%(message)s", *, words: bool = False) -> None:
        super().__init__(format)
        self.words = words


class JsonFormatter(_Formatter, BaseJsonFormatter):
    """One JSON object a line, for production."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s", *args, **kwargs)


def configuration(*, production: bool, level: str, words: bool) -> dict[str, Any]:
    """What the settings hand to Django and gunicorn."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"clinic": {"()": "clinic.logs.ClinicFilter"}},
        "formatters": {
            "plain": {
                "()": "clinic.logs.PlainFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
                "words": words,
            },
            "json": {"()": "clinic.logs.JsonFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "json" if production else "plain",
                "filters": ["clinic"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Every refusal and missing page is a line of the access log already.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "axes": {"level": "WARNING"},
            # A line for each tick, every other second, would bury the rest.
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "gunicorn.error": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }
