"""The clinic as it really runs, and windows that look at it."""

import pytest

from clinic.testing_guards import browser_launch
from clinic.testing_server import own_services, running_clinic
from treatments.tests.browser import inside
from treatments.tests.browser.mailbox import Mailbox
from treatments.tests.browser.windows import Windows


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's own Chromium. Here and not in a plugin: pytest-playwright would overrule a plugin's."""
    return browser_type_launch_args | browser_launch()


@pytest.fixture
def mailbox():
    with Mailbox() as made:
        yield made


@pytest.fixture
def new_clinic(tmp_path, mailbox):
    """`manage.py up --empty` with staff, on the services this suite runs on, mailing into the mailbox."""
    with (
        own_services("story") as services,
        running_clinic(tmp_path / "var", "--empty", EMAIL_URL=mailbox.url, **services) as clinic,
    ):
        clinic.time_zone = inside.run(clinic, "hire()")
        yield clinic


@pytest.fixture
def windows(browser, new_clinic, tmp_path):
    folder = tmp_path / "steps"
    folder.mkdir()
    made = Windows(browser, new_clinic.address, folder)
    yield made
    made.close()
    assert not made.complaints
