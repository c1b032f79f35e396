from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Closure(models.Model):
    """Days on which the clinic is closed: nothing is booked, nobody can call back."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "public_id", "first_day", "last_day", "words", "created_at", "created_by"},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_day = models.DateField()
    last_day = models.DateField()
    words = models.CharField("What for", max_length=80, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="closure_ends_after_start"),
            models.UniqueConstraint(fields=["first_day", "last_day"], name="closure_once"),
        ]

    def __str__(self) -> str:
        return f"closure {self.public_id}"

    def holds(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day
