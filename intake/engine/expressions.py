"""SDC's expressions in FHIRPath: variables, what is calculated, what is asked, what is a mistake. Pure.

An expression that is broken, names a variable nobody gives or goes round in a circle has no result: nothing is
calculated and no rule is broken by it, and a question that depends on it is asked. FHIRPath is loaded with the first
questionnaire that needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from decimal import Decimal
from functools import cached_property, lru_cache, partial
from typing import Any

from intake.engine import patterns
from intake.engine.answers import plain_result, to_items
from intake.engine.places import Answers, Place, address_of, places
from intake.engine.specs import Constraint, Expression, Questionnaire

_NAME = re.compile(r"%`([^`]+)`|%([A-Za-z_][A-Za-z0-9_]*)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: The scores of the questionnaire that is being worked out: (system, code) -> weight.
_WEIGHTS: ContextVar[Mapping[tuple[str, str], Decimal]] = ContextVar("weights")


_SYSTEMS = {"sct": "http://snomed.info/sct", "loinc": "http://loinc.org"}


class _Broken(Exception):
    """The expression has no result."""


@lru_cache(maxsize=2000)
def _compiled(text: str) -> Callable[[Any, dict[str, Any]], Any]:
    import fhirpathpy
    from fhirpathpy.models import models

    functions: dict[str, Any] = {name: {"fn": _weights, "arity": {0: []}} for name in ("ordinal", "weight")}
    functions["power"] = {"fn": _power, "arity": {1: ["Number"]}}
    functions["matches"] = {"fn": _matches, "arity": {1: ["String"]}}
    functions["replaceMatches"] = {"fn": _replace_matches, "arity": {2: ["String", "String"]}}
    for name, reckon in (("sum", sum), ("min", min), ("max", max), ("avg", lambda some: sum(some) / len(some))):
        functions[name] = {"fn": partial(_reckoned, reckon), "arity": {0: []}}
    options = {"userInvocationTable": functions, "returnRawData": True, "traceFn": _untold}
    try:
        found: Callable[[Any, dict[str, Any]], Any] = fhirpathpy.compile(text, models["r4"], options)
    except Exception as error:  # whatever the parser makes of it, the text is no expression
        raise _Broken(str(error)) from error
    return found


def _untold(label: str, nodes: Any) -> None:
    """`trace()` would print answers to wherever the server's output goes."""


def _weights(nodes: list[Any]) -> list[Any]:
    """`ordinal()` and `weight()`: the scores of the chosen options."""
    from fhirpathpy.engine.util import get_data

    weights = _WEIGHTS.get({})
    codings = [value.get("valueCoding", value) for node in nodes if isinstance(value := get_data(node), Mapping)]
    found = [weights.get((str(one.get("system", "")), str(one.get("code", "")))) for one in codings]
    return [weight for weight in found if weight is not None]


def _reckoned(reckon: Callable[[list[Any]], Any], nodes: list[Any]) -> list[Any]:
    """`sum()` and its like on answers, which the library does only on bare numbers."""
    numbers = _data(nodes)
    return [reckon(numbers)] if numbers else []


def _matches(nodes: list[Any], pattern: Any) -> list[Any]:
    """`matches()` with an end: see `intake.engine.patterns`."""
    texts = _data(nodes)
    if len(texts) != 1 or not isinstance(texts[0], str) or not isinstance(pattern, str) or not pattern:
        return []
    return [patterns.found(f"(?s:{pattern})", texts[0])]


def _replace_matches(nodes: list[Any], pattern: Any, by: Any) -> list[Any]:
    texts = _data(nodes)
    if len(texts) != 1 or not all(isinstance(one, str) for one in (texts[0], pattern, by)):
        return []
    return [patterns.replaced(pattern, re.sub(r"\$(\d+)", r"\\\1", by), texts[0])]


def _power(numbers: list[Any], exponent: Any) -> list[Any]:
    """FHIRPath's `power` also takes exponents that are not whole, which the library leaves out."""
    from fhirpathpy.engine.util import get_data

    if len(numbers) != 1:
        return []
    base, exponent = Decimal(get_data(numbers[0])), Decimal(exponent)
    if base < 0 and exponent != exponent.to_integral_value():
        return []
    return [base**exponent]


def _typed(node: Any, path: str) -> Any:
    """A part of a resource that knows which: only so does FHIRPath find `answer.value` in it."""
    from fhirpathpy.engine.nodes import ResourceNode

    return ResourceNode.create_node(node, path)


def _data(nodes: list[Any]) -> list[Any]:
    from fhirpathpy.engine.util import get_data

    return [get_data(node) for node in nodes]


class Evaluator:
    """The expressions of a questionnaire on one set of answers."""

    def __init__(self, questionnaire: Questionnaire, answers: Answers, launch: Mapping[str, Any] | None = None) -> None:
        self.questionnaire, self.answers, self.launch = questionnaire, answers, dict(launch or {})
        self._known: dict[tuple[str, str], Any] = {}
        self._open: set[tuple[str, str]] = set()

    @cached_property
    def _response(self) -> tuple[dict[str, Any], dict[str, Any]]:
        nodes: dict[str, Any] = {}
        items = to_items(self.questionnaire, self.answers, nodes=nodes)
        return {"resourceType": "QuestionnaireResponse", "status": "in-progress", "item": items}, nodes

    def is_true(self, expression: Expression, place: Place | None) -> bool:
        """Whether the expression holds; a broken one counts as holding."""
        try:
            found = _data(self._run(expression.text, place))
        except _Broken:
            return True
        # FHIRPath takes a single value that is neither true nor false as "there is one".
        return any(one is not False for one in found)

    def values(self, expression: Expression, place: Place | None = None) -> list[Any]:
        """What the expression finds; nothing when it is broken."""
        try:
            return _data(self._run(expression.text, place))
        except _Broken:
            return []

    def is_kept(self, constraint: Constraint, place: Place | None) -> bool:
        """False when the answers break a rule; one that has no result is kept."""
        try:
            return _data(self._run(constraint.expression, place)) != [False]
        except _Broken:
            return True

    def calculated(self, on: Iterable[str]) -> dict[str, Any]:
        """The answers to questions that are worked out from others: address -> value, None for no result."""
        asked = set(on)
        found: dict[str, Any] = {}
        for place in places(self.questionnaire, self.answers):
            expression = place.item.calculated_expression
            if expression is not None and place.address in asked:
                found |= self._answer(place, expression)
        return found

    def initial(self) -> dict[str, Any]:
        """The answers that a form starts with by expression."""
        found: dict[str, Any] = {}
        for place in places(self.questionnaire, self.answers):
            if place.item.initial_expression is not None and place.item.is_question:
                found |= self._answer(place, place.item.initial_expression)
        return {address: value for address, value in found.items() if value is not None}

    def _answer(self, place: Place, expression: Expression) -> dict[str, Any]:
        try:
            results = _data(self._run(expression.text, place))
        except _Broken:
            return {}
        values = [value for one in results if (value := plain_result(place.item, one)) is not None]
        if place.item.repeats:
            return {place.address: values or None}
        return {place.address: values[0] if len(values) == 1 else None}

    def _run(self, text: str, place: Place | None) -> list[Any]:
        """The nodes an expression finds; they know their types, so that a variable may be looked into."""
        text = self._delimited(text)
        context = self._context(text, place)
        run = _compiled(text)
        token = _WEIGHTS.set(self.questionnaire.weights)
        try:
            found = run(context["context"], context)
        except Exception as error:  # whatever the library makes of a strange expression, the form goes on
            raise _Broken(str(error)) from error
        finally:
            _WEIGHTS.reset(token)
        return found if isinstance(found, list) else [found]

    def _delimited(self, text: str) -> str:
        """Names with a hyphen in them, as some forms have, set between back-ticks."""
        for name in self.questionnaire.variable_names:
            if not _IDENTIFIER.fullmatch(name):
                text = text.replace(f"%{name}", f"%`{name}`")
        return text

    def _context(self, text: str, place: Place | None) -> dict[str, Any]:
        response, nodes = self._response
        node = response
        if place is not None:
            node = nodes.get(place.address, {"linkId": place.item.link_id})
        context: dict[str, Any] = {**_SYSTEMS, **self.launch, "resource": response, "rootResource": response}
        context |= {"context": node, "questionnaire": self.questionnaire.document}
        if place is not None:
            context["context"] = _typed(node, "QuestionnaireResponse.item")
            context["qitem"] = _typed(self.questionnaire.raw.get(place.item.link_id, {}), "Questionnaire.item")
        for match in _NAME.finditer(text):
            name = match[1] or match[2]
            scope = self._scope(name, place)
            if scope is not None:
                context[name] = self._variable(name, *scope)
        return context

    def _scope(self, name: str, place: Place | None) -> tuple[Expression, Place | None] | None:
        """The nearest variable of that name: at the item, then at what encloses it, then at the questionnaire."""
        spec = self.questionnaire
        if name not in spec.variable_names:
            return None
        if place is not None:
            for link_id in (place.item.link_id, *reversed(spec.ancestors[place.item.link_id])):
                named = next((one for one in spec.index[link_id].variables if one.name == name), None)
                if named is not None:
                    path = place.path[: len(spec.loops[link_id])]
                    return named, Place(spec.index[link_id], path, address_of(link_id, path))
        named = next((one for one in spec.variables if one.name == name), None)
        return (named, None) if named is not None else None

    def _variable(self, name: str, expression: Expression, place: Place | None) -> Any:
        key = (name, place.address if place is not None else "")
        if key in self._known:
            return self._known[key]
        if key in self._open:
            raise _Broken(f"%{name} goes round in a circle")
        self._open.add(key)
        try:
            found = self._run(expression.text, place)
        finally:
            self._open.discard(key)
        self._known[key] = found
        return found
