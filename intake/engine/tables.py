"""Which groups can be drawn as a table (itemControl table, htable, gtable), and what heads its columns. Pure.

Where what stands in a group does not fit into rows and columns it is drawn as any other group, one below the other.
"""

from __future__ import annotations

from intake.engine.questions import Choice, Question

#: More do not fit beside each other on the pages of a form.
MOST_COLUMNS = 6
_TOO_LARGE = frozenset({"group", "table", "display", "marks", "file", "scale"})
_CHOSEN = frozenset({"yesno", "choice", "choices"})


def questions_across(group: Question) -> list[Question]:
    """The questions that head the columns of a group that is there several times, a row each time; else none."""
    if group.kind != "table" or not group.instances:
        return []
    across = group.instances[0].children
    is_fit = 1 < len(across) <= MOST_COLUMNS and all(_fits(one) for one in across)
    return across if is_fit else []


def choices_across(group: Question) -> list[Choice]:
    """The answers that head the columns of a group whose questions, a row each, share; else none."""
    if group.kind != "table" or group.instances or not group.children:
        return []
    if not all(one.kind in _CHOSEN and _fits(one) and one.other is None for one in group.children):
        return []
    across = group.children[0].choices
    is_same = all(_words(one) == _words(group.children[0]) for one in group.children)
    return across if is_same and 1 < len(across) <= MOST_COLUMNS else []


def _fits(question: Question) -> bool:
    return not (question.kind in _TOO_LARGE or question.many or question.children or question.instances)


def _words(question: Question) -> list[tuple[str, str]]:
    return [(one.value, one.label) for one in question.choices]
