"""Which answers of the health history are facts of the client's record, agreements, or contact wishes. Pure.

The questionnaire is data; these are the few linkIds the clinic's own records know by name. A questionnaire
without them works all the same: nothing is prefilled, proposed or agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: linkId -> field of the client
RECORD_FIELDS: dict[str, str] = {
    "about.first_name": "first_name",
    "about.last_name": "last_name",
    "about.preferred_name": "preferred_name",
    "about.dob": "date_of_birth",
    "about.mobile": "mobile",
    "about.email": "email",
    "about.address": "address",
    "about.access_needs": "access_needs",
}

PHONES = frozenset({"about.mobile", "about.emergency_phone", "about.guardian_phone"})
EMAILS = frozenset({"about.email"})

#: linkId -> the browser's word for filling it in, and the keyboard it wants
AUTOCOMPLETE: dict[str, str] = {
    "about.first_name": "given-name",
    "about.last_name": "family-name",
    "about.mobile": "tel",
    "about.email": "email",
    "about.address": "street-address",
}

DATE_OF_BIRTH = "about.dob"
BODY_CHART = "reason.body_chart"
REASONS = "reason.conditions"
#: Beginnings of the linkIds about this very moment: a client who comes back is always asked them anew.
OF_THE_MOMENT = ("today.", "rf.", "reason.pain_", "consent.")
SIGNATURE, SIGNED_ON = "consent.signature", "consent.signed_on"
MESSAGES = "consent.messages"
CONSENT_AREAS = "consent.areas"
#: What a client marks on the body chart, and the rule that says what follows: the words and the marks mean the same.
DO_NOT_TOUCH, LEAVE_OUT_RULE = "do_not_touch", "CO-AVOID"
#: Areas that need a separate yes: code of the answer -> what it covers on the body chart (base codes stand for both
#: sides).
AREAS: dict[str, tuple[str, ...]] = {
    "buttocks": ("POST-BUTTOCK", "POST-SACRUM-M"),
    "inner_thigh": ("ANT-THIGH-INNER",),
    "groin": ("ANT-HIP-GROIN",),
    "chest_wall": ("ANT-CHEST-LOWER",),
    "breast": ("ANT-CHEST-LOWER",),
    "abdomen": ("ANT-ABDOMEN-UPPER", "ANT-ABDOMEN-LOWER"),
}
#: Agreements that point to a text of the clinic's own.
PRIVACY, CANCELLATION = "consent.privacy", "consent.cancellation"

#: linkId -> kind of consent, for answers that say yes or no
CONSENTS: dict[str, str] = {
    "consent.scope": "scope",
    "consent.treatment": "treatment",
    "consent.draping": "draping",
    PRIVACY: "privacy",
    CANCELLATION: "cancellation",
    "consent.accuracy": "accuracy",
    "care.contact_doctor": "contact_doctor",
    "pre.consent": "today",
}


@dataclass(frozen=True, slots=True)
class PersonAnswers:
    """Somebody round the client, as the form asks for them."""

    kind: str
    name: str
    phone: str = ""
    relation: str = ""

    def read(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """name, phone and relation from the answers; empty when no name was given."""
        name = str(answers.get(self.name) or "").strip()
        if not name:
            return {}
        found = {"name": name}
        for part, link_id in (("phone", self.phone), ("relation", self.relation)):
            found[part] = str(answers.get(link_id) or "").strip() if link_id else ""
        return found


PEOPLE: tuple[PersonAnswers, ...] = (
    PersonAnswers("emergency", "about.emergency_name", "about.emergency_phone", "about.emergency_relation"),
    PersonAnswers("guardian", "about.guardian_name", "about.guardian_phone", "about.guardian_relation"),
    PersonAnswers("physician", "care.doctor"),
)
