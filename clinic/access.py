"""The one door to a client's record.

Nothing else fetches a client for a person: the door checks, logs the read, or raises. A client you may not know of is
404; one you may know of, but not in this way, is 403.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from clinic import audit
from clinic.models import CareTeam, Client, ClinicSettings, EmergencyAccess, User
from clinic.permissions import Permission, permissions_of

CLINICAL = frozenset(
    {Permission.CLINICAL_READ, Permission.CLINICAL_WRITE, Permission.FLAG_OVERRIDE, Permission.FLAG_OVERRIDE_LEAD}
)
EMERGENCY_ACCESS_LASTS = timedelta(hours=4)


class EmergencyAccessNeeded(PermissionDenied):
    """The record belongs to a colleague; it opens with a reason (`break_glass`)."""

    def __init__(self, client: Client) -> None:
        super().__init__("emergency access needed")
        self.client = client


def clients_visible_to(user: User) -> QuerySet[Client]:
    """Clients a member of staff may know of; none for anybody else. Clinical content is checked in `client_for`."""
    if Permission.CONTACT_READ not in permissions_of(user):
        return Client.objects.none()
    return Client.objects.all()


def charts_open_to(user: User, *, now: datetime | None = None) -> QuerySet[Client]:
    """Clients whose clinical record `user` may read now; used by lists that show anything clinical."""
    if Permission.CLINICAL_READ not in permissions_of(user):
        return Client.objects.none()
    if not ClinicSettings.load().own_clients_only:
        return Client.objects.all()
    now = now or timezone.now()
    own = CareTeam.objects.filter(Q(until=None) | Q(until__gt=now), therapist=user).values("client_id")
    glass = EmergencyAccess.objects.filter(user=user, expires_at__gt=now).values("client_id")
    return Client.objects.filter(Q(pk__in=own) | Q(pk__in=glass))


def check(user: User, client: Client, need: Permission) -> None:
    """Raise Http404, PermissionDenied or EmergencyAccessNeeded unless `user` may do `need` with this client."""
    held = permissions_of(user)
    if Permission.CONTACT_READ not in held:
        raise Http404
    if need not in held:
        raise PermissionDenied(need.value)
    narrowed = ClinicSettings.load().own_clients_only
    if need in CLINICAL and narrowed and not charts_open_to(user).filter(pk=client.pk).exists():
        raise EmergencyAccessNeeded(client)


def client_for(
    request: HttpRequest, public_id: UUID, *, need: Permission, what: str, fields: Iterable[str] = ()
) -> Client:
    """The client behind a URL, checked and logged as seen. `what` names the page, for example "chart"."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    client = clients_visible_to(user).filter(public_id=public_id).first()
    if client is None:
        raise Http404
    admit(request, client, need=need, what=what, fields=fields)
    return client


def admit(request: HttpRequest, client: Client, *, need: Permission, what: str, fields: Iterable[str] = ()) -> None:
    """The same check and log for a record reached by its own id (a plan, a note, a response)."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    try:
        check(user, client, need)
    except PermissionDenied:
        audit.record(f"{what}.refused", by=user, client=client, reason=need.value)
        raise
    audit.record(f"{what}.read", by=user, client=client, fields=fields)


def log_seen(request: HttpRequest, clients: Sequence[Client], *, what: str, fields: Iterable[str] = ()) -> None:
    """Log every client a list showed: one row each, written together."""
    user = request.user
    if isinstance(user, User) and clients:
        unique = {client.pk: client for client in clients}
        audit.record_many(f"{what}.read", by=user, clients=list(unique.values()), fields=fields)


def break_glass(*, client: Client, by: User, reason: str, now: datetime) -> EmergencyAccess:
    """Open a colleague's client's record for four hours, with a reason that the owner sees.

    Raises PermissionDenied for anybody without clinical rights, ValueError for an empty reason.
    """
    if Permission.CLINICAL_READ not in permissions_of(by):
        raise PermissionDenied(Permission.CLINICAL_READ.value)
    reason = " ".join(reason.split())
    if not reason:
        raise ValueError("Say why you need this record now.")
    with audit.transaction():
        opened = EmergencyAccess.objects.create(
            client=client, user=by, reason=reason, granted_at=now, expires_at=now + EMERGENCY_ACCESS_LASTS
        )
        audit.record("emergency_access.open", by=by, client=client, subject=opened, reason=reason)
    return opened


def join_care_team(*, client: Client, therapist: User, by: audit.Actor, now: datetime) -> None:
    """Make `therapist` one of the client's own; booking a session does this. Harmless when already so.

    While therapists open only their own clients' charts, nobody lets themselves into a colleague's by booking: somebody
    else books for them, or they open it with a reason first.
    """
    if by == therapist and _is_a_colleagues(client, therapist, now):
        return
    treating = {"kind": CareTeam.Kind.TREATING, "until": None}
    with audit.transaction():
        row, joined = CareTeam.objects.get_or_create(
            client=client, therapist=therapist, defaults={"added_at": now, "added_by": audit.staff(by), **treating}
        )
        # Cover that ended, or will, becomes treatment.
        if joined or CareTeam.objects.filter(pk=row.pk, until__isnull=False).update(**treating):
            audit.record("care_team.join", by=by, client=client, subject=row, fields=["therapist"])


def cover(*, client: Client, therapist: User, until: datetime, by: audit.Actor, now: datetime) -> None:
    """Let a colleague into the client's chart for a while, because somebody else asks them to see to something.

    Harmless for those who treat the client. Nobody lets themselves in while charts are closed to colleagues.
    """
    if by == therapist and _is_a_colleagues(client, therapist, now):
        return
    facts = {"kind": CareTeam.Kind.COVER, "until": until}
    with audit.transaction():
        row, joined = CareTeam.objects.get_or_create(
            client=client, therapist=therapist, defaults={"added_at": now, "added_by": audit.staff(by), **facts}
        )
        if joined or CareTeam.objects.filter(pk=row.pk, until__lt=until).update(**facts):
            audit.record("care_team.cover", by=by, client=client, subject=row, fields=["therapist"])


def _is_a_colleagues(client: Client, therapist: User, now: datetime) -> bool:
    """The chart is closed to this therapist and somebody else treats the client."""
    if not ClinicSettings.load().own_clients_only or charts_open_to(therapist, now=now).filter(pk=client.pk).exists():
        return False
    treating = CareTeam.objects.filter(Q(until=None) | Q(until__gt=now), client=client)
    return treating.exclude(therapist=therapist).exists()


def me(request: HttpRequest) -> User:
    """The member of staff behind a request that `requires` has let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
