"""Template tags about clients and staff."""

from __future__ import annotations

from datetime import date

from django import template

from clinic.models import Client, User
from clinic.names import readable_phone
from clinic.permissions import Role

register = template.Library()

ROLE_WORDS = {
    Role.OWNER: "Owner",
    Role.LEAD_THERAPIST: "Lead therapist",
    Role.THERAPIST: "Therapist",
    Role.FRONT_DESK: "Front desk",
}


@register.simple_tag
def age_on(client: Client, day: date) -> int:
    """The client's age in years on a day."""
    return client.age_on(day)


@register.filter
def version_of(wording: str) -> str:
    """“HealthHistory|1.0.0” as people say it: 1.0.0."""
    return wording.rpartition("|")[2]


@register.filter
def phone(number: str) -> str:
    """A kept number as people read it."""
    return readable_phone(number)


@register.filter
def phone_end(number: str) -> str:
    """The last four digits, enough to tell two people of one name apart."""
    return f"…{number[-4:]}" if number else ""


@register.filter
def role_words(person: User) -> str:
    """The roles somebody holds, in words; a lead is not named twice."""
    held = [role for role in ROLE_WORDS if getattr(person, f"is_{role.value}")]
    if Role.LEAD_THERAPIST in held:
        held.remove(Role.THERAPIST)
    return ", ".join(ROLE_WORDS[role] for role in held)
