"""The tree itself: style, types, layers, templates, migrations. Each test fails with the tool's own words."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from clinic.testing_server import ROOT

pytestmark = pytest.mark.lint


def run(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, "\n" + done.stdout + done.stderr


def test_ruff_finds_nothing():
    run("ruff", "check", "--quiet", ".")


def test_code_is_formatted():
    run("ruff", "format", "--quiet", "--diff", ".")


def test_djlint_finds_nothing_in_templates():
    run("djlint", "--lint", "--quiet", "templates")


def test_mypy_finds_nothing():
    run("mypy")


def test_imports_point_downwards():
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool, "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, "\n" + done.stdout + done.stderr


@pytest.mark.django_db
def test_models_and_migrations_agree(capsys):
    try:
        call_command("makemigrations", "--check", "--dry-run", verbosity=1)
    except SystemExit:
        pytest.fail("models changed without a migration:\n" + capsys.readouterr().out)


@pytest.mark.parametrize(
    "pattern",
    [r"\|\s*safe\b", r"<script(?![^>]*(\bsrc=|application/json))", r"\son[a-z]+=", r"\sstyle=", "autoescape off"],
)
def test_templates_hold_nothing_a_strict_policy_refuses(pattern):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in ROOT.glob("**/templates/**/*.html")
        if ".venv" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("word", ["mark_safe(", ".extra(", "RawSQL(", '"__all__"', "Meta.exclude"])
def test_code_avoids_what_opens_holes(word):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for app in ("clinic", "conditions", "intake", "treatments")
        for path in (ROOT / app).glob("**/*.py")
        if "tests" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if word in line
    ]
    assert not found, "\n".join(found)
