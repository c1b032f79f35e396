"""The code at the door: "I am here". Says the same to everybody, so it tells nobody who is a client.

Whoever has a visit today, by date of birth and the last digits of the mobile number, stands on the day sheet as at the
door, and gets the link to what is still to fill in on the phone that is on file, not on the one that asks.
"""

from __future__ import annotations

from datetime import date, datetime

from clinic import audit
from clinic.models import ClinicSettings
from intake import limits
from intake.inviting import invitations
from intake.inviting.preparing import needed
from treatments import clock, preparing
from treatments.models import Session

DIGITS = 4
#: A link asked for at the door, again and again, is sent so often and no more.
LINKS_A_DAY = 2
#: Seconds an answer takes, found or not: a quick one would say that nobody was found.
TAKES = 0.5


def say_here(*, born: date, digits: str, now: datetime) -> int:
    """Somebody is at the door. Returns how many visits of today fit; the page must not tell."""
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return 0
    zone = ClinicSettings.load().zone
    begins, ends = clock.bounds(now.astimezone(zone).date(), zone)
    rows = Session.objects.filter(
        state=Session.State.BOOKED, starts_at__gte=begins, starts_at__lt=ends, ends_at__gt=now,
        client__date_of_birth=born, client__phone_digits__endswith=digits, client__archived_at=None,
    )  # fmt: skip
    found = list(rows.select_related("client", "plan__condition").defer("plan__note").order_by("starts_at"))
    for session in preparing.first_visits(found):
        _here(session, now)
    return len(found)


def _here(session: Session, now: datetime) -> None:
    by = audit.ClientActor(session.client, via="door")
    with audit.transaction():
        if session.here_at is None:
            session.here_at = now
            session.save(update_fields=["here_at"])
            audit.record("session.at_the_door", by=by, client=session.client, subject=session, fields=["here_at"])
        if not limits.allowed("door-client", str(session.client.public_id), times=LINKS_A_DAY, seconds=limits.DAY):
            return
        one = preparing.expected(session, clinic=ClinicSettings.load(), now=now)
        coming = invitations.Coming(one.coming.visit, one.coming.starts)
        for row in needed([one], now=now)[session.client_id]:
            try:
                slug = row.questionnaire.slug
                invitations.invite(client=session.client, by=by, now=now, slug=slug, coming=coming, at_once=True)
            except invitations.NoAddress:
                return  # the tablet waits inside
