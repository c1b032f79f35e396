"""Nothing a client reads in Spanish is English: the whole way of a client, walked in both languages and compared.

What is said alike in both fails, unless `SAME` names it.
"""

import re

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from clinic import audit, languages
from intake.questionnaires import publish_shipped
from treatments.forms.preferences import zones
from treatments.tests.client_walk import Walk
from treatments.tests.reading import read

pytestmark = pytest.mark.django_db

MEND = """
Said in English on a Spanish page. What to do:
  - a text in a template or in Python: mark it ({%% translate %%}, gettext), run `manage.py translations`, fill in its
    msgstr in clinic/locale/es/LC_MESSAGES/django.po, run the command again (docs/decisions/two-languages.md);
  - a text in a data file: let the app's texts.py yield it and the code that shows it call gettext;
  - a question or answer: its translation extension in intake/data/*_questionnaire.json, and a new version there;
  - a date: clinic.dates.in_words; a text that was stored: store a code, or both languages;
  - really the same in Spanish (a name, a number, a word): add it to SAME, with the reason.
%s"""

#: Said alike in both languages, and why that is right.
SAME = {
    "names, and what the person typed": {
        "Riverside Clinic", "Ann", "Archer", "Eva Archer", "Thea Therapist", "Ann Archer", "Lift my child", "Knee",
        "Dance", "qqqq",
    },
    "each language in its own words": {"English", "Español"},
    "the same word in Spanish": {
        "No", "Normal", "Alcohol", "Tinnitus", "tinnitus", "fibro", "cervicalgia", "lumbago", "fibrositis", "FM",
    },
    "zones, by the names of the time-zone database": {
        name for area, rows in zones()[1:] for name in (area, *(place for _, place in rows))
    },
}  # fmt: skip
ALIKE = set().union(*SAME.values())
#: Not pages: the switch itself, and files as they were given.
ELSEWHERE = {"clinic:language", "intake:own_file", "intake:own_preview"}
KINDS = {"intake.consent.agreements", "intake.invitation", "intake.check", "intake.reminder"} | {
    f"aftercare.{moment}" for moment in ("same_day", "h24", "h48", "h72", "d7", "pre_next")
}
#: Without words: numbers, dates in figures, addresses, telephone numbers, codes.
WORDLESS = re.compile(
    r"^[\W\d_]*$|^\+?[\d ()./:-]+$|^\S+@\S+$|^https?://\S+$|^[A-Z]\d\d(\.\S+)?\b|^[\W\d]*\w?[\W\d]*$|^: [A-Z0-9_]+$"
)


@pytest.fixture
def walked(desk):
    """Two clients with the same facts, the same way; one reads English, one Spanish."""
    call_command("load_catalogue", verbosity=0)
    walks = [Walk(language, desk=desk) for language in ("en", "es")]
    publish_shipped(by=audit.SYSTEM, now=walks[0].now)
    for walk in walks:
        walk.public()
        over = walk.visits()
        walk.check_in(over)
        walk.entrance()
        walk.form()
        walk.end()
        walk.come_back()
        walk.agreements()
        walk.door()
        walk.tablet()
        walk.own_page(over)
        walk.links()
    return walks


def left(english, spanish):
    """What is said alike, but for names, numbers and words that are the same."""
    return sorted(words for words in english & spanish if words not in ALIKE and not wordless(words))


def wordless(words):
    return all(WORDLESS.search(part) for part in words.split(" · "))


def test_a_client_who_reads_spanish_reads_no_english(walked):
    english, spanish = walked
    assert english.pages.keys() == spanish.pages.keys() and english.letters.keys() == spanish.letters.keys()
    found = {}
    for name, html in spanish.pages.items():
        if '<html lang="' in html:
            assert '<html lang="es">' in html, f"{name} does not say that it is Spanish"
        for words in left(read(english.pages[name]), read(html)):
            found.setdefault(words, name)
    for name, letter in spanish.letters.items():
        for words in left(lines(english.letters[name]), lines(letter)):
            found.setdefault(words, name)
    for name, sheets in spanish.papers.items():
        printed = {line.strip() for sheet in sheets for line in sheet.splitlines()}
        for words in left({line.strip() for sheet in english.papers[name] for line in sheet.splitlines()}, printed):
            found.setdefault(words, name)
    assert not found, MEND % "\n".join(f"  {name}: {words!r}" for words, name in found.items())
    # A new page or message joins the walk, or nobody would have looked at it.
    missing = set(addresses(get_resolver().url_patterns)) - spanish.seen - ELSEWHERE
    assert not missing, f"Let treatments/tests/client_walk.py visit, in every state it has: {sorted(missing)}"
    assert {letter.split(" ")[0] for letter in spanish.letters} == KINDS


def lines(letter):
    """A message, line by line."""
    return {line.strip(" -") for line in (letter.subject, *letter.text.splitlines(), *read(letter.html or "<p></p>"))}


def addresses(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, ":".join(filter(None, (namespace, pattern.namespace))))
        elif isinstance(pattern, URLPattern) and languages.is_for_clients(pattern.callback):
            yield ":".join(filter(None, (namespace, pattern.name)))
