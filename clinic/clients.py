"""Verbs on clients: register, update, archive; the people round them; what they agreed to."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db import transaction as db_transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext, gettext_noop

from clinic import audit, search
from clinic.audit import Actor
from clinic.models import Client, Consent, RelatedPerson, User

#: What may be changed through `update`; nothing else ever is, whatever a form posts.
CONTACT_FIELDS = (
    "first_name", "last_name", "preferred_name", "date_of_birth", "mobile", "email", "address", "language",
    "access_needs", "desk_note", "quiet_from", "quiet_until", "time_zone",
)  # fmt: skip
CHANNEL_KINDS = {"email": Consent.Kind.EMAIL, "sms": Consent.Kind.SMS}
CHANNEL_WORDING = {
    "email": gettext_noop("The clinic may write to me by e-mail about my appointments, forms and aftercare."),
    "sms": gettext_noop("The clinic may send me text messages about my appointments, forms and aftercare."),
}
CHANNEL_WORDING_VERSION = "desk-1"


class AlreadyRegistered(Exception):
    """The same page was submitted twice; `client` is who the first submit registered."""

    def __init__(self, client: Client) -> None:
        super().__init__("already registered")
        self.client = client


class Stale(Exception):
    """Somebody else changed the record since this page was opened."""


def register(
    *,
    by: User,
    now: datetime,
    first_name: str,
    last_name: str,
    date_of_birth: date,
    mobile: str = "",
    email: str = "",
    language: str = "en",
    preferred_name: str = "",
    address: str = "",
    access_needs: str = "",
    desk_note: str = "",
    channels: Iterable[str] = frozenset({"email", "sms"}),
    key: uuid.UUID | None = None,
) -> Client:
    """A new client with their channels. With a `key` used before: AlreadyRegistered, and nothing is written.

    A yes to a channel without an address is not kept: there is nothing to agree to yet.
    """
    client = Client(
        first_name=first_name, last_name=last_name, date_of_birth=date_of_birth, mobile=mobile,
        email=email.casefold(), language=language, preferred_name=preferred_name, address=address,
        access_needs=access_needs, desk_note=desk_note, created_at=now, created_by=by, registration_key=key,
    )  # fmt: skip
    client.full_clean(exclude=["search_name", "registration_key"], validate_constraints=False)
    with audit.transaction():
        _insert_once(client)
        audit.record("client.register", by=by, client=client, subject=client, fields=_filled(client))
        asked = set(channels)
        for channel, target in {"email": client.email, "sms": client.mobile}.items():
            if target:
                set_channel(client=client, channel=channel, granted=channel in asked, by=by, now=now)
    return client


def _insert_once(client: Client) -> None:
    """Let the unique key decide between two submits at once; the second waits for the first, then finds it."""
    try:
        with db_transaction.atomic():
            client.save(force_insert=True)
    except IntegrityError:
        earlier = Client.objects.filter(
            registration_key=client.registration_key, registration_key__isnull=False, created_by=client.created_by
        ).first()
        if earlier is None:
            raise
        raise AlreadyRegistered(earlier) from None


def _filled(client: Client) -> list[str]:
    return [name for name in CONTACT_FIELDS if getattr(client, name)]


def update(
    *,
    client: Client,
    changes: Mapping[str, Any],
    by: Actor,
    now: datetime,
    revision: int | None = None,
    channels: Iterable[str] | None = None,
) -> set[str]:
    """Change contact data; returns the names of the fields that really changed.

    `revision` is the one the page was opened with: Stale when the record has moved on since. `channels`, when given,
    are those the client agrees to from now on. Everything named in settings.CLIENT_CHANGED_HOOKS hears of the change
    inside the same transaction.
    """
    wanted = {name: changes[name] for name in CONTACT_FIELDS if name in changes}
    if "email" in wanted:
        wanted["email"] = wanted["email"].casefold()
    with audit.transaction():
        row = Client.objects.select_for_update().get(pk=client.pk)
        if revision is not None and row.revision != revision:
            raise Stale
        changed = {name for name, value in wanted.items() if getattr(row, name) != value}
        if changed:
            _write(row, {name: wanted[name] for name in changed}, by=by, now=now)
        if channels is not None:
            _agree(row, set(channels), by=by, now=now)
    client.refresh_from_db()
    return changed


def _write(row: Client, values: Mapping[str, Any], *, by: Actor, now: datetime) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    row.updated_at, row.updated_by = now, audit.staff(by)
    row.full_clean(exclude=["search_name", "registration_key"], validate_constraints=False)
    row.save(update_fields=[*values, "revision", "updated_at", "updated_by"])
    audit.record("client.update", by=by, client=row, subject=row, fields=values)
    _tell(row, frozenset(values), by=by, now=now)


def _tell(row: Client, changed: frozenset[str], *, by: Actor, now: datetime) -> None:
    for hook in settings.CLIENT_CHANGED_HOOKS:
        import_string(hook)(client=row, changed=changed, by=by, now=now)


def _agree(row: Client, channels: set[str], *, by: Actor, now: datetime) -> None:
    """Write down only what differs from what is in force: an unchanged yes keeps its date."""
    standing = channels_agreed(row)
    for channel, address in {"email": row.email, "sms": row.mobile}.items():
        if (channel in channels) != (channel in standing) and (address or channel in standing):
            set_channel(client=row, channel=channel, granted=channel in channels, by=by, now=now)


def channels_agreed(client: Client) -> set[str]:
    """The channels with a yes in force."""
    kinds = set(Consent.objects.filter(client=client, superseded_at=None, granted=True).values_list("kind", flat=True))
    return {channel for channel, kind in CHANNEL_KINDS.items() if kind in kinds}


def archive(*, client: Client, by: User, now: datetime) -> None:
    """Take a client off the lists. The record stays; messages to them stop, links to forms end. Harmless when done."""
    with audit.transaction():
        row = Client.objects.select_for_update().get(pk=client.pk)
        if row.archived_at is None:
            row.archived_at, row.archived_by = now, by
            row.save(update_fields=["archived_at", "archived_by"])
            audit.record("client.archive", by=by, client=row, subject=row)
            _tell(row, frozenset({"archived_at"}), by=by, now=now)
    client.refresh_from_db()


def restore(*, client: Client, by: User, now: datetime) -> None:
    """Put an archived client back on the lists."""
    with audit.transaction():
        row = Client.objects.select_for_update().get(pk=client.pk)
        if row.archived_at is not None:
            row.archived_at = row.archived_by = None
            row.updated_at, row.updated_by = now, by
            row.save(update_fields=["archived_at", "archived_by", "updated_at", "updated_by"])
            audit.record("client.restore", by=by, client=row, subject=row)
    client.refresh_from_db()


def likely_duplicates(
    *,
    first_name: str = "",
    last_name: str = "",
    date_of_birth: date | None = None,
    mobile: str = "",
    email: str = "",
    leave_out: Client | None = None,
    at_most: int = 5,
) -> Sequence[Client]:
    """Clients who may be the same person as the one being written down. Log them with `access.log_seen` when shown."""
    clients = Client.objects.exclude(pk=leave_out.pk) if leave_out else Client.objects.all()
    return list(
        search.alike(
            clients,
            first_name=first_name,
            last_name=last_name,
            date_of_birth=date_of_birth,
            mobile=mobile,
            email=email,
        )[:at_most]
    )


# --- consents ---------------------------------------------------------------------------------------------------------


def set_consent(
    *,
    client: Client,
    kind: str,
    granted: bool,
    by: Actor,
    now: datetime,
    source: str,
    wording: str = "",
    wording_version: str = "",
    signed_name: str = "",
    detail: Sequence[str] = (),
    source_id: uuid.UUID | None = None,
) -> Consent:
    """Write down a yes or no. The row before it is superseded and never changed; a repeat of the same adds nothing."""
    with audit.transaction():
        # Held until the end: two answers at once follow one another.
        list(Client.objects.select_for_update().filter(pk=client.pk).values_list("pk"))
        before = Consent.objects.filter(client=client, kind=kind, superseded_at=None).first()
        facts = {
            "granted": granted, "wording_version": wording_version, "source": source, "source_id": source_id,
            "detail": list(detail), "signed_name": signed_name,
        }  # fmt: skip
        if before is not None:
            if all(getattr(before, name) == value for name, value in facts.items()):
                return before
            before.superseded_at = now
            before.save(update_fields=["superseded_at"])
        consent = Consent.objects.create(
            client=client, kind=kind, wording=wording, given_at=now, given_by=audit.staff(by), **facts
        )
        verb = "give" if granted else "decline"
        audit.record(f"consent.{verb}", by=by, client=client, subject=consent, fields=[kind])
    return consent


def set_channel(
    *, client: Client, channel: str, granted: bool, by: Actor, now: datetime, source: str = Consent.Source.DESK
) -> Consent:
    """A yes or no to messages by "email" or "sms"."""
    return set_consent(
        client=client,
        kind=CHANNEL_KINDS[channel],
        granted=granted,
        by=by,
        now=now,
        source=source,
        wording=gettext(CHANNEL_WORDING[channel]),  # as the page says it
        wording_version=CHANNEL_WORDING_VERSION,
    )


def consents_in_force(client: Client) -> dict[str, Consent]:
    """Kind -> the row that counts now."""
    return {
        row.kind: row for row in Consent.objects.filter(client=client, superseded_at=None).select_related("given_by")
    }


@dataclass(frozen=True)
class Signing:
    """Consents given at one moment, on one wording, under one name."""

    first: Consent
    consents: tuple[Consent, ...]


def signings(consents: Iterable[Consent]) -> list[Signing]:
    """The consents that are not about a channel, grouped as they were given, newest first."""
    rows = [row for row in consents if row.kind not in CHANNEL_KINDS.values()]
    together: dict[tuple[object, ...], list[Consent]] = {}
    for row in sorted(rows, key=lambda row: row.given_at, reverse=True):
        moment = (row.given_at, row.source, row.source_id, row.wording_version, row.signed_name)
        together.setdefault(moment, []).append(row)
    return [Signing(group[0], tuple(group)) for group in together.values()]


def may_message(client: Client, channel: str) -> bool:
    """May the clinic write by "email" or "sms": agreed, with an address, not archived. Ask again when sending."""
    address = {"email": client.email, "sms": client.mobile}.get(channel, "")
    return bool(
        address
        and client.archived_at is None
        and Consent.objects.filter(
            client=client, kind=CHANNEL_KINDS[channel], superseded_at=None, granted=True
        ).exists()
    )


# --- people round a client --------------------------------------------------------------------------------------------


def add_related(*, client: Client, by: Actor, now: datetime, **facts: Any) -> RelatedPerson:
    """A guardian, emergency contact or physician. The same person twice is there once."""
    with audit.transaction():
        list(Client.objects.select_for_update().filter(pk=client.pk).values_list("pk"))
        known = RelatedPerson.objects.filter(client=client, removed_at=None, **_related(facts)).first()
        if known is not None:
            return known
        person = RelatedPerson(client=client, created_at=now, created_by=audit.staff(by), **_related(facts))
        person.full_clean()
        person.save()
        audit.record("related_person.add", by=by, client=client, subject=person, fields=[person.kind])
    return person


def update_related(*, person: RelatedPerson, by: Actor, now: datetime, **facts: Any) -> set[str]:
    """Change a related person; returns the names of the fields that changed."""
    with audit.transaction():
        changed = {name for name, value in _related(facts).items() if getattr(person, name) != value}
        if changed:
            for name in changed:
                setattr(person, name, facts[name])
            person.full_clean()
            person.save(update_fields=changed)
            audit.record("related_person.update", by=by, client=person.client, subject=person, fields=changed)
    return changed


def remove_related(*, person: RelatedPerson, by: User, now: datetime) -> None:
    """Take a related person off the record's page. The row stays: it says who it was."""
    with audit.transaction():
        if person.removed_at is None:
            person.removed_at, person.removed_by = now, by
            person.save(update_fields=["removed_at", "removed_by"])
            audit.record("related_person.remove", by=by, client=person.client, subject=person, fields=[person.kind])


def _related(facts: dict[str, Any]) -> dict[str, Any]:
    allowed = ("kind", "name", "phone", "email", "relation", "may_be_contacted")
    return {name: facts[name] for name in allowed if name in facts}
