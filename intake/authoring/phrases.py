"""Conditions as sentences: "Ask this when “Blood pressure” is “High”", to read and to write. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from intake.authoring.outline import Document, Raw, id_of, places

ANSWERED, UNANSWERED = "exists", "absent"
_SAID = {ANSWERED: "is answered", UNANSWERED: "is not answered"}
_ORDER = {
    "=": "is exactly", "!=": "is anything but", ">": "is more than", ">=": "is at least", "<": "is less than",
    "<=": "is at most",
}  # fmt: skip
_DATES = {"=": "is on", "!=": "is not on", ">": "is after", ">=": "is on or after", "<": "is before",
          "<=": "is on or before"}  # fmt: skip
_KINDS = {
    "integer": "answerInteger", "decimal": "answerDecimal", "date": "answerDate", "dateTime": "answerDateTime",
    "time": "answerTime", "string": "answerString", "text": "answerString", "url": "answerString",
}  # fmt: skip


class NotACondition(ValueError):
    """What was chosen does not make a condition; the words say what is missing."""


@dataclass(frozen=True, slots=True)
class Test:
    """One thing that can be said of a question's answer: `code` is posted, `needs` a value beside it or not."""

    code: str
    words: str
    needs: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A condition as it is shown and chosen again. `kept` stands for one that only its file can change."""

    question: str
    test: str
    value: str
    words: str
    kept: bool = False


def options_of(item: Raw) -> list[tuple[str, str]]:
    """(code, words) of a question's options."""
    found = []
    for option in item.get("answerOption") or []:
        coding = option.get("valueCoding")
        if isinstance(coding, Mapping):
            code = str(coding.get("code") or coding.get("display") or "")
            found.append((code, str(coding.get("display") or code)))
        else:
            value = next((str(one) for name, one in option.items() if name.startswith("value")), "")
            found.append((value, value))
    return found


def tests_for(item: Raw) -> list[Test]:
    """What may be asked of this question's answer."""
    kind, options = item.get("type"), options_of(item)
    found: list[Test] = []
    if kind == "boolean":
        found = [Test("=:true", "is yes"), Test("=:false", "is no")]
    elif options:
        is_, is_not = ("includes", "does not include") if item.get("repeats") else ("is", "is not")
        found = [Test(f"=:{code}", f"{is_} “{words}”") for code, words in options]
        found += [Test(f"!=:{code}", f"{is_not} “{words}”") for code, words in options]
    elif kind in ("integer", "decimal", "quantity"):
        found = [Test(code, words, needs=True) for code, words in _ORDER.items()] if kind != "quantity" else []
    elif kind in ("date", "dateTime", "time"):
        found = [Test(code, words, needs=True) for code, words in _DATES.items()]
    elif kind in ("string", "text", "url"):
        found = [Test(code, _ORDER[code], needs=True) for code in ("=", "!=")]
    return [*found, Test(ANSWERED, _SAID[ANSWERED]), Test(UNANSWERED, _SAID[UNANSWERED])]


def name_of(item: Raw) -> str:
    """What a question is called in a sentence."""
    return str(item.get("text") or item.get("prefix") or id_of(item))


def read(condition: Raw, questions: Mapping[str, Raw]) -> Sentence:
    """A condition of the document as a sentence."""
    question = str(condition.get("question", ""))
    item = questions.get(question)
    operator = str(condition.get("operator", ""))
    kind, value = next(((name, one) for name, one in condition.items() if name.startswith("answer")), ("", None))
    test, shown = _test_of(operator, kind, value)
    known = {one.code: one for one in tests_for(item)} if item is not None else {}
    if test not in known and f"{operator}:{value}" in known:  # an option that is a plain number or text
        test = f"{operator}:{value}"
    name = name_of(item) if item is not None else question
    if test in known:
        words = f"“{name}” {known[test].words}" + (f" {_shown(kind, shown)}" if known[test].needs else "")
        return Sentence(question, test, shown if known[test].needs else "", words)
    said = {**_ORDER, "exists": "is answered:"}.get(operator, operator)
    return Sentence(question, test, shown, f"“{name}” {said} {shown or test}", kept=True)


def _test_of(operator: str, kind: str, value: Any) -> tuple[str, str]:
    if operator == "exists":
        return (ANSWERED if value is True else UNANSWERED), ""
    if kind == "answerCoding" and isinstance(value, Mapping):
        code = str(value.get("code") or value.get("display") or "")
        return f"{operator}:{code}", code
    if kind == "answerBoolean":
        # "is not yes" says the same as no sentence here can: an empty answer counts as well
        return f"{operator}:{str(value).lower()}", str(value).lower()
    if kind in ("answerQuantity", "answerReference"):
        return f"{operator} …", str(value)
    return operator, str(value)


def _shown(kind: str, value: str) -> str:
    if kind == "answerDate":
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        return f"{day.day} {day:%B %Y}"
    return f"“{value}”" if kind == "answerString" else value


def write(item: Raw, test: str, value: str) -> Raw:
    """The FHIR condition for a test of this question; raises NotACondition with what is missing."""
    known = {one.code: one for one in tests_for(item)}
    if test not in known:
        raise NotACondition("Choose what the answer must be.")
    condition: Raw = {"question": id_of(item)}
    if test in (ANSWERED, UNANSWERED):
        return condition | {"operator": "exists", "answerBoolean": test == ANSWERED}
    if known[test].needs:
        kind = _KINDS[str(item["type"])]
        return condition | {"operator": test, kind: _value(kind, value.strip())}
    operator, _, code = test.partition(":")
    if item.get("type") == "boolean":
        return condition | {"operator": operator, "answerBoolean": code == "true"}
    return condition | {"operator": operator} | _option_answer(item, code)


def _option_answer(item: Raw, code: str) -> Raw:
    for option in item.get("answerOption") or []:
        coding = option.get("valueCoding")
        if isinstance(coding, Mapping):
            if str(coding.get("code") or coding.get("display")) == code:
                return {
                    "answerCoding": {name: coding[name] for name in ("system", "code", "display") if name in coding}
                }
        else:
            name, value = next((pair for pair in option.items() if pair[0].startswith("value")), ("", None))
            if str(value) == code:
                return {"answer" + name.removeprefix("value"): value}
    raise NotACondition("Choose what the answer must be.")


def _value(kind: str, value: str) -> Any:
    if not value:
        raise NotACondition("Write what the answer is compared with.")
    try:
        if kind == "answerInteger":
            return int(value)
        if kind == "answerDecimal":
            number = Decimal(value.replace(",", "."))
            if not number.is_finite():
                raise ValueError
            return int(number) if number == number.to_integral_value() else float(number)
        if kind == "answerDate":
            return date.fromisoformat(value).isoformat()
    except (ValueError, InvalidOperation):
        what = {"answerDate": "a date such as 2026-03-31"}.get(kind, "a number")
        raise NotACondition(f"Write {what} to compare with.") from None
    return value


def sentences(item: Raw, document: Document) -> list[Sentence]:
    """The conditions of an item, as sentences."""
    questions = {id_of(place.item): place.item for place in places(document)}
    return [read(condition, questions) for condition in item.get("enableWhen") or []]


def in_words(item: Raw, document: Document) -> str:
    """All conditions of an item as one sentence; empty without any. Several answers to one question are said once."""
    read_out = sentences(item, document)
    if not read_out:
        return ""
    together, joint = ("!=", " and ") if item.get("enableBehavior") == "all" else ("=", " or ")
    questions = {id_of(place.item): place.item for place in places(document)}
    said: dict[tuple[str, str], list[str]] = {}
    for at, one in enumerate(read_out):
        operator, _, code = one.test.partition(":")
        label = dict(options_of(questions.get(one.question, {}))).get(code)
        if operator == together and label is not None and not one.kept:
            verb = one.words.removesuffix(f" “{label}”")
            said.setdefault((one.question, verb), []).append(f"“{label}”")
        else:
            said[("", str(at))] = [one.words]
    parts = [f"{verb} {_either(labels)}" if question else labels[0] for (question, verb), labels in said.items()]
    what = {"group": "Show this group", "display": "Show this"}.get(str(item.get("type")), "Ask this")
    return f"{what} when {joint.join(parts)}."


def _either(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} or {labels[-1]}"
