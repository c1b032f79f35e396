"""`manage.py test [--full] [pytest's own arguments]`: the whole suite, by pytest."""

import importlib.util
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Hands over to pytest in a process of its own, with nothing of this one's settings left in the environment."""

    help = "Run the test suite. --full adds the slow tests; anything else goes to pytest."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Everything after `test` belongs to pytest, so Django's own parser must not see it."""
        if importlib.util.find_spec("pytest") is None:
            sys.exit("The tests need more packages: pip install -r requirements-dev.txt")
        arguments = argv[2:]
        in_ci = any(os.environ.get(name, "").lower() in {"1", "true"} for name in ("CI", "CLINIC_CI"))
        full = "--full" in arguments or in_ci
        arguments = [argument for argument in arguments if argument != "--full"]
        if not full and not any(argument.startswith("-m") for argument in arguments):
            arguments = ["-m", "not slow", *arguments]
        # The whole suite on all cores; a few named files are quicker in one process, and CI is to be reproducible.
        if not in_ci and not any(os.path.exists(argument.split("::")[0]) for argument in arguments):
            arguments = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadgroup", *arguments]
        # The environment beats pytest.ini, and this process runs under the settings of the running clinic.
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        os.chdir(settings.BASE_DIR)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])  # noqa: S606 - no shell wanted

    def handle(self, *args: Any, **options: Any) -> None:
        """Reached only through call_command."""
        raise CommandError("Run the tests from the command line: python3 manage.py test")
