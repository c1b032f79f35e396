"""How far a form is: which screens there are, what is done, how long the rest takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.enablement import answered, enabled
from intake.specs import Item, Questionnaire
from intake.validation import missing

SECONDS_A_QUESTION = 6
SECONDS_A_TEXT = 15


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a client stands on their way through the form."""

    screens: tuple[Item, ...]
    done: int
    percent: int
    minutes_left: int

    def number(self, group_id: str) -> int:
        """1 for the first screen; 0 for one that is not asked."""
        return next((at for at, screen in enumerate(self.screens, start=1) if screen.link_id == group_id), 0)

    def after(self, group_id: str) -> Item | None:
        """The next screen, or None after the last."""
        at = self.number(group_id)
        return self.screens[at] if at < len(self.screens) else None

    def before(self, group_id: str) -> Item | None:
        """The screen before, or None on the first."""
        at = self.number(group_id)
        return self.screens[at - 2] if at > 1 else None


def progress_of(questionnaire: Questionnaire, answers: Mapping[str, Any], screens_done: list[str]) -> Progress:
    """The screens that are asked with these answers, the share that is done and the minutes that remain."""
    on = enabled(questionnaire, answers)
    screens = tuple(
        group for group in questionnaire.groups if any(item.link_id in on and item.is_question for item in group.walk())
    )
    open_ids = set(missing(questionnaire, answers))
    seconds, total, answered_count = 0, 0, 0
    for screen in screens:
        is_done = screen.link_id in screens_done
        for item in screen.walk():
            if not item.is_question or item.link_id not in on:
                continue
            if item.required:
                total += 1
                answered_count += answered(answers.get(item.link_id))
            if item.link_id in open_ids or not (is_done or answered(answers.get(item.link_id))):
                seconds += SECONDS_A_TEXT if item.type in {"text", "string"} else SECONDS_A_QUESTION
    return Progress(
        screens=screens,
        done=sum(screen.link_id in screens_done for screen in screens),
        percent=100 * answered_count // total if total else 100,
        minutes_left=max(1, round(seconds / 60)),
    )
