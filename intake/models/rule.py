from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class RuleDecision(models.Model):
    """What a person decided about one version of a safety rule: signed off, switched off, on again. Append-only.

    A decision counts for the version it names: when the product brings a newer one, that fires and waits to be signed.
    """

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "rule_id", "rule_version", "kind", "clinician_name", "clinician_role", "reason",
            "decided_at", "decided_by",
        },
    }  # fmt: skip

    class Kind(models.TextChoices):
        SIGN = "sign", "Signed off"
        ASK_OFF = "ask_off", "Asked to be switched off"
        OFF = "off", "Switched off"
        ON = "on", "Switched on"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rule_id = models.CharField(max_length=40)
    rule_version = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    clinician_name = models.CharField(max_length=120, blank=True, help_text="Who answers for a sign-off.")
    clinician_role = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="sign") | (~Q(clinician_name="") & ~Q(clinician_role="")),
                name="ruledecision_sign_names_a_clinician",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["ask_off", "off"]) | ~Q(reason=""), name="ruledecision_off_has_reason"
            ),
        ]
        indexes = [
            # The history of a rule, and who signed which.
            models.Index(fields=["rule_id", "id"], name="ruledecision_of_a_rule"),
        ]

    def __str__(self) -> str:
        return f"rule decision {self.public_id}"
