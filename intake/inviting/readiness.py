"""The desk's light: how far each client's form is. Tells nothing of what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.models import Client, ClinicSettings
from intake.inviting.validity import too_old
from intake.models import Flag, Invitation, Questionnaire, Response
from intake.questionnaires import HISTORY
from intake.safety.standing import agreed


@dataclass(frozen=True, slots=True)
class Readiness:
    """One light: `state` is not_sent, sent, in_progress, done, done_due, done_flags or expired."""

    state: str
    percent: int
    label: str


Row = dict[str, Any]

NOT_SENT = Readiness("not_sent", 0, "Form not sent")
DONE = Readiness("done", 100, "Form done")
DONE_DUE = Readiness("done_due", 100, "Form done, agreements to be given again")
OUTDATED = Readiness("expired", 100, "Form done, its answers are too old")
DONE_FLAGS = Readiness("done_flags", 100, "Form done, with flags")


def readiness(clients: Iterable[Client], *, now: datetime) -> dict[int, Readiness]:
    """The light of each client by primary key: five questions to the database, for one client or for a hundred."""
    ids = [client.pk for client in clients]
    responses: dict[int, Row] = {}
    rows = Response.objects.filter(client__in=ids, version__questionnaire__slug=HISTORY)
    rows = rows.exclude(status=Response.Status.ENTERED_IN_ERROR).order_by("started_at", "id")
    for begun in rows.values("client_id", "status", "percent", "submitted_at"):
        responses[begun["client_id"]] = {**begun}
    invitations: dict[int, Row] = {}
    sent = Invitation.objects.filter(client__in=ids, questionnaire__slug=HISTORY).order_by("created_at", "id")
    for link in sent.values("client_id", "created_at", "expires_at", "voided_at", "submitted_at"):
        invitations[link["client_id"]] = {**link}
    flagged = set(
        Flag.objects.filter(client__in=ids, state=Flag.State.OPEN).values_list("client_id", flat=True).distinct()
    )
    lights = {pk: _light(responses.get(pk), invitations.get(pk), flagged=pk in flagged, now=now) for pk in ids}
    lights |= _outdated(lights, responses, now)
    done = [pk for pk, light in lights.items() if light is DONE]
    if done:
        said = agreed(done, ClinicSettings.load(), now=now)
        lights |= {pk: DONE_DUE for pk in done if said[pk].due}
    return lights


def _outdated(lights: dict[int, Readiness], responses: dict[int, Row], now: datetime) -> dict[int, Readiness]:
    """Those whose form is done, but so long ago that it has to be filled in again."""
    finished = [pk for pk, light in lights.items() if light in (DONE, DONE_FLAGS)]
    form = Questionnaire.objects.filter(slug=HISTORY).first() if finished else None
    if form is None:
        return {}
    return {pk: OUTDATED for pk in finished if too_old(form, responses[pk]["submitted_at"], now=now)}


def _light(response: Row | None, invitation: Row | None, *, flagged: bool, now: datetime) -> Readiness:
    works = (
        invitation is not None
        and invitation["voided_at"] is None
        and invitation["submitted_at"] is None
        and invitation["expires_at"] > now
    )
    is_done = response is not None and response["status"] == Response.Status.COMPLETED
    if is_done and not works:
        return DONE_FLAGS if flagged else DONE
    if response is not None and not is_done:
        percent = response["percent"]
        return Readiness("in_progress" if works else "expired", percent, f"Form {percent} % done")
    if invitation is None:
        return NOT_SENT
    return Readiness("sent", 0, "Form sent") if works else Readiness("expired", 0, "Form link expired")
