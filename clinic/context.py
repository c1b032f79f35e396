"""What the page shells need: the clinic's own facts and where this person may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from clinic import lateness, mailroom
from clinic.models import ClinicSettings, User
from clinic.permissions import Permission, permissions_of


@dataclass(frozen=True)
class Place:
    """One entry of the navigation, shown to those with its permission."""

    words: str
    icon: str
    url_name: str
    needs: Permission
    # Pages that lie elsewhere but belong here in people's minds.
    also: tuple[str, ...] = ()


DAILY = (
    Place("Day sheet", "calendar-days", "treatments:day_sheet", Permission.CONTACT_READ, also=("/book/",)),
    Place("Clients", "users", "clinic:client_list", Permission.CONTACT_READ, also=("/plans/", "/sessions/", "/notes/")),
    Place("Review", "clipboard-check", "intake:review_list", Permission.CLINICAL_READ, also=("/flags/", "/rules/")),
    Place("Forms", "clipboard-list", "treatments:form_list", Permission.READINESS_READ),
    Place("Tasks", "list-todo", "treatments:task_list", Permission.READINESS_READ),
    Place("Catalogue", "book-open", "conditions:catalogue_list", Permission.CATALOGUE_READ),
)
CLINIC = (
    Place("Questionnaires", "list-checks", "intake:questionnaire_list", Permission.CATALOGUE_EDIT),
    Place("Aftercare", "mail-check", "treatments:series_list", Permission.CATALOGUE_EDIT),
    Place("Staff", "id-card", "clinic:staff_list", Permission.STAFF_MANAGE),
    Place("Audit", "scroll-text", "clinic:audit_list", Permission.AUDIT_READ),
    Place("Outbox", "send", "clinic:outbox_list", Permission.OUTBOX_READ),
    Place("Agreements", "file-pen-line", "intake:agreement_list", Permission.SETTINGS_EDIT),
    Place("Settings", "settings", "clinic:settings_edit", Permission.SETTINGS_EDIT),
)


@dataclass(frozen=True)
class Link:
    words: str
    icon: str
    url: str
    current: bool
    count: str = ""
    late: int = 0


def _links(places: tuple[Place, ...], request: HttpRequest, held: frozenset[Permission]) -> list[Link]:
    links = []
    for place in places:
        if place.needs in held:
            url = reverse(place.url_name)
            current = request.path.startswith((url, *place.also))
            count = _waiting_for(request) if place.needs == Permission.OUTBOX_READ else ""
            late = 0
            if place.url_name in settings.NAV_COUNTS:
                count, late = _open_and_late(request, settings.NAV_COUNTS[place.url_name])
            links.append(Link(place.words, place.icon, url, current, count, late))
    return links


def _open_and_late(request: HttpRequest, name: str) -> tuple[str, int]:
    """What waits for this person at a place of the apps above, and how much of it is late."""
    if not isinstance(request.user, User):
        return "", 0
    count, late = import_string(name)(request.user, now=timezone.now())
    return str(count or ""), late


def _waiting_for(request: HttpRequest) -> str:
    """How many messages this person must decide about; nothing rather than a nought."""
    count = mailroom.count_for(request.user) if isinstance(request.user, User) else 0
    return f"{mailroom.MOST_COUNTED - 1}+" if count >= mailroom.MOST_COUNTED else str(count or "")


def _nav(request: HttpRequest) -> dict[str, list[Link]]:
    held = permissions_of(request.user)
    return {"daily": _links(DAILY, request, held), "clinic": _links(CLINIC, request, held)}


def _late(request: HttpRequest) -> datetime | None:
    """For owners: since when messages are late. The mail about it may not come through either."""
    lateness.watch_from_the_web()
    return lateness.known() if Permission.SETTINGS_EDIT in permissions_of(request.user) else None


def shell(request: HttpRequest) -> dict[str, Any]:
    """`clinic` and `nav` for the base templates; neither costs a query on a page that does not show it."""
    return {
        "clinic": SimpleLazyObject(ClinicSettings.load),
        "nav": SimpleLazyObject(lambda: _nav(request)),
        "late_since": SimpleLazyObject(lambda: _late(request)),
    }
