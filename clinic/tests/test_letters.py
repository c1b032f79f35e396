"""A letter on the wire: nothing typed by a person can begin a header."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.letters import BadAddress, Letter, email_address, one_line, phone_number, scrub, to_html


def letter(**changes):
    facts = {
        "key": "k:1", "message_id": "<1@clinic.test>", "to": "ann@example.org", "subject": "Hello", "text": "Dear Ann",
        "sender": "clinic@clinic.test", "sender_name": "Riverside", "date": datetime(2026, 11, 23, tzinfo=UTC),
    }  # fmt: skip
    return Letter(**(facts | changes))


def parsed(written):
    return message_from_bytes(written.as_bytes(), policy=policy.default)


EVIL = "Ann\r\nBcc: evil@example.org\r\n\r\nbody"


@pytest.mark.parametrize("field", ["subject", "sender_name", "key", "message_id"])
def test_line_breaks_in_a_header_become_spaces(field):
    mail = parsed(letter(**{field: EVIL}))
    assert mail["Bcc"] is None
    assert set(mail.keys()) <= {
        "Subject", "From", "To", "Date", "Message-ID", "X-Message-Key", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    }  # fmt: skip


@pytest.mark.parametrize("field", ["reply_to", "unsubscribe"])
def test_line_breaks_in_an_address_are_refused(field):
    with pytest.raises(BadAddress):
        letter(**{field: "ann@example.org\r\nBcc: evil@example.org"}).as_bytes()


@pytest.mark.parametrize("raw", ["", "ann", "ann@", "a b@example.org", "ann@example.org\n", "ann@exa\x00mple.org"])
def test_what_is_no_address_is_refused(raw):
    with pytest.raises(BadAddress):
        email_address(raw)


def test_other_alphabets_in_a_domain_become_ascii():
    assert email_address("post@bücher.example") == "post@xn--bcher-kva.example"


@pytest.mark.parametrize("raw", ["", "12", "+1 555\n0100200", "call me", "1" * 30])
def test_what_is_no_number_is_refused(raw):
    with pytest.raises(BadAddress):
        phone_number(raw)


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_subject_and_text_make_a_mail_of_ascii_lines(subject, text):
    raw = letter(subject=subject, text=text).as_bytes()
    assert raw.isascii()
    assert b"\r\nX-Message-Key: k:1\r\n" in raw
    assert max(map(len, raw.split(b"\r\n"))) < 999


def test_a_mail_has_plain_text_and_html_and_its_key():
    mail = parsed(
        letter(text="Dear Ann\n\n- walk\n- rest\n\nhttps://clinic.test/c/x/.", unsubscribe="desk@clinic.test")
    )
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["X-Message-Key"] == "k:1"
    assert mail["List-Unsubscribe"] == "<mailto:desk@clinic.test?subject=unsubscribe>"
    html = mail.get_body(("html",)).get_content()
    assert "<ul><li>walk</li><li>rest</li></ul>" in html
    assert '<a href="https://clinic.test/c/x/">https://clinic.test/c/x/</a>.' in html


def test_html_escapes_what_a_person_typed():
    assert "<script>" not in to_html("Hello <script>alert(1)</script>", title="<script>")


def test_scrub_leaves_no_address_and_no_number():
    said = scrub("550 <ann@example.org> unknown,\r\n call +43 660 1234567")
    assert "ann" not in said
    assert "1234567" not in said
    assert one_line(said) == said


def test_sha256_depends_on_every_part():
    assert len({letter().sha256, letter(text="x").sha256, letter(subject="x").sha256}) == 3
