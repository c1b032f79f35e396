"""One item of a questionnaire as the owner sees it: read from the document and written back. Pure.

Writing changes only what differs from what was read; everything else of the item stays as it was, down to extensions
that nobody here knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from intake.authoring.outline import CONTROL, Raw, fresh, id_of, is_help, slug

_EXT = "http://hl7.org/fhir/StructureDefinition/"
_MIN, _MAX = _EXT + "minValue", _EXT + "maxValue"
_HIDDEN, _UNIT = _EXT + "questionnaire-hidden", _EXT + "questionnaire-unit"
_EXCLUSIVE = _EXT + "questionnaire-optionExclusive"
_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
_LIMITED = {"integer": "valueInteger", "decimal": "valueDecimal", "date": "valueDate"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of item as the owner chooses it."""

    code: str
    words: str
    type: str
    repeats: bool = False
    options: bool = False


KINDS = (
    Kind("yes_no", "Yes or no", "boolean"),
    Kind("one", "Choose one", "choice", options=True),
    Kind("several", "Choose several", "choice", repeats=True, options=True),
    Kind("other", "Choose one, or write another", "open-choice", options=True),
    Kind("others", "Choose several, or write others", "open-choice", repeats=True, options=True),
    Kind("short", "Short text", "string"),
    Kind("long", "Long text", "text"),
    Kind("scale", "Scale from 0 to 10", "integer"),
    Kind("whole", "Whole number", "integer"),
    Kind("number", "Number with decimals", "decimal"),
    Kind("quantity", "Number with a unit", "quantity"),
    Kind("date", "Date", "date"),
    Kind("moment", "Date and time", "dateTime"),
    Kind("time", "Time of day", "time"),
    Kind("file", "Photo or file", "attachment"),
    Kind("web", "Web address", "url"),
    Kind("text", "Text to read", "display"),
    Kind("group", "Group of questions", "group"),
)
#: What a new item is called until it has words of its own.
NEW_QUESTION, NEW_GROUP, NEW_TEXT = PLACEHOLDERS = ("New question", "New group", "New text")
KIND = {kind.code: kind for kind in KINDS}
#: What may become what without a change of meaning of the answers given before.
_ALIKE = (frozenset({"short", "long"}), frozenset({"one", "other"}), frozenset({"several", "others"}))


@dataclass(frozen=True, slots=True)
class Option:
    """One permitted answer: the code stays, the words may change."""

    code: str
    words: str
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """What the owner may change about one item."""

    kind: str
    text: str = ""
    help: str = ""
    required: bool = False
    repeats: bool = False
    hidden: bool = False
    max_length: int | None = None
    lowest: Any = None
    highest: Any = None
    unit: str = ""
    options: tuple[Option, ...] = field(default_factory=tuple)
    list_name: str = ""  # answers come from a value set that is not spelled out here

    @property
    def of(self) -> Kind:
        """Its sort."""
        return KIND.get(self.kind) or Kind(self.kind, f"Question of type “{self.kind}”", self.kind)


def kind_of(item: Raw) -> str:
    """The sort of an item; its FHIR type when the builder has no words for it."""
    type_, repeats = item.get("type"), bool(item.get("repeats"))
    if type_ == "integer" and not item.get("answerOption"):
        return "scale" if (_extension(item, _MIN), _extension(item, _MAX)) == (0, 10) else "whole"
    wanted = repeats if type_ in ("choice", "open-choice") else False
    return next((kind.code for kind in KINDS if kind.type == type_ and kind.repeats == wanted), str(type_))


def may_become(kind: str, other: str) -> bool:
    """Whether a published question may turn from one sort into the other."""
    return kind == other or any({kind, other} <= alike for alike in _ALIKE)


def read(item: Raw) -> Block:
    """The item as the owner sees it."""
    unit = _extension(item, _UNIT)
    return Block(
        kind=kind_of(item),
        text=str(item.get("text", "")),
        help=next((str(one.get("text", "")) for one in item.get("item") or [] if is_help(one)), ""),
        required=bool(item.get("required")),
        repeats=bool(item.get("repeats")),
        hidden=_extension(item, _HIDDEN) is True,
        max_length=item.get("maxLength"),
        lowest=_extension(item, _MIN),
        highest=_extension(item, _MAX),
        unit=str(unit.get("display") or unit.get("code") or "") if isinstance(unit, dict) else "",
        options=tuple(option for option, _ in _options(item)),
        list_name=str(item.get("answerValueSet", "")),
    )


def _extension(node: Raw, url: str) -> Any:
    for extension in node.get("extension") or []:
        if extension.get("url") == url:
            return next((value for name, value in extension.items() if name.startswith("value")), None)
    return None


def _set_extension(node: Raw, url: str, name: str, value: Any) -> None:
    """One extension set, changed or (with None) taken out; the others keep their places."""
    kept = node.get("extension") or []
    found = next((one for one in kept if one.get("url") == url), None)
    if value is None:
        kept = [one for one in kept if one is not found]
    elif found is None:
        kept = [*kept, {"url": url, name: value}]
    else:
        for old in [key for key in found if key.startswith("value")]:
            del found[old]
        found[name] = value
    if kept:
        node["extension"] = kept
    else:
        node.pop("extension", None)


def _options(item: Raw) -> Iterator[tuple[Option, Raw]]:
    """The options with what stands for each in the document. Two of one code (in two systems) are told apart."""
    seen: set[str] = set()
    for at, raw in enumerate(item.get("answerOption") or []):
        option = _option(raw, at)
        option = replace(option, code=f"{option.code}#{at + 1}") if option.code in seen else option
        seen.add(option.code)
        yield option, raw


def _option(raw: Raw, at: int) -> Option:
    value = next((one for name, one in raw.items() if name.startswith("value")), "")
    exclusive = _extension(raw, _EXCLUSIVE) is True
    if isinstance(value, dict):
        code = str(value.get("code") or value.get("reference") or value.get("display") or f"#{at + 1}")
        return Option(code, str(value.get("display") or code), exclusive)
    return Option(str(value), str(value), exclusive)


def new(kind: str, text: str) -> Raw:
    """A new item of a sort; its linkId is given when it gets its place."""
    chosen = KIND[kind]
    item: Raw = {"linkId": "", "text": text, "type": chosen.type}
    if chosen.repeats:
        item["repeats"] = True
    if kind == "scale":
        item["extension"] = [{"url": _MIN, "valueInteger": 0}, {"url": _MAX, "valueInteger": 10}]
    if chosen.options:
        item["answerOption"] = [{"valueCoding": {"code": "yes", "display": "Yes"}},
                                {"valueCoding": {"code": "no", "display": "No"}}]  # fmt: skip
    return item


def write(
    item: Raw, block: Block, *, system: str, taken_ids: Collection[str], taken_codes: Collection[str] = ()
) -> Raw:
    """The item with what differs in `block`. `system` is that of the codes made here."""
    made, was = deepcopy(item), read(item)
    if block.kind != was.kind:
        _change_kind(made, block.of)
    if block.text != was.text:
        _set(made, "text", block.text)
    if block.required != was.required:
        _set(made, "required", block.required)
    if block.repeats != was.repeats and block.kind == was.kind:
        _set(made, "repeats", block.repeats)
    if block.hidden != was.hidden:
        _set_extension(made, _HIDDEN, "valueBoolean", True if block.hidden else None)
    if block.max_length != was.max_length:
        _set(made, "maxLength", block.max_length)
    _write_limits(made, block, was)
    if block.unit != was.unit:
        coding = {"display": block.unit, "code": block.unit} if block.unit else None
        _set_extension(made, _UNIT, "valueCoding", coding)
    if block.help != was.help:
        _write_help(made, block.help, taken_ids)
    if block.options != was.options:
        _write_options(made, block.options, system, taken_codes)
    return made


def _set(item: Raw, name: str, value: Any) -> None:
    if value in (None, "", False) and name not in item:
        return
    if value in (None, ""):
        item.pop(name, None)
        item.pop(f"_{name}", None)
    else:
        item[name] = value


def _change_kind(item: Raw, kind: Kind) -> None:
    fresh_one = new(kind.code, str(item.get("text", "")))
    item["type"] = kind.type
    item.pop("repeats", None)
    if kind.repeats:
        item["repeats"] = True
    for url in (_MIN, _MAX, _UNIT):
        _set_extension(item, url, "", None)
    if kind.code == "scale":
        item["extension"] = [*item.get("extension", []), *fresh_one["extension"]]
    if not kind.options:
        item.pop("answerOption", None)
        item.pop("answerValueSet", None)
    elif not item.get("answerOption") and not item.get("answerValueSet"):
        item["answerOption"] = fresh_one["answerOption"]
    if kind.type not in ("string", "text", "url", "open-choice"):
        item.pop("maxLength", None)
    if kind.type == "display":
        for name in ("required", "repeats", "item", "readOnly", "initial"):
            item.pop(name, None)


def _write_limits(item: Raw, block: Block, was: Block) -> None:
    kind = _LIMITED.get(str(item.get("type")))
    if kind is None or block.kind == "scale":
        return
    for url, now, before in ((_MIN, block.lowest, was.lowest), (_MAX, block.highest, was.highest)):
        if now != before:
            _set_extension(item, url, kind, float(now) if isinstance(now, Decimal) else now)


def _write_help(item: Raw, words: str, taken: Collection[str]) -> None:
    children = item.get("item") or []
    kept = next((one for one in children if is_help(one)), None)
    if kept is not None and words:
        kept["text"] = words
    elif kept is not None:
        children.remove(kept)
    elif words:
        control = {"url": CONTROL, "valueCodeableConcept": {"coding": [{"system": _CONTROLS, "code": "help"}]}}
        children = [{"linkId": fresh(f"{id_of(item)}.help", taken), "text": words, "type": "display",
                     "extension": [control]}, *children]  # fmt: skip
    if children:
        item["item"] = children
    else:
        item.pop("item", None)


def _write_options(item: Raw, options: Sequence[Option], system: str, taken: Collection[str]) -> None:
    """Options by their codes: those that stay keep all they have, new ones get a code out of their words."""
    rows = list(_options(item))
    kept, was = {one.code: raw for one, raw in rows}, {one.code: one.words for one, _ in rows}
    used = set(kept) | set(taken)
    made = []
    for option in options:
        raw = kept.get(option.code)
        if raw is None:
            code = fresh(slug(option.words, fallback="answer"), used)
            used.add(code)
            raw = {"valueCoding": {"system": system, "code": code, "display": option.words}}
        else:
            if was[option.code] != option.words:
                _reword(raw, option.words)
        if (_extension(raw, _EXCLUSIVE) is True) != option.exclusive:
            _set_extension(raw, _EXCLUSIVE, "valueBoolean", True if option.exclusive else None)
        made.append(raw)
    if made:
        item["answerOption"] = made
    else:
        item.pop("answerOption", None)


def _reword(raw: Raw, words: str) -> None:
    name = next(one for one in raw if one.startswith("value"))
    if isinstance(raw[name], dict):
        raw[name]["display"] = words
    elif name == "valueString":
        raw[name] = words


def tidy(options: Sequence[Option]) -> tuple[Option, ...]:
    """Options without empty rows and spare spaces."""
    trimmed = (replace(one, words=" ".join(one.words.split())) for one in options)
    return tuple(one for one in trimmed if one.words)
