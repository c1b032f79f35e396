"""A provider that is away is left alone for a while, by all workers together and by the database's clock.

After some failures in a row nobody tries (open); when the pause is over one worker tries with one message (half open):
its answer lets the others go on, its failure doubles the pause.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from clinic import claims, outbox
from clinic.models import Message, Relay, User
from clinic.settling import SENDER
from clinic.transports import Report, Verdict

log = logging.getLogger(__name__)

AWAY = (Verdict.UNREACHABLE, Verdict.LOCKED_OUT, Verdict.UNKNOWN)
ANSWERED = (Verdict.ACCEPTED, Verdict.REFUSED, Verdict.LATER)


class Watch:
    """What one run of sending knows of the relays: which channels it may use, and on which it tries for all."""

    def __init__(self) -> None:
        now = claims.database_now()
        known = list(Relay.objects.all())
        self.channels = set(Message.Channel.values)
        self.channels -= {row.channel for row in known if row.open_until and row.open_until > now}
        self._ended = {row.channel for row in known if row.open_until and row.open_until <= now}
        self._trying: set[str] = set()
        self._failing = {row.channel for row in known if row.failures or row.open_until}

    def lets(self, channel: str) -> bool:
        """May this run use the channel? After a pause only the one that comes first."""
        if channel not in self._ended:
            return True
        self._ended.discard(channel)
        if _take_trial(channel):
            self._trying.add(channel)
            return True
        self.channels.discard(channel)
        return False

    def learn(self, channel: str, report: Report) -> None:
        """Remember, for everybody, whether the relay was there."""
        if report.verdict in AWAY:
            trying = channel in self._trying
            self._failing.add(channel)
            is_open = failed(channel, report, trying=trying)
            if is_open or report.verdict != Verdict.UNKNOWN:
                self.channels.discard(channel)
        elif report.verdict in ANSWERED and channel in self._failing:
            self._failing.discard(channel)
            answered(channel)


def _take_trial(channel: str) -> bool:
    """The first to move the end of the pause is the one that tries; the rest wait as long as a trial may take."""
    now = claims.database_now()
    later = now + timedelta(seconds=settings.OUTBOX["breaker_first"])
    return bool(Relay.objects.filter(channel=channel, open_until__lte=now).update(open_until=later))


def failed(channel: str, report: Report, *, trying: bool = False) -> bool:
    """One more failure. True when the relay is now left alone."""
    numbers = settings.OUTBOX
    with transaction.atomic():
        Relay.objects.get_or_create(channel=channel)
        row = Relay.objects.select_for_update().get(channel=channel)
        now = claims.database_now()
        row.failures += 1
        row.last_error = f"{report.phase}: {report.code or ''} {report.note}".strip()[:200]
        locked_out = report.verdict == Verdict.LOCKED_OUT
        if locked_out and not row.locked_out:
            log.error("the provider for %s refuses the clinic's own login (%s)", channel, report.code)
            _tell_owners(channel, now)
        row.locked_out = locked_out
        is_open = _is_open(row, now)
        if locked_out or trying or (row.failures >= numbers["breaker_after"] and not is_open):
            pause = min(numbers["breaker_first"] * 2**row.opened, numbers["breaker_longest"])
            # A wrong login is not asked again and again: providers lock accounts for that.
            row.open_until = now + timedelta(seconds=numbers["breaker_longest"] if locked_out else pause)
            row.opened = min(row.opened + 1, 20)
            is_open = True
            log.error("the provider for %s is away (%s), left alone until %s", channel, row.last_error, row.open_until)
        row.save()
    return is_open


def _tell_owners(channel: str, now: datetime) -> None:
    """By the other channel: this one is what does not work."""
    other = Message.Channel.EMAIL if channel == Message.Channel.SMS else Message.Channel.SMS
    owners = User.objects.filter(is_owner=True, is_active=True)
    for owner in owners.exclude(phone="") if other == Message.Channel.SMS else owners:
        outbox.schedule(
            key=f"relay-locked:{channel}:{now:%Y-%m-%dT%H}:{owner.public_id}", kind="staff.relay_locked", channel=other,
            due_at=now, not_after=now + timedelta(days=1), by=SENDER, now=now, user=owner, context={"refused": channel},
        )  # fmt: skip


def answered(channel: str) -> None:
    """The relay is there: everybody may use it."""
    fresh = {"failures": 0, "opened": 0, "open_until": None, "locked_out": False, "last_error": ""}
    if Relay.objects.filter(channel=channel).update(**fresh):
        log.warning("the provider for %s answers again", channel)


def _is_open(row: Relay, now: datetime) -> bool:
    return bool(row.open_until and row.open_until > now)
