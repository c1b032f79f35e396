"""Facts that a therapist measures or notes and the rules ask for beside the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic import audit
from clinic.models import Client, ClinicSettings, User
from clinic.permissions import Permission
from intake.models import NotedFact


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the rules know by name. `today_only`: an older value says nothing about today."""

    name: str
    label: str
    kind: str
    most: int = 1
    today_only: bool = False


FACTS: dict[str, Fact] = {
    one.name: one
    for one in (
        Fact("measured_bp_systolic", "Upper blood pressure (mmHg)", "number", 300, today_only=True),
        Fact("measured_bp_diastolic", "Lower blood pressure (mmHg)", "number", 200, today_only=True),
        Fact("measure.acute_medicine_days_28", "Days with acute headache medicine in four weeks", "number", 28),
        Fact("therapist_flag.self_harm", "Worry that the client may harm themselves", "yes"),
        Fact("message_reply.new_neuro", "New weakness, numbness or unsteadiness told by reply or call", "yes"),
    )
}


class MayNotNote(PermissionError):
    """Only therapists note facts about health."""


def latest(client: Client) -> dict[str, NotedFact]:
    """The newest of each name."""
    found: dict[str, NotedFact] = {}
    for row in NotedFact.objects.filter(client=client).select_related("noted_by"):
        found.setdefault(row.name, row)
    return found


def facts_of(client: Client, *, now: datetime) -> dict[str, Any]:
    """What the rules are told; a blood pressure counts on its day."""
    zone = ClinicSettings.load().zone
    today = now.astimezone(zone).date()
    return {
        name: row.value
        for name, row in latest(client).items()
        if name in FACTS and not (FACTS[name].today_only and row.noted_at.astimezone(zone).date() != today)
    }


def note(*, client: Client, values: Mapping[str, Any], by: User, now: datetime) -> list[NotedFact]:
    """Write down what differs from the newest; the rules run again above (`rescreening.noted`)."""
    if not by.can(Permission.CLINICAL_WRITE):
        raise MayNotNote("Only therapists note facts about health.")
    with audit.transaction():
        known = facts_of(client, now=now)
        made = [
            NotedFact.objects.create(client=client, name=name, value=value, noted_at=now, noted_by=by)
            for name, value in values.items()
            if name in FACTS and value is not None and known.get(name, False) != value
        ]
        for row in made:
            audit.record("fact.note", by=by, client=client, subject=row, fields=["value"])
    return made
