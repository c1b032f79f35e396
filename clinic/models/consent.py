from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.models.client import Client


class Consent(models.Model):
    """What a client agreed to or declined, with the exact wording's version. Never changed: a new row follows.

    FHIR: Consent. The row in force for a kind is the one that is not superseded.
    """

    PRIVACY = {
        "contact": {"kind", "granted", "wording", "wording_version", "signed_name"},
        "clinical": {"detail"},
        "plain": {"id", "public_id", "client", "source", "source_id", "given_at", "given_by", "superseded_at"},
    }

    class Kind(models.TextChoices):
        SCOPE = "scope", "Massage does not replace a doctor"
        TREATMENT = "treatment", "Assessment and treatment"
        DRAPING = "draping", "Draping and undressing"
        AREAS = "areas", "Areas that need a separate yes"
        PRIVACY_NOTICE = "privacy", "Use of health data"
        CANCELLATION = "cancellation", "Cancellation policy"
        ACCURACY = "accuracy", "Answers are true"
        EMAIL = "email", "Messages by e-mail"
        SMS = "sms", "Messages by SMS"
        CONTACT_DOCTOR = "contact_doctor", "Contact with the doctor"
        GUARDIAN = "guardian", "Guardian’s permission"
        TODAY = "today", "Today’s plan"
        # Each sensitive area has its own yes or no and its own day. Which area is clinical: not for the desk.
        AREA_BUTTOCKS = "area_buttocks", "Buttocks"
        AREA_INNER_THIGH = "area_inner_thigh", "Inner thigh"
        AREA_GROIN = "area_groin", "Groin crease"
        AREA_CHEST_WALL = "area_chest_wall", "Chest wall"
        AREA_BREAST = "area_breast", "Breast tissue"
        AREA_ABDOMEN = "area_abdomen", "Belly"
        AREA_MOUTH = "area_mouth", "Inside the mouth"

    #: What the kinds of the sensitive areas begin with.
    AREA = "area_"

    class Source(models.TextChoices):
        DESK = "desk", "Said at the desk"
        INTAKE = "intake", "Health history form"
        LINK = "link", "Preferences link"
        REPLY = "reply", "Reply to a message"
        CLINIC = "clinic", "Recorded by the therapist"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    granted = models.BooleanField()
    detail = models.JSONField(default=list, blank=True, help_text="Older rows, all areas together: the codes.")
    wording = models.TextField(blank=True)
    wording_version = models.CharField(max_length=40, blank=True)
    signed_name = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    source_id = models.UUIDField(null=True, blank=True)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-given_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "kind"], condition=Q(superseded_at=None), name="consent_one_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"consent {self.public_id}"

    @property
    def is_area(self) -> bool:
        """It is about one sensitive area (or, in older rows, about all of them)."""
        return self.kind.startswith("area")
