"""How long a text message is: which alphabet it needs, how many parts it takes. Pure; for counters and checks.

    measure("Hello")    -> Measured(units=5, encoding="GSM-7", parts=1, left=155, odd="")
    plain("Mañana, ¿sí?")   the same words in letters a text message has, so that it does not halve
    fits(text)          one part?

One message takes 160 septets of GSM-7, or 70 units of UCS-2 as soon as one letter is not in that alphabet; a longer one
is cut into parts of 153 or 67, because each part carries a head that joins them. Nine signs of GSM-7 stand in an
extension table and count two; a pair of septets, like a pair of surrogates, is never cut in the middle.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

#: The basic table of 3GPP TS 23.038. Of the Spanish letters it has ñ, Ñ, é, É, ü, Ü, ¿ and ¡, but not á, í, ó, ú.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: The extension table: an escape and a letter.
EXTENSION = frozenset("^{}\\[~]|€\f")
GSM7, UCS2 = "GSM-7", "UCS-2"
ALONE = {GSM7: 160, UCS2: 70}
JOINED = {GSM7: 153, UCS2: 67}
#: More than this no clinic wants to send and few phones put together; see clinic.transports.
MOST_PARTS = 6
# What typographers and other keyboards write instead of plain signs.
_SIGNS = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-",
    "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "•": "-", "·": "-", "\t": " ",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """What a text takes. `left` is what still goes into its last part; `odd` the letters that made it UCS-2."""

    units: int
    encoding: str
    parts: int
    left: int
    odd: str = ""


def measure(text: str) -> Measured:
    """Units, alphabet and parts of a text as it would go out."""
    odd = "".join(dict.fromkeys(letter for letter in text if letter not in BASIC and letter not in EXTENSION))
    encoding = UCS2 if odd else GSM7
    widths = [_width(letter, encoding) for letter in text]
    units = sum(widths)
    if units <= ALONE[encoding]:
        return Measured(units, encoding, 1 if text else 0, ALONE[encoding] - units, odd)
    parts, used = _cut(widths, JOINED[encoding])
    return Measured(units, encoding, parts, JOINED[encoding] - used, odd)


def fits(text: str) -> bool:
    """It goes out as one message."""
    return measure(text).parts <= 1


def plain(text: str) -> str:
    """The text in letters that a text message has: accents it lacks are left out, typographic signs become plain.

    What has no plain form (another alphabet, an emoji) stays: the words matter more than the price.
    """
    return "".join(_plain(letter) for letter in unicodedata.normalize("NFC", text).translate(_SIGNS))


def _plain(letter: str) -> str:
    if letter in BASIC or letter in EXTENSION:
        return letter
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return bare if bare and all(part in BASIC for part in bare) else letter


def _width(letter: str, encoding: str) -> int:
    if encoding == GSM7:
        return 2 if letter in EXTENSION else 1
    return 2 if ord(letter) > 0xFFFF else 1


def _cut(widths: Iterable[int], size: int) -> tuple[int, int]:
    """(parts, units in the last one)."""
    parts, used = 1, 0
    for width in widths:
        if used + width > size:
            parts, used = parts + 1, 0
        used += width
    return parts, used
