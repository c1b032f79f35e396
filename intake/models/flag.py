from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.fields import EncryptedJSONField, EncryptedTextField
from clinic.models import Client
from intake.models.response import Response


class Flag(models.Model):
    """A screening rule that answered yes for a client. FHIR: Flag. Closed only by a named person with a reason."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"rule_id", "flag_class", "rule", "answers", "close_reason"},
        "plain": {
            "id", "public_id", "client", "response", "rule_version", "rank", "priority", "booking", "soft", "state",
            "raised_at", "raised_by", "closed_at", "closed_by", "replaced_by", "not_repeated_at",
        },
    }  # fmt: skip

    class FlagClass(models.TextChoices):
        EMERGENCY = "emergency", "Call emergency services"
        URGENT = "urgent", "Refer urgently"
        DO_NOT_TREAT = "do_not_treat", "Do not treat now"
        CLEARANCE = "clearance", "Physician clearance needed"
        LOCAL = "local", "Local: avoid the area"
        MODIFY = "modify", "Modify pressure, position or technique"
        INFO = "info", "Note"

    class Booking(models.TextChoices):
        BLOCK = "block", "No booking"
        BLOCK_TODAY = "block_today", "Not today"
        ALLOW_HOLD = "allow_hold", "Booking on hold"
        ALLOW = "allow", "Booking stands"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged, limits stay"
        OVERRIDDEN = "overridden", "Overridden with reason"
        SUPERSEDED = "superseded", "Answered anew"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="flags")
    response = models.ForeignKey(Response, models.PROTECT, related_name="flags", null=True, blank=True)
    rule_id = models.CharField(max_length=40)
    rule_version = models.CharField(max_length=20)
    flag_class = models.CharField(max_length=12, choices=FlagClass.choices)
    rank = models.PositiveSmallIntegerField()
    priority = models.PositiveSmallIntegerField()
    booking = models.CharField(max_length=12, choices=Booking.choices)
    soft = models.BooleanField(default=False)
    rule = models.JSONField(help_text="The rule as it stood: messages, limits, basis, sources.")
    answers = EncryptedJSONField(help_text="[{linkId, question, answer}] as the client gave them.")
    state = models.CharField(max_length=14, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    close_reason = EncryptedTextField(null=True, blank=True, help_text="NULL, never blank, when there is none.")
    replaced_by = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True)
    not_repeated_at = models.DateTimeField(
        null=True, blank=True, help_text="When the rules last ran on newer facts and did not raise it again."
    )

    class Meta:
        ordering = ["rank", "-priority", "rule_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "rule_id"], condition=Q(response__isnull=False), name="flag_once_per_response"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="flag_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="open")
                | Q(state="acknowledged", closed_by__isnull=False)
                | Q(state="overridden", closed_by__isnull=False, close_reason__isnull=False)
                | Q(state="superseded", replaced_by__isnull=False)
                | Q(state="superseded", closed_by__isnull=False, close_reason__isnull=False),
                name="flag_closed_by_a_person",
            ),
        ]
        indexes = [
            # Standing of a client (may they be booked, treated): asked on every plan, booking and session page.
            models.Index(fields=["client"], condition=~Q(state="superseded"), name="flag_standing"),
        ]

    def __str__(self) -> str:
        return f"flag {self.public_id}"
