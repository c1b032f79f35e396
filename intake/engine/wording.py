"""A questionnaire with other words for some of its items. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from intake.engine.specs import Item, Questionnaire

#: linkId -> (text, whether it must be answered)
Words = Mapping[str, tuple[str, bool]]


def reworded(questionnaire: Questionnaire, words: Words) -> Questionnaire:
    """The same questions in these words; the very same object when nothing differs. Made once for each set of words."""
    index = questionnaire.index
    own = {
        link_id: new
        for link_id, new in words.items()
        if link_id in index and new != (index[link_id].text, index[link_id].required)
    }
    if not own:
        return questionnaire
    # Kept with the questionnaire itself, as its translations are: both live as long as the published version does.
    kept: dict[Any, Questionnaire] = questionnaire.__dict__.setdefault("_reworded", {})
    mark = tuple(sorted(own.items()))
    if mark not in kept:
        kept[mark] = replace(questionnaire, items=tuple(_item(item, own) for item in questionnaire.items))
    return kept[mark]


def _item(item: Item, words: Words) -> Item:
    items = tuple(_item(child, words) for child in item.items)
    if item.link_id in words:
        text, required = words[item.link_id]
        return replace(item, text=text, required=required, items=items)
    return item if items == item.items else replace(item, items=items)
