"""Working on a questionnaire: a draft beside the published version, one step at a time, each of which can be undone.

Clients see nothing of a draft. Two people may work on one: a change goes through as long as nobody else has touched
the same item since it was opened; otherwise StaleDraft says so and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.utils.text import slugify

from clinic import audit
from clinic.models import User
from intake.authoring.outline import Document, NotThere, filled, find, fresh
from intake.engine.specs import parse
from intake.models import DraftStep, Questionnaire, QuestionnaireDraft, QuestionnaireVersion

STEPS_KEPT = 40
Edit = Callable[[Document], Document]


class StaleDraft(Exception):
    """Somebody else changed the same thing in the meantime; the words say who."""


class NoDraft(LookupError):
    """Nobody is working on this questionnaire."""


class Retired(Exception):
    """The questionnaire was put away."""


def draft_of(questionnaire: Questionnaire) -> QuestionnaireDraft:
    """The draft as it is now; raises NoDraft."""
    rows = QuestionnaireDraft.objects.select_related("questionnaire", "based_on", "changed_by", "started_by")
    draft = rows.filter(questionnaire=questionnaire).first()
    if draft is None:
        raise NoDraft(questionnaire.slug)
    return draft


def blank(title: str) -> Document:
    """A new document: one empty group to begin with."""
    group = {"linkId": "questions", "text": "First questions", "type": "group"}
    return {"resourceType": "Questionnaire", "title": title, "status": "draft", "subjectType": ["Patient"],
            "language": "en", "item": [group]}  # fmt: skip


def create(*, title: str, document: Document, by: User, now: datetime) -> Questionnaire:
    """A new questionnaire with a first draft. Raises SpecError for a document that breaks R4."""
    parse(filled(document))
    own = deepcopy(document)
    own["title"] = title
    for name in ("id", "url", "version", "name"):  # those of the form it was made from
        own.pop(name, None)
    with audit.transaction():
        taken = set(Questionnaire.objects.values_list("slug", flat=True))
        slug = fresh(slugify(title)[:50].strip("-") or "questionnaire", taken)
        questionnaire = Questionnaire.objects.create(slug=slug, title=title)
        _begin(questionnaire, own, based_on=None, by=by, now=now)
    return questionnaire


def begin(*, questionnaire: Questionnaire, by: User, now: datetime) -> QuestionnaireDraft:
    """The draft of a questionnaire: the one somebody is at already, or a new one from the newest version."""
    with audit.transaction():
        Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
        kept = QuestionnaireDraft.objects.filter(questionnaire=questionnaire).first()
        if kept is not None:
            return kept
        newest = newest_version(questionnaire)
        document = newest.document if newest else blank(questionnaire.title)
        return _begin(questionnaire, document, based_on=newest, by=by, now=now)


def newest_version(questionnaire: Questionnaire) -> QuestionnaireVersion | None:
    """The version that is asked now, with its document."""
    rows = questionnaire.versions.filter(published_at__isnull=False)
    return rows.order_by("-published_at", "-id").first()


def _begin(
    questionnaire: Questionnaire, document: Document, *, based_on: QuestionnaireVersion | None, by: User, now: datetime
) -> QuestionnaireDraft:
    draft = QuestionnaireDraft.objects.create(
        questionnaire=questionnaire,
        based_on=based_on,
        document=document,
        started_at=now,
        started_by=by,
        changed_at=now,
        changed_by=by,
    )
    audit.record("questionnaire.draft", by=by, subject=questionnaire)
    return draft


def change(
    *, questionnaire: Questionnaire, edit: Edit, words: str, seen: int, by: User, now: datetime, item: str = ""
) -> QuestionnaireDraft:
    """One step: `edit` makes the new document of the newest one. `item` is what the editor looked at when it had
    revision `seen`; raises StaleDraft when that has changed since, and whatever `edit` raises."""
    with audit.transaction():
        draft = _locked(questionnaire)
        if draft.revision != seen and item:
            _compare(draft, seen, item)
        document = edit(deepcopy(draft.document))
        if document == draft.document:
            return draft
        parse(filled(document))
        draft.steps.create(
            revision=draft.revision + 1, words=words[:200], before=draft.document, made_at=now, made_by=by
        )
        _write(draft, document, by=by, now=now)
        draft.steps.filter(revision__lte=draft.revision - STEPS_KEPT).delete()
        audit.record("questionnaire.draft", by=by, subject=questionnaire, fields=["document"])
    return draft


def _locked(questionnaire: Questionnaire) -> QuestionnaireDraft:
    rows = QuestionnaireDraft.objects.select_for_update(of=("self",)).select_related("changed_by", "based_on")
    draft = rows.filter(questionnaire=questionnaire).first()
    if draft is None:
        raise NoDraft(questionnaire.slug)
    return draft


def _write(draft: QuestionnaireDraft, document: Document, *, by: User, now: datetime) -> None:
    draft.document, draft.revision = document, draft.revision + 1
    draft.changed_at, draft.changed_by = now, by
    draft.save(update_fields=["document", "revision", "changed_at", "changed_by"])


def _compare(draft: QuestionnaireDraft, seen: int, item: str) -> None:
    """Raise StaleDraft unless the item is what it was at revision `seen`."""
    step = draft.steps.filter(revision=seen + 1).first()
    if step is None or _own(step.before, item) != _own(draft.document, item):
        who = draft.changed_by.name if draft.changed_by else "Somebody"
        raise StaleDraft(f"{who} has changed this in the meantime.")


def document_at(draft: QuestionnaireDraft, seen: str) -> Document:
    """The draft as a page showed it that was made at revision `seen`; as it is now when that is not known any more."""
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else draft.revision
    step = draft.steps.filter(revision=number + 1).first() if number < draft.revision else None
    return step.before if step else draft.document


def _own(document: Document, link_id: str) -> dict[str, Any] | None:
    """An item without what is in it, but for its help text."""
    try:
        item = find(document, link_id).item
    except NotThere:
        return None
    if item.get("type") != "group":
        return item
    return {name: value for name, value in item.items() if name != "item"}


def undo(*, questionnaire: Questionnaire, by: User, now: datetime) -> str:
    """Take the last step back; its words, or empty when there is none left."""
    with audit.transaction():
        draft = _locked(questionnaire)
        step = draft.steps.first()
        if step is None:
            return ""
        step.delete()
        _write(draft, step.before, by=by, now=now)
        audit.record("questionnaire.undo", by=by, subject=questionnaire, fields=["document"])
    return step.words


def last_step(draft: QuestionnaireDraft) -> DraftStep | None:
    """What "undo" would take back."""
    return draft.steps.defer("before").select_related("made_by").first()


def discard(*, questionnaire: Questionnaire, by: User, now: datetime) -> bool:
    """Throw the draft away; a questionnaire that was never published goes with it. True when it is gone whole."""
    with audit.transaction():
        _locked(questionnaire).delete()
        audit.record("questionnaire.discard", by=by, subject=questionnaire)
        if questionnaire.versions.exists():
            return False
        questionnaire.delete()
    return True
