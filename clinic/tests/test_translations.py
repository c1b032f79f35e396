"""The catalogue of translations is whole: compiled, complete, and with the same places for names and numbers."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation.template import templatize

from clinic import texts

CATALOGUES = sorted(settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po"))
ROOT = Path(__file__).parents[2]
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
CALLS = re.compile(
    r"""n?gettext\((?:[^()'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*\)|_\((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)"""
)
PLACES = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]+\}")
MEND = "Run `manage.py translations` (needs gettext and requirements-dev.txt), fill in what is empty, run it again."


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-3])
def catalogue(request):
    return polib.pofile(str(request.param), wrapwidth=0)


def words(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_language_but_english_has_a_catalogue():
    assert {path.parts[-3] for path in CATALOGUES} == {code for code, _ in settings.LANGUAGES} - {"en"}


def test_every_text_has_its_translation(catalogue):
    empty = [entry.msgid for entry in catalogue if not all(words(entry))]
    assert not empty, f"{len(empty)} texts for clients have no translation. {MEND}\n" + "\n".join(map(repr, empty))
    assert not catalogue.fuzzy_entries(), "A guessed translation must be read by a person, then lose its 'fuzzy'."


def test_names_and_numbers_have_the_same_places(catalogue):
    wrong = {}
    for entry in catalogue:
        for at, text in enumerate(words(entry)):
            # Of a plural's two sources, the language may take its places from either.
            allowed = [sorted(PLACES.findall(source)) for source in (entry.msgid, entry.msgid_plural) if source]
            if sorted(PLACES.findall(text)) not in allowed:
                wrong[f"{entry.msgid!r} [{at}]"] = text
    assert not wrong, "A placeholder is missing, misspelt or new in: " + repr(wrong)


def test_lists_and_paragraphs_stay_as_they_are(catalogue):
    """Code finds parts of a message by its paragraphs and lines."""
    shape = {
        entry.msgid: entry.msgstr
        for entry in catalogue
        if entry.msgid.count("\n\n") != entry.msgstr.count("\n\n")
        or entry.msgid.count("\n- ") != entry.msgstr.count("\n- ")
    }
    assert not shape


def test_compiled_catalogue_is_the_one_in_words(catalogue):
    compiled = polib.mofile(catalogue.fpath.removesuffix("po") + "mo")
    assert {(entry.msgid, *words(entry)) for entry in compiled} == {
        (entry.msgid, *words(entry)) for entry in catalogue
    }, "django.mo is older than django.po: run `manage.py translations --compile`."


def test_every_text_of_the_data_files_is_in_the_catalogue(catalogue):
    known = {entry.msgid for entry in catalogue}
    missing = {f"{where}: {text}" for where, text in texts.of_all_apps() if text not in known}
    assert not missing, f"{MEND}\n" + "\n".join(sorted(missing))


def test_every_marked_text_is_in_the_catalogue(catalogue):
    """Found here without GNU gettext, so that it also fails where that is not installed."""
    known = {entry.msgid for entry in catalogue}
    missing = {
        f"{path.relative_to(ROOT)}: {text!r}" for path in sources() for text in marked(path) if text not in known
    }
    assert not missing, f"Texts for clients that the catalogue does not know. {MEND}\n" + "\n".join(sorted(missing))


def sources():
    for folder in ("clinic", "conditions", "intake", "treatments"):
        yield from (path for path in (ROOT / folder).rglob("*.py") if not {"tests", "migrations"} & set(path.parts))
    yield from (ROOT / "templates").rglob("*.html")


def marked(path):
    """The literals in calls of gettext and its relatives, also those a template stands for."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        trees = [ast.parse(call) for call in CALLS.findall(templatize(source))]
    else:
        trees = [ast.parse(source)]
    for tree in trees:
        for node in ast.walk(tree):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if name in MARKS:
                first = next(iter(node.args[name.startswith("pgettext") :]), None)  # after the context
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
