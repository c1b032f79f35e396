"""Secret links: random, bound to a purpose, only their hash is kept, on the clinic's own address."""

import pytest

from clinic import links


def test_a_token_holds_256_bits_and_comes_back_from_its_nonce():
    nonce = links.new_nonce()
    assert len(bytes.fromhex(nonce)) == 32
    assert links.token("intake", nonce) == links.token("intake", nonce)
    assert len(links.token("intake", nonce)) == 43
    assert len({links.token("intake", links.new_nonce()) for _ in range(1000)}) == 1000


def test_a_token_of_one_purpose_is_none_of_another():
    nonce = links.new_nonce()
    assert len({links.token(purpose, nonce) for purpose in ("intake", "checkin", "staff")}) == 3


def test_what_is_kept_gives_no_token_without_the_servers_key(settings):
    nonce = links.new_nonce()
    before = links.token("intake", nonce)
    settings.SECRET_KEY = "another key of another server, long enough to be one"
    assert links.token("intake", nonce) != before
    assert before not in (nonce, links.digest(before))


@pytest.mark.parametrize("secret", ["", "é", "\x00", "\ud800", "x" * 100_000])
def test_a_digest_of_anything_is_64_digits(secret):
    assert len(links.digest(secret)) == 64


@pytest.mark.parametrize("address", ["https://clinic.example", "https://clinic.example/"])
def test_links_stand_on_the_configured_address(settings, address):
    settings.SITE_ADDRESS = address
    assert links.absolute("/join/x/") == "https://clinic.example/join/x/"
