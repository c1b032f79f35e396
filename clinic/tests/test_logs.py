"""No secret of a link and no forged line reaches a log, whichever logger wrote it."""

import io
import json
import logging

import pytest

from clinic import logs, request_context

CANARY = "a diagnosis nobody may read"
TOKEN = "Zk3-s_ecretTokenThatOpensARecord0123456789abc"
SECRET_PATHS = [
    f"/i/{TOKEN}/",
    f"/c/{TOKEN}/",
    f"/join/{TOKEN}/",
    f"/accounts/password/reset/key/{TOKEN}/",
    f"/accounts/confirm-email/{TOKEN}/",
]


@pytest.fixture(params=["plain", "json"])
def log(request):
    """A logger set up as in the settings; returns it and what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    plain = logs.PlainFormatter("%(levelname)s [%(request_id)s] %(message)s")
    handler.setFormatter(plain if request.param == "plain" else logs.JsonFormatter())
    handler.addFilter(logs.ClinicFilter())
    logger = logging.Logger("somebody")
    logger.addHandler(handler)
    return logger, stream


@pytest.mark.parametrize("path", SECRET_PATHS)
def test_secret_in_message_is_masked(log, path):
    logger, stream = log
    logger.info("GET " + path)
    logger.info("GET %s %s", path, {"path": path})
    logger.info("%(path)s", {"path": path})
    assert TOKEN not in stream.getvalue()
    assert "/***" in stream.getvalue()


def test_secret_in_traceback_is_masked(log):
    logger, stream = log
    try:
        raise ValueError(f"no link at /i/{TOKEN}/")
    except ValueError:
        logger.exception("failed")
    assert "ValueError" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def fail_with(words):
    try:
        int(words)
    except ValueError as error:
        raise KeyError(words) from error


def test_error_is_told_without_its_words(log):
    logger, stream = log
    try:
        fail_with(CANARY)
    except KeyError:
        logger.exception("a page failed")
    assert CANARY not in stream.getvalue()
    assert "builtins.KeyError" in stream.getvalue() and "builtins.ValueError" in stream.getvalue()
    assert "in fail_with" in stream.getvalue()


def test_failed_task_is_told_without_its_words(log):
    logger, stream = log
    try:
        fail_with(CANARY)
    except KeyError as error:
        extra = {"exc": repr(error), "args": CANARY, "kwargs": CANARY, "traceback": CANARY, "name": "t", "id": 1}
        logger.error("Task %(name)s raised: %(exc)s", extra, exc_info=True, extra={"data": extra})
    assert CANARY not in stream.getvalue()
    assert "Task t raised: KeyError" in stream.getvalue()


def test_words_are_shown_only_when_asked_for():
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), None)
    try:
        fail_with("heron")
    except KeyError as error:
        record.exc_info = (KeyError, error, error.__traceback__)
    assert "heron" in logs.PlainFormatter(words=True).format(record)


def test_line_breaks_cannot_forge_an_entry(log):
    logger, stream = log
    logger.warning("no such user: %s", "eve\r\nERROR [-] all is well\u2028x")
    assert len(stream.getvalue().splitlines()) == 1


def test_numbers_stay_numbers(log):
    logger, stream = log
    logger.info("%d in %.1f ms", 3, 2.5)
    assert "3 in 2.5 ms" in stream.getvalue()


def test_ordinary_paths_are_kept():
    assert logs.mask("/clients/4e1/chart/ /c/ /i/") == "/clients/4e1/chart/ /c/ /i/"


def test_json_line_carries_the_request_id():
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "hello", (), None)
    token = request_context.set_current(request_context.Origin(request_id="abc12345"))
    try:
        assert logs.ClinicFilter().filter(record)
    finally:
        request_context.reset(token)
    assert json.loads(logs.JsonFormatter().format(record))["request_id"] == "abc12345"


def test_access_line_holds_neither_query_nor_secret(client, db, caplog):
    with caplog.at_level(logging.INFO, logger="clinic.access"):
        client.get(f"/i/{TOKEN}/?name=Winterbourne", REMOTE_ADDR="192.0.2.7")
    line = next(record.getMessage() for record in caplog.records if record.name == "clinic.access")
    assert line.startswith("192.0.2.7 GET /i/***/ ")
    assert "Winterbourne" not in caplog.text


def test_given_request_id_is_kept_only_when_harmless(client, db):
    assert client.get("/nothing/", HTTP_X_REQUEST_ID="trace-0001")["X-Request-ID"] == "trace-0001"
    assert client.get("/nothing/", HTTP_X_REQUEST_ID="a b\nc")["X-Request-ID"] != "a b\nc"
