"""What `up` prints the first time is true."""

import pytest

from treatments.tests.browser.windows import DESK, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ROLES = ("owner", "lead", "therapist", "therapist2", "desk", "desk2")


def test_clinic_answers_and_says_where(demo_clinic):
    assert demo_clinic.status("/") == 200
    assert f"The clinic is open at {demo_clinic.address}/" in demo_clinic.log


@pytest.mark.parametrize("role", ROLES)
def test_printed_login_works(demo_windows, demo_clinic, role):
    page = demo_windows.open(DESK)
    sign_in(page, f"{role}@demo.example", demo_clinic.logins[role])
    assert page.url.endswith("/today/")


def test_every_printed_login_is_tried(demo_clinic):
    assert set(demo_clinic.logins) == set(ROLES)


def test_audit_chain_of_the_demo_holds(demo_clinic):
    demo_clinic.manage("audit_verify")
