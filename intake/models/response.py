from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.fields import EncryptedJSONField, EncryptedTextField
from clinic.models import Client
from intake.models.invitation import Invitation
from intake.models.questionnaire import QuestionnaireVersion


class Response(models.Model):
    """A client's answers to one version: one FHIR QuestionnaireResponse document, readable for ever as asked."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"document", "stamps", "review_note"},
        "plain": {
            "id", "public_id", "client", "version", "invitation", "based_on", "confirmed", "status", "screens_done",
            "percent", "revision", "started_at", "saved_at", "submitted_at", "top_class", "reviewed_at", "reviewed_by",
        },
    }  # fmt: skip

    class Status(models.TextChoices):
        IN_PROGRESS = "in-progress", "In progress"
        COMPLETED = "completed", "Completed"
        ENTERED_IN_ERROR = "entered-in-error", "Entered in error"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="responses")
    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="responses")
    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="responses", null=True, blank=True)
    based_on = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True)
    confirmed = models.JSONField(default=list, blank=True, help_text="linkIds that were said to be still right.")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.IN_PROGRESS)
    document = EncryptedJSONField(default=dict)
    # When and where each answer was given (intake.engine.stamps): which questions were answered tells something too.
    stamps = EncryptedJSONField(default=dict)
    screens_done = models.JSONField(default=list, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0, help_text="Counts saves; a stale tab shows an older one.")
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    top_class = models.CharField(max_length=12, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    review_note = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation"], condition=Q(invitation__isnull=False), name="response_one_per_invitation"
            ),
            models.CheckConstraint(
                condition=Q(status="completed", submitted_at__isnull=False) | ~Q(status="completed"),
                name="response_completed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="response_review_has_both",
            ),
        ]
        indexes = [
            # The review queue: completed, not yet looked at.
            models.Index(
                fields=["submitted_at"], condition=Q(status="completed", reviewed_at=None), name="response_review"
            ),
            models.Index(fields=["client", "-started_at"], name="response_of_a_client"),
        ]

    def __str__(self) -> str:
        return f"response {self.public_id}"


class OtherAnswer(models.Model):
    """What the client answered in another window or on another device, and does not count: neither is lost."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"value"},
        "plain": {"id", "response", "address", "step", "given_at", "kept_at"},
    }

    response = models.ForeignKey(Response, models.PROTECT, related_name="other_answers")
    address = models.CharField(max_length=300)
    value = EncryptedJSONField()
    step = models.CharField(max_length=64, help_text="Browser and number: the same step twice is kept once.")
    given_at = models.DateTimeField()
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [models.UniqueConstraint(fields=["response", "address", "step"], name="otheranswer_once")]

    def __str__(self) -> str:
        return f"other answer {self.pk}"


class StandingMarks(models.Manager["BodyMark"]):
    """The marks that stand; one that was taken away stays as a row, so that a late repeat cannot bring it back."""

    def get_queryset(self) -> models.QuerySet[BodyMark]:
        return super().get_queryset().filter(removed=False)


class BodyMark(models.Model):
    """Where on the body the client feels it: region, symptom, strength; `marked_at` is when the client said so."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"region", "symptom", "intensity"},
        "plain": {"id", "response", "removed", "marked_at"},
    }

    response = models.ForeignKey(Response, models.PROTECT, related_name="marks")
    region = models.CharField(max_length=30)
    symptom = models.CharField(max_length=20)
    intensity = models.PositiveSmallIntegerField(null=True, blank=True)
    removed = models.BooleanField(default=False)
    marked_at = models.DateTimeField()

    everything = models.Manager()
    objects = StandingMarks()

    class Meta:
        default_manager_name = "objects"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["response", "region", "symptom"], name="bodymark_once"),
            models.CheckConstraint(
                condition=Q(intensity=None) | Q(intensity__lte=10), name="bodymark_intensity_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"body mark {self.pk}"


class Upload(models.Model):
    """A file the client gave with an answer; kept outside static, served only through the one door."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"file", "name"},
        "plain": {"id", "public_id", "response", "link_id", "content_type", "size", "sha256", "uploaded_at"},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    response = models.ForeignKey(Response, models.PROTECT, related_name="uploads")
    link_id = models.CharField(max_length=300)
    file = models.FileField(upload_to="intake/%Y/%m/")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"upload {self.public_id}"

    @property
    def is_picture(self) -> bool:
        """Drawn anew by us, so that a page may show it."""
        return self.content_type == "image/jpeg"


class Proposal(models.Model):
    """A change to the client's record that an answer suggests (new phone): was/now, for staff to accept or reject."""

    PRIVACY = {
        "contact": {"field", "was", "now", "before", "taken"},
        "clinical": set(),
        "plain": {"id", "public_id", "response", "state", "decided_at", "decided_by"},
    }

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    response = models.ForeignKey(Response, models.PROTECT, related_name="proposals")
    field = models.CharField(max_length=40)
    was = models.CharField(max_length=300, blank=True)
    now = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    before = models.JSONField(null=True, blank=True, help_text="What the record held when this was accepted.")
    taken = models.JSONField(null=True, blank=True, help_text="What was taken into the record, as edited.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["response", "field"], name="proposal_once")]

    def __str__(self) -> str:
        return f"proposal {self.public_id}"
