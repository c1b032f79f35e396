"""What no text and no subject may say, and how long names get: from the catalogue and the clinic as they are today."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext

from clinic import short_links
from clinic.models import ClinicSettings
from conditions.models import Condition
from conditions.regions import regions
from treatments import placeholders, sayable, wording
from treatments.sayable import Limits
from treatments.series import LANGUAGES

# Those the document sets no budget for.
_ROOM = {"therapist": 20}


def limits() -> Limits:
    """What words are judged by, in both languages: everybody may read a phone that lies on a table."""
    rows = list(Condition.objects.values_list("name", "synonyms"))
    named = [each for name, synonyms in rows for each in (name, *synonyms)]
    areas = [region.area for region in regions().values()]
    spoken: set[str] = set()
    for language in LANGUAGES:
        with translation.override(language):
            spoken |= sayable.phrases(map(gettext, named), [*areas, *(gettext(area) for area in areas)])
    return Limits(telling=frozenset(spoken), longest=longest(), usual=usual())


def longest() -> dict[str, str]:
    """Each placeholder at its longest: the document's budgets, and what this clinic's own are if that is more."""
    clinic = ClinicSettings.load()
    sizes = dict.fromkeys(placeholders.IN_TEXTS, 0) | _ROOM | dict(wording.budgets())
    values = {name: "x" * size for name, size in sizes.items() if name in placeholders.IN_TEXTS}
    own = {"phone": clinic.phone, "link": short_links.example()}
    return values | {name: text for name, text in own.items() if len(text) > len(values[name])}


def usual() -> dict[str, str]:
    """Each placeholder as it mostly reads in this clinic."""
    clinic = ClinicSettings.load()
    return {
        "clinic": clinic.name, "first_name": "Alex", "phone": clinic.phone, "link": short_links.example(),
        "therapist": "Sam Rivera", "date": "Wed 25 Nov", "time": "14:00", "emergency_number": clinic.emergency_number,
    }  # fmt: skip
