from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from clinic.fields import EncryptedTextField
from clinic.models import Client
from treatments.models.session import Session

TRIES = 5  # wrong dates of birth


class CheckIn(models.Model):
    """A question after a session: how is it now, any reaction? Behind a link of its own."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"feeling", "score", "reaction", "reaction_text"},
        "plain": {
            "id", "public_id", "session", "moment", "nonce", "token_hash", "created_at", "expires_at", "answered_at",
        },
    }  # fmt: skip

    class Feeling(models.TextChoices):
        BETTER = "better", gettext_lazy("Better")
        SAME = "same", gettext_lazy("The same")
        LITTLE_SORE = "little_sore", gettext_lazy("A little sore")
        WORSE = "worse", gettext_lazy("Worse")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="check_ins")
    moment = models.CharField(max_length=20)
    nonce = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    feeling = models.CharField(max_length=12, choices=Feeling.choices, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    reaction = models.BooleanField(null=True, blank=True)
    reaction_text = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "moment"], name="checkin_once_per_moment"),
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=10), name="checkin_score_in_range"),
        ]

    def __str__(self) -> str:
        return f"check-in {self.public_id}"


class CheckInAddition(models.Model):
    """What the same holder of the link told later: stands beside the answer, which stays as it was. Append-only."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"feeling", "score", "reaction", "text"},
        "plain": {"id", "public_id", "check_in", "added_at"},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="additions")
    feeling = models.CharField(max_length=12, choices=CheckIn.Feeling.choices, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    reaction = models.BooleanField(null=True, blank=True)
    text = EncryptedTextField(blank=True, default="")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=10), name="checkinaddition_score_in_range"),
        ]

    def __str__(self) -> str:
        return f"check-in addition {self.public_id}"


class ClientPage(models.Model):
    """A client's own page after a session, behind a link; what names them opens with the date of birth.

    Check-in links lead to the same page, so that wrong dates count together whichever link they came by.
    """

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "session", "nonce", "token_hash", "created_at", "expires_at", "opened_at",
            "failed_tries",
        },
    }  # fmt: skip

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.OneToOneField(Session, models.PROTECT, related_name="client_page")
    nonce = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    failed_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(failed_tries__lte=TRIES), name="clientpage_five_tries"),
        ]

    def __str__(self) -> str:
        return f"client page {self.public_id}"


class Task(models.Model):
    """Work for a person, with a due time: above all a call-back after a check-in that said "worse". FHIR: Task."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"detail", "resolution"},
        "plain": {
            "id", "public_id", "client", "session", "check_in", "kind", "assigned_to", "created_at", "due_at",
            "done_at", "done_by",
        },
    }  # fmt: skip

    class Kind(models.TextChoices):
        CALL_BACK = "call_back", "Call back"
        INTAKE_HELP = "intake_help", "Help with a link"
        REVIEW = "review", "Review due"
        REPLY = "reply", "A client wrote back"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="tasks")
    session = models.ForeignKey(Session, models.PROTECT, related_name="tasks", null=True, blank=True)
    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="tasks", null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks", null=True, blank=True
    )
    detail = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    resolution = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="task_done_has_both",
            ),
            # Told again after the call: that is a new call. While it is open, one is enough.
            models.UniqueConstraint(fields=["check_in"], condition=Q(done_at=None), name="task_one_open_a_check_in"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="task_open")]

    def __str__(self) -> str:
        return f"task {self.public_id}"
