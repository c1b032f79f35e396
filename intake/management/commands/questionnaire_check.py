"""A questionnaire and answers to it judged by the product's own form, for anyone who wants to check it from outside."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandParser, OutputWrapper
from django.utils import timezone

from intake.engine.incoming import NoResponse
from intake.engine.judging import judge
from intake.engine.specs import Questionnaire, SpecError, parse

VALID, INVALID, REFUSED = 0, 1, 2


class Command(BaseCommand):
    """`questionnaire_check FILE [--answers FILE]`, or `--batch`: one JSON object a line in, one a line out."""

    help = "Judges answers to a FHIR Questionnaire. Exit 0: valid, 1: answers invalid, 2: Questionnaire refused."
    requires_system_checks: list[str] = []
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="a Questionnaire")
        parser.add_argument("--answers", help="a QuestionnaireResponse; without it the form is just opened")
        parser.add_argument("--batch", action="store_true", help="read JSON lines from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            run(options.get("stdin") or sys.stdin.buffer, self.stdout)
            return
        verdict, code = _one(options["file"], options["answers"])
        self.stdout.write(json.dumps(verdict, ensure_ascii=False))
        if code != VALID:
            raise SystemExit(code)


def _one(file: str | None, answers: str | None) -> tuple[dict[str, Any], int]:
    if not file:
        return {"questionnaire_error": "Name a file, or use --batch."}, REFUSED
    case = {"id": Path(file).name, "questionnaire": file, "answers": None}
    if answers:
        try:
            case["answers"] = json.loads(Path(answers).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            return {"id": case["id"], "error": f"answers: {error}"}, INVALID
    verdict = check(case)
    if "questionnaire_error" in verdict:
        return verdict, REFUSED
    return verdict, VALID if verdict.get("valid") else INVALID


def run(lines: Iterable[bytes | str], out: IO[str] | OutputWrapper) -> None:
    """Answers each line at once; a line that cannot be used becomes {id, error} and the next one is read."""
    for line in lines:
        if line.strip():
            out.write(json.dumps(_of_line(line)) + "\n")
            out.flush()


def _of_line(line: bytes | str) -> dict[str, Any]:
    case: Any = None
    try:
        case = json.loads(line)
        if not isinstance(case, dict):
            raise ValueError("a line must be a JSON object")
        return check(case)
    except Exception as error:  # one broken line must never end the batch
        return {"id": case.get("id") if isinstance(case, dict) else None, "error": f"{type(error).__name__}: {error}"}


def check(case: dict[str, Any]) -> dict[str, Any]:
    """The verdict on one case."""
    now = timezone.now()
    try:
        questionnaire = _questionnaire(*_file(str(case.get("questionnaire"))))
    except SpecError as error:
        return {"id": case.get("id"), "questionnaire_error": str(error)}
    try:
        found = judge(questionnaire, case.get("answers"), today=timezone.localdate(now), now=now)
    except NoResponse as error:
        return {"id": case.get("id"), "error": str(error)}
    return {
        "id": case.get("id"),
        "enabled": found.enabled,
        "valid": found.is_valid,
        "errors": found.errors,
        "response": found.response,
        "instances": found.instances,
    }


def _file(path: str) -> tuple[str, int]:
    try:
        return path, Path(path).stat().st_mtime_ns
    except (OSError, ValueError) as error:
        raise SpecError(f"The file cannot be read: {error}") from error


@lru_cache(maxsize=128)
def _questionnaire(path: str, changed: int) -> Questionnaire:
    """The specification in a file as it was last changed. Raises SpecError, also for a file that is none."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SpecError(f"The file cannot be read as JSON: {error}") from error
    return parse(document)
