"""The owner's rules for what is sent: silence, alarm, how long an address is kept, what happens to unclear ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from clinic import audit, clinic_settings, outbox
from clinic.message_words import CLINICAL, PLAIN
from clinic.models import ClinicSettings, UnknownPolicy, User

#: Kinds with a rule of their own, by what they are called.
KINDS = dict(sorted((PLAIN | CLINICAL).items()))
SETTINGS = ("quiet_from", "quiet_until", "alarm_after", "keep_messages")


def now_in_force() -> dict[str, Any]:
    """Everything the owner may set here, as it stands."""
    row = ClinicSettings.load()
    values = {name: getattr(row, name) for name in SETTINGS}
    return values | {"keep_messages": days_kept(row)}


def days_kept(row: ClinicSettings) -> int:
    """How long a message that has ended keeps its address: the owner's word, or the machine's setting."""
    return row.keep_messages or settings.MESSAGES_KEPT_DAYS


def policies() -> dict[str, str]:
    """What happens to an unclear message of each kind; one query."""
    known = dict(UnknownPolicy.objects.values_list("kind", "when_unknown"))
    return {kind: known.get(kind, UnknownPolicy.WhenUnknown.PARK) for kind in KINDS}


def change(*, values: Mapping[str, Any], policies: Mapping[str, str], by: User, now: datetime) -> list[str]:
    """Change the rules together; returns what changed, in words, as it stands in the trail."""
    with audit.transaction():
        before = now_in_force()
        wanted = {name: values[name] for name in SETTINGS if name in values and values[name] != before[name]}
        clinic_settings.change(changes=wanted, by=by, now=now)
        said = [f"{name}: {before[name]} → {value}" for name, value in sorted(wanted.items())]
        if said:
            audit.record("outbox.rules", by=by, subject=ClinicSettings.load(), fields=wanted, reason="; ".join(said))
        for kind, policy in sorted(policies.items()):
            if kind in KINDS and outbox.set_policy(kind, policy, by=by, now=now):
                said.append(f"{kind}: {policy}")
    return said
