from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.fields import EncryptedJSONField
from treatments.models.session import Session


class Series(models.Model):
    """One version of what the clinic sends after a session and before the next. Frozen by the database once published.

    FHIR: PlanDefinition. `document` is {"lines": [...], "wordings": {...}}; see treatments.series.
    """

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "number", "document", "change_note", "revision", "created_at", "created_by", "saved_at",
            "saved_by", "published_at", "published_by",
        },
    }  # fmt: skip

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField()
    change_note = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=0, help_text="Counts saves; a stale tab shows an older one.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at__isnull=False) | Q(published_by=None), name="series_published_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"aftercare series {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None


class Timeline(models.Model):
    """What was chosen for one session when it was closed: the lines of which series, when, and which are left out.

    FHIR: RequestGroup. `lines` are treatments.entries.Entry; a therapist's own words are among them.
    """

    PRIVACY = {
        "contact": set(),
        "clinical": {"lines"},
        "plain": {"id", "session", "series", "decided_at", "decided_by"},
    }

    session = models.OneToOneField(Session, models.PROTECT, related_name="timeline")
    series = models.ForeignKey(Series, models.PROTECT, related_name="+")
    lines = EncryptedJSONField(default=list)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    def __str__(self) -> str:
        return f"timeline of session {self.session_id}"
