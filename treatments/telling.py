"""Words that tell what somebody is treated for: none of them may stand in a text or a subject line.

Anybody reads those on a locked phone. Words come from the clinic's own catalogue and the body chart, in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import translation
from django.utils.translation import gettext

from clinic.names import normalise
from conditions.models import Condition
from conditions.regions import regions
from conditions.techniques import techniques
from treatments.series import LANGUAGES

SHORTEST = 3
# Parts of names of areas that alone tell nothing.
_HARMLESS_WORDS = """
    back of and the side front upper lower middle inner outer area between under above right left part for base edge top
    long big hand parte de del la el los las y con lado delante superior inferior medio interior exterior entre bajo
    sobre derecha izquierda zona hacia atras mano
"""
_HARMLESS = frozenset(_HARMLESS_WORDS.split())
#: What complaints are called when nobody names them.
_ALWAYS = (
    "pain", "painful", "ache", "aching", "injury", "spasm", "trigger point", "numb", "tingling", "dolor", "duele",
    "lesion", "calambre", "hormigueo", "adormecido",
)  # fmt: skip


def telling_words(text: str) -> list[str]:
    """Those words of a text that tell, in the order of the alphabet; none for a text that is safe."""
    said = f" {normalise(text)} "
    return sorted(phrase for phrase in set(_phrases()) if f" {phrase} " in said or f" {phrase}s " in said)


def _phrases() -> Iterator[str]:
    yield from _ALWAYS
    rows = Condition.objects.values_list("name", "short", "synonyms", "muscles")
    found = list(rows)
    for language in LANGUAGES:
        with translation.override(language):
            for name, short, synonyms, muscles in found:
                yield from _whole(
                    [gettext(name), gettext(short), *map(gettext, map(str, synonyms)), *map(str, muscles)]
                )
            yield from _whole(gettext(one.name) for one in techniques().values())
            for region in regions().values():
                area = normalise(gettext(region.area))
                yield area
                yield from (word for word in area.split() if len(word) >= SHORTEST and word not in _HARMLESS)


def _whole(names: Iterable[str]) -> Iterator[str]:
    """Names as they are, and without what stands in brackets; sentences are not names."""
    for name in names:
        for each in (name, name.split("(")[0]):
            phrase = normalise(each)
            if len(phrase) >= SHORTEST and len(phrase.split()) <= 4:
                yield phrase
