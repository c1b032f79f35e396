"""What a newcomer sees when something is missing: one plain sentence, and exit code 1."""

import ast
import errno
import importlib.util
import os
import socket
import subprocess
import sys
import types
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic import audit
from clinic.first_owner import OwnerExists, create_first_owner, set_password_link
from clinic.management.commands import up
from clinic.models import AuditEvent, User
from clinic.testing_server import ROOT, clinic_environment, free_port

GB = 1024**3


@pytest.fixture
def manage(monkeypatch, tmp_path):
    """manage.py as a module of its own, in an empty folder with requirements."""
    spec = importlib.util.spec_from_file_location("manage_under_test", ROOT / "manage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("Django\n")
    monkeypatch.setattr(module, "HERE", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "VENV_PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    return module


def said(capsys, action):
    """The one sentence with which `action` ends."""
    with pytest.raises(SystemExit) as end:
        action()
    assert end.value.code == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("Installing")]
    assert len(lines) == 1
    return lines[0]


def test_old_python_is_told_what_to_do(manage, monkeypatch, capsys):
    monkeypatch.setattr(manage, "sys", types.SimpleNamespace(**vars(sys) | {"version_info": (3, 9, 6)}))
    assert "needs Python 3.11 or newer, this is 3.9" in said(capsys, lambda: manage.bootstrap("up"))


def test_old_python_can_read_the_file():
    ast.parse((ROOT / "manage.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_missing_venv_module_names_the_package(manage, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "sudo apt install python3-venv" in said(capsys, lambda: manage.bootstrap("up"))


def test_full_disk_is_told_before_installing(manage, monkeypatch, capsys):
    monkeypatch.setattr(manage.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1024))
    assert "no room left on the disk" in said(capsys, lambda: manage.bootstrap("up"))
    assert not Path(manage.VENV).exists()


def test_disk_filled_by_installing_is_told(manage, monkeypatch, capsys):
    def fill(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(manage, "make_venv", fill)
    assert "no room left on the disk" in said(capsys, lambda: manage.bootstrap("up"))


def test_failed_download_is_told(manage, monkeypatch, capsys):
    monkeypatch.setattr(manage, "make_venv", lambda *args: None)
    monkeypatch.setattr(manage, "VENV_PYTHON", "/bin/false")
    with pytest.raises(SystemExit):
        manage.install("requirements.txt")
    assert capsys.readouterr().err.strip().endswith("is this machine online? Run this again.")


def test_changed_requirements_are_installed_again(manage):
    os.makedirs(os.path.dirname(manage.VENV_PYTHON))
    os.symlink(sys.executable, manage.VENV_PYTHON)
    Path(manage.stamp_of("requirements.txt")).write_text(manage.fingerprint("requirements.txt"))
    assert manage.is_installed("requirements.txt")
    Path(manage.HERE, "requirements.txt").write_text("Django\ncelery\n")
    assert not manage.is_installed("requirements.txt")


def test_own_virtual_environment_is_left_alone(manage, monkeypatch):
    monkeypatch.delenv("CLINIC_NO_BOOTSTRAP", raising=False)
    monkeypatch.setattr(manage, "sys", types.SimpleNamespace(prefix="/home/me/env", base_prefix="/usr"))
    assert not manage.needs_bootstrap()
    monkeypatch.setattr(manage, "sys", types.SimpleNamespace(prefix="/usr", base_prefix="/usr"))
    assert manage.needs_bootstrap()
    monkeypatch.setenv("CLINIC_NO_BOOTSTRAP", "1")
    assert not manage.needs_bootstrap()


def test_taken_port_is_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=ROOT,
            env=clinic_environment(tmp_path / "var", port=port),
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.strip() == f"CommandError: Port {port} is taken: try 'python3 manage.py up --port {port + 1}'."


def test_database_that_does_not_answer_is_one_sentence(tmp_path):
    dead = f"postgres://nobody@127.0.0.1:{free_port()}/clinic"
    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", "0"],
        cwd=ROOT,
        env=clinic_environment(tmp_path / "var", port=0, DATABASE_URL=dead),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "The database cannot be used" in done.stderr


@pytest.mark.parametrize("port", [70000, -1])
def test_impossible_port_is_one_sentence(port):
    with pytest.raises(CommandError, match="cannot listen"):
        up.listen("127.0.0.1", port)


def test_no_room_is_one_sentence(settings, tmp_path, monkeypatch):
    settings.CLINIC_VAR = tmp_path / "var"
    monkeypatch.setattr(up.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1024))
    monkeypatch.setattr(up.os, "umask", lambda mask: None)
    with pytest.raises(CommandError, match="no room left"):
        call_command("up")


def test_database_full_is_told_as_no_room(settings, tmp_path, monkeypatch):
    def full():
        raise up.OperationalError("database or disk is full")

    monkeypatch.setattr(up, "prepare_folders", full)
    with pytest.raises(CommandError, match="no room left"):
        call_command("up")


def test_folders_are_for_this_user_only(settings, tmp_path, monkeypatch):
    settings.CLINIC_VAR = tmp_path / "var"
    settings.OUTBOX_DIR, settings.QUEUE_DIR = tmp_path / "var" / "outbox", tmp_path / "var" / "queue"
    settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path / "var" / "uploads", tmp_path / "var" / "static"
    before = os.umask(0o022)
    try:
        up.prepare_folders()
    finally:
        os.umask(before)
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / "queue").stat().st_mode & 0o777 == 0o700


def make_owner(**changes):
    facts = {"email": "olga@riverside.example", "name": "Olga Owner", "password": None, "by": audit.SYSTEM}
    return create_first_owner(**(facts | {"now": timezone.now()} | changes))


def test_owner_chooses_a_password_by_a_link_that_works_once(db, client):
    owner = make_owner()
    assert not owner.has_usable_password()
    link = set_password_link(owner, site="http://testserver")
    form = client.get(link, follow=True)
    words = {"password1": "a heron by the mill pond", "password2": "a heron by the mill pond"}
    client.post(form.redirect_chain[-1][0], words)
    owner.refresh_from_db()
    assert owner.check_password("a heron by the mill pond")
    assert not client.get(link, follow=True).redirect_chain


def test_first_owner_is_written_in_the_audit(db):
    owner = make_owner()
    event = AuditEvent.objects.get(action="staff.create")
    assert event.subject_id == str(owner.public_id)
    assert owner.is_owner and not owner.is_therapist


def test_second_first_owner_is_refused(db):
    make_owner()
    with pytest.raises(OwnerExists):
        make_owner(email="other@riverside.example")
    assert User.objects.count() == 1


@pytest.mark.parametrize("changes", [{"password": "short"}, {"email": "nobody"}, {"name": ""}])
def test_bad_owner_leaves_nothing(db, changes):
    with pytest.raises(ValidationError):
        make_owner(**changes)
    assert not User.objects.exists()


def test_empty_clinic_without_a_name_for_its_owner_asks_for_one(db, monkeypatch):
    monkeypatch.delenv("CLINIC_OWNER_EMAIL", raising=False)
    command = up.Command()
    command.site = "http://testserver"
    monkeypatch.setattr(up.sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="CLINIC_OWNER_EMAIL"):
        command.create_owner()


def test_fresh_database_has_no_user(db):
    assert not User.objects.exists()
