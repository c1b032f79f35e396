"""What clients agree to besides treatment: how health data are used, and what a late cancellation costs.

The texts are the owner's. These drafts say in plain words what the product does; a lawyer of the clinic
must read them.
"""

from __future__ import annotations

import hashlib

PRIVACY_DRAFT = """\
DRAFT: to be checked by the clinic before use.

What we keep. Your name, date of birth and how to reach you; your health answers; what your therapist plans, does and \
notes; the messages we send you and what you answer.

Why. To treat you safely, to see whether it helps, and because the law asks therapists to keep records.

Who sees it. Your therapists read your health answers and notes. The front desk sees how to reach you and your visits, \
never your answers or notes. Every look at your record is written down; ask us who looked.

Where it goes. Nowhere, unless you ask us to send it or a law makes us. Text messages and subject lines never name a \
complaint.

How long. As long as the law asks, then it is erased.

Your rights. You may ask to see your record, to have mistakes put right, and to get a copy. You may stop \
messages at any time.
"""

CANCELLATION_DRAFT = """\
DRAFT: to be checked by the clinic before use.

Please tell us a day before if you cannot come, so that somebody else can have the time.

If you are ill, have a fever or were told to see a doctor first, we move your visit at no charge, at any hour.
"""


def default_privacy() -> str:
    return PRIVACY_DRAFT.strip()


def default_cancellation() -> str:
    return CANCELLATION_DRAFT.strip()


def version_of(text: str) -> str:
    """Names a wording: twelve hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
