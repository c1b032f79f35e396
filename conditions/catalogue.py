"""What the clinic asks of its catalogue, and the one way to change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import get_language, gettext

from conditions import normal
from conditions.models import Condition, Revision
from conditions.plans import PlanTemplate, templates

# What edit() may touch: named one by one, so that a new column is closed until someone opens it
EDITABLE = (
    "name", "short", "order", "published", "synonyms", "icd10cm", "icd10_who", "snomed_code", "snomed_display",
    "snomed_status", "coding_hint", "client_what", "client_help", "client_claim", "client_check", "client_studies",
    "client_before", "seed_cause", "seed_claim", "clinical_note", "regions", "muscles", "techniques", "positioning",
    "precautions", "red_flags", "evidence_grade", "evidence_text", "evidence_dose", "evidence_client_text",
    "evidence_sources", "plan", "plan_variants", "self_care", "aftercare", "aftercare_tip", "outcome_primary",
    "outcomes_secondary", "questionnaire_groups", "therapist_signoff", "physician_signoff",
)  # fmt: skip

# Changing these does not make signed-off words unsigned
NOT_CLINICAL = frozenset({"order", "published", "therapist_signoff", "physician_signoff"})


class CatalogueError(Exception):
    """A change to the catalogue that was refused."""


class StaleEdit(CatalogueError):
    """Someone else changed the condition after this editor opened it."""


class UnknownField(CatalogueError):
    """A field that is not open to editing."""


class Person(Protocol):
    """Whoever makes a change: a user of the clinic, or the loader."""

    @property
    def name(self) -> str: ...

    @property
    def public_id(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """One condition found, and the words that matched."""

    condition: Condition
    matched: str
    rank: int


def published() -> QuerySet[Condition]:
    """What clients may read."""
    return Condition.objects.filter(published=True)


def search(text: str, *, among: QuerySet[Condition] | None = None) -> list[Hit]:
    """Conditions by name, by what clients call them, or by ICD-10 code; the best match first.

    A code finds its own group and everything under it; a code finer than ours finds the group above.
    """
    pool = Condition.objects.all() if among is None else among
    asked = normal.words(text)
    if not asked:
        return [Hit(condition, "", 0) for condition in pool]
    by_words = Q()
    for word in asked.split():
        by_words &= Q(search_words__contains=word)
    by_code = Q()
    if normal.looks_like_code(text):
        code = normal.code(text)
        by_code = Q(search_codes__contains=f" {code}")
        for length in range(normal.SHORTEST_CODE, len(code)):
            by_code |= Q(search_codes__contains=f" {code[:length]} ")
    found = pool.filter(by_words | by_code) if by_code else pool.filter(by_words)
    hits = [(_code_hit(each, text) if by_code else None) or _words_hit(each, asked) for each in found]
    if get_language() != "en":
        hits += _translated_hits(pool, asked, {hit.condition.pk for hit in hits})
    return sorted(hits, key=lambda hit: (hit.rank, hit.condition.order, hit.condition.name))


def _translated_hits(pool: QuerySet[Condition], asked: str, known: set[int]) -> list[Hit]:
    """Conditions by what they are called in the language of the page; the columns to search hold English."""
    hits = []
    for condition in pool:
        if condition.pk not in known:
            phrases = [gettext(words) for words in (condition.name, condition.short, *condition.synonyms)]
            said = [f" {normal.words(phrase)}" for phrase in phrases]
            if all(any(f" {word}" in one for one in said) for word in asked.split()):
                matched = next((words for words, one in zip(phrases, said, strict=True) if f" {asked}" in one), "")
                hits.append(Hit(condition, "" if matched in phrases[:2] else matched, 3))
    return hits


def _code_hit(condition: Condition, text: str) -> Hit | None:
    """How a code matches: exactly, as the group of finer codes, or under one of our groups."""
    code = normal.code(text)
    rows = [(normal.code(row["code"]), row) for row in [*condition.icd10cm, *condition.icd10_who]]
    best: tuple[int, str] | None = None
    for ours, row in rows:
        rank = 0 if ours == code else 1 if ours.startswith(code) else 5 if code.startswith(ours) else None
        if rank is not None and (best is None or rank < best[0]):
            best = (rank, f"{row['code']} {row['display']}")
    return Hit(condition, best[1], best[0]) if best else None


def _words_hit(condition: Condition, asked: str) -> Hit:
    """How words match: the name, a client's word for it, then parts of either."""
    name = normal.words(condition.name)
    if name == asked:
        return Hit(condition, "", 0)
    phrases = [(normal.words(phrase), phrase) for phrase in condition.synonyms]
    if exact := next((phrase for plain, phrase in phrases if plain == asked), ""):
        return Hit(condition, exact, 1)
    if f" {asked}" in f" {name}":
        return Hit(condition, "", 2)
    if begun := next((phrase for plain, phrase in phrases if f" {asked}" in f" {plain}"), ""):
        return Hit(condition, begun, 3)
    if part := next((phrase for plain, phrase in phrases if asked in plain), ""):
        return Hit(condition, part, 4)
    return Hit(condition, "", 6)


def plan_templates(condition: Condition) -> tuple[PlanTemplate, ...]:
    """The plans this condition offers, the usual one first."""
    return templates(condition)


@transaction.atomic
def edit(
    condition: Condition,
    *,
    by: Person,
    now: datetime,
    changes: Mapping[str, Any],
    seen_version: int | None = None,
    note: str = "",
) -> Revision | None:
    """Changes named fields and keeps was and now in a revision; None when nothing differs.

    `seen_version` is the version the editor was looking at: a later one refuses the edit instead of losing it.
    """
    if closed := sorted(set(changes) - set(EDITABLE)):
        raise UnknownField(f"Not open to editing: {', '.join(closed)}.")
    fresh = Condition.objects.select_for_update().get(pk=condition.pk)
    if seen_version is not None and fresh.version != seen_version:
        raise StaleEdit("Someone changed this condition while you were editing it. Nothing of theirs was overwritten.")
    wanted = dict(changes)
    differing = {field for field, value in wanted.items() if getattr(fresh, field) != value}
    if differing - NOT_CLINICAL:
        # Whoever signed the old words did not sign these
        for field in ("therapist_signoff", "physician_signoff"):
            if field not in differing:
                wanted[field] = ""
    revision = apply(fresh, wanted, by=by, now=now, note=note)
    condition.refresh_from_db()
    return revision


def apply(condition: Condition, wanted: Mapping[str, Any], *, by: Person, now: datetime, note: str) -> Revision | None:
    """Writes what differs, with its revision and a new version. The caller holds the transaction."""
    diff = [
        {"field": field, "was": getattr(condition, field), "now": value}
        for field, value in wanted.items()
        if getattr(condition, field) != value
    ]
    if not diff:
        return None
    for row in diff:
        setattr(condition, row["field"], row["now"])
    # The condition on the version makes a racing editor fail even where rows cannot be locked (SQLite)
    moved = Condition.objects.filter(pk=condition.pk, version=condition.version).update(version=F("version") + 1)
    if not moved:
        raise StaleEdit("Someone changed this condition at the same moment. Please look at it again.")
    condition.version += 1
    condition.save(update_fields=[row["field"] for row in diff])
    return Revision.objects.create(
        condition=condition,
        version=condition.version,
        changes=diff,
        note=note,
        made_at=now,
        made_by=by.name,
        made_by_ref=str(by.public_id or ""),
    )
