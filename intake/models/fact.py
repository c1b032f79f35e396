from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from clinic.fields import EncryptedJSONField
from clinic.models import Client


class NotedFact(models.Model):
    """What a therapist measured or noted and the safety rules want to know: a blood pressure, a worry. Append-only.

    FHIR: Observation. The newest of a name counts.
    """

    PRIVACY = {
        "contact": set(),
        "clinical": {"name", "value"},
        "plain": {"id", "public_id", "client", "noted_at", "noted_by"},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="noted_facts")
    name = models.CharField(max_length=40)
    value = EncryptedJSONField()
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-noted_at", "-id"]
        indexes = [
            # The newest of each name, whenever the rules run again.
            models.Index(fields=["client", "-noted_at"], name="notedfact_of_a_client"),
        ]

    def __str__(self) -> str:
        return f"noted fact {self.public_id}"
