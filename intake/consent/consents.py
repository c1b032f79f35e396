"""Agreements given and taken back outside the form: by the client on their own page, or said to somebody of the staff.

What follows is said, and done in the same transaction: the screening runs again, so that treatment without a yes is
flagged by the clinic's own rule until it is given again or a named person has written why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext, gettext_lazy

from clinic import audit
from clinic.clients import CHANNEL_WORDING, set_channel, set_consent
from clinic.models import AuditEvent, Client, ClinicSettings, Consent, User
from clinic.permissions import Permission
from intake.consent import agreements, terms
from intake.consent.terms import Terms
from intake.identity import CONSENTS
from intake.safety import rescreening

Kind, Source = Consent.Kind, Consent.Source
CHANNELS = {Kind.EMAIL: "email", Kind.SMS: "sms"}
#: Kinds a person can say yes or no to outside the form, in this order.
OFFERED: tuple[str, ...] = (
    Kind.TREATMENT, Kind.SCOPE, Kind.DRAPING, Kind.PRIVACY_NOTICE, Kind.CONTACT_DOCTOR, Kind.CANCELLATION,
    Kind.EMAIL, Kind.SMS,
)  # fmt: skip
AREA_KINDS: tuple[str, ...] = tuple(kind for kind in Kind.values if kind.startswith(Consent.AREA))

#: What a no means, told before it is said. Clients read it too.
FOLLOWS: dict[str, Any] = {
    Kind.TREATMENT: gettext_lazy("We do not treat until you agree again."),
    Kind.SCOPE: gettext_lazy("We talk about it with you before we treat again."),
    Kind.DRAPING: gettext_lazy("We talk about it with you before we treat again."),
    Kind.PRIVACY_NOTICE: gettext_lazy("We talk about it with you before we treat again. What is kept by law stays."),
    Kind.CONTACT_DOCTOR: gettext_lazy("We do not contact your doctor."),
    Kind.CANCELLATION: gettext_lazy("Your therapist talks about it with you."),
    Kind.EMAIL: gettext_lazy("We send you no more e-mails."),
    Kind.SMS: gettext_lazy("We send you no more text messages."),
    Kind.GUARDIAN: gettext_lazy("No session takes place before it is given again."),
}
AREA_FOLLOWS = gettext_lazy("Your therapist leaves this area out.")


class MayNotSay(PermissionError):
    """This cannot be recorded by this person; the message says why."""


def follows(kind: str) -> str:
    """What a no to this kind leads to."""
    return str(AREA_FOLLOWS if kind.startswith(Consent.AREA) else FOLLOWS.get(kind, ""))


def short_of(kind: str, language: str) -> str:
    """What a kind is about in the words a client reads: the wording alone, or the name of the area."""
    if kind in CHANNELS:
        return gettext(CHANNEL_WORDING[CHANNELS[Kind(kind)]])
    if kind.startswith(Consent.AREA):
        return terms.area_words(kind, language.split("-")[0])
    known = terms.current().get(kind)
    return known.text(language) if known is not None else str(Kind(kind).label)


def words_of(kind: str, language: str) -> str:
    """What is signed for a kind: the wording in force, with the policy it points to or the area it names."""
    if kind in CHANNELS:
        return gettext(CHANNEL_WORDING[CHANNELS[Kind(kind)]])
    link_id = terms.ASKED_BY.get(kind, "")
    text = terms.current()[terms.group_of(kind)].text(language) if terms.group_of(kind) in terms.DEFAULTS else ""
    if kind.startswith(Consent.AREA):
        return f"{text} {terms.area_words(kind, language.split('-')[0])}"
    return agreements.with_policy(link_id, text) or str(Kind(kind).label)


def say(
    *,
    client: Client,
    kind: str,
    granted: bool,
    by: audit.Actor,
    now: datetime,
    source: str,
    signed_name: str = "",
    reason: str = "",
    source_id: UUID | None = None,
) -> Consent:
    """Write down a yes or a no in the wording in force, and what follows from it. The same again changes nothing."""
    _check(kind, by)
    language = client.language
    with audit.transaction():
        before = Consent.objects.filter(client=client, kind=kind, superseded_at=None).first()
        if before is not None and before.granted == granted and not _is_due(before, now):
            return before
        if kind in CHANNELS:
            row = set_channel(
                client=client, channel=CHANNELS[Kind(kind)], granted=granted, by=by, now=now, source=source
            )
        else:
            asked = terms.current().get(terms.group_of(kind), Terms(kind, "may", "once"))
            row = set_consent(
                client=client, kind=kind, granted=granted, by=by, now=now, source=source, source_id=source_id,
                wording=words_of(kind, language), wording_version=asked.version or "as shipped",
                signed_name=signed_name.strip()[:120],
            )  # fmt: skip
        if reason:
            audit.record("consent.reason", by=by, client=client, subject=row, fields=[kind], reason=reason)
        if kind in CONSENTS.values():
            rescreening.again(client=client, by=by, now=now)
    return row


def _check(kind: str, by: audit.Actor) -> None:
    if kind not in (*OFFERED, *AREA_KINDS, Kind.GUARDIAN, Kind.TODAY):
        raise MayNotSay("This is not asked here.")
    if isinstance(by, User):
        need = Permission.CLINICAL_WRITE if kind.startswith(Consent.AREA) else Permission.CONTACT_WRITE
        if not by.can(need):
            raise MayNotSay("Only therapists record a word about an area of the body.")


def _is_due(row: Consent, now: datetime) -> bool:
    clinic = ClinicSettings.load()
    zone = clinic.zone
    return bool(
        row.granted
        and terms.why_due(
            row.kind,
            given=row.given_at.astimezone(zone).date(),
            wording_version=row.wording_version,
            today=now.astimezone(zone).date(),
            clinic=clinic,
        )
    )


# --- to read ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One agreement of a client as a page shows it."""

    kind: str
    label: str
    words: str
    short: str
    reading: str
    follows: str
    row: Consent | None
    due: str
    must: bool
    history: tuple[tuple[Consent, AuditEvent | None], ...] = ()

    @property
    def counts(self) -> bool:
        """A yes that counts today."""
        return self.row is not None and self.row.granted and not self.due


def lines_of(client: Client, kinds: Iterable[str], *, now: datetime, language: str) -> list[Line]:
    """The agreements of a client, those never asked among them, each with its history and from where it came."""
    by_kind: dict[str, list[Consent]] = {}
    for row in Consent.objects.filter(client=client, kind__in=[*kinds]).select_related("given_by"):
        by_kind.setdefault(row.kind, []).append(row)
    clinic, in_force = ClinicSettings.load(), terms.current()
    zone = clinic.zone
    today, origins = now.astimezone(zone).date(), _origins(row for rows in by_kind.values() for row in rows)
    found = []
    for kind in kinds:
        rows = by_kind.get(kind, [])
        standing = next((one for one in rows if one.superseded_at is None), None)
        due = ""
        if standing is not None and standing.granted:
            given, version = standing.given_at.astimezone(zone).date(), standing.wording_version
            due = terms.why_due(kind, given=given, wording_version=version, today=today, clinic=clinic)
        asked = in_force.get(terms.group_of(kind))
        found.append(
            Line(
                kind=kind,
                label=str(Kind(kind).label),
                words=words_of(kind, language),
                short=short_of(kind, language),
                reading=agreements.policy_of(terms.ASKED_BY.get(kind, "")),
                follows=follows(kind),
                row=standing,
                due=due,
                must=asked is not None and asked.must,
                history=tuple((one, origins.get(str(one.public_id))) for one in rows),
            )
        )
    return found


def _origins(rows: Iterable[Consent]) -> Mapping[str, AuditEvent]:
    """From where each was given: the audit's row for it, by public id."""
    ids = [str(row.public_id) for row in rows]
    events = AuditEvent.objects.filter(
        subject_type=Consent._meta.label, subject_id__in=ids, action__in=["consent.give", "consent.decline"]
    )
    return {event.subject_id: event for event in events}


def counts() -> dict[str, dict[str, int]]:
    """Kind -> wording version -> how many clients have a yes in force to it."""
    found: dict[str, dict[str, int]] = {}
    rows = Consent.objects.filter(granted=True, superseded_at=None).order_by().values_list("kind", "wording_version")
    for kind, version, number in rows.annotate(Count("client", distinct=True)):
        group = found.setdefault(terms.group_of(kind), {})
        group[version] = max(group.get(version, 0), number)
    return found
