"""Responses that come and go as FHIR R4 JSON: taken whole, or refused with where and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from clinic import audit
from clinic.models import Client, User
from intake import responses
from intake.engine.incoming import NoResponse, read_response
from intake.engine.judging import judge
from intake.engine.specs import Questionnaire
from intake.models import QuestionnaireVersion, Response
from intake.questionnaires import spec_of

LARGEST = 5_000_000
_WORDS = {
    "unknown": "the questionnaire has no such item there",
    "type": "the value is of another kind than the question takes",
    "option": "this answer is not among the options",
    "repeats": "more answers than one",
    "format": "the value is not written as FHIR R4 has it",
    "disabled": "the question is not asked with these answers",
    "required": "an answer is missing",
    "constraint": "the answers break a rule of the questionnaire",
    "file": "files do not come with a response; add them to the chart",
}


class NotTaken(ValueError):
    """The file cannot be used; `problems` says where and why: linkId -> reasons, empty when it is none at all."""

    def __init__(self, words: str, problems: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(words)
        self.problems = dict(problems or {})

    @property
    def lines(self) -> list[str]:
        """Every problem as a line to read."""
        return [
            f"{link_id}: {', '.join(_WORDS.get(reason, reason) for reason in reasons)}"
            for link_id, reasons in self.problems.items()
        ]


def read_json(raw: bytes | str) -> dict[str, Any]:
    """The JSON object in a file. Raises NotTaken: too large, not JSON, a name twice, a number that is none."""
    if len(raw) > LARGEST:
        raise NotTaken(f"The file is larger than {LARGEST // 1_000_000} MB.")
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotTaken(f"The file is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise NotTaken("The file must hold one JSON object.")
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name '{name}' stands twice in one object")
        found[name] = value
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def response_out(response: Response) -> dict[str, Any]:
    """A response as FHIR R4 has it, with whose it is."""
    subject = {"reference": f"Patient/{response.client.public_id}", "type": "Patient"}
    return {**deepcopy(response.document), "id": str(response.public_id), "subject": subject}


def take_response(
    *, client: Client, version: QuestionnaireVersion, document: Mapping[str, Any], by: User, now: datetime
) -> Response:
    """Keep a response that was given elsewhere as this client's sent answers. Raises NotTaken.

    It is taken whole or not at all, and everything that follows from a sent form follows: flags, agreements, proposals.
    """
    spec = spec_of(version)
    _check_meant_for(spec, document)
    try:
        verdict = judge(spec, document, today=responses.today_of(now), now=now)
    except NoResponse as error:
        raise NotTaken(str(error)) from error
    answers = read_response(spec, document).answers
    problems = dict(verdict.errors)
    problems |= {address: ["file"] for address in answers if _is_file(spec, address)}
    if problems:
        raise NotTaken("The response does not fit the questionnaire.", problems)
    with audit.transaction():
        response = Response(client=client, version=version, started_at=now, saved_at=now)
        responses.keep_new(response, answers, now)
        audit.record("response.import", by=by, client=client, subject=response)
        try:
            return responses.submit(response=response, by=by, now=now)
        except responses.Incomplete as error:
            reasons = {address: [words] for address, words in error.problems.items()}
            raise NotTaken("The response does not fit the questionnaire.", reasons) from error


def _check_meant_for(spec: Questionnaire, document: Mapping[str, Any]) -> None:
    if document.get("status") not in {"completed", "amended"}:
        raise NotTaken("Only a completed response can be taken over.")
    meant = str(document.get("questionnaire", ""))
    url, _, number = meant.partition("|")
    if meant and spec.url and (url != spec.url or (number and number != spec.version)):
        raise NotTaken(f"The response answers {meant}, not this version.")


def _is_file(spec: Questionnaire, address: str) -> bool:
    item = spec.index.get(address.rsplit("#", 1)[0]) or spec.index.get(address)
    return item is not None and item.type == "attachment"
