"""Names and phone numbers as they are compared: folded the same way on every database."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from django.utils.translation import gettext

_SPACES = re.compile(r"\s+")
# Letters that have no accent to strip but are typed without their stroke.
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def normalise(text: str) -> str:
    """Casefolded, without accents and punctuation, single spaces: "Świątek-O’Neil" → "swiatek oneil"."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = []
    for char in folded:
        if unicodedata.combining(char):
            continue
        category = unicodedata.category(char)
        if char in "-–—_/,.":
            kept.append(" ")
        elif category[0] in "LN" or char == " ":
            kept.append(char)
        elif category[0] == "Z":
            kept.append(" ")
    return _SPACES.sub(" ", "".join(kept).translate(_STROKES)).strip()


def phone_digits(number: str) -> str:
    """Digits alone, at most 20."""
    return re.sub(r"\D", "", number)[:20]


def to_e164(number: str, country: str) -> str:
    """`number` as +E.164; raises ValueError when it cannot be a phone number of anywhere."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException as error:
        raise ValueError(gettext("This is not a phone number.")) from error
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(gettext("This phone number has too few or too many digits."))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def readable_phone(number: str) -> str:
    """A kept number as people read it: "+15035551000" → "+1 503-555-1000"; anything else stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
