from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.fields import EncryptedTextField
from clinic.models.client import Client
from clinic.models.message import Message


class ProviderEvent(models.Model):
    """Something a provider told us, once: delivered, came back, a reply. Nothing of what was written."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "provider", "event_id", "kind", "message", "code", "received_at"},
    }

    class Kind(models.TextChoices):
        DELIVERED = "delivered", "Delivered"
        SOFT = "soft", "Came back for now"
        BOUNCED = "bounced", "Came back for good"
        FAILED = "failed", "Not delivered"
        REPLY = "reply", "A reply"
        OTHER = "other", "On its way"

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    message = models.ForeignKey(Message, models.PROTECT, related_name="events", null=True, blank=True)
    code = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="providerevent_once")]

    def __str__(self) -> str:
        return f"provider event {self.pk}"


class Reply(models.Model):
    """A text that nobody can be guessed for: from a number we do not know, or that several clients share."""

    PRIVACY = {
        "contact": {"number"},
        "clinical": {"text"},
        "plain": {"id", "public_id", "event", "means", "sharers", "received_at", "client", "done_at", "done_by"},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.OneToOneField(ProviderEvent, models.PROTECT, related_name="reply")
    number = EncryptedTextField()
    text = EncryptedTextField()
    means = models.CharField(max_length=8)
    sharers = models.PositiveSmallIntegerField(default=0, help_text="How many clients had this number then.")
    received_at = models.DateTimeField()
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="reply_done_has_both",
            )
        ]
        indexes = [models.Index(fields=["received_at"], condition=Q(done_at=None), name="reply_open")]

    def __str__(self) -> str:
        return f"reply {self.public_id}"
