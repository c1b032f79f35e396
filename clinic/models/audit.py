from __future__ import annotations

from django.conf import settings
from django.db import models

from clinic.models.client import Client


class AuditEvent(models.Model):
    """One read or write: who, what, whose record, when, from where. Append-only by trigger, chained by hash."""

    PRIVACY = {
        "contact": {"ip", "agent"},
        "clinical": set(),
        "plain": {
            "id", "at", "actor", "actor_kind", "actor_label", "client", "action", "subject_type", "subject_id",
            "fields", "reason", "request_id", "previous_hash", "hash",
        },
    }  # fmt: skip

    class ActorKind(models.TextChoices):
        STAFF = "staff", "Staff"
        CLIENT = "client", "Client"
        SYSTEM = "system", "System"
        NOBODY = "nobody", "Not signed in"

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_label = models.CharField(max_length=80, blank=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", null=True)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    fields = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=120, blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["client", "-id"], name="audit_of_a_client"),  # "who looked at this record"
            models.Index(fields=["actor", "-id"], name="audit_of_a_person"),  # the owner's filter by person
        ]

    def __str__(self) -> str:
        return f"audit {self.pk}"
