"""What the tests that walk through all apps share."""

import pytest
from django.db import transaction
from zeal import zeal_ignore

from treatments.tests import everybody


def pytest_terminal_summary(terminalreporter):
    """Figures a test records as "printed" stand at the end of the run, also when tests ran in several processes."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, words in getattr(report, "user_properties", ()):
                if name == "printed" and report.when == "call":
                    terminalreporter.write_line(words)


@pytest.fixture(scope="module")
def clinic_of_today(django_db_setup, django_db_blocker, tmp_path_factory):
    """The whole clinic, built once for all tests of a module and rolled back after them: `with_people` uses it."""
    from django.conf import settings

    kept, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path_factory.mktemp("uploads")
    with django_db_blocker.unblock(), transaction.atomic(), zeal_ignore():
        world = everybody.build()
        world.browsers = everybody.browsers(world)
        yield world
        transaction.set_rollback(True)
    settings.MEDIA_ROOT = kept


@pytest.fixture
def undone():
    """A context that takes back whatever one request changed."""

    class Undone:
        def __enter__(self):
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()

        def __exit__(self, *error):
            transaction.set_rollback(True)
            return self.savepoint.__exit__(*error)

    return Undone
