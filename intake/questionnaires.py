"""Questionnaire versions: published once, frozen for ever, read as a specification."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from clinic import audit, links
from intake.engine.specs import Questionnaire as Spec
from intake.engine.specs import parse
from intake.inviting import lifetimes
from intake.models import Questionnaire, QuestionnaireVersion

HISTORY = "health-history"
PRESESSION = "before-each-visit"
DATA = Path(__file__).parent / "data"
SHIPPED = {HISTORY: DATA / "intake_questionnaire.json", PRESESSION: DATA / "presession_questionnaire.json"}

#: The shipped files name this address; a published version names the clinic's own.
PLACEHOLDER_BASE = "http://example.org/fhir/massage-clinic"


class NotPublished(LookupError):
    """The clinic has no published version of this questionnaire yet."""


class VersionTaken(ValueError):
    """This version number is published with other content."""


def checksum(document: dict[str, Any]) -> str:
    """SHA-256 of the document, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def rebase(document: dict[str, Any], base: str) -> dict[str, Any]:
    """The document with the placeholder address replaced by `base`."""
    text = json.dumps(document, ensure_ascii=False).replace(PLACEHOLDER_BASE, base)
    result: dict[str, Any] = json.loads(text)
    return result


def publish(
    *, slug: str, document: dict[str, Any], by: audit.Actor, now: datetime, change_note: str = ""
) -> tuple[QuestionnaireVersion, bool]:
    """The published version of a document, and whether it is new.

    Raises SpecError for a document that breaks R4 and VersionTaken for a number that is published with other content:
    what clients have answered never changes under them.
    """
    spec = parse(document)
    with audit.transaction():
        questionnaire, _ = Questionnaire.objects.get_or_create(
            slug=slug, defaults={"title": spec.title, **lifetimes.defaults(slug)}
        )
        kept = questionnaire.versions.filter(version=spec.version).first()
        if kept is not None:
            base = str(kept.document.get("url", "")).split("/Questionnaire/")[0]
            if kept.checksum != checksum(rebase(document, base)):
                raise VersionTaken(f"{slug} {spec.version} is published with other content; give it a new version.")
            return kept, False
        document = rebase(document, links.absolute("/fhir").rstrip("/"))
        created = QuestionnaireVersion.objects.create(
            questionnaire=questionnaire,
            version=spec.version,
            document=document,
            checksum=checksum(document),
            change_note=change_note,
            created_at=now,
            created_by=audit.staff(by),
            published_at=now,
            published_by=audit.staff(by),
        )
        audit.record("questionnaire.publish", by=by, subject=created)
        return created, True


def publish_shipped(*, by: audit.Actor, now: datetime) -> list[tuple[QuestionnaireVersion, bool]]:
    """Publish the questionnaires that come with the product; harmless when they are there."""
    found = []
    for slug, path in SHIPPED.items():
        document = json.loads(path.read_text(encoding="utf-8"))
        found.append(publish(slug=slug, document=document, by=by, now=now, change_note="As shipped: in Spanish too"))
    return found


def current(slug: str = HISTORY) -> QuestionnaireVersion:
    """The version that is asked now; raises NotPublished, also for a form that was put away."""
    rows = QuestionnaireVersion.objects.filter(
        questionnaire__slug=slug, questionnaire__retired_at=None, published_at__isnull=False
    )
    version = rows.select_related("questionnaire").defer("document").order_by("-published_at", "-id").first()
    if version is None:
        raise NotPublished(slug)
    return version


def published() -> QuerySet[QuestionnaireVersion]:
    """Every published version, the newest of each form first; without the documents themselves."""
    rows = QuestionnaireVersion.objects.filter(published_at__isnull=False).select_related("questionnaire")
    return rows.defer("document").order_by("questionnaire_id", "-published_at", "-id")


def spec_of(version: QuestionnaireVersion) -> Spec:
    """The questions of a version. Published documents never change, so each is read and parsed once."""
    return _spec(version.pk, version.checksum)


@lru_cache(maxsize=32)
def _spec(version_id: int, checksum: str) -> Spec:
    # The checksum is part of the key: a rolled-back test database gives the same number to another document.
    return parse(QuestionnaireVersion.objects.only("document").get(pk=version_id).document)
