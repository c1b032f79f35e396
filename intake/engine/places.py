"""Where an answer stands: addresses of questions, also inside groups that are there several times. Pure.

The address of a question is its linkId. Inside repeating items the instance is named behind a `#`, counted from 0 and
outermost first: `medicine.name#1` is the name in the second `medicine`, `#2.0` the first inner one of the third outer
one. All zeros are left out, so the first instance is addressed like a question that does not repeat.

Two kinds of items make instances (`Item.is_loop`): a repeating group, and a repeating question with questions below it,
which are asked once for each of its answers. A group that is there n times, some of them still blank, says so with the
number n at its own address without its own index: `{"medicine": 3}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from intake.engine.specs import CHOICES, Item, Questionnaire

Path = tuple[int, ...]
Answers = Mapping[str, Any]
Counts = Mapping[tuple[str, Path], int]

_INSTANCE = re.compile(r"(.+)#(\d{1,3}(?:\.\d{1,3})*)", re.DOTALL)
#: So many instances of one group can be made in the form; more than any person fills in.
MOST = 50


class Place(NamedTuple):
    """One item at one instance."""

    item: Item
    path: Path
    address: str


def address_of(link_id: str, path: Path) -> str:
    """The address of an item in that instance."""
    return f"{link_id}#{'.'.join(map(str, path))}" if any(path) else link_id


def _first_places(questionnaire: Questionnaire) -> dict[str, Place]:
    """The first instance of every item by its linkId, kept with the questionnaire; often there are no others."""
    kept: dict[str, Place] | None = vars(questionnaire).get("_first_places")
    if kept is None:
        loops = questionnaire.loops
        kept = {key: Place(item, (0,) * len(loops[key]), key) for key, item in questionnaire.index.items()}
        vars(questionnaire)["_first_places"] = kept
    return kept


def locate(questionnaire: Questionnaire, address: str) -> Place | None:
    """The place an address names, whether or not there is such an instance; None for one that names nothing."""
    first = _first_places(questionnaire).get(address)
    if first is not None:
        return first
    item, path = _split(questionnaire, address)
    if item is None or len(path) != len(questionnaire.loops[item.link_id]) or not any(path):
        return None
    return Place(item, path, address)


def is_count(questionnaire: Questionnaire, address: str) -> bool:
    """True for an address that says how often a group is there."""
    item = questionnaire.index.get(address)
    if item is not None:
        return item.type == "group" and item.is_loop
    item, path = _split(questionnaire, address)
    return item is not None and item.type == "group" and len(path) == len(questionnaire.loops[item.link_id]) - 1


def is_known(questionnaire: Questionnaire, address: str) -> bool:
    """True for the address of a question, or of the number of a group."""
    if is_count(questionnaire, address):
        return True
    place = locate(questionnaire, address)
    return place is not None and place.item.is_question


def item_at(questionnaire: Questionnaire, address: str) -> Item | None:
    """The item an address is about: a question, a group, or the group whose number it says."""
    return questionnaire.index.get(address) or _split(questionnaire, address)[0]


def counts_of(questionnaire: Questionnaire, answers: Answers) -> dict[tuple[str, Path], int]:
    """How many instances there are: (linkId of what repeats, path of what encloses it) -> number, where it is not 1."""
    counts: dict[tuple[str, Path], int] = {}
    if not questionnaire.has_loops:
        return counts
    for address, value in answers.items():
        item = questionnaire.index.get(address)
        path: Path = (0,) * len(questionnaire.loops[address]) if item is not None else ()
        if item is None:
            item, path = _split(questionnaire, address)
            if item is None:
                continue
        loops = questionnaire.loops[item.link_id]
        if item.is_loop:
            _count_own(item, path[: len(loops) - 1] if item.type == "group" else path, value, counts)
        if len(path) == len(loops):
            for depth, loop in enumerate(loops):
                _at_least(counts, (loop, path[:depth]), path[depth] + 1)
    return counts


def _count_own(item: Item, path: Path, value: Any, counts: dict[tuple[str, Path], int]) -> None:
    if item.type == "group":
        if isinstance(value, int) and not isinstance(value, bool):
            _at_least(counts, (item.link_id, path), min(value, 999))
    elif isinstance(value, list) and item.type not in CHOICES:
        # What stands below a list of ticks is asked once; below typed answers, once for each.
        _at_least(counts, (item.link_id, path), len(value))


def _at_least(counts: dict[tuple[str, Path], int], key: tuple[str, Path], number: int) -> None:
    if number > counts.get(key, 1):
        counts[key] = number


def places(questionnaire: Questionnaire, answers: Answers, items: Iterable[Item] | None = None) -> Iterator[Place]:
    """Every item at every instance there is, in document order; or those of some top-level items."""
    if items is None and not questionnaire.has_loops:
        return iter(_first_places(questionnaire).values())
    counts = counts_of(questionnaire, answers)
    return _below(questionnaire.items if items is None else items, (), counts)


def inside(group: Item) -> tuple[Item, ...]:
    """What stands on the screen of a group: the group itself when it is there several times, else what is in it."""
    return (group,) if group.is_loop else group.items


def number_of(questionnaire: Questionnaire, place: Place, counts: Counts) -> int:
    """Which of several instances a place is in, counted from 1; 0 when there is only one."""
    loops = questionnaire.loops[place.item.link_id]
    is_several = bool(loops) and counts.get((loops[-1], place.path[:-1]), 1) > 1
    return place.path[-1] + 1 if is_several else 0


def text_of(questionnaire: Questionnaire, place: Place, counts: Counts) -> str:
    """The words of a question, with the number of its instance where there are several."""
    number = number_of(questionnaire, place, counts)
    return f"{place.item.text} ({number})" if number else place.item.text


def _below(items: Iterable[Item], path: Path, counts: Counts) -> Iterator[Place]:
    for item in items:
        if not item.is_loop:
            yield Place(item, path, address_of(item.link_id, path))
            yield from _below(item.items, path, counts)
            continue
        number = counts.get((item.link_id, path), 1)
        if item.type != "group":
            yield Place(item, path, address_of(item.link_id, path))
        for at in range(number):
            inner = (*path, at)
            if item.type == "group":
                yield Place(item, inner, address_of(item.link_id, inner))
            yield from _below(item.items, inner, counts)


def parent_of(questionnaire: Questionnaire, place: Place) -> Place | None:
    """The place of the enclosing item."""
    parent = questionnaire.parents.get(place.item.link_id)
    if parent is None:
        return None
    if not any(place.path):
        return _first_places(questionnaire)[parent]
    path = place.path[: len(questionnaire.loops[parent])]
    return Place(questionnaire.index[parent], path, address_of(parent, path))


def add_instance(questionnaire: Questionnaire, answers: Answers, address: str) -> dict[str, Any]:
    """What to save so that the group at this address is there once more, with the values it starts with.

    Empty when there is room for no more.
    """
    place = locate(questionnaire, address)
    if place is None or place.item.type != "group" or not place.item.is_loop:
        return {}
    outside = place.path[:-1]
    number = counts_of(questionnaire, answers).get((place.item.link_id, outside), 1)
    most = min(place.item.max_occurs or MOST, MOST)
    if number >= most:
        return {}
    from intake.engine.initial import given

    changes: dict[str, Any] = {address_of(place.item.link_id, outside): number + 1}
    for item in place.item.walk():
        values = given(item) if item.is_question else []
        if values:
            inner = (0,) * (len(questionnaire.loops[item.link_id]) - len(outside) - 1)
            changes[address_of(item.link_id, (*outside, number, *inner))] = values if item.repeats else values[0]
    return changes


def remove_instance(questionnaire: Questionnaire, answers: Answers, address: str) -> dict[str, Any]:
    """What to save so that this instance of a group is gone and those behind it move up; None clears an answer."""
    place = locate(questionnaire, address)
    if place is None or place.item.type != "group" or not place.item.is_loop:
        return {}
    outside, gone, depth = place.path[:-1], place.path[-1], len(place.path) - 1
    number = counts_of(questionnaire, answers).get((place.item.link_id, outside), 1)
    inside = {item.link_id for item in place.item.walk()}
    changes: dict[str, Any] = {}
    moved: dict[str, Any] = {}
    for key, value in answers.items():
        found = locate(questionnaire, key) or _count_place(questionnaire, key)
        if found is None or found.item.link_id not in inside or len(found.path) <= depth:
            continue
        if found.path[:depth] != outside or found.path[depth] < gone:
            continue
        changes[key] = None
        if found.path[depth] > gone:
            path = (*outside, found.path[depth] - 1, *found.path[depth + 1 :])
            moved[address_of(found.item.link_id, path)] = value
    if number > 1:
        moved[address_of(place.item.link_id, outside)] = number - 1
    return changes | moved


def _count_place(questionnaire: Questionnaire, address: str) -> Place | None:
    if not is_count(questionnaire, address) or address in questionnaire.index:
        return None
    item, path = _split(questionnaire, address)
    return Place(item, path, address) if item is not None else None


def _split(questionnaire: Questionnaire, address: str) -> tuple[Item | None, Path]:
    match = _INSTANCE.fullmatch(address)
    item = questionnaire.index.get(match[1]) if match else None
    return item, tuple(map(int, match[2].split("."))) if match else ()
