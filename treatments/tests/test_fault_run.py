"""The fault test itself, short: real workers killed, broker flushed, database crashed, relay refusing and hanging."""

import os
import subprocess
import sys

import pytest

from clinic.testing_server import ROOT


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_sent_twice(tmp_path):
    """On the kind of database that this run of the suite is for."""
    embedded = [] if os.environ.get("DATABASE_URL", "").startswith("postgres") else ["--embedded"]
    # A clinic of its own: nothing of the suite's settings, which would send its mail elsewhere.
    ours = ("CLINIC_", "DJANGO_", "EMAIL_URL", "DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"CLINIC_NO_BOOTSTRAP": "1", "CLINIC_IGNORE_DOTENV": "1", "CLINIC_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "fault_test", "--messages", "60", *embedded],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kill -9" in done.stdout
    assert "SMTP hung" in done.stdout
