"""What clients read of the shipped catalogue. The general topics have files of their own in each language."""

from __future__ import annotations

from collections.abc import Iterator

from conditions import loading
from conditions.documents import document
from conditions.measures import measures
from conditions.regions import mark_fields, regions
from conditions.techniques import pressure_scale

#: The columns of a condition that its public page and the messages show.
SHOWN = (
    "name", "short", "synonyms", "client_what", "client_help", "client_claim", "client_check", "client_studies",
    "client_before", "evidence_client_text", "self_care", "aftercare", "aftercare_tip",
)  # fmt: skip


def texts() -> Iterator[tuple[str, str]]:
    """(where it stands, English text)."""
    yield from _conditions()
    for level in document("warning_signs")["levels"]:
        yield "conditions/data/warning_signs.json", level["title"]
        yield "conditions/data/warning_signs.json", level["advice"]
    for sign in document("warning_signs")["signs"]:
        yield "conditions/data/warning_signs.json", sign["sign"]
    for row in document("avoid_afterwards")["avoid"]:
        for name in ("advice", "why", "evidence"):
            yield "conditions/data/avoid_afterwards.json", row[name]
    for region in regions().values():
        yield "conditions/data/body_regions.json", region.area
        yield "conditions/data/body_regions.json", region.group.capitalize()
    for symptom in mark_fields().symptoms:
        yield "conditions/data/body_regions.json", symptom.replace("_", " ").capitalize()
    for level in pressure_scale():
        yield "conditions/data/techniques.json", level.plain.lower()
    for measure in measures().values():
        for prompt in measure.prompts[:1] if measure.ours else ():
            yield "conditions/data/outcome_measures.json", prompt


def _conditions() -> Iterator[tuple[str, str]]:
    for columns in loading.shipped():
        for name in SHOWN:
            value = columns[name]
            for text in value if isinstance(value, list) else [value]:
                if text:
                    yield "conditions/data/conditions.json", text
        for plan in [columns["plan"], *columns["plan_variants"]]:
            if stop := plan.get("stop_if"):
                yield "conditions/data/conditions.json", stop
