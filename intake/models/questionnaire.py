from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.models import Service
from conditions.models import Condition


class Questionnaire(models.Model):
    """A form the clinic asks, whatever its version: whom it is for, and how long an answer to it counts."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "slug", "title", "asked", "valid_days", "question_days", "ask_again_from",
            "ask_again_questions", "retired_at", "retired_by",
        },
    }  # fmt: skip

    class Asked(models.TextChoices):
        EVERYONE = "everyone", "Every client, and again when the answers are too old"
        VISIT = "visit", "Every client, before each visit"
        SOME = "some", "Clients with certain conditions or services"
        BY_HAND = "by_hand", "Nobody by itself: staff send it"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=160)
    asked = models.CharField(max_length=10, choices=Asked.choices, default=Asked.BY_HAND)
    conditions = models.ManyToManyField(Condition, related_name="questionnaires", blank=True)
    services = models.ManyToManyField(Service, related_name="questionnaires", blank=True)
    valid_days = models.PositiveSmallIntegerField(default=365)
    question_days = models.JSONField(
        null=True, blank=True, help_text="{linkId: days} of what expires sooner; empty for the shipped figures."
    )
    ask_again_from = models.DateField(null=True, blank=True)
    ask_again_questions = models.JSONField(default=dict, blank=True, help_text="{linkId: day it is asked again from}")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_days__gte=1), name="questionnaire_valid_a_day"),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None) | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="questionnaire_retired_has_both",
            ),
        ]

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


class QuestionnaireDraft(models.Model):
    """What the owner is working on; clients never see it. Publishing makes a version of it."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "questionnaire", "based_on", "document", "revision", "started_at", "started_by", "changed_at",
            "changed_by",
        },
    }  # fmt: skip

    questionnaire = models.OneToOneField(Questionnaire, models.PROTECT, related_name="draft")
    based_on = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="+", null=True, blank=True)
    document = models.JSONField()
    revision = models.PositiveIntegerField(default=1, help_text="Counts changes; an older page shows an older one.")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    def __str__(self) -> str:
        return f"draft of {self.questionnaire_id}"


class DraftStep(models.Model):
    """One change of a draft: the document as it was before, so that the step can be taken back."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "draft", "revision", "words", "before", "made_at", "made_by"},
    }

    draft = models.ForeignKey(QuestionnaireDraft, models.CASCADE, related_name="steps")
    revision = models.PositiveIntegerField(help_text="The revision this step made.")
    words = models.CharField(max_length=200)
    before = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-revision"]
        constraints = [models.UniqueConstraint(fields=["draft", "revision"], name="draftstep_once")]

    def __str__(self) -> str:
        return f"step {self.revision} of draft {self.draft_id}"
