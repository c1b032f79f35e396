"""The head of the chain goes to the owners every night."""

from datetime import timedelta

from django.core.management import call_command

from clinic import anchors, audit, staff_messages
from clinic.models import Message


def test_each_owner_gets_the_head_once_a_day(owner, desk, client_ann, now):
    audit.record("client.read", by=desk, client=client_ann)
    sent = anchors.send(now=now)
    again = anchors.send(now=now + timedelta(hours=1))
    assert [message.user for message in sent] == [owner]
    assert [message.pk for message in again] == [message.pk for message in sent]
    assert Message.objects.filter(kind=anchors.KIND).count() == 1


def test_the_mail_holds_a_line_that_audit_verify_takes(owner, desk, client_ann, now, capsys):
    audit.record("client.read", by=desk, client=client_ann)
    (message,) = anchors.send(now=now)
    words = staff_messages.render(message, now).text
    line = next(line for line in words.splitlines() if line.startswith("manage.py audit_verify"))
    call_command("audit_verify", "--anchor", line.split()[-1])
    assert "holds" in capsys.readouterr().out
