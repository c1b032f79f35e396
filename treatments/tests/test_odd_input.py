"""Whatever is typed, sent or forged: every address answers with a page, never with a failure."""

import re
from urllib.parse import quote_from_bytes

import pytest
from django.urls import reverse
from zeal import zeal_ignore

from treatments.tests.test_url_people import TABLE

# Once: PostgreSQL is the stricter of the two with odd text.
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]

ODD = {
    "nul": b"\x00",
    "not utf-8": b"\xff\xfe\xc0\x80",
    "half a pair": "\ud83d".encode("utf-8", "surrogatepass"),
    "turned round": "\u202egpj.exe\u202c".encode(),
    "very long": b"x" * 20_000,
    "markup": b"<probe>\"'&{{ x }}{% x %}",
    "lines": b"a\r\nBcc: x@example.org\r\n\r\nb",
    "number": b"99999999999999999999999999",
    "minus": b"-1",
    "sql": b"' OR 1=1 --",
}
FIELD = re.compile(r'<(?:input|select|textarea)[^>]*\sname="([^"]+)"')
WALKED = sorted(name for name in TABLE if name not in ("account_logout", "intake:leave"))


PEOPLE = ("therapist", "owner", "client", "nobody")


def who_may(row):
    """Somebody who gets past the door: odd input has to reach the form."""
    posting = [person for person in PEOPLE if row.post.get(person) in (200, 302, 303, 400, 401, 422)]
    reading = [person for person in PEOPLE if row.get.get(person) == 200]
    return (posting or reading or ["therapist"])[0]


def requests_of(browser, url, fields):
    """Every field gets another odd value from request to request, so that few requests try much."""
    odd, fields = list(ODD.values()), sorted(fields)
    for turn in range(4 if len(fields) < 60 else 1):
        pairs = [(field, odd[(number + 3 * turn) % len(odd)]) for number, field in enumerate(fields)]
        body = "&".join(f"{field}={quote_from_bytes(typed)}" for field, typed in pairs)
        yield lambda body=body: browser.generic("POST", url, body, content_type="application/x-www-form-urlencoded")
        yield lambda body=body: browser.get(f"{url}?{body[:8000]}")
    yield lambda: browser.generic("POST", url, ODD["not utf-8"], content_type="application/json")


@pytest.mark.parametrize("name", WALKED)
@zeal_ignore()
def test_odd_input_never_breaks_a_page(name, clinic_of_today, undone):
    row = TABLE[name]
    url = reverse(name, args=row.args(clinic_of_today))
    browser = clinic_of_today.browsers[who_may(row)]
    with undone():
        shown = browser.get(url)
    found = set() if shown.streaming else set(FIELD.findall(shown.content.decode(errors="replace")))
    fields = (found - {"csrfmiddlewaretoken"}) | {"q", "next", "page", "sort", "before"}
    for ask in requests_of(browser, url, fields):
        with undone():
            answer = ask()
        # 503 is what the health page says as long as no worker was heard of.
        assert answer.status_code < 500 or (name, answer.status_code) == ("clinic:healthz", 503)
        assert answer.streaming or b"<probe>" not in answer.content


@pytest.mark.parametrize(
    "path", ["/%00", "/clients/%ff/", "/i/%00/", "/c/%e2%80%ae/", "/join/%00/", "/massage/%00/", "/.git/HEAD", "/.env"]
)
@zeal_ignore()
def test_odd_addresses_are_not_found(path, clinic_of_today, undone):
    with undone():
        assert clinic_of_today.browsers["therapist"].get(path).status_code in (301, 302, 303, 400, 404)
