"""The screening rules on answers given as JSON lines, for anyone who wants to check them from outside."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from intake.safety.screening import RuleBook, evaluate, load_rules


class Command(BaseCommand):
    """`screening_check --batch`: one JSON object a line in, one a line out, until the input ends."""

    help = "Evaluates the safety rules on JSON lines: {id, answers, facts} in, {id, rules, …} out."
    requires_system_checks: list[str] = []
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", action="store_true", help="read JSON lines from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["batch"]:
            raise CommandError("Use --batch and write one JSON object a line to standard input.")
        run(options.get("stdin") or sys.stdin.buffer, self.stdout)


def run(lines: Iterable[bytes | str], out: IO[str] | OutputWrapper) -> None:
    """Answers each line at once; a line that cannot be used becomes {id, error} and the next one is read."""
    book = load_rules()
    for line in lines:
        if line.strip():
            out.write(json.dumps(check(book, line)) + "\n")
            out.flush()


def check(book: RuleBook, line: bytes | str) -> dict[str, Any]:
    """The verdict on one line. Answers are taken as given: nothing is added, hidden or corrected."""
    case: Any = None
    try:
        case = json.loads(line)
        if not isinstance(case, dict):
            raise ValueError("a line must be a JSON object")
        answers, facts = case.get("answers") or {}, case.get("facts") or {}
        if not isinstance(answers, dict) or not isinstance(facts, dict):
            raise ValueError("answers and facts must be JSON objects")
        outcome = evaluate(book, answers, facts)
    except Exception as error:  # one broken line must never end the batch
        return {"id": case.get("id") if isinstance(case, dict) else None, "error": f"{type(error).__name__}: {error}"}
    return {
        "id": case.get("id"),
        "rules": [hit.rule.id for hit in outcome.hits],
        "top_class": outcome.top_class,
        "pressure_max": outcome.pressure_max,
    }
