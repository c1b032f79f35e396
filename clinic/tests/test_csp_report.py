"""Reports of the content security policy become one clean line of the log."""

import json
import logging

import pytest

GOOD = {
    "violated-directive": "script-src-elem",
    "document-uri": "http://clinic.test/i/Zk3secretOfALink/?name=Winterbourne",
    "blocked-uri": "https://evil.example/x.js?stolen=canary",
}


def report(client, body):
    return client.post("/csp-report/", body, content_type="application/csp-report")


def test_report_is_logged_without_query_or_address(client, db, caplog):
    with caplog.at_level(logging.WARNING, logger="clinic.csp"):
        assert report(client, json.dumps({"csp-report": GOOD})).status_code == 204
    line = next(record.getMessage() for record in caplog.records if record.name == "clinic.csp")
    assert line.startswith("refused script-src-elem on /i/***/: ")
    assert line.endswith("evil.example")
    assert "Winterbourne" not in line and "canary" not in line


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"csp-report": 7}', '{"csp-report": {}}', b"\xff\xfe"])
def test_nonsense_is_refused(client, db, body):
    assert report(client, body).status_code == 400


def test_flood_is_refused(client, db):
    assert report(client, "x" * 20_000).status_code == 413


def test_every_page_names_the_address(client, db):
    assert "report-uri /csp-report/" in client.get("/accounts/login/")["Content-Security-Policy"]
