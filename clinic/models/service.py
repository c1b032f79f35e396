from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Service(models.Model):
    """What a client books: a first visit, an hour of treatment, a short follow-up. FHIR: HealthcareService."""

    PRIVACY = {"contact": set(), "clinical": set(), "plain": {"id", "public_id", "name", "minutes", "is_active"}}

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["-is_active", Lower("name"), "id"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="service_name_once"),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=480), name="service_minutes_in_range"),
        ]

    def __str__(self) -> str:
        return f"service {self.public_id}"
