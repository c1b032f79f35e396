from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.models import Client
from intake.models.questionnaire import Questionnaire, QuestionnaireVersion


class Invitation(models.Model):
    """A link that lets one client fill in one questionnaire. Only the hash of its token is kept."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "client", "questionnaire", "version", "visit", "visit_starts", "nonce", "token_hash",
            "channels", "created_at", "created_by", "expires_at", "opened_at", "verified_at", "failed_tries",
            "voided_at", "voided_by", "void_reason", "submitted_at",
        },
    }  # fmt: skip

    class VoidReason(models.TextChoices):
        RESENT = "resent", "A newer link was sent"
        TRIES = "tries", "Wrong date of birth five times"
        ADDRESS = "address", "The address changed"
        STAFF = "staff", "Withdrawn by staff"
        VISIT = "visit", "The visit is off"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="invitations")
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="+")
    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="+")
    visit = models.UUIDField(null=True, blank=True, help_text="Public id of the session it is asked for.")
    visit_starts = models.DateTimeField(null=True, blank=True)
    nonce = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    channels = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    failed_tries = models.PositiveSmallIntegerField(default=0)
    submitted_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    void_reason = models.CharField(max_length=10, choices=VoidReason.choices, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "questionnaire"],
                condition=Q(voided_at=None, submitted_at=None),
                name="invitation_one_live",
            ),
            models.CheckConstraint(
                condition=Q(visit=None, visit_starts=None) | Q(visit__isnull=False, visit_starts__isnull=False),
                name="invitation_visit_has_time",
            ),
            models.CheckConstraint(condition=Q(failed_tries__lte=5), name="invitation_five_tries"),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="invitation_void_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["visit"], condition=Q(visit__isnull=False), name="invitation_of_a_visit")]

    def __str__(self) -> str:
        return f"invitation {self.public_id}"
