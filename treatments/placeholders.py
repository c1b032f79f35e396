"""What a wording may have filled in: the names in braces, what each stands for, and where it may stand. No database."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "first_name": "What the client is called",
    "clinic": "Name of the clinic",
    "phone": "The clinic’s telephone",
    "link": "The page behind the message: advice, check-in, form, or the form before the visit",
    "therapist": "Who treated the client, or will",
    "date": "Day of the visit",
    "time": "Hour of the visit",
    "emergency_number": "Emergency number of the country",
    "avoid_list": "What to leave out, each thing with its hour",
    "condition_tip": "The tip of the client’s condition, and of the work that was done",
    "home_plan": "The home programme, if one was set",
    "plan_summary": "The plan in a line: visits, minutes, how often",
    "reassess_after": "After how many visits the plan is looked at again",
}
#: A text shows on a locked phone: nothing that comes from a plan or a note is filled in there.
IN_TEXTS = frozenset({"first_name", "clinic", "phone", "link", "therapist", "date", "time", "emergency_number"})
#: Nor is anybody named in a subject.
IN_SUBJECTS = frozenset({"clinic", "phone", "date", "time"})


def allowed(part: str) -> frozenset[str]:
    """What a part may name: "subject", "email" or "sms"."""
    return {"subject": IN_SUBJECTS, "sms": IN_TEXTS}.get(part, frozenset(MEANINGS))
