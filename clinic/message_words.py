"""What messages are called and what happened to them, in plain words. Touches no database.

Whoever may not read charts is told no more than the kinds named here as plain: anything else shows as the room it
comes from, so that a kind added tomorrow tells the desk nothing by its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clinic.models import Message

ROOMS = {"intake": "Forms", "aftercare": "Aftercare", "staff": "To staff", "reply": "Answers to texts"}
#: Kinds that say nothing about anybody's health.
PLAIN = {
    "intake.invitation": "Health history link",
    "intake.reminder": "Reminder of a form",
    "intake.check": "Short check before a visit",
    "intake.locked": "A link was closed",
    "intake.arrived": "A form came in",
    "intake.consent.agreements": "Link to their agreements",
    "aftercare.same_day": "After the visit",
    "aftercare.h24": "How is it after a day?",
    "aftercare.h72": "How is it after three days?",
    "aftercare.d7": "How is it after a week?",
    "aftercare.d14": "How is it after two weeks?",
    "aftercare.tip": "A tip, two days on",
    "aftercare.rebook": "Visits left in the plan",
    "aftercare.words": "A word from the therapist",
    "aftercare.check_in": "How is it now?",
    "aftercare.advice": "Advice after the visit",
    "aftercare.book": "Invitation to book",
    "aftercare.reminder": "Reminder of the next visit",
    "aftercare.pre_next": "Reminder of the next visit",
    "reply.stop": "No more texts: confirmed",
    "reply.start": "Texts again: confirmed",
    "reply.help": "Answer to HELP",
    "reply.received": "Answer to a text",
    "staff.call_back": "A call-back is due",
    "staff.invitation": "Invitation to the staff",
    "staff.password_reset": "New password",
    "staff.second_factor_cleared": "A second factor was removed",
    "staff.audit_head": "Seal of the audit trail",
    "staff.series_test": "A message of the series, as a test",
    "staff.sweep_created": "Missing messages were found",
    "staff.relay_locked": "A provider refuses our login",
    "staff.emergency_access": "A record was opened in an emergency",
}
#: Kinds whose name is for those who read charts.
CLINICAL = {
    "intake.urgent": "A form needs a look today",
    "aftercare.h48": "Home plan, two days on",
    "aftercare.home": "Home plan",
    "reply.ok": "Answer to a check-in by text",
    "reply.worse": "Answer to a check-in by text",
}

_REASONS = {
    "it came back for good": "It came back: the address is wrong or no longer used.",
    "it came back": "It came back this time. The address may be right.",
    "it was not delivered": "The provider took it and could not deliver it.",
    "the address does not work: ask for a new one": "What was sent there came back. Ask for a new address.",
    "the client stopped this topic on this channel": "The client does not want messages about this on this channel.",
    "refused for good": "The other side refused it for good. Most often the address is wrong or no longer used.",
    "refused too often": "It was refused again and again, so it is no longer tried by itself.",
    "it cannot be read with the configured keys": "Its address cannot be read with the clinic’s present keys.",
    "no consent for this channel": "The client does not agree to this channel any more.",
    "the worker stopped while it was sending": (
        "The program stopped just while it was handing this over. It may have arrived."
    ),
    "no answer after it was sent": "It was handed over and no answer came. It may have arrived.",
    "the database came back from a backup": "It was due when the database was restored. It may have gone out already.",
    "its moment was past": "It could not go out in time, and later it would have been of no use.",
}
_STATES = {
    "scheduled": "It waits for its moment.",
    "sending": "It is being handed over now.",
    "sent": "The other side has taken it.",
    "unknown": "It was handed over and no answer came. It may have arrived.",
    "failed": "It could not be delivered.",
    "expired": "It could not go out in time, and later it would have been of no use.",
    "cancelled": "It was not sent.",
}


def words_for(kind: str, *, clinical: bool = False) -> str:
    """What a kind of message is, for people; `clinical` for those to whom the client's chart is open."""
    if kind in PLAIN:
        return PLAIN[kind]
    room, _, what = kind.partition(".")
    name = ROOMS.get(room, room.capitalize())
    if not clinical and room != "staff":
        return name
    return CLINICAL.get(kind) or (f"{name}: {what.replace('_', ' ').replace('.', ', ')}" if what else name)


def happened(message: Message) -> str:
    """One or two sentences on how a message stands."""
    if message.state == "scheduled" and message.last_error:
        return "It was not taken yet and is tried again by itself."
    reason = message.end_reason
    if message.state == "unknown" and message.parked_at is None:
        return "It was handed over and no answer came. The clinic is finding out whether it arrived."
    if reason in _REASONS:
        return _REASONS[reason]
    state = _STATES.get(message.state, "")
    return f"{state} Reason: {reason}." if reason and message.state in ("failed", "cancelled") else state


def channel_words(channel: str) -> str:
    """In the middle of a sentence."""
    return {"email": "e-mail", "sms": "SMS"}.get(channel, channel)
