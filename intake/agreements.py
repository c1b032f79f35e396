"""What the client agreed to in the form, kept with the wording's version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext

from clinic import audit, policies
from clinic.clients import set_consent
from clinic.models import ClinicSettings, Consent
from intake import identity
from intake.answers import in_words
from intake.models import Response
from intake.questionnaires import spec_of

_SOURCE = Consent.Source.INTAKE


def policy_of(link_id: str) -> str:
    """The clinic's own text that an agreement is about, as the page shows it; empty when it stands for itself."""
    clinic = ClinicSettings.load()
    words = {identity.PRIVACY: clinic.privacy_notice, identity.CANCELLATION: clinic.cancellation_policy}.get(link_id)
    return gettext(words) if words else ""


def with_policy(link_id: str, question: str) -> str:
    """The words agreed to, with the policy they point to as it stands today and the name of that wording."""
    policy = policy_of(link_id)
    return f"{question}\n\n[{policies.version_of(policy)}]\n{policy}" if policy else question


def record(*, response: Response, answers: Mapping[str, Any], by: audit.Actor, now: datetime) -> None:
    """Every yes and no of the form as a consent row: exact words, version, signature, when, from where."""
    spec = spec_of(response.version).in_language(get_language() or "")  # the words the client has read
    common: dict[str, Any] = {
        "client": response.client,
        "by": by,
        "now": now,
        "source": _SOURCE,
        "source_id": response.public_id,
        "wording_version": f"{spec.name or spec.title}|{spec.version}"[:40],
        "signed_name": str(answers.get(identity.SIGNATURE, "")),
    }
    for link_id, kind in identity.CONSENTS.items():
        if isinstance(answers.get(link_id), bool):
            words = with_policy(link_id, spec.index[link_id].text)
            set_consent(kind=kind, granted=answers[link_id], wording=words, **common)
    areas = answers.get(identity.CONSENT_AREAS)
    if isinstance(areas, list):
        agreed = [code for code in areas if code != "none"]
        item = spec.index[identity.CONSENT_AREAS]
        wording = f"{item.text} {in_words(item, areas)}"
        set_consent(kind=Consent.Kind.AREAS, granted=bool(agreed), wording=wording, detail=agreed, **common)
    channels = answers.get(identity.MESSAGES)
    if isinstance(channels, list):
        wording = spec.index[identity.MESSAGES].text
        for kind in (Consent.Kind.EMAIL, Consent.Kind.SMS):
            set_consent(kind=kind, granted=str(kind) in channels, wording=wording, **common)
