"""A QR code as one SVG path: drawn by a template, so it needs no image and no markup that is trusted."""

from __future__ import annotations

from dataclasses import dataclass

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

QUIET = 4  # the empty border that readers need, in modules


@dataclass(frozen=True, slots=True)
class Code:
    """`size` is the width of the viewBox; `path` the dark modules, run by run."""

    size: int
    path: str


def code_of(text: str) -> Code:
    """The code of a link."""
    code = QRCode(border=QUIET, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    runs = (
        f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _runs([bool(one) for one in row])
    )
    return Code(len(rows), "".join(runs))


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and found and found[-1][0] + found[-1][1] == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
