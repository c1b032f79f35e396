"""One file a noun; imported here so that Django finds them."""

from clinic.models.audit import AuditEvent
from clinic.models.client import CareTeam, Client, EmergencyAccess, RelatedPerson
from clinic.models.closure import Closure
from clinic.models.consent import Consent
from clinic.models.message import Heartbeat, Lateness, Message, MessageAttempt
from clinic.models.preference import AddressTrouble, TopicChoice
from clinic.models.provider import ProviderEvent, Reply
from clinic.models.relay import OutboxCount, OutboxRound, Relay, UnknownPolicy
from clinic.models.service import Service
from clinic.models.settings import ClinicSettings
from clinic.models.short_link import ShortLink
from clinic.models.staff import StaffInvitation
from clinic.models.user import User

__all__ = [
    "AddressTrouble",
    "AuditEvent",
    "CareTeam",
    "Client",
    "ClinicSettings",
    "Closure",
    "Consent",
    "EmergencyAccess",
    "Heartbeat",
    "Lateness",
    "Message",
    "MessageAttempt",
    "OutboxCount",
    "OutboxRound",
    "ProviderEvent",
    "RelatedPerson",
    "Relay",
    "Reply",
    "Service",
    "ShortLink",
    "StaffInvitation",
    "TopicChoice",
    "UnknownPolicy",
    "User",
]
