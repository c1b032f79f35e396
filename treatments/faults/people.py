"""The people of a fault test: a clinic where it is day, therapists, and clients who may be treated.

They are put there in bulk; what happens to them from booking on goes through the ordinary verbs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from clinic import audit
from clinic.models import Client, ClinicSettings, Consent, User
from clinic.names import normalise
from intake import questionnaires
from intake.engine.answers import to_response
from intake.models import Response

ANSWERS = Path(questionnaires.__file__).parent / "data" / "screening_cases.json"
DAY_FROM, DAY_UNTIL = 10, 16  # the clinic's wall clock while a test may begin
DOMAIN = "@faults.example"
M = TypeVar("M", bound=Model)
BORN = date(1980, 5, 4)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who takes part."""

    therapists: list[User]
    clients: list[Client]


def bring_the_day(now: datetime) -> ClinicSettings:
    """The clinic's settings, its time zone moved to where it is about noon when it is not daytime here.

    So opening and quiet hours stay the ordinary ones at whatever hour the test is run.
    """
    clinic = ClinicSettings.load()
    if not DAY_FROM <= now.astimezone(clinic.zone).hour < DAY_UNTIL:
        ahead = 12 - now.astimezone(UTC).hour
        clinic.time_zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"  # this family counts westwards
        clinic.save(update_fields=["time_zone"])
    return clinic


def keep_quiet(clinic: ClinicSettings, begins: datetime, ends: datetime) -> None:
    """Quiet hours that begin and end in the middle of the test."""
    clinic.quiet_from = begins.astimezone(clinic.zone).time().replace(microsecond=0)
    clinic.quiet_until = ends.astimezone(clinic.zone).time().replace(microsecond=0)
    clinic.save(update_fields=["quiet_from", "quiet_until"])


def gather(*, name: str, clients: int, therapists: int, now: datetime) -> Crowd:
    """So many clients with a health history, a yes to treatment and to e-mail, and so many therapists.

    Those whom an earlier call left without a session are taken first.
    """
    staff = list(_waiting(User.objects.filter(is_therapist=True))[:therapists])
    people = list(_waiting(Client.objects.all())[:clients])
    more = clients - len(people)
    with transaction.atomic():
        questionnaires.publish_shipped(by=audit.SYSTEM, now=now)
        staff += User.objects.bulk_create(_therapist(name, number) for number in range(therapists - len(staff)))
        new = Client.objects.bulk_create(_client(name, number, now) for number in range(more))
        kinds = (Consent.Kind.TREATMENT, Consent.Kind.EMAIL)
        Consent.objects.bulk_create(
            Consent(client=one, kind=kind, granted=True, source="desk", given_at=now - timedelta(days=30))
            for one in new
            for kind in kinds
        )
        _histories(new, now - timedelta(days=30))
    return Crowd(staff, people + new)


def _waiting(rows: QuerySet[M]) -> QuerySet[M]:
    return rows.filter(email__endswith=DOMAIN, sessions=None).order_by("id")


def _therapist(name: str, number: int) -> User:
    user = User(email=f"{name}-t{number}{DOMAIN}", name=f"Therapist {number}", is_therapist=True)
    user.set_unusable_password()
    return user


def _client(name: str, number: int, now: datetime) -> Client:
    first, last = f"Nr{number}", f"Fault {name}"
    return Client(
        first_name=first, last_name=last, search_name=normalise(f"{last} {first}"), date_of_birth=BORN,
        email=f"{name}-{number}{DOMAIN}", created_at=now,
    )  # fmt: skip


def _histories(people: list[Client], at: datetime) -> None:
    version = questionnaires.current()
    answers: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))["base_answers"]
    document = to_response(questionnaires.spec_of(version), answers, status="completed", authored=at)
    Response.objects.bulk_create(
        Response(
            client=one, version=version, status="completed", document=document, percent=100, started_at=at,
            saved_at=at, submitted_at=at,
        )
        for one in people
    )  # fmt: skip
