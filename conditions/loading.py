"""Loads the shipped catalogue into the database, and never over the clinic's own words.

Each condition keeps the shipped document it was last loaded from. A field that still says what that document said is
the shipped one and follows a new document; a field that says something else is the clinic's own and stays.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from conditions import catalogue
from conditions.documents import document
from conditions.models import Condition, Revision


@dataclass(frozen=True, slots=True)
class Loader:
    """Who a load is written down as."""

    name: str = "Shipped catalogue"
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs between the database and the new document."""

    field: str
    was: Any
    now: Any


@dataclass(slots=True)
class Outcome:
    """What a load did, or would do, to one condition."""

    slug: str
    created: bool = False
    updated: list[FieldChange] = field(default_factory=list)
    kept: list[FieldChange] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Did anything happen that someone should look at?"""
        return bool(self.created or self.updated or self.kept)

    def lines(self) -> Iterator[str]:
        """The outcome as plain text, was above now."""
        if self.created:
            yield f"{self.slug}: new"
        for change in self.updated:
            yield f"{self.slug}.{change.field}: updated"
            yield from _was_now(change.was, change.now)
        for change in self.kept:
            yield f"{self.slug}.{change.field}: the clinic's own words stay"
            yield from _was_now(change.now, change.was, was_name="shipped", now_name="clinic ")


def shipped() -> list[dict[str, Any]]:
    """The nine conditions of the shipped documents, as the columns of Condition."""
    client_words = document("client_words")["conditions"]
    return [_columns(row, client_words[row["slug"]]) for row in document("conditions")["conditions"]]


@transaction.atomic
def load(*, now: datetime, documents: list[dict[str, Any]] | None = None, dry_run: bool = False) -> list[Outcome]:
    """Brings every shipped condition in; the second time in a row nothing changes."""
    present = {each.slug: each for each in Condition.objects.select_for_update()}
    outcomes = []
    for columns in documents if documents is not None else shipped():
        condition = present.get(columns["slug"])
        if condition is None:
            outcomes.append(Outcome(columns["slug"], created=True))
            if not dry_run:
                _create(columns, now=now)
        else:
            outcome = _compare(condition, columns)
            outcomes.append(outcome)
            if not dry_run:
                _update(condition, columns, outcome, now=now)
    return outcomes


def _create(columns: dict[str, Any], *, now: datetime) -> None:
    condition = Condition.objects.create(**columns, origin=columns)
    Revision.objects.create(
        condition=condition,
        version=condition.version,
        changes=[],
        note="Loaded from the shipped catalogue",
        made_at=now,
        made_by=Loader().name,
    )


def _compare(condition: Condition, columns: Mapping[str, Any]) -> Outcome:
    outcome = Outcome(condition.slug)
    for name, new in columns.items():
        current = getattr(condition, name)
        if name == "slug" or current == new:
            continue
        was_shipped = condition.origin.get(name)
        if name in condition.origin and current != was_shipped:
            if new != was_shipped:
                outcome.kept.append(FieldChange(name, was=current, now=new))
        else:
            outcome.updated.append(FieldChange(name, was=current, now=new))
    return outcome


def _update(condition: Condition, columns: dict[str, Any], outcome: Outcome, *, now: datetime) -> None:
    if condition.origin != columns:
        Condition.objects.filter(pk=condition.pk).update(origin=columns)
    if outcome.updated:
        catalogue.edit(
            condition,
            by=Loader(),
            now=now,
            changes={change.field: change.now for change in outcome.updated},
            note="A newer shipped catalogue",
        )


def _columns(row: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    plan = {name: value for name, value in row["plan"].items() if name != "variants"}
    return {
        "slug": row["slug"],
        "name": row["name"],
        "short": row["short"],
        "order": row["order"],
        "synonyms": row["synonyms"],
        "icd10cm": row["icd10cm"],
        "icd10_who": row["icd10_who"],
        "snomed_code": row["snomed"]["code"] or "",
        "snomed_display": row["snomed"]["display"],
        "snomed_status": row["snomed"]["status"],
        "coding_hint": row["coding_hint"],
        **{f"client_{name}": words[name] for name in ("what", "help", "claim", "check", "studies", "before")},
        "seed_cause": row["seed"]["cause"],
        "seed_claim": row["seed"]["how_massage_helps"],
        "clinical_note": row["clinical_note"],
        **{name: row[name] for name in ("regions", "muscles", "techniques", "positioning", "precautions", "red_flags")},
        **{f"evidence_{name}": row["evidence"][name] for name in ("grade", "text", "dose", "client_text", "sources")},
        "plan": plan,
        "plan_variants": row["plan"].get("variants", []),
        "self_care": row["self_care"],
        "aftercare": row["aftercare"],
        "aftercare_tip": row["aftercare_tip"],
        "outcome_primary": row["outcomes"]["primary"],
        "outcomes_secondary": row["outcomes"]["secondary"],
        "questionnaire_groups": row["questionnaire_groups"],
    }


def _was_now(was: Any, now: Any, *, was_name: str = "was", now_name: str = "now") -> Iterator[str]:
    yield f"  {was_name}: {_plain(was)}"
    yield f"  {now_name}: {_plain(now)}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
