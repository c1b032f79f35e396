"""What a button of the builder does beside saving the item that is open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from clinic import links
from intake.authoring import blocks, outline, phrases
from intake.authoring.builder_forms import ItemForm
from intake.authoring.outline import Document
from intake.models import QuestionnaireDraft
from intake.questionnaires import spec_of

#: The linkId of an item that has no words of its own yet.
_NEW = re.compile(r"(^|\.)new_(question|group|text)(_\d+)?$")


@dataclass(slots=True)
class Move:
    """One step: how the document changes, in which words, and which item is open afterwards."""

    edit: Callable[[Document], Document]
    words: str
    next_id: str = ""
    is_new: bool = False

    def target(self, document: Document) -> str:
        """The item to show next; none when it is not there."""
        return self.next_id if self.next_id in outline.ids(document) else ""


def read(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, form: ItemForm | None) -> Move:
    """The step that a post asks for. Whatever it is, the open item is saved with it."""
    verb, _, rest = posted.get("do", "save").partition(":")
    saved = _saving(draft, link_id, form, verb, rest)
    name = _name(draft, link_id)
    move = _VERBS.get(verb, _save)(posted, draft, link_id, rest)
    if move is None:
        move = Move(lambda document: document, f"Changed “{name}”", rest if verb == "go" else link_id)
    inner, wanted = move.edit, _code(draft, link_id, form)
    move.edit = lambda document: outline.rename(inner(saved(document)), link_id, wanted)
    move.next_id = wanted if move.next_id == link_id else move.next_id
    move.words = move.words.replace("{name}", name)
    return move


def _code(draft: QuestionnaireDraft, link_id: str, form: ItemForm | None) -> str:
    """The item's linkId: made of its words the first time it has any, and the same for ever after."""
    text = str(form.cleaned_data.get("text", "")) if form is not None else ""
    if not _NEW.search(link_id) or not text or text == (form.block.text if form else ""):
        return link_id
    prefix = link_id[: link_id.rfind(".") + 1]
    return outline.fresh(
        prefix + outline.slug(text, fallback="question"), outline.ids(draft.document) | taken_ids(draft)
    )


def _name(draft: QuestionnaireDraft, link_id: str) -> str:
    try:
        name = phrases.name_of(outline.find(draft.document, link_id).item) if link_id else ""
    except outline.NotThere:
        return ""
    return name if len(name) <= 80 else f"{name[:79]}…"


def _saving(
    draft: QuestionnaireDraft, link_id: str, form: ItemForm | None, verb: str, rest: str
) -> Callable[[Document], Document]:
    if form is None:
        return lambda document: document
    if verb in ("option_up", "option_down", "option_remove"):
        _rearrange(form, verb, rest)
    written = form.written(system=system_of(draft.document, form.item))

    def save(document: Document) -> Document:
        place = outline.find(document, link_id)
        if written.get("type") == "group":
            # What stands in the group may have changed elsewhere in the meantime: only the group's own parts are set.
            inside = place.item.get("item")
            own = {key: value for key, value in written.items() if key != "item"}
            place.siblings[place.at] = own | ({"item": inside} if inside is not None else {})
        else:
            place.siblings[place.at] = written
        return document

    return save


def _rearrange(form: ItemForm, verb: str, code: str) -> None:
    rows = form.options
    at = next((number for number, one in enumerate(rows) if one.code == code), None)
    if at is None:
        return
    if verb == "option_remove":
        del rows[at]
        return
    to = at - 1 if verb == "option_up" else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]


def system_of(document: Document, item: dict[str, Any]) -> str:
    """The code system of new answers: the one the question or the form uses, else the clinic's own."""
    for one in [item, *(place.item for place in outline.places(document))]:
        for option in one.get("answerOption") or []:
            coding = option.get("valueCoding")
            if isinstance(coding, dict) and coding.get("system"):
                return str(coding["system"])
    return links.absolute("/fhir/CodeSystem/intake")


def taken_ids(draft: QuestionnaireDraft) -> set[str]:
    """linkIds that any published version uses: a new question never gets the code of one that meant something else."""
    versions = draft.questionnaire.versions.defer("document")
    return set().union(*(spec_of(version).index for version in versions))


def _save(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move | None:
    return None


def _add(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    kind = posted.get("new_kind", "one")
    kind = kind if kind in blocks.KIND and kind != "group" else "one"
    item = blocks.new(kind, blocks.NEW_TEXT if kind == "text" else blocks.NEW_QUESTION)
    open_item = outline.find(draft.document, link_id).item if link_id else None
    where = {"to": link_id} if open_item is not None and open_item.get("type") == "group" else {"after": link_id}
    if open_item is None:
        groups = [outline.id_of(one) for one in draft.document.get("item", []) if one.get("type") == "group"]
        where = {"to": groups[-1]} if groups else {}
    return _adding(item, draft, where, "Added a question")


def _add_group(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    item = blocks.new("group", blocks.NEW_GROUP)
    where = {}
    if link_id:
        place = outline.find(draft.document, link_id)
        where = {"after": outline.id_of(place.parents[0] if place.parents else place.item)}
    return _adding(item, draft, where, "Added a group")


def _adding(item: dict[str, Any], draft: QuestionnaireDraft, where: dict[str, str], words: str) -> Move:
    taken = taken_ids(draft)
    _, link_id = outline.add(draft.document, item, **where, taken=taken)
    move = Move(lambda document: document, words, link_id, is_new=True)
    move.edit = lambda document: outline.add(document, item, **where, taken=taken)[0]
    return move


def _copy(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    taken = taken_ids(draft)
    _, copy = outline.duplicate(draft.document, link_id, taken=taken)
    return Move(lambda document: outline.duplicate(document, link_id, taken=taken)[0], "Copied “{name}”", copy)


def _remove(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    place = outline.find(draft.document, link_id)
    waiting = outline.asked_by(draft.document, outline.below(place.item))
    if waiting:
        names = ", ".join(f"“{phrases.name_of(one)}”" for one in waiting[:4])
        raise outline.NoRoom(f"It cannot go yet: {names} is asked only after an answer in it. Change that first.")
    shown = [one for one in place.siblings if not outline.is_help(one)]
    at = shown.index(place.item)
    near = shown[at + 1] if at + 1 < len(shown) else shown[at - 1] if at else place.parent
    return Move(
        lambda document: outline.remove(document, link_id), "Took out “{name}”", outline.id_of(near) if near else ""
    )


def _up(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    return Move(lambda document: outline.shift(document, link_id, up=True), "Moved “{name}” up", link_id)


def _down(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    return Move(lambda document: outline.shift(document, link_id, up=False), "Moved “{name}” down", link_id)


def _to(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    group = posted.get("to_group", "")
    return Move(lambda document: outline.put(document, link_id, to=group), "Moved “{name}” to another group", link_id)


def _drop(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    """A line of the outline was dropped on another: before it, or into it when it is a group and the line is none."""
    moved, target = posted.get("dragged", ""), posted.get("dropped_on", "")
    onto = outline.find(draft.document, target).item
    is_into = onto.get("type") == "group" and outline.find(draft.document, moved).item.get("type") != "group"
    where = {"to": target} if is_into else {"before": target}
    words = f"Moved “{_name(draft, moved)}”"
    return Move(lambda document: outline.put(document, moved, **where), words, link_id or moved)


def _title(posted: QueryDict, draft: QuestionnaireDraft, link_id: str, rest: str) -> Move:
    title, description = (" ".join(posted.get(name, "").split()) for name in ("title", "description"))
    if not title:
        raise outline.NoRoom("The form needs a title.")
    return Move(lambda document: retitled(document, title[:160], description[:1000]), "Changed the title", "")


_VERBS: dict[str, Callable[[QueryDict, QuestionnaireDraft, str, str], Move | None]] = {
    "add": _add,
    "add_group": _add_group,
    "copy": _copy,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "to": _to,
    "drop": _drop,
    "title": _title,
}


def retitled(document: Document, title: str, description: str) -> Document:
    """The document with another title and description."""
    for name, words in (("title", title), ("description", description)):
        if words != str(document.get(name, "")):
            document[name] = words
            if not words:
                del document[name]
    return document
