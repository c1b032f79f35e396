"""How far a form is: which screens are asked, what is done, how long the rest takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from intake.engine.enablement import answered, enabled
from intake.engine.pages import Page, pages_of
from intake.engine.places import inside, places
from intake.engine.specs import Item, Questionnaire

SECONDS_A_QUESTION = 6
SECONDS_A_TEXT = 15
_TEXTS = frozenset({"text", "string"})


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a client stands on their way through the form."""

    screens: tuple[Page, ...]
    done: int
    percent: int
    minutes_left: int

    def number(self, slug: str) -> int:
        """1 for the first screen; 0 for one that is not asked."""
        return next((at for at, screen in enumerate(self.screens, start=1) if screen.slug == slug), 0)

    def after(self, slug: str) -> Page | None:
        """The next screen, or None after the last."""
        at = self.number(slug)
        return self.screens[at] if at < len(self.screens) else None

    def before(self, slug: str) -> Page | None:
        """The screen before, or None on the first."""
        at = self.number(slug)
        return self.screens[at - 2] if at > 1 else None

    def first_open(self, screens_done: Collection[str]) -> Page | None:
        """Where to go on: the first screen that is not done yet; None when all are."""
        return next((screen for screen in self.screens if screen.slug not in screens_done), None)


def progress_of(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    screens_done: Collection[str],
    on: Collection[str] | None = None,
) -> Progress:
    """The screens that are asked with these answers, the share that is done and the minutes that remain.

    `on` is what `enabled` says, for who has asked already.
    """
    on = enabled(questionnaire, answers) if on is None else on
    shown = [one for one in _plan(questionnaire) if not one.shows.isdisjoint(on)]
    seconds, total, answered_count = 0, 0, 0
    for one in shown:
        is_done = one.page.slug in screens_done
        for address, required, takes in _counted(questionnaire, answers, one):
            if address not in on:
                continue
            has_answer = answered(answers.get(address))
            if required:
                total += 1
                answered_count += has_answer
            if not has_answer and (required or not is_done):
                seconds += takes
    screens = tuple(one.page for one in shown)
    return Progress(
        screens=screens,
        done=sum(screen.slug in screens_done for screen in screens),
        percent=100 * answered_count // total if total else 100,
        minutes_left=max(1, round(seconds / 60)),
    )


@dataclass(frozen=True, slots=True)
class _Planned:
    """A screen, the items that make it one to be shown, and what a client fills in: address, required, seconds."""

    page: Page
    shows: frozenset[str]
    counted: tuple[tuple[str, bool, int], ...]


def _plan(questionnaire: Questionnaire) -> list[_Planned]:
    """What the answers do not change. Worked out once for each specification, and kept with it."""
    kept: list[_Planned] | None = vars(questionnaire).get("_progress_plan")
    if kept is None:
        kept = [
            _Planned(page, frozenset(filter(None, map(_shown, page.group.walk()))), _of(questionnaire, {}, page))
            for page in pages_of(questionnaire)
        ]
        vars(questionnaire)["_progress_plan"] = kept
    return kept


def _counted(
    questionnaire: Questionnaire, answers: Mapping[str, Any], one: _Planned
) -> tuple[tuple[str, bool, int], ...]:
    return _of(questionnaire, answers, one.page) if questionnaire.has_loops else one.counted


def _of(questionnaire: Questionnaire, answers: Mapping[str, Any], page: Page) -> tuple[tuple[str, bool, int], ...]:
    return tuple(
        (place.address, place.item.required, SECONDS_A_TEXT if place.item.type in _TEXTS else SECONDS_A_QUESTION)
        for place in places(questionnaire, answers, inside(page.group))
        if place.item.is_question and not place.item.hidden and not place.item.read_only
    )


def _shown(item: Item) -> str:
    """The item's linkId when a screen with it has something to show."""
    return "" if item.type == "group" or item.hidden else item.link_id
