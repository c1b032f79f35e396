"""The clinic as it really runs, and windows that look at it."""

import pytest

from clinic.testing_guards import browser_launch
from clinic.testing_server import own_services, running_clinic
from treatments.tests.browser import inside
from treatments.tests.browser.mailbox import Mailbox
from treatments.tests.browser.windows import DESK, Windows, sign_in


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


@pytest.fixture(scope="session")
def demo_clinic(tmp_path_factory):
    """`manage.py up` as a newcomer starts it; `places` are the demo's addresses, `logins` what it printed."""
    with (
        own_services("demo") as services,
        running_clinic(tmp_path_factory.mktemp("demo") / "var", **services) as clinic,
    ):
        clinic.places = inside.run(clinic, "demo_places()")
        # Lines like "Therapist   therapist@demo.example   four-words-with-dashes".
        rows = [line.split() for line in clinic.log.splitlines() if "@demo.example" in line]
        clinic.logins = {row[-2].partition("@")[0]: row[-1] for row in rows}
        yield clinic


@pytest.fixture(scope="session")
def demo_windows(browser, demo_clinic):
    made = Windows(browser, demo_clinic.address)
    yield made
    made.close()


@pytest.fixture(scope="session")
def window_of(demo_clinic, demo_windows):
    """window_of("desk"): a window in which this role of the demo clinic is signed in; None is a stranger's."""
    opened = {}

    def go(role):
        if role not in opened:
            opened[role] = demo_windows.open(DESK, axe=True)
            if role:
                sign_in(opened[role], f"{role}@demo.example", demo_clinic.logins[role])
        return opened[role]

    return go
