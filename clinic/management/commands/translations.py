"""Keep the catalogue of translations in step with the texts, for those who change one."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic import texts

# Not ours, not for clients, or tests of texts.
LEFT_OUT = ["*/tests/*", "var/*", ".venv/*", "docs/*", "*/testing*.py"]


class Command(BaseCommand):
    help = (
        "Collects every text clients read (templates, Python, data files) into clinic/locale/<language>/LC_MESSAGES/"
        "django.po, keeping what is translated, and compiles it to django.mo. Collecting needs GNU gettext; "
        "--compile alone does not. Needs requirements-dev.txt."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--compile", action="store_true", help="only make the .mo from the .po")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            polib: Any = import_module("polib")  # for developers; the clinic itself runs without it
        except ImportError:
            raise CommandError("polib is missing: pip install -r requirements-dev.txt") from None
        for path in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po")):
            language = path.parts[-3]
            if not options["compile"]:
                self._collect(polib, language, path)
            catalogue = polib.pofile(str(path), wrapwidth=0)
            catalogue.save_as_mofile(str(path.with_suffix(".mo")))
            open_ = len(catalogue.untranslated_entries())
            self.stdout.write(f"{language}: {len(catalogue)} texts, {open_} without a translation.")

    def _collect(self, polib: Any, language: str, path: Path) -> None:
        if shutil.which("xgettext") is None:
            raise CommandError("GNU gettext is missing (package gettext). With --compile only the .mo is made.")
        known = {_key(entry): entry for entry in polib.pofile(str(path), wrapwidth=0)}
        call_command(
            "makemessages", locale=[language], ignore_patterns=LEFT_OUT, add_location="file", no_wrap=True,
            no_obsolete=True, verbosity=0, extensions=["html", "py", "txt"],
        )  # fmt: skip
        catalogue = polib.pofile(str(path), wrapwidth=0)
        found = {_key(entry): entry for entry in catalogue}
        for where, text in texts.of_all_apps():
            if (text, None) not in found:
                found[text, None] = polib.POEntry(msgid=text)
                catalogue.append(found[text, None])
            if (where, "") not in found[text, None].occurrences:
                found[text, None].occurrences.append((where, ""))
        for key, entry in found.items():  # msgmerge guesses; a guess about health is worse than none
            before = known.get(key)
            entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
            entry.previous_msgid = None
            entry.msgstr = before.msgstr if before else ""
            if entry.msgid_plural:
                entry.msgstr_plural = (before and before.msgstr_plural) or {0: "", 1: ""}
        catalogue.metadata.pop("POT-Creation-Date", None)  # would change with every run
        catalogue.sort(key=lambda entry: (min(entry.occurrences, default=("", "")), entry.msgid))
        catalogue.save()


def _key(entry: Any) -> tuple[str, str | None]:
    return entry.msgid, entry.msgctxt
