"""What changed between two versions of a questionnaire, in words; and what the safety rules lose by it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intake import identity
from intake.authoring import blocks, phrases, translating
from intake.authoring.outline import Document, Place, Raw, below, id_of, is_help, places
from intake.safety.screening import Rule, RuleBook, conditions_of

_LIMITS = {
    "help": "Help text",
    "max_length": "Longest answer",
    "lowest": "Lowest",
    "highest": "Highest",
    "unit": "Unit",
}
ADDED, REMOVED, CHANGED, MOVED, OTHER = "added", "removed", "changed", "moved", "other"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: of which item, what sort, said in words."""

    sort: str
    link_id: str
    name: str
    words: str
    was: str = ""
    now: str = ""
    new_meaning: bool = False  # answers given before may not mean the same


@dataclass(frozen=True, slots=True)
class Lost:
    """A safety rule (or a record of the clinic's own) that reads an answer it may not get any more."""

    link_id: str
    question: str
    why: str  # what happened to it, as the second half of a sentence
    rules: tuple[Rule, ...] = ()
    record: str = ""


def changes(was: Document | None, now: Document) -> list[Change]:
    """What a reader should know who knew the version before; for the first version there is nothing to compare."""
    if was is None:
        return []
    before, after = _index(was), _index(now)
    found = list(_of_the_form(was, now))
    for link_id, item in after.items():
        if link_id not in before:
            found.append(Change(ADDED, link_id, _name(item), f"New: {_sort(item)}", now=_name(item), new_meaning=True))
    for link_id, item in before.items():
        if link_id not in after:
            found.append(Change(REMOVED, link_id, _name(item), f"Taken out: {_sort(item)}", was=_name(item)))
    moved = set(_moved(was, now))
    for link_id, item in after.items():
        if link_id in before:
            found += _of_an_item(before[link_id], item, was, now)
            if link_id in moved:
                found.append(Change(MOVED, link_id, _name(item), "Stands in another place"))
    return found


def _index(document: Document) -> dict[str, Raw]:
    return {id_of(place.item): place.item for place in places(document) if not is_help(place.item)}


def _name(item: Raw) -> str:
    return phrases.name_of(item)


def _sort(item: Raw) -> str:
    kind = blocks.read(item).of
    return kind.words[0].lower() + kind.words[1:]


def _of_the_form(was: Document, now: Document) -> Iterator[Change]:
    if was.get("title") != now.get("title"):
        yield Change(OTHER, "", "The form", "Title", str(was.get("title", "")), str(now.get("title", "")))
    spoken = sorted(_languages(was) | _languages(now))
    for language in spoken:
        before = {one.key: one.translation for one in translating.words_of(was, language)}
        after = {one.key: one.translation for one in translating.words_of(now, language)}
        count = sum(1 for key, words in after.items() if words != before.get(key, ""))
        if count:
            yield Change(
                OTHER, "", "The form", f"Translation ({language}): {count} text{'' if count == 1 else 's'} changed"
            )


def _languages(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        own = {
            str(part.get("valueCode"))
            for extension in node.get("extension") or []
            if isinstance(extension, Mapping) and extension.get("url") == translating.URL
            for part in extension.get("extension") or []
            if part.get("url") == "lang"
        }
        return own.union(*(_languages(value) for value in node.values()))
    return set().union(*(_languages(value) for value in node)) if isinstance(node, list) else set()


def _moved(was: Document, now: Document) -> Iterator[str]:
    """Items that left their group, or that stand otherwise among those that stayed in it."""
    before, after = _order(was), _order(now)
    for group, members in after.items():
        stayed = [one for one in members if one in before.get(group, [])]
        old = [one for one in before.get(group, []) if one in stayed]
        # The longest run that kept its order stayed; the rest moved.
        keep = _in_order([old.index(one) for one in stayed])
        yield from (one for at, one in enumerate(stayed) if at not in keep)
        elsewhere = {one for name, others in before.items() if name != group for one in others}
        yield from (one for one in members if one in elsewhere)


def _order(document: Document) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place in places(document):
        if not is_help(place.item):
            found.setdefault(id_of(place.parent) if place.parent else "", []).append(id_of(place.item))
    return found


def _in_order(numbers: list[int]) -> set[int]:
    """Positions of a longest rising run."""
    best: list[tuple[int, ...]] = []
    for at, number in enumerate(numbers):
        longest: tuple[int, ...] = ()
        for run in best:
            if numbers[run[-1]] < number and len(run) > len(longest):
                longest = run
        best.append((*longest, at))
    return set(sorted(best, key=len)[-1]) if best else set()


def _of_an_item(was: Raw, now: Raw, old: Document, new: Document) -> Iterator[Change]:
    before, after = blocks.read(was), blocks.read(now)
    link_id, name = id_of(now), _name(now)

    def change(words: str, a: Any = "", b: Any = "", *, new_meaning: bool = False) -> Change:
        return Change(CHANGED, link_id, name, words, str(a), str(b), new_meaning)

    if before.text != after.text:
        yield change("Reworded", before.text, after.text, new_meaning=True)
    if before.kind != after.kind:
        yield change("Kind of answer", before.of.words, after.of.words, new_meaning=True)
    elif before.repeats != after.repeats:
        yield change("May be answered several times" if after.repeats else "Is answered once")
    if before.required != after.required:
        yield change("Must be answered" if after.required else "May be left open")
    if before.hidden != after.hidden:
        yield change("Hidden from clients" if after.hidden else "Shown to clients")
    for attribute, words in _LIMITS.items():
        a, b = getattr(before, attribute), getattr(after, attribute)
        if a != b:
            yield change(words, "none" if a in (None, "") else a, "none" if b in (None, "") else b)
    yield from _of_options(before, after, change)
    if (was.get("enableWhen"), was.get("enableBehavior")) != (now.get("enableWhen"), now.get("enableBehavior")):
        always = "Always asked."
        a, b = phrases.in_words(was, old) or always, phrases.in_words(now, new) or always
        yield change("When it is asked", a, b)


def _of_options(before: blocks.Block, after: blocks.Block, change: Any) -> Iterator[Change]:
    old, new = ({one.code: one for one in block.options} for block in (before, after))
    for code, option in new.items():
        if code not in old:
            yield change("New answer", "", option.words, new_meaning=True)
        elif old[code].words != option.words:
            yield change("Answer reworded", old[code].words, option.words, new_meaning=True)
    for code, option in old.items():
        if code not in new:
            yield change("Answer taken out", option.words, "", new_meaning=True)
        elif option.exclusive != new[code].exclusive:
            yield change("Stands alone" if new[code].exclusive else "May stand beside other answers", "", option.words)
    if list(old) != list(new) and set(old) == set(new):
        yield change("Answers in another order")


def asked_anew(found: Iterable[Change], now: Document) -> list[str]:
    """The questions that are new or may mean something else: those worth asking again."""
    questions = {id_of(place.item) for place in places(now) if place.item.get("type") not in ("group", "display")}
    return sorted({one.link_id for one in found if one.new_meaning and one.link_id in questions})


def lost(was: Document | None, now: Document, book: RuleBook) -> list[Lost]:
    """What rules and records read in the version before and may not get any more."""
    if was is None:
        return []
    before, after = ({id_of(place.item): place for place in places(document)} for document in (was, now))
    readers = _readers(book)
    found = []
    for link_id, place in before.items():
        rules, codes = readers.get(link_id, ((), {}))
        record, name = _record(link_id), _name(place.item)
        if not (rules or record):
            continue
        why = _muted(place, after.get(link_id))
        if why:
            found.append(Lost(link_id, name, why, tuple(rules), record))
        if link_id in after:
            left = {one.code for one in blocks.read(after[link_id].item).options}
            found += [
                Lost(link_id, name, f"has no answer “{option.words}” any more", tuple(codes[option.code]))
                for option in blocks.read(place.item).options
                if option.code not in left and codes.get(option.code)
            ]
    return found


def _muted(was: Place, now: Place | None) -> str:
    """Why the question may say less than before; empty when it does not."""
    if now is None:
        return "is gone"
    old, new = blocks.read(was.item), blocks.read(now.item)
    if old.of.type != new.of.type or old.repeats != new.repeats:
        return "takes another kind of answer"
    if any(blocks.read(one).hidden for one in (*now.parents, now.item)) and not old.hidden:
        return "is hidden from clients"
    if old.required and not new.required:
        return "may be left open"
    if _conditions_of(was) != _conditions_of(now):
        return "is asked under other conditions"
    return ""


def _conditions_of(place: Place) -> list[tuple[Any, Any]]:
    """All conditions that must hold for an item to be asked: its own and those of the groups round it."""
    chain = (*place.parents, place.item)
    return [(one.get("enableWhen"), one.get("enableBehavior")) for one in chain if one.get("enableWhen")]


def _record(link_id: str) -> str:
    if link_id in identity.RECORD_FIELDS:
        return "The client’s record is kept up to date by this answer."
    if link_id in identity.CONSENTS or link_id in (identity.MESSAGES, identity.CONSENT_AREAS, identity.SIGNATURE):
        return "The client’s agreement is recorded by this answer."
    return ""


def _readers(book: RuleBook) -> dict[str, tuple[list[Rule], dict[str, list[Rule]]]]:
    """linkId -> the rules that read it, and by answer code those that need that very answer."""
    found: dict[str, tuple[list[Rule], dict[str, list[Rule]]]] = {}
    for rule in book.rules:
        for condition in conditions_of(rule.trigger):
            if condition.is_fact:
                continue
            rules, codes = found.setdefault(condition.key, ([], {}))
            if rule not in rules:
                rules.append(rule)
            values = condition.value if isinstance(condition.value, list | tuple) else [condition.value]
            for value in values:
                if rule not in codes.setdefault(str(value), []):
                    codes[str(value)].append(rule)
        if rule.region_from:
            rules, _ = found.setdefault(rule.region_from, ([], {}))
            if rule not in rules:
                rules.append(rule)
    return found


def rules_reading(link_ids: Iterable[str], book: RuleBook) -> list[Rule]:
    """The rules that read any of these questions."""
    readers = _readers(book)
    seen = {rule.id: rule for link_id in link_ids for rule in readers.get(link_id, ((), {}))[0]}
    return list(seen.values())


def rules_of(item: Raw, book: RuleBook) -> list[Rule]:
    """The rules that read an item or anything in it."""
    return rules_reading(sorted(below(item)), book)
