"""A questionnaire's document as a tree that is rearranged: find, add, move, copy, take out. Pure.

Every function gives back a new document and leaves the old one alone. Items are moved whole: what nobody here
understands (foreign extensions) travels with them untouched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Raw = dict[str, Any]

CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
#: Displays that belong to their question: they are edited with it and have no place of their own in the outline.
_HELPS = frozenset({"help", "flyover", "unit", "upper", "lower", "prompt"})
LONGEST_ID = 48


class NotThere(LookupError):
    """The draft has no such item (any more)."""


class NoRoom(ValueError):
    """The item cannot stand there; the words say why."""


@dataclass(frozen=True, slots=True)
class Place:
    """An item with where it stands."""

    item: Raw
    siblings: list[Raw]
    at: int
    parents: tuple[Raw, ...]

    @property
    def parent(self) -> Raw | None:
        """The enclosing item, or None at the top."""
        return self.parents[-1] if self.parents else None


def id_of(item: Raw) -> str:
    """The linkId."""
    return str(item.get("linkId", ""))


def control_of(item: Raw) -> str:
    """The code of itemControl, empty without one."""
    for extension in item.get("extension") or []:
        if extension.get("url") == CONTROL:
            codings = extension.get("valueCodeableConcept", {}).get("coding", [])
            return str(codings[0].get("code", "")) if codings else ""
    return ""


def is_help(item: Raw) -> bool:
    """A display that only explains the question it hangs below."""
    return item.get("type") == "display" and control_of(item) in _HELPS


def places(document: Document) -> Iterator[Place]:
    """Every item, in document order, with where it stands."""
    yield from _places(document.get("item") or [], ())


def _places(items: list[Raw], parents: tuple[Raw, ...]) -> Iterator[Place]:
    for at, item in enumerate(items):
        yield Place(item, items, at, parents)
        yield from _places(item.get("item") or [], (*parents, item))


def find(document: Document, link_id: str) -> Place:
    """Where the item is; raises NotThere."""
    for place in places(document):
        if id_of(place.item) == link_id:
            return place
    raise NotThere(link_id)


def ids(document: Document) -> set[str]:
    """Every linkId of the document."""
    return {id_of(place.item) for place in places(document)}


def below(item: Raw) -> set[str]:
    """The linkIds of an item and of everything in it."""
    return {id_of(item)} | {id_of(place.item) for place in _places(item.get("item") or [], ())}


def slug(words: str, *, fallback: str) -> str:
    """A short code out of words: small letters, digits and underscores."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().casefold()
    parts = re.findall(r"[a-z0-9]+", plain)
    made = ""
    for part in parts:
        if made and len(made) + len(part) + 1 > LONGEST_ID // 2:
            break
        made = f"{made}_{part}" if made else part[: LONGEST_ID // 2]
    return made or fallback


def fresh(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, with a number behind it when it is taken."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}_{number}" in taken:
        number += 1
    return f"{wanted}_{number}"


def add(
    document: Document, item: Raw, *, to: str = "", after: str = "", taken: Collection[str] = ()
) -> tuple[Document, str]:
    """The document with a new item: behind `after`, else last in the group `to`, else last of all; and its linkId."""
    made = deepcopy(document)
    new = deepcopy(item)
    anchor = find(made, after) if after else None
    group = anchor.parent if anchor else find(made, to).item if to else None
    if group is not None and group.get("type") == "display":
        raise NoRoom("A text to read cannot hold questions.")
    own = slug(str(new.get("text", "")), fallback="group" if new.get("type") == "group" else "question")
    prefix = f"{id_of(group)}." if group is not None and new.get("type") != "group" else ""
    new["linkId"] = fresh(prefix + own, ids(made) | set(taken))
    if anchor is not None:
        anchor.siblings.insert(anchor.at + 1, new)
    else:
        (group if group is not None else made).setdefault("item", []).append(new)
    return made, id_of(new)


def remove(document: Document, link_id: str) -> Document:
    """The document without the item and all that is in it."""
    made = deepcopy(document)
    place = find(made, link_id)
    del place.siblings[place.at]
    if place.parent is not None and not place.siblings:
        place.parent.pop("item", None)
    return made


def duplicate(document: Document, link_id: str, *, taken: Collection[str] = ()) -> tuple[Document, str]:
    """A copy behind the item, with linkIds of its own; conditions inside the copy follow the copy."""
    made = deepcopy(document)
    place = find(made, link_id)
    copy = deepcopy(place.item)
    used = ids(made) | set(taken)
    renamed: dict[str, str] = {}
    for one in [copy, *(inner.item for inner in _places(copy.get("item") or [], ()))]:
        renamed[id_of(one)] = one["linkId"] = fresh(id_of(one), used)
        used.add(id_of(one))
    for one in [copy, *(inner.item for inner in _places(copy.get("item") or [], ()))]:
        for condition in one.get("enableWhen") or []:
            condition["question"] = renamed.get(condition.get("question", ""), condition.get("question"))
    place.siblings.insert(place.at + 1, copy)
    return made, id_of(copy)


def shift(document: Document, link_id: str, *, up: bool) -> Document:
    """One place up or down. At the edge of a group a question goes on into the neighbouring group."""
    made = deepcopy(document)
    place = find(made, link_id)
    step = -1 if up else 1
    at = place.at + step
    while 0 <= at < len(place.siblings) and is_help(place.siblings[at]):
        at += step
    if 0 <= at < len(place.siblings):
        item = place.siblings.pop(place.at)
        place.siblings.insert(at, item)
        return made
    group = _neighbour(made, place, up=up)
    if group is None:
        raise NoRoom("It is the first already." if up else "It is the last already.")
    item = place.siblings.pop(place.at)
    _tidy(place)
    group.setdefault("item", [])
    group["item"].insert(len(group["item"]) if up else 0, item)
    return made


def _neighbour(document: Document, place: Place, *, up: bool) -> Raw | None:
    """The group before or behind the one a question stands in."""
    if place.parent is None or place.item.get("type") == "group":
        return None
    siblings = place.parents[-2]["item"] if len(place.parents) > 1 else document["item"]
    at = siblings.index(place.parent)
    around = reversed(siblings[:at]) if up else iter(siblings[at + 1 :])
    return next((one for one in around if one.get("type") == "group"), None)


def _tidy(place: Place) -> None:
    if place.parent is not None and not place.siblings:
        place.parent.pop("item", None)


def put(document: Document, link_id: str, *, to: str = "", before: str = "") -> Document:
    """Move the item: before another one, else last in the group `to`, else last of all."""
    made = deepcopy(document)
    place = find(made, link_id)
    inside = below(place.item)
    if to in inside or before in inside:
        if before == link_id:
            return made
        raise NoRoom("A group cannot be put into itself.")
    item = place.siblings.pop(place.at)
    if before:
        target = find(made, before)
        if target.parent is not None and target.parent.get("type") == "display":
            raise NoRoom("A text to read cannot hold questions.")
        target.siblings.insert(target.at, item)
    elif to:
        group = find(made, to).item
        if group.get("type") != "group":
            raise NoRoom("Questions stand in groups.")
        group.setdefault("item", []).append(item)
    else:
        made["item"].append(item)
    if place.parent is not None and not place.siblings:
        place.parent.pop("item", None)
    return made


def earlier(document: Document, link_id: str) -> list[Place]:
    """The questions that stand before an item: what its conditions may ask about."""
    found: list[Place] = []
    for place in places(document):
        if id_of(place.item) == link_id:
            return found
        if place.item.get("type") not in ("group", "display"):
            found.append(place)
    raise NotThere(link_id)


def asked_by(document: Document, link_ids: Collection[str]) -> list[Raw]:
    """The items whose conditions name one of these questions and that are not among them."""
    return [
        place.item
        for place in places(document)
        if id_of(place.item) not in link_ids
        and any(one.get("question") in link_ids for one in place.item.get("enableWhen") or [])
    ]


def rename(document: Document, link_id: str, wanted: str) -> Document:
    """Another linkId for an item, in its conditions' eyes too. Only for what nobody has answered yet."""
    made = deepcopy(document)
    for place in places(made):
        if id_of(place.item) == link_id:
            place.item["linkId"] = wanted
        for condition in place.item.get("enableWhen") or []:
            if condition.get("question") == link_id:
                condition["question"] = wanted
    return made


def filled(document: Document) -> Document:
    """The document without the groups that are still empty: R4 has none, a draft may have them for a while."""
    made = deepcopy(document)
    made["item"] = _filled(made.get("item") or [])
    if not made["item"]:
        del made["item"]
    return made


def _filled(items: list[Raw]) -> list[Raw]:
    for item in items:
        if item.get("item"):
            item["item"] = _filled(item["item"])
            if not item["item"]:
                del item["item"]
    return [item for item in items if item.get("item") or item.get("type") != "group"]
