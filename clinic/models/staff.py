from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class StaffInvitation(models.Model):
    """An invitation for a new member of staff: works once, within 72 hours; only the token's hash is kept."""

    PRIVACY = {
        "contact": {"email", "name"},
        "clinical": set(),
        "plain": {
            "id", "public_id", "nonce", "token_hash", "is_owner", "is_therapist", "is_lead_therapist",
            "is_front_desk", "created_at", "created_by", "expires_at", "accepted_at", "accepted_by", "voided_at",
            "voided_by",
        },
    }  # fmt: skip

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    nonce = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    is_owner = models.BooleanField(default=False)
    is_therapist = models.BooleanField(default=False)
    is_lead_therapist = models.BooleanField(default=False)
    is_front_desk = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="staffinvitation_accepted_has_both",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None) | Q(voided_at__isnull=False, voided_by__isnull=False),
                name="staffinvitation_voided_has_both",
            ),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(voided_at=None), name="staffinvitation_one_end"),
            # One open invitation an address: the older one is voided when a new one goes out.
            models.UniqueConstraint(
                Lower("email"), condition=Q(accepted_at=None, voided_at=None), name="staffinvitation_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"staff invitation {self.public_id}"
