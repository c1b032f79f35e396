"""Production starts only when it is safe to; the message names the setting."""

import os
import runpy
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from celery import Celery
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from kombu.exceptions import OperationalError

from clinic import environment
from clinic.testing_server import ROOT

GOOD = {
    "CLINIC_ENV": "production",
    "CLINIC_SECRET_KEY": "x7Vq-0aZ9kLmP2sT5wY8bC1dF4gH6jK3nQ_rU-eI0oXyWvBzGhJt",
    "CLINIC_FIELD_KEYS": "q1T0wzvJ0Yy5q8nC1m9rX4dKp2sLh7uVbE3gFa6tR5o=",
    "CLINIC_SITE_ADDRESS": "https://clinic.example",
}
OUTSIDE = {"CLINIC_NO_BOOTSTRAP": "1", "CLINIC_IGNORE_DOTENV": "1"}


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Read clinic/settings.py afresh under a given environment; None takes a name out."""

    def read(**environ):
        for name in [name for name in os.environ if name.startswith("CLINIC_") or name.endswith("_URL")]:
            monkeypatch.delenv(name)
        for name, value in ({"CLINIC_VAR": str(tmp_path / "var"), "CLINIC_IGNORE_DOTENV": "1"} | environ).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "clinic" / "settings.py"))

    return read


def test_production_starts_when_everything_is_given(load):
    settings = load(**GOOD)
    assert settings["DEBUG"] is False
    assert settings["ALLOWED_HOSTS"] == ["clinic.example"]
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLINIC_SECRET_KEY", None),
        ("CLINIC_SECRET_KEY", "change-me" * 8),
        ("CLINIC_SECRET_KEY", "django-insecure-" + "abcdefghij0123456789" * 3),
        ("CLINIC_SECRET_KEY", "short"),
        ("CLINIC_FIELD_KEYS", None),
        ("CLINIC_FIELD_KEYS", "change-me"),
        ("CLINIC_SITE_ADDRESS", None),
        ("CLINIC_SITE_ADDRESS", "http://clinic.example"),
        ("CLINIC_ALLOWED_HOSTS", "*"),
        ("CLINIC_DEBUG", "on"),
        ("CLINIC_FAULT_TESTING", "1"),
        ("CLINIC_OUTBOX_BACKOFF", "0"),
    ],
)
def test_production_refuses_and_names_the_setting(load, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"^{name}: "):
        load(**(GOOD | {name: value}))


def test_production_makes_no_keys_of_its_own(load, tmp_path):
    with pytest.raises(ImproperlyConfigured):
        load(**(GOOD | {"CLINIC_FIELD_KEYS": None}))
    assert not (tmp_path / "var").exists()


def test_unknown_environment_is_refused(load):
    with pytest.raises(ImproperlyConfigured, match="^CLINIC_ENV: "):
        load(CLINIC_ENV="prod")


def test_development_makes_keys_once_and_keeps_them_private(load, tmp_path):
    first, second = load(), load()
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["FIELD_KEYS"] == second["FIELD_KEYS"]
    for name in ("secret_key", "field_key"):
        assert (tmp_path / "var" / name).stat().st_mode & 0o777 == 0o600


def test_first_field_key_comes_first_and_older_ones_stay(load):
    new, old = environment.new_field_key(), environment.new_field_key()
    assert load(CLINIC_FIELD_KEYS=f"{new}, {old}")["FIELD_KEYS"] == [new, old]


def test_many_starts_at_once_agree_on_one_key(tmp_path):
    path = tmp_path / "var" / "field_key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: environment.keep_key(path, environment.new_field_key), range(32)))
    assert len(keys) == 1
    assert Fernet(keys.pop())
    assert [file.name for file in path.parent.iterdir()] == ["field_key"]


def test_sqlite_takes_its_write_lock_at_begin(load):
    options = load()["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_publishing_to_a_dead_broker_fails_at_once(load):
    settings = load(REDIS_URL="redis://127.0.0.1:1/0")
    app = Celery("publisher", broker=settings["CELERY_BROKER_URL"], set_as_current=False)
    app.conf.broker_transport_options = settings["CELERY_BROKER_TRANSPORT_OPTIONS"]
    app.conf.task_publish_retry = settings["CELERY_TASK_PUBLISH_RETRY"]
    app.conf.task_ignore_result = settings["CELERY_TASK_IGNORE_RESULT"]
    took = []
    for _ in range(3):  # the quickest counts: the first imports, and the machine may be busy
        started = time.monotonic()
        with pytest.raises(OperationalError):
            app.send_task("clinic.tasks.send_due")
        took.append(time.monotonic() - started)
    assert min(took) < 0.5


def test_mail_server_comes_from_its_address(load):
    settings = load(EMAIL_URL="smtp+tls://desk:pw@mail.example:587")
    assert settings["EMAIL_HOST"] == "mail.example"
    assert settings["EMAIL_USE_TLS"] is True
    assert settings["EMAIL_TIMEOUT"] == 15


def test_production_check_finds_nothing(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CLINIC_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=ROOT,
        env=clean | GOOD | OUTSIDE | {"CLINIC_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_refusal_is_one_sentence_not_a_traceback(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CLINIC_", "DJANGO_"))}
    bad = GOOD | OUTSIDE | {"CLINIC_SECRET_KEY": "change-me", "CLINIC_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=clean | bad, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [done.stderr.strip()]
    assert "CLINIC_SECRET_KEY" in done.stderr
