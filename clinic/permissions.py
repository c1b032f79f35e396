"""What each role may do: one enum, one table.

Roles are flags on the user (a person may hold several); a permission is granted when any held role grants it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url

if TYPE_CHECKING:
    from clinic.models import User


class Role(StrEnum):
    OWNER = "owner"
    THERAPIST = "therapist"
    LEAD_THERAPIST = "lead_therapist"
    FRONT_DESK = "front_desk"


class Permission(StrEnum):
    """A thing a member of staff may do."""

    CONTACT_READ = "contact.read"
    CONTACT_WRITE = "contact.write"
    BOOKING_WRITE = "booking.write"
    INTAKE_SEND = "intake.send"
    READINESS_READ = "readiness.read"
    CLINICAL_READ = "clinical.read"
    CLINICAL_WRITE = "clinical.write"
    FLAG_OVERRIDE = "flag.override"
    FLAG_OVERRIDE_LEAD = "flag.override_lead"
    RULES_DECIDE = "rules.decide"
    CATALOGUE_READ = "catalogue.read"
    CATALOGUE_EDIT = "catalogue.edit"
    STAFF_MANAGE = "staff.manage"
    AUDIT_READ = "audit.read"
    OUTBOX_READ = "outbox.read"
    SETTINGS_EDIT = "settings.edit"


_CONTACT = {
    Permission.CONTACT_READ,
    Permission.CONTACT_WRITE,
    Permission.BOOKING_WRITE,
    Permission.INTAKE_SEND,
    Permission.READINESS_READ,
    Permission.CATALOGUE_READ,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.FRONT_DESK: frozenset(_CONTACT | {Permission.OUTBOX_READ}),
    Role.THERAPIST: frozenset(
        _CONTACT | {Permission.CLINICAL_READ, Permission.CLINICAL_WRITE, Permission.FLAG_OVERRIDE}
    ),
    Role.LEAD_THERAPIST: frozenset(
        _CONTACT
        | {
            Permission.CLINICAL_READ,
            Permission.CLINICAL_WRITE,
            Permission.FLAG_OVERRIDE,
            Permission.FLAG_OVERRIDE_LEAD,
            Permission.RULES_DECIDE,
        }
    ),
    # An owner without the therapist role sees no clinical text: none of the clinical permissions stand here.
    Role.OWNER: frozenset(
        _CONTACT
        | {
            Permission.RULES_DECIDE,
            Permission.CATALOGUE_EDIT,
            Permission.STAFF_MANAGE,
            Permission.AUDIT_READ,
            Permission.OUTBOX_READ,
            Permission.SETTINGS_EDIT,
        }
    ),
}


def roles_of(user: User) -> frozenset[Role]:
    """The roles a user holds now; none for an inactive one."""
    if not user.is_active:
        return frozenset()
    held = {
        Role.OWNER: user.is_owner,
        Role.THERAPIST: user.is_therapist,
        Role.LEAD_THERAPIST: user.is_lead_therapist,
        Role.FRONT_DESK: user.is_front_desk,
    }
    return frozenset(role for role, has in held.items() if has)


def permissions_of(user: Any) -> frozenset[Permission]:
    """Everything `user` may do; empty for nobody and for inactive accounts."""
    if not getattr(user, "is_authenticated", False):
        return frozenset()
    return frozenset[Permission]().union(*(GRANTS[role] for role in roles_of(user)))


P = ParamSpec("P")
StaffView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(needed: Permission) -> Callable[[StaffView[P]], StaffView[P]]:
    """Let only staff with `needed` into a view: nobody goes to the sign-in page, other staff get 403."""

    def wrap(view: StaffView[P]) -> StaffView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                # Imported late: that module wants the user model, which is built on this one.
                from django.contrib.auth.views import redirect_to_login

                if request.headers.get("HX-Request"):
                    # A part of a page: htmx would put the sign-in page into its middle. The whole page goes there.
                    return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
                return redirect_to_login(request.get_full_path())
            if needed not in permissions_of(request.user):
                raise PermissionDenied(needed.value)
            return view(request, *args, **kwargs)

        guarded.permission = needed  # type: ignore[attr-defined]  # read by the URL x people test
        return guarded

    return wrap
