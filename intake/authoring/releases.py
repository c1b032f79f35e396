"""Publishing a draft as a new, frozen version: what keeps it from being published, and who is asked again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime

from clinic import audit, links
from clinic.models import ClinicSettings, User
from intake import questionnaires
from intake.authoring import blocks, comparing, phrases
from intake.authoring.drafts import StaleDraft, draft_of
from intake.authoring.outline import Document, earlier, filled, id_of, is_help, places
from intake.engine.specs import SpecError, parse
from intake.models import Questionnaire, QuestionnaireDraft, QuestionnaireVersion
from intake.safety.screening import load_rules

NOBODY, EVERYONE, CHANGED = "nobody", "everyone", "changed"
AGAIN = (
    (NOBODY, "Nobody: answers to the old version go on counting"),
    (CHANGED, "Everyone, but only what is new or reads differently"),
    (EVERYONE, "Everyone, the whole form"),
)


class NotFit(Exception):
    """The draft cannot be published yet; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("not fit")
        self.problems = problems


class RulesLost(Exception):
    """Safety rules lose a question they need, and nobody has said that this is meant."""


class NothingChanged(Exception):
    """The draft is the same as the version that is published."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that has to be mended first, and in which item."""

    link_id: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Release:
    """What the publish page shows."""

    draft: QuestionnaireDraft
    version: str
    problems: list[Problem]
    changes: list[comparing.Change]
    lost: list[comparing.Lost]
    anew: list[str]

    @property
    def is_first(self) -> bool:
        """Nothing was published before."""
        return self.draft.based_on_id is None

    @property
    def lost_rules(self) -> list[str]:
        """Ids of the rules that lose something."""
        return sorted({rule.id for one in self.lost for rule in one.rules})


def look(questionnaire: Questionnaire) -> Release:
    """The draft as it would be published now; raises NoDraft."""
    draft = draft_of(questionnaire)
    was = draft.based_on.document if draft.based_on else None
    found = comparing.changes(was, draft.document)
    return Release(
        draft=draft,
        version=next_number(questionnaire),
        problems=list(problems(draft.document)),
        changes=found,
        lost=comparing.lost(was, draft.document, load_rules()),
        anew=comparing.asked_anew(found, draft.document),
    )


def problems(document: Document) -> Iterator[Problem]:
    """What a client would stumble over, item by item."""
    try:
        parse(filled(document))
    except SpecError as error:
        yield Problem("", "The form", str(error))
    if not any(place.item.get("type") not in ("group", "display") for place in places(document)):
        yield Problem("", "The form", "There is no question in it yet.")
    for place in places(document):
        item = place.item
        if is_help(item):
            continue
        block, link_id, name = blocks.read(item), id_of(item), phrases.name_of(item)
        if (not block.text.strip() and block.kind != "group") or block.text in blocks.PLACEHOLDERS:
            yield Problem(link_id, link_id, "It has no words of its own yet.")
        if block.kind == "group" and not item.get("item"):
            yield Problem(link_id, name, "There is nothing in this group.")
        if block.of.options and not block.options and not block.list_name:
            yield Problem(link_id, name, "There are no answers to choose from.")
        labels = [option.words.casefold() for option in block.options]
        if len(set(labels)) != len(labels):
            yield Problem(link_id, name, "Two answers read the same.")
        if block.lowest is not None and block.highest is not None and _above(block.lowest, block.highest):
            yield Problem(link_id, name, "The lowest answer is above the highest.")
        yield from _conditions(document, place.item)


def _above(low: object, high: object) -> bool:
    return type(low) is type(high) and low > high  # type: ignore[operator]


def _conditions(document: Document, item: dict[str, object]) -> Iterator[Problem]:
    asked = phrases.sentences(item, document)
    if not asked:
        return
    before = {id_of(place.item) for place in earlier(document, id_of(item))}
    for one in asked:
        if one.question not in before:
            words = f"It waits for an answer that comes later: {one.words}."
            yield Problem(id_of(item), phrases.name_of(item), words)


def next_number(questionnaire: Questionnaire) -> str:
    """The number after the newest: 1.0.0 is followed by 1.1.0."""
    taken = set(questionnaire.versions.values_list("version", flat=True))
    newest = questionnaire.versions.order_by("-published_at", "-id").values_list("version", flat=True).first()
    parts = [int(part) for part in re.findall(r"\d+", newest or "")][:3]
    if not parts:
        parts = [1, 0, 0] if newest is None else [1, len(taken), 0]
    else:
        parts = [parts[0], (parts[1] if len(parts) > 1 else 0) + 1, 0]
    while ".".join(map(str, parts)) in taken:
        parts[1] += 1
    return ".".join(map(str, parts))


def publish(
    *,
    questionnaire: Questionnaire,
    seen: int,
    note: str,
    again: str,
    again_from: date | None,
    rules_accepted: bool,
    by: User,
    now: datetime,
) -> QuestionnaireVersion:
    """Make the draft a version that never changes, and begin to ask it.

    Raises NotFit, RulesLost, NothingChanged, and StaleDraft when the draft is another than the one looked at.
    """
    with audit.transaction():
        Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
        release = look(questionnaire)
        if release.draft.revision != seen:
            raise StaleDraft("The draft was changed since you opened this page.")
        if release.problems:
            raise NotFit(release.problems)
        if release.draft.based_on and release.draft.document == release.draft.based_on.document:
            raise NothingChanged
        if release.lost and not rules_accepted:
            raise RulesLost
        document = _document(questionnaire, release, now)
        version, _ = questionnaires.publish(
            slug=questionnaire.slug, document=document, by=by, now=now, change_note=note.strip()
        )
        _after(questionnaire, release, again, again_from, by=by, now=now)
        release.draft.delete()
    return version


def _document(questionnaire: Questionnaire, release: Release, now: datetime) -> Document:
    document = deepcopy(release.draft.document)
    document["version"], document["status"] = release.version, "active"
    document["date"] = now.astimezone(ClinicSettings.load().zone).date().isoformat()
    document.pop("experimental", None)
    document.setdefault("url", links.absolute(f"/fhir/Questionnaire/{questionnaire.slug}"))
    document.setdefault("title", questionnaire.title)
    return document


def _after(
    questionnaire: Questionnaire, release: Release, again: str, again_from: date | None, *, by: User, now: datetime
) -> None:
    questionnaire.title = str(release.draft.document.get("title") or questionnaire.title)
    day = again_from or now.astimezone(ClinicSettings.load().zone).date()
    if again == EVERYONE:
        questionnaire.ask_again_from = day
    elif again == CHANGED:
        asked = dict.fromkeys(release.anew, day.isoformat())
        questionnaire.ask_again_questions = {**questionnaire.ask_again_questions, **asked}
    questionnaire.save(update_fields=["title", "ask_again_from", "ask_again_questions"])
    if again != NOBODY:
        audit.record("questionnaire.ask_again", by=by, subject=questionnaire, reason=f"{again} from {day}")
    if release.lost_rules:
        reason = f"Accepted for the rules {', '.join(release.lost_rules)}"
        audit.record("questionnaire.rules_lost", by=by, subject=questionnaire, reason=reason)


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a version, to be read."""

    block: blocks.Block
    depth: int
    when: str


def read_out(document: Document) -> list[Line]:
    """The whole form in order, each item with when it is asked."""
    return [
        Line(blocks.read(place.item), len(place.parents), phrases.in_words(place.item, document))
        for place in places(document)
        if not is_help(place.item)
    ]
