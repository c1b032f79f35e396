from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Questionnaire(models.Model):
    """A form the clinic asks, whatever its version: health history, check before a visit."""

    PRIVACY = {"contact": set(), "clinical": set(), "plain": {"id", "public_id", "slug", "title"}}

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=160)

    def __str__(self) -> str:
        return f"questionnaire {self.slug}"


class QuestionnaireVersion(models.Model):
    """One FHIR R4 Questionnaire document. Frozen by the database once published."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "questionnaire", "version", "document", "checksum", "created_at", "created_by",
            "published_at", "published_by", "change_note",
        },
    }  # fmt: skip

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="versions")
    version = models.CharField(max_length=20)
    document = models.JSONField()
    checksum = models.CharField(max_length=64)
    change_note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["questionnaire", "-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "version"], name="questionnaireversion_once"),
            models.CheckConstraint(condition=~Q(checksum=""), name="questionnaireversion_has_checksum"),
        ]

    def __str__(self) -> str:
        return f"questionnaire version {self.public_id}"
