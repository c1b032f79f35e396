from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from clinic.fields import EncryptedJSONField, EncryptedTextField
from clinic.models import Client


class Plan(models.Model):
    """A course of treatment for one complaint, proposed by the catalogue, steered by the therapist. FHIR: CarePlan."""

    PRIVACY = {
        "contact": set(),
        "clinical": {
            "condition", "title", "template", "minutes", "per_week", "weeks", "sessions", "max_sessions",
            "reassess_after", "pressure_min", "pressure_max", "techniques", "regions", "avoid_regions",
            "precondition", "precondition_met", "continue_if", "stop_if", "home_programme", "note", "overrides",
            "hold_reason", "end_reason",
        },
        "plain": {
            "id", "public_id", "client", "therapist", "state", "revision", "created_at", "created_by", "started_at",
            "started_by", "ended_at", "ended_by", "updated_at", "updated_by",
        },
    }  # fmt: skip

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        ON_HOLD = "on_hold", "On hold"
        COMPLETED = "completed", "Completed"
        STOPPED = "stopped", "Stopped"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="plans")
    condition = models.ForeignKey("conditions.Condition", models.PROTECT, related_name="+")
    therapist = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="plans")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    title = models.CharField(max_length=160)
    template = models.JSONField(default=dict, help_text="The catalogue's proposal as it stood: deviations show.")
    minutes = models.PositiveSmallIntegerField()
    per_week = models.PositiveSmallIntegerField()
    weeks = models.PositiveSmallIntegerField()
    sessions = models.PositiveSmallIntegerField()
    max_sessions = models.PositiveSmallIntegerField()
    reassess_after = models.JSONField(default=list)
    pressure_min = models.PositiveSmallIntegerField(default=1)
    pressure_max = models.PositiveSmallIntegerField(default=3)
    techniques = models.JSONField(default=list)
    regions = models.JSONField(default=list)
    avoid_regions = models.JSONField(default=list, blank=True)
    precondition = models.CharField(max_length=300, blank=True)
    precondition_met = models.BooleanField(default=False)
    continue_if = models.CharField(max_length=300, blank=True)
    stop_if = models.CharField(max_length=300, blank=True)
    home_programme = models.JSONField(default=list, blank=True)
    note = EncryptedTextField(blank=True, default="")
    overrides = EncryptedJSONField(default=list, blank=True, help_text="[{limit, words, reason, by, at}]")
    hold_reason = EncryptedTextField(blank=True, default="")
    revision = models.PositiveIntegerField(default=0, help_text="Counts saves; a stale tab shows an older one.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(null=True, blank=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    end_reason = EncryptedTextField(blank=True, default="")

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "condition"], condition=Q(state__in=["active", "on_hold"]), name="plan_one_active"
            ),
            models.CheckConstraint(
                condition=Q(pressure_min__gte=1, pressure_max__lte=5, pressure_min__lte=F("pressure_max")),
                name="plan_pressure_in_range",
            ),
            models.CheckConstraint(
                condition=Q(sessions__gte=1, max_sessions__gte=F("sessions")), name="plan_has_sessions"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["active", "on_hold"]) | Q(started_at__isnull=False, started_by__isnull=False),
                name="plan_running_was_started",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["completed", "stopped"]) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="plan_ended_has_end",
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("treatments:plan_detail", args=[self.public_id])

    @property
    def is_running(self) -> bool:
        return self.state in (self.State.ACTIVE, self.State.ON_HOLD)

    @property
    def is_ended(self) -> bool:
        return self.state in (self.State.COMPLETED, self.State.STOPPED)


class Goal(models.Model):
    """What a plan wants to reach, measured. FHIR: Goal."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"description", "measure", "baseline", "target", "due_on"},
        "plain": {"id", "public_id", "plan"},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="goals")
    description = EncryptedTextField(blank=True, default="")
    measure = models.CharField(max_length=30)
    baseline = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    target = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["plan", "measure"], name="goal_once_per_measure")]

    def __str__(self) -> str:
        return f"goal {self.public_id}"
