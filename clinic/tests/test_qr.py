"""QR codes as a path."""

import re

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from clinic import qr

LINK = "https://clinic.example/i/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE/"


def test_the_path_draws_every_dark_module_and_no_other():
    code = qr.code_of(LINK)
    drawn = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code.path):
        drawn |= {(int(x) + step, int(y)) for step in range(int(width))}
    plain = QRCode(border=qr.QUIET, error_correction=ERROR_CORRECT_M)
    plain.add_data(LINK)
    plain.make(fit=True)
    wanted = {(x, y) for y, row in enumerate(plain.get_matrix()) for x, dark in enumerate(row) if dark}
    assert drawn == wanted and len(plain.get_matrix()) == code.size


def test_a_quiet_border_is_left_free():
    code = qr.code_of(LINK)
    starts = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", code.path)]
    assert min(min(pair) for pair in starts) == qr.QUIET
