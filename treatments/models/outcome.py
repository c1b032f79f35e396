from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.models import Client
from treatments.models.plan import Plan
from treatments.models.session import Session


class Outcome(models.Model):
    """One measured value of one measure at one time. FHIR: Observation."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"measure", "value", "moment"},
        "plain": {"id", "public_id", "client", "plan", "session", "source", "taken_at", "taken_by"},
    }

    class Source(models.TextChoices):
        INTAKE = "intake", "Health history"
        NOTE = "note", "Session note"
        CHECK_IN = "check_in", "Check-in"
        STAFF = "staff", "Entered by staff"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="outcomes")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="outcomes", null=True, blank=True)
    session = models.ForeignKey(Session, models.PROTECT, related_name="outcomes", null=True, blank=True)
    measure = models.CharField(max_length=30)
    value = models.DecimalField(max_digits=6, decimal_places=1)
    moment = models.CharField(max_length=20, blank=True, help_text="before, after, h24, h72 …")
    source = models.CharField(max_length=10, choices=Source.choices)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["taken_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "measure", "moment"],
                condition=Q(session__isnull=False),
                name="outcome_once_per_moment",
            )
        ]
        indexes = [models.Index(fields=["client", "measure", "taken_at"], name="outcome_curve")]

    def __str__(self) -> str:
        return f"outcome {self.public_id}"
