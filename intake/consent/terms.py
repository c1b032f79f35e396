"""What clients are asked to agree to: the wording that is signed now, whether they must, how often, and what is due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from clinic import audit, request_context
from clinic.models import ClinicSettings, Consent, User
from intake import identity
from intake.engine.specs import Questionnaire, parse
from intake.models import AgreementTerms
from intake.questionnaires import SHIPPED

Kind, Requirement, Frequency = Consent.Kind, AgreementTerms.Requirement, AgreementTerms.Frequency
YEAR = timedelta(days=365)

#: As shipped, until the owner publishes others. Treatment is asked again each year, as the whole history is (CMMOTA).
DEFAULTS: dict[str, tuple[str, str]] = {
    Kind.SCOPE: (Requirement.MUST, Frequency.ONCE),
    Kind.TREATMENT: (Requirement.MUST, Frequency.YEARLY),
    Kind.DRAPING: (Requirement.MUST, Frequency.ONCE),
    Kind.AREAS: (Requirement.MAY, Frequency.ONCE),
    Kind.PRIVACY_NOTICE: (Requirement.MUST, Frequency.ONCE),
    Kind.CANCELLATION: (Requirement.MAY, Frequency.ONCE),
    Kind.ACCURACY: (Requirement.MUST, Frequency.ONCE),
    Kind.CONTACT_DOCTOR: (Requirement.MAY, Frequency.ONCE),
    Kind.TODAY: (Requirement.MUST, Frequency.SESSION),
}
#: kind -> where the forms ask for it
ASKED_BY: dict[str, str] = {kind: link for link, kind in identity.CONSENTS.items()} | {
    str(Kind.AREAS): identity.CONSENT_AREAS
}


class NotAsked(LookupError):
    """Nobody is asked to agree to this."""


class Overtaken(Exception):
    """Somebody else has published a newer wording since this page was opened."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked now of one kind. `number` is 0 for the words as shipped."""

    kind: str
    requirement: str
    frequency: str
    number: int = 0
    again_since: int = 0
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def must(self) -> bool:
        return self.requirement == Requirement.MUST

    @property
    def version(self) -> str:
        """Names the wording on a signed consent; empty as long as the questionnaire's own words are asked."""
        return f"{self.kind}|{self.number}" if self.number else ""

    def text(self, language: str) -> str:
        """The words to sign, in English for a language there is none of."""
        own = dict(self.texts)
        short = language.split("-")[0]
        return own.get(short) or own.get("en") or shipped_words(self.kind, short)


def group_of(kind: str) -> str:
    """All sensitive areas share one wording."""
    return str(Kind.AREAS) if kind.startswith(Consent.AREA) else kind


def current() -> Mapping[str, Terms]:
    """Kind -> what is asked now. A request reads it once."""
    memo = request_context.memo()
    if memo is not None and "agreement_terms" in memo:
        kept: Mapping[str, Terms] = memo["agreement_terms"]
        return kept
    found = {str(kind): Terms(str(kind), *rule) for kind, rule in DEFAULTS.items()}
    for row in AgreementTerms.objects.order_by("kind", "number"):
        again = row.number if row.sign_again else found[row.kind].again_since
        texts = (("en", row.text_en), ("es", row.text_es))
        found[row.kind] = Terms(row.kind, row.requirement, row.frequency, row.number, again, texts)
    if memo is not None:
        memo["agreement_terms"] = found
    return found


@cache
def _forms() -> tuple[Questionnaire, ...]:
    return tuple(parse(json.loads(path.read_text(encoding="utf-8"))) for path in SHIPPED.values())


@cache
def shipped_words(kind: str, language: str) -> str:
    """The questionnaire's own words for a kind."""
    link_id = ASKED_BY.get(kind, "")
    for form in _forms():
        spoken = form.in_language(language)
        if link_id in spoken.index:
            return spoken.index[link_id].text
    return str(Kind(kind).label)


@cache
def area_words(kind: str, language: str) -> str:
    """The form's own words for one sensitive area."""
    for form in _forms():
        item = form.in_language(language).index.get(identity.CONSENT_AREAS)
        if item is not None:
            return item.label_of(kind.removeprefix(Consent.AREA))
    return str(Kind(kind).label)


def number_of(kind: str, wording_version: str) -> int:
    """Which of the owner's wordings was signed; 0 for the words as shipped."""
    name, _, number = wording_version.rpartition("|")
    return int(number) if name == group_of(kind) and number.isdigit() else 0


def why_due(kind: str, *, given: date, wording_version: str, today: date, clinic: ClinicSettings) -> str:
    """Why a yes does not count any more and is asked again; empty while it counts. Words for staff.

    Asked on every page that shows where a client stands: what it needs is kept on the settings row, which is read
    anyway.
    """
    group = group_of(kind)
    kept = clinic.agreements_asked.get(group, {})
    frequency = kept.get("frequency") or DEFAULTS.get(group, ("", Frequency.ONCE))[1]
    if number_of(kind, wording_version) < kept.get("again_since", 0):
        return "The wording has changed"
    if frequency == Frequency.YEARLY and today - given > YEAR:
        return "Given more than a year ago"
    if frequency == Frequency.SESSION and given != today:
        return "Asked at each session"
    return ""


def publish(
    *,
    kind: str,
    requirement: str,
    frequency: str,
    text_en: str,
    text_es: str,
    change_note: str,
    seen: int,
    by: User,
    now: datetime,
    sign_again: bool = False,
) -> AgreementTerms:
    """A new wording, asked from now on; `seen` is the number the page showed. Overtaken when somebody was faster."""
    if kind not in DEFAULTS:
        raise NotAsked(kind)
    with audit.transaction():
        ClinicSettings.load()
        clinic = ClinicSettings.objects.select_for_update().get(id=1)  # held: two owners follow one another
        last = AgreementTerms.objects.filter(kind=kind).order_by("-number").values_list("number", flat=True).first()
        if (last or 0) != seen:
            raise Overtaken
        facts: dict[str, Any] = {
            "requirement": requirement, "frequency": frequency, "text_en": text_en.strip(), "text_es": text_es.strip(),
            "sign_again": sign_again, "change_note": change_note.strip(),
        }  # fmt: skip
        row = AgreementTerms(kind=kind, number=seen + 1, published_at=now, published_by=by, **facts)
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save(force_insert=True)
        again = row.number if sign_again else current()[kind].again_since
        clinic.agreements_asked = clinic.agreements_asked | {kind: {"frequency": frequency, "again_since": again}}
        clinic.save(update_fields=["agreements_asked"])
        audit.record("agreement.publish", by=by, subject=row, fields=[kind], reason=row.change_note)
    if (memo := request_context.memo()) is not None:
        memo.pop("agreement_terms", None)
    return row
