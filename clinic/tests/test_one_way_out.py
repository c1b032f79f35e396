"""Everything that is sent goes through the outbox: nothing else in the product talks to a mail or SMS provider.

Two exceptions are named here with their reason; a third must be written down before it works.
"""

import ast
from pathlib import Path

import pytest

from clinic.adapters import AccountAdapter

ROOT = Path(__file__).resolve().parents[2]
APPS = ("clinic", "conditions", "intake", "treatments")
#: Modules that can send; django.core.mail sends, its siblings only build.
SENDING = ("smtplib", "django.core.mail", "twilio", "sendgrid", "requests", "httpx", "aiohttp", "urllib3", "anymail")
#: Ways to speak HTTP that the standard library has: who uses them is looked at one by one.
SPEAKING = ("http.client", "urllib.request")
MAY_SEND = {
    "clinic/transports.py": "the carriers of the outbox",
    "treatments/faults/bare.py": "the bare loop that a benchmark is measured against; refuses to run but in tests",
}
MAY_SPEAK = {
    "clinic/transports.py": "the SMS gateway",
    "clinic/lookups.py": "asks a relay whether it has a message; sends none",
    "clinic/rounds.py": "a ping to the operator's own watcher, without content",
    "clinic/testing_server.py": "asks a clinic started by a test",
}
#: The only callers of the carriers: the outbox, the alarm that must not depend on it, and the look-up, which asks one
#: what it is and sends nothing.
MAY_CARRY = {"clinic/delivery.py", "clinic/lateness.py", "clinic/lookups.py"}


def sources():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "tests" not in path.parts and "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def users_of(modules):
    found = set()
    for name, tree in sources():
        if any(one == module or one.startswith(f"{module}.") for one in imported(tree) for module in modules):
            found.add(name)
    return found


@pytest.mark.lint
def test_only_the_carriers_can_send():
    assert users_of(SENDING) == set(MAY_SEND)


@pytest.mark.lint
def test_whoever_speaks_to_the_network_is_known():
    assert users_of(SPEAKING) == set(MAY_SPEAK)


@pytest.mark.lint
def test_only_the_outbox_and_its_alarm_use_the_carriers():
    calls = set()
    for name, tree in sources():
        for node in ast.walk(tree):
            called = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if called in {"Carriers", "email_carrier", "sms_carrier", "send_mail", "mail_admins"}:
                calls.add(name)
    assert calls - {"clinic/transports.py"} == MAY_CARRY


@pytest.mark.lint
def test_every_kind_that_is_written_has_its_words():
    """Each `outbox.schedule(kind=…)` names a kind somebody renders."""
    from django.conf import settings

    kinds = set()
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "kind" and isinstance(node.value, ast.Constant):
                kinds.add(str(node.value.value))
    sent = {kind for kind in kinds if kind.startswith(("staff.", "intake.", "aftercare."))}
    assert {"staff.invitation", "staff.password_reset", "staff.emergency_access", "intake.locked"} <= sent
    assert {kind for kind in sent if not any(kind.startswith(begin) for begin in settings.MESSAGE_RENDERERS)} == set()


def test_the_account_library_sends_nothing_by_itself(rf):
    """It mails from the middle of a request and past the outbox: whatever it wants to send is refused aloud."""
    with pytest.raises(RuntimeError, match="outbox"):
        AccountAdapter(rf.get("/")).send_mail("account/email/anything", "a@example.org", {})
