"""The key under which a browser keeps answers it cannot send yet. Pure but for the clinic's secret.

See docs/decisions/offline-answers.md: the browser stores ciphertext only, the key is given with the pages behind the
date of birth and never stored, and it opens the unsent answers of one response.
"""

from __future__ import annotations

import base64

from django.utils.crypto import salted_hmac

from intake.models import Response

_SALT = "intake.offline.answers"


def offline_key(response: Response) -> str:
    """256 bits, base64; empty once the form is sent, for then nothing waits any more."""
    if response.status != Response.Status.IN_PROGRESS:
        return ""
    digest = salted_hmac(_SALT, str(response.public_id), algorithm="sha256").digest()
    return base64.b64encode(digest).decode()
