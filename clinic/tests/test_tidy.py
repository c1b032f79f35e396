"""Nightly: what has ended is forgotten, the rest stays."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from clinic.tidy import forget_old


def test_old_attempts_go_and_recent_ones_stay(db):
    now = timezone.now()
    for days, name in ((91, "old@example.org"), (89, "recent@example.org")):
        attempt = AccessAttempt.objects.create(username=name, failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - timedelta(days=days))
    assert forget_old(now=now) == 1
    assert AccessAttempt.objects.get().username == "recent@example.org"


def test_ended_sessions_go(db):
    now = timezone.now()
    Session.objects.create(session_key="ended", expire_date=now - timedelta(minutes=1))
    Session.objects.create(session_key="open", expire_date=now + timedelta(minutes=1))
    forget_old(now=now)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
