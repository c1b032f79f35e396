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
    screens = tuple(page for page in pages_of(questionnaire) if any(_shows(item, on) for item in page.group.walk()))
    seconds, total, answered_count = 0, 0, 0
    for screen in screens:
        is_done = screen.slug in screens_done
        for place in places(questionnaire, answers, inside(screen.group)):
            item = place.item
            if place.address not in on or not item.is_question or item.hidden or item.read_only:
                continue
            has_answer = answered(answers.get(place.address))
            if item.required:
                total += 1
                answered_count += has_answer
            if not has_answer and (item.required or not is_done):
                seconds += SECONDS_A_TEXT if item.type in {"text", "string"} else SECONDS_A_QUESTION
    return Progress(
        screens=screens,
        done=sum(screen.slug in screens_done for screen in screens),
        percent=100 * answered_count // total if total else 100,
        minutes_left=max(1, round(seconds / 60)),
    )


def _shows(item: Item, on: Collection[str]) -> bool:
    return item.type != "group" and item.link_id in on and not getattr(item, "hidden", False)
