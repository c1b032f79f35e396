"""The wording in both languages, for those who sign it off."""

import pytest

pytestmark = pytest.mark.django_db


def test_staff_read_each_text_beside_its_spanish(as_user, owner, django_assert_max_num_queries):
    browser = as_user(owner)
    browser.get("/wording/")
    with django_assert_max_num_queries(9):
        page = browser.get("/wording/").content.decode()
    assert "The Spanish is a draft" in page and '<html lang="en">' in page
    assert "We will keep clear of the shunt." in page and "No nos acercaremos a la válvula." in page
