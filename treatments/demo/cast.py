"""The people of the demo clinic: six of staff, sixty clients. Invented, every one."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import ClinicSettings, User

DATA = Path(__file__).resolve().parent.parent / "data" / "demo_people.json"

# Where it is about eleven in the morning is where the demo clinic lives: its day sheet is full whenever you look, and
# no message waits for the end of quiet hours.
ZONES = (
    "Pacific/Auckland", "Australia/Brisbane", "Asia/Tokyo", "Asia/Singapore", "Asia/Bangkok", "Asia/Dhaka",
    "Asia/Karachi", "Asia/Dubai", "Europe/Helsinki", "Europe/Vienna", "Europe/London", "Atlantic/Azores",
    "Atlantic/South_Georgia", "America/Sao_Paulo", "America/Halifax", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "Pacific/Pago_Pago",
)  # fmt: skip

STAFF: tuple[dict[str, Any], ...] = (
    {"key": "owner", "name": "Imogen Ashworth", "email": "owner@demo.example", "is_owner": True},
    {
        "key": "lead", "name": "Dr. Mirela Ionescu", "email": "lead@demo.example", "credentials": "LMT, lead",
        "is_therapist": True, "is_lead_therapist": True,
    },
    {
        "key": "therapist", "name": "Tobias Lindqvist", "email": "therapist@demo.example", "credentials": "LMT",
        "is_therapist": True,
    },
    {
        "key": "therapist2", "name": "Adaeze Umeh", "email": "therapist2@demo.example", "credentials": "RMT",
        "is_therapist": True,
    },
    {"key": "desk", "name": "Joaquín Herrera", "email": "desk@demo.example", "is_front_desk": True},
    {"key": "desk2", "name": "Petra Vondráčková", "email": "desk2@demo.example", "is_front_desk": True},
)  # fmt: skip


@dataclass(frozen=True)
class Login:
    """What `up` prints: who, with what. The password is made anew for each installation."""

    role: str
    email: str
    password: str


def zone_at_eleven(now: datetime) -> ZoneInfo:
    """The zone of the list whose clock is nearest to eleven in the morning."""

    def minutes_off(name: str) -> int:
        local = now.astimezone(ZoneInfo(name))
        off = abs(local.hour * 60 + local.minute - 11 * 60)
        return min(off, 24 * 60 - off)

    return ZoneInfo(min(ZONES, key=minutes_off))


def open_clinic(now: datetime) -> ClinicSettings:
    """The demo clinic's own facts."""
    clinic = ClinicSettings.load()
    clinic.name = "Riverside Medical Massage"
    clinic.phone = "+1 503 555 0100"
    clinic.email = "desk@demo.example"
    clinic.address = "14 Mill Lane\nRiverside"
    clinic.about = (
        "Three therapists, one quiet house by the river. We treat nine conditions, work with your doctor, and tell you "
        "honestly how good the evidence is."
    )
    clinic.time_zone = str(zone_at_eleven(now))
    clinic.emergency_number = "911"
    clinic.crisis_line = "988, the Suicide and Crisis Lifeline"
    clinic.day_starts, clinic.day_ends = time(8), time(19)
    clinic.require_mfa = False
    clinic.full_clean()
    clinic.save()
    return clinic


def hire() -> tuple[dict[str, User], list[Login]]:
    """The staff, each with a random passphrase of their own, and what to print."""
    people, logins = {}, []
    for facts in STAFF:
        password = "-".join(secrets.choice(_WORDS) for _ in range(4))
        fields = {name: value for name, value in facts.items() if name != "key"}
        people[facts["key"]] = User.objects.create_user(password=password, **fields)
        logins.append(Login(_role(facts), facts["email"], password))
    return people, logins


def _role(facts: dict[str, Any]) -> str:
    if facts.get("is_owner"):
        return "Owner"
    if facts.get("is_lead_therapist"):
        return "Lead therapist"
    return "Therapist" if facts.get("is_therapist") else "Front desk"


@lru_cache(maxsize=1)
def people() -> list[dict[str, Any]]:
    """The sixty clients, as rows of facts; `story` says how far each has come."""
    return json.loads(DATA.read_text(encoding="utf-8"))["clients"]


def at(zone: ZoneInfo, day: Any, hour: int, minute: int = 0) -> datetime:
    """A moment by the clinic's clock, in UTC."""
    return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)


_WORDS = (
    "amber", "basil", "birch", "brook", "candle", "cedar", "clover", "coral", "ember", "fern", "garnet", "harbor",
    "hazel", "indigo", "ivory", "juniper", "lagoon", "linden", "maple", "meadow", "mosaic", "nutmeg", "olive", "opal",
    "orchard", "pebble", "quartz", "river", "saffron", "sage", "sierra", "thistle", "timber", "valley", "velvet",
    "walnut", "willow", "winter", "yarrow", "zephyr",
)  # fmt: skip
