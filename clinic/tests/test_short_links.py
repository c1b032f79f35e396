"""Short links: never guessed, never kept in the clear, over with the page they lead to."""

import math
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from clinic import links, logs, short_links
from clinic.models import ShortLink

pytestmark = pytest.mark.django_db
TARGET = "/i/the-secret-of-an-invitation-0123456789abcdef/?lang=es"


def shorten(target=TARGET, days=7):
    now = timezone.now()
    return short_links.shorten(links.absolute(target), expires_at=now + timedelta(days=days), now=now)


def path_of(address):
    return address.removeprefix("http://clinic.test")


def test_a_short_link_leads_to_its_page_and_nowhere_else(client):
    address = shorten()
    assert address.startswith("http://clinic.test/s/")
    answer = client.get(path_of(address))
    assert (answer.status_code, answer["Location"]) == (302, TARGET)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]


def test_the_same_page_has_the_same_short_link_also_after_a_crash():
    assert shorten() == shorten()
    assert shorten("/c/another/") != shorten()
    assert ShortLink.objects.count() == 2


def test_it_holds_more_than_sixty_random_bits():
    codes = {links.short_token("short", links.new_nonce()) for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {11}
    assert len(set("".join(codes))) == 62
    assert math.log2(62**11) > 65


def test_a_stolen_table_opens_nothing():
    code = shorten()[-11:]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM clinic_shortlink")
        row = str(cursor.fetchall())
    assert code not in row
    assert "the-secret-of-an-invitation" not in row


def test_it_is_over_with_its_page_and_a_later_end_counts(client):
    address = shorten(days=-1)
    assert client.get(path_of(address)).status_code == 404
    assert shorten(days=2) == address
    assert client.get(path_of(address)).status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/i/x/",
        "//evil.example/",
        "http://clinic.test.evil.example/",
        "javascript:alert(1)",
        "x",
        "",
    ],
)
def test_it_never_leads_elsewhere(address, now):
    with pytest.raises(short_links.NotOurs):
        short_links.shorten(address, expires_at=now, now=now)


def test_who_guesses_is_stopped_also_from_what_is_right(client):
    good = path_of(shorten())
    for number in range(20):
        assert client.get(f"/s/{number:011d}").status_code == 404
    assert client.get(good).status_code == 429
    assert Browser(REMOTE_ADDR="192.0.2.9").get(good).status_code == 302


def test_looking_at_the_right_one_is_never_too_often(client):
    good = path_of(shorten())
    assert {client.get(good).status_code for _ in range(40)} == {302}


def test_no_log_line_holds_the_code():
    assert logs.mask(path_of(shorten())) == "/s/***"


def test_what_is_long_over_is_forgotten():
    shorten(days=-31)
    shorten("/c/x/", days=-1)
    assert short_links.forget_old(now=timezone.now()) == 1


def test_a_clinic_with_a_shorter_address_uses_it(settings):
    settings.SHORT_ADDRESS = "https://rvr.example"
    assert shorten().startswith("https://rvr.example/s/")
