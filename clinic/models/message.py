from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.fields import EncryptedJSONField
from clinic.models.client import Client


class Message(models.Model):
    """One message the clinic sends: the row is the queue. FHIR: Communication.

    The body is rendered when it is sent and never stored. `local_date` and `local_time` are what was promised,
    `due_at` follows from them; `not_after` ends its use.
    """

    PRIVACY = {
        "contact": {"recipient", "context"},
        "clinical": set(),
        "plain": {
            "id", "public_id", "key", "message_id", "client", "user", "kind", "channel", "about_type", "about_id",
            "state", "time_zone", "local_date", "local_time", "due_at", "next_attempt_at", "not_after", "attempts",
            "deferrals", "max_attempts", "lease_token", "lease_until", "claimed_by", "body_started_at", "sent_at",
            "resolved_by", "reply_code", "last_error", "body_sha256", "template_version", "created_at", "created_by",
            "ended_at", "end_reason", "resends", "parked_at", "purged_at", "decision", "decided_at", "decided_by",
        },
    }  # fmt: skip

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        UNKNOWN = "unknown", "Unknown"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Missed"
        CANCELLED = "cancelled", "Cancelled"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "SMS"

    class Decision(models.TextChoices):
        RESEND = "resend", "Send again"
        CONFIRM = "confirm", "It arrived"
        DROP = "drop", "Not to be sent"
        OTHER = "other", "Sent another way"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=160, unique=True)
    message_id = models.CharField(max_length=160, unique=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="messages", null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    recipient = EncryptedJSONField(null=True, blank=True, help_text="Address of somebody who is neither.")
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=6, choices=Channel.choices)
    about_type = models.CharField(max_length=40, blank=True)
    about_id = models.UUIDField(null=True, blank=True)
    context = models.JSONField(default=dict, blank=True, help_text="No clinical text.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCHEDULED)
    time_zone = models.CharField(max_length=64)
    local_date = models.DateField()
    local_time = models.TimeField()
    due_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    not_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    deferrals = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=8)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=80, blank=True)
    body_started_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=10, blank=True)
    reply_code = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    template_version = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)
    resends = models.PositiveSmallIntegerField(default=0, help_text="Sent again by itself after no answer.")
    parked_at = models.DateTimeField(null=True, blank=True, help_text="Unknown, and before a person since then.")
    purged_at = models.DateTimeField(null=True, blank=True, help_text="Address and context were forgotten.")
    # What a person decided last about a row that ended badly; all of it stands in the audit.
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="message_sent_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_token__isnull=False, lease_until__isnull=False)
                | ~Q(state="sending"),
                name="message_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False)
                | Q(user__isnull=False)
                | Q(recipient__isnull=False)
                | Q(purged_at__isnull=False),
                name="message_has_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, decided_by=None)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="message_decided_has_all",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state="scheduled"), name="message_claim"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="message_reaper"),
            models.Index(
                fields=["body_started_at"], condition=Q(state="unknown", parked_at=None), name="message_reconciler"
            ),
            # What was sent or missed today. Not by state: SQLite would take it for the claim and sort everything.
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="message_ended"),
            models.Index(fields=["ended_at"], condition=Q(purged_at=None), name="message_purge"),
            models.Index(fields=["about_id"], name="message_about"),  # cancel with the session
            models.Index(fields=["client", "-due_at"], name="message_of_a_client"),  # the chart's list
            models.Index(fields=["-due_at", "-id"], name="message_log"),  # the clinic's log, page by page
            models.Index(fields=["state", "-due_at", "-id"], name="message_log_by_state"),
            models.Index(
                fields=["id"], condition=Q(state__in=("failed", "unknown", "expired")), name="message_work"
            ),  # the work list and its count in the navigation
            models.Index(fields=["due_at"], condition=Q(state="scheduled"), name="message_late"),  # the alarm
        ]

    def __str__(self) -> str:
        return f"message {self.public_id}"


class MessageAttempt(models.Model):
    """One try at sending: when, how far it got, what the relay said. Append-only."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "message", "started_at", "phase", "code", "note", "worker", "provider_id"},
    }

    message = models.ForeignKey(Message, models.PROTECT, related_name="tries")
    started_at = models.DateTimeField()
    phase = models.CharField(max_length=12)
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    provider_id = models.CharField(max_length=80, blank=True, help_text="The provider's own name for the message.")

    class Meta:
        ordering = ["-id"]
        # Delivery receipts name the message so.
        indexes = [models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="attempt_provider_id")]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class Heartbeat(models.Model):
    """When a process of the clinic last did its round (worker, scheduler)."""

    PRIVACY = {"contact": set(), "clinical": set(), "plain": {"name", "beat_at", "detail"}}

    name = models.CharField(max_length=80, primary_key=True)
    beat_at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"heartbeat {self.name}"


class Lateness(models.Model):
    """Whether messages are late, and what the owners were told of it. There is exactly one row.

    `claimed_at` is taken by whoever writes the mail, so that of many processes only one does.
    """

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "late_since", "noticed_at", "claimed_at", "told_at"},
    }

    late_since = models.DateTimeField(null=True, blank=True)
    noticed_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="lateness_one_row")]

    def __str__(self) -> str:
        return "lateness"
