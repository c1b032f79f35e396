"""Each client up to where intake ends: registered, invited, filling in, sent, reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from clinic import clients
from clinic.models import Client, Consent, User
from intake import responses
from intake.access import actor_of
from intake.inviting import invitations
from intake.models import Flag, Invitation, Response
from intake.safety import flags
from treatments.demo.answers import answers_for

# Stories whose form was sent, and those a therapist has already gone through.
SENT = {"submitted", "flag_gca", "flag_ces", "flag_dvt", "flag_dizzy", "flag_pregnant", "flag_thinner", "minor"}
REVIEWED = {"course", "completed", "stopped", "on_hold", "first_today", "plan_draft"}


@dataclass(frozen=True)
class House:
    """Who acts in the story."""

    desk: User
    lead: User
    therapists: tuple[User, ...]


def register(person: dict[str, Any], house: House, *, now: datetime) -> Client:
    client = clients.register(
        by=house.desk,
        now=now,
        first_name=person["first_name"],
        last_name=person["last_name"],
        preferred_name=person["preferred_name"],
        date_of_birth=date.fromisoformat(person["date_of_birth"]),
        mobile=person["mobile"],
        email=person["email"],
        language=person["language"],
        channels={"email", "sms"},
    )
    clients.add_related(
        client=client, kind="physician", name="Dr. Hollis Okafor", phone="+15035558800", relation="Mill Lane Practice",
        by=house.desk, now=now,
    )  # fmt: skip
    return client


def tell(person: dict[str, Any], client: Client, house: House, *, pain: int, now: datetime) -> Response | None:
    """Intake as far as the person's story goes; `now` is the day of registration. Returns what was answered."""
    story = person["story"]
    if story == "new":
        return None
    invitation = invitations.invite(client=client, by=house.desk, now=now)
    if story == "expired":  # withdrawn by the desk, so that a booking does not send it anew by itself
        reason = Invitation.VoidReason.STAFF
        invitations.withdraw(client=client, reason=reason, by=house.desk, now=now + timedelta(days=1))
    if story in {"sent", "expired"}:
        return None
    if story == "locked":
        _guess_wrong(invitation, now=now + timedelta(hours=2))
        return None
    opened = now + timedelta(hours=5)
    invitations.verify(digest=invitation.token_hash, born=client.date_of_birth, now=opened)
    response = responses.start(invitation=invitation, now=opened)
    answers = answers_for(person, pain=pain)
    if story == "filling":
        early = ("about.", "care.", "reason.", "today.", "heart.")
        answers = {key: value for key, value in answers.items() if key.startswith(early)}
    actor = actor_of(invitation)
    response = responses.save(response=response, changes=answers, by=actor, now=opened + timedelta(minutes=9))
    if story == "filling":
        for screen in ("about", "care", "reason", "today", "heart"):
            response = responses.save(
                response=response, changes={}, by=actor, now=opened + timedelta(minutes=9), screen_done=screen
            )
        return response
    response = responses.submit(response=response, by=actor, now=opened + timedelta(minutes=11))
    if story in REVIEWED:
        review(response, house, now=opened + timedelta(hours=18))
    return response


def _guess_wrong(invitation: Invitation, *, now: datetime) -> None:
    for _ in range(invitations.TRIES):
        invitations.verify(digest=invitation.token_hash, born=date(1900, 1, 1), now=now)


def review(response: Response, house: House, *, now: datetime) -> None:
    """The lead therapist goes through the flags: keeps to the limits, lifts what a doctor has cleared."""
    for flag in Flag.objects.filter(response=response, state=Flag.State.OPEN):
        if flag.flag_class == Flag.FlagClass.CLEARANCE and not flags.never_overridden(flag):
            flags.override(
                flag=flag, by=house.lead, now=now, reason="Checked by the doctor; gentle work is fine.",
                document="Letter of Dr. Okafor, received by fax",
            )  # fmt: skip
        else:
            flags.acknowledge(flag=flag, by=house.lead, reason="Read and discussed by phone.", now=now)
    responses.review(response=response, note="", by=house.lead, now=now)
    if not Consent.objects.filter(client=response.client, kind="treatment", granted=True, superseded_at=None).exists():
        raise RuntimeError("the demo's answers lack consent to treatment")
