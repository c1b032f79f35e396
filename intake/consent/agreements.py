"""What the client agreed to in the form: asked in the wording in force, kept word for word with its version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from clinic import audit, policies
from clinic.clients import set_consent
from clinic.models import ClinicSettings, Consent
from intake import identity
from intake.consent import terms
from intake.consent.terms import Requirement
from intake.engine.answers import in_words
from intake.engine.specs import Item, Questionnaire
from intake.engine.wording import reworded
from intake.models import QuestionnaireVersion, Response
from intake.questionnaires import spec_of

_SOURCE = Consent.Source.INTAKE
_KINDS = {link_id: kind for kind, link_id in terms.ASKED_BY.items()}


def asked(version: QuestionnaireVersion) -> Questionnaire:
    """The questions of a version as its reader meets them: in their language, agreements in the wording in force."""
    language = get_language() or ""
    in_force = terms.current()
    words = {
        link_id: (in_force[kind].text(language), in_force[kind].requirement != Requirement.OPTIONAL)
        for link_id, kind in _KINDS.items()
        if in_force[kind].number
    }
    return reworded(spec_of(version).in_language(language), words)


def as_signed(response: Response, spec: Questionnaire) -> Questionnaire:
    """The questions of a sent form with its agreements in the words that were signed with it, whatever came after."""
    rows = Consent.objects.filter(client=response.client_id, source_id=response.public_id, kind__in=_KINDS.values())
    words = {
        terms.ASKED_BY[row.kind]: (row.wording.partition("\n\n[")[0], True)
        for row in rows.only("kind", "wording", "wording_version")
        if terms.number_of(row.kind, row.wording_version)
    }
    return reworded(spec, words)


def concerns(group: Item) -> bool:
    """Whether this screen asks for any agreement."""
    return any(item.link_id in _KINDS for item in group.walk())


def asks_must(group: Item) -> bool:
    """Whether this screen asks for an agreement that must be accepted: its reader may still say no."""
    return concerns(group) and any(is_must(item.link_id) for item in group.walk())


def mark() -> str:
    """A short mark of every wording in force: a page that was opened before one changed is noticed by it."""
    clinic = ClinicSettings.load()
    texts = [f"{one.kind}|{one.number}" for one in terms.current().values()]
    return policies.version_of("\n".join([*texts, *map(clinic.in_language, ("privacy_notice", "cancellation_policy"))]))


def is_must(link_id: str) -> bool:
    """An agreement without which the clinic does not treat. A client may still say no to it, and send the form."""
    kind = _KINDS.get(link_id)
    return kind is not None and terms.current()[kind].must


def declined(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> list[str]:
    """The agreements of this form that must be accepted and are answered no, in their own words."""
    found = [link_id for link_id in _KINDS if answers.get(link_id) is False and is_must(link_id)]
    return [questionnaire.index[link_id].text for link_id in found if link_id in questionnaire.index]


def policy_of(link_id: str) -> str:
    """The clinic's own text that an agreement is about, as the page shows it; empty when it stands for itself."""
    clinic = ClinicSettings.load()
    name = {identity.PRIVACY: "privacy_notice", identity.CANCELLATION: "cancellation_policy"}.get(link_id)
    return clinic.in_language(name) if name else ""


def with_policy(link_id: str, question: str) -> str:
    """The words agreed to, with the policy they point to as it stands today and the name of that wording."""
    policy = policy_of(link_id)
    return f"{question}\n\n[{policies.version_of(policy)}]\n{policy}" if policy else question


def record(*, response: Response, answers: Mapping[str, Any], by: audit.Actor, now: datetime) -> None:
    """Every yes and no of the form as a consent row: exact words, version, signature, when, from where."""
    spec = asked(response.version)  # the words the client has read
    in_force = terms.current()
    common: dict[str, Any] = {
        "client": response.client,
        "by": by,
        "now": now,
        "source": _SOURCE,
        "source_id": response.public_id,
        "signed_name": str(answers.get(identity.SIGNATURE, "")),
    }
    shipped = f"{spec.name or spec.title}|{spec.version}"[:40]
    for link_id, kind in identity.CONSENTS.items():
        if isinstance(answers.get(link_id), bool):
            words = with_policy(link_id, spec.index[link_id].text)
            version = in_force[kind].version or shipped
            set_consent(kind=kind, granted=answers[link_id], wording=words, wording_version=version, **common)
    if isinstance(areas := answers.get(identity.CONSENT_AREAS), list):
        item = spec.index[identity.CONSENT_AREAS]
        version = in_force[Consent.Kind.AREAS].version or shipped
        for code in (option.code for option in item.options if Consent.AREA + option.code in Consent.Kind):
            words = f"{item.text} {in_words(item, code)}"
            kind = Consent.AREA + code
            set_consent(kind=kind, granted=code in areas, wording=words, wording_version=version, **common)
    channels = answers.get(identity.MESSAGES)
    if isinstance(channels, list):
        wording = spec.index[identity.MESSAGES].text
        for kind in (Consent.Kind.EMAIL, Consent.Kind.SMS):
            set_consent(kind=kind, granted=str(kind) in channels, wording=wording, wording_version=shipped, **common)
