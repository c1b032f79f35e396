"""Several people at one desk: what the first leaves in the browser does nothing for or to the next."""

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from clinic.adapters import AccountAdapter

pytestmark = pytest.mark.django_db


def test_signing_in_ends_the_longer_rest_that_a_clients_form_had(rf, client, desk):
    client.get(reverse("account_login"))
    request = rf.get("/")
    request.session = client.session
    request.session.set_expiry(45 * 60)
    AccountAdapter().login(request, desk)
    assert request.session.get_expiry_age() == settings.SESSION_COOKIE_AGE


def test_what_a_page_said_of_a_client_stays_in_no_cookie(as_user, desk, client_ann):
    browser: Browser = as_user(desk)
    said = browser.post(reverse("clinic:client_archive", args=[client_ann.public_id]))
    assert said.status_code == 302 and set(said.cookies) <= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert b"Archived" in browser.get(said.url).content


def test_what_nobody_has_read_yet_goes_with_signing_out(as_user, desk, client_ann):
    browser = as_user(desk)
    browser.post(reverse("clinic:client_archive", args=[client_ann.public_id]))
    browser.post(reverse("account_logout"))
    assert b"Archived. The record stays" not in browser.get(reverse("account_login")).content
