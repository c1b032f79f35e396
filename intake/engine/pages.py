"""The screens of a questionnaire: top-level groups, long ones split, questions outside any group together. Pure.

A plan belongs to a frozen version and never changes: a screen's name may stand in an address and in what a client has
done already. Which of the screens are asked depends on the answers (`intake.engine.progress`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from intake.engine.specs import Item, Questionnaire

#: Questions on one screen before it is split, and what a part may then hold. One that follows an answer counts half.
MOST, PART = 16, 9
_USABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,58}")
#: Names that addresses of the form use themselves.
RESERVED = frozenset({"check", "save"})


@dataclass(frozen=True)
class Page:
    """One screen: its name in addresses, its heading, and a group that holds what is on it."""

    slug: str
    title: str
    group: Item

    @cached_property
    def link_ids(self) -> frozenset[str]:
        """Everything on it."""
        return frozenset(item.link_id for item in self.group.walk())


def pages_of(questionnaire: Questionnaire) -> tuple[Page, ...]:
    """All screens in order. Worked out once for each specification, and kept with it."""
    kept: tuple[Page, ...] | None = vars(questionnaire).get("_pages")
    if kept is None:
        kept = tuple(_named(_planned(questionnaire)))
        vars(questionnaire)["_pages"] = kept
    return kept


def page_named(questionnaire: Questionnaire, slug: str) -> Page | None:
    """The screen with this name, or None."""
    return next((page for page in pages_of(questionnaire) if page.slug == slug), None)


def _planned(questionnaire: Questionnaire) -> Iterator[Item]:
    loose: list[Item] = []
    for item in questionnaire.items:
        if item.type != "group":
            loose.append(item)
            continue
        if loose:
            yield from _loose(questionnaire, loose)
            loose = []
        yield from _split(item)
    if loose:
        yield from _loose(questionnaire, loose)


def _loose(questionnaire: Questionnaire, items: list[Item]) -> Iterator[Item]:
    yield from _split(Item(link_id="questions", type="group", text=questionnaire.title, items=tuple(items)))


def _split(group: Item) -> Iterator[Item]:
    """The group itself, or several that hold its parts: a part never cuts through a question or a repeating group."""
    if any(_is_page(child) for child in group.items):
        run: list[Item] = []
        for child in group.items:
            if _is_page(child):
                yield from _part(group, run)
                yield from _split(child)
                run = []
            else:
                run.append(child)
        yield from _part(group, run)
    elif _weight(group) <= MOST or not _may_be_cut(group):
        yield group
    else:
        yield from _cut(group)


def _cut(group: Item) -> Iterator[Item]:
    run: list[Item] = []
    for child in group.items:
        if run and _weight_of([*run, child]) > PART:
            yield from _part(group, run)
            run = []
        if _weight(child) > MOST and _may_be_cut(child):
            for piece in _cut(child):
                yield replace(group, items=(piece,))
        else:
            run.append(child)
    yield from _part(group, run)


def _part(group: Item, items: list[Item]) -> Iterator[Item]:
    if items:
        yield replace(group, items=tuple(items))


def _is_page(item: Item) -> bool:
    return item.type == "group" and getattr(item, "control", "") == "page"


def _may_be_cut(item: Item) -> bool:
    return item.type == "group" and not item.repeats and getattr(item, "control", "") not in {"table", "gtable", "grid"}


def _weight(item: Item) -> float:
    own = (0.5 if item.enable_when else 1.0) if item.is_question and not getattr(item, "hidden", False) else 0.0
    return own + _weight_of(item.items)


def _weight_of(items: Iterable[Item]) -> float:
    return sum(_weight(item) for item in items)


def _named(groups: Iterable[Item]) -> Iterator[Page]:
    taken: set[str] = set()
    for number, group in enumerate(groups, start=1):
        wanted = group.link_id
        if not _USABLE.fullmatch(wanted) or wanted in RESERVED:
            wanted = f"page-{number}"
        slug, again = wanted, 1
        while slug in taken:
            again += 1
            slug = f"{wanted}-{again}"
        taken.add(slug)
        yield Page(slug, group.text, group)
