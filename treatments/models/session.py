from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from clinic.fields import EncryptedJSONField, EncryptedTextField
from clinic.models import Client, Service
from treatments.models.plan import Plan


class Session(models.Model):
    """One visit: booked, arrived, in session, done. FHIR: Encounter.

    The database refuses two that overlap for one therapist, one client or one room (exclusion constraints; on SQLite
    triggers, see migration 0002_guards).
    """

    PRIVACY = {
        "contact": {"cancel_reason"},
        "clinical": set(),
        "plain": {
            "id", "public_id", "client", "plan", "therapist", "service", "starts_at", "ends_at", "room", "state",
            "number", "booked_at", "booked_by", "here_at", "arrived_at", "arrived_by", "started_at", "started_by",
            "completed_at", "completed_by", "cancelled_at", "cancelled_by",
        },
    }  # fmt: skip

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        ARRIVED = "arrived", "Arrived"
        IN_SESSION = "in_session", "In session"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        NO_SHOW = "no_show", "No show"

    FREE_STATES = ("cancelled", "no_show")  # these hold no time

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="sessions")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="booked", null=True, blank=True)
    therapist = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sessions")
    service = models.ForeignKey(Service, models.PROTECT, related_name="sessions", null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.CharField(max_length=40, blank=True)
    number = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Which session of the plan.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOOKED)
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    here_at = models.DateTimeField(null=True, blank=True, help_text="The client said so at the door.")
    arrived_at = models.DateTimeField(null=True, blank=True)
    arrived_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(completed_at__isnull=False, completed_by__isnull=False),
                name="session_done_has_both",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["cancelled", "no_show"])
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="session_cancelled_has_both",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="session_day_sheet"),
            models.Index(fields=["client", "-starts_at"], name="session_of_a_client"),
        ]

    def __str__(self) -> str:
        return f"session {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("treatments:session_note", args=[self.public_id])

    @property
    def holds_time(self) -> bool:
        return self.state not in self.FREE_STATES

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def is_open(self) -> bool:
        """Booked or under way: it may still be cancelled, or must be ended."""
        return self.state in (self.State.BOOKED, self.State.ARRIVED, self.State.IN_SESSION)


class Note(models.Model):
    """The record of one session (SOAP). Locked by the database once signed; corrections are addenda.

    `work` is [{"technique": code, "pressure": 1-5, "minutes": n, "regions": [code]}].
    """

    PRIVACY = {
        "contact": set(),
        "clinical": {
            "subjective", "objective", "assessment", "plan_next", "pain_before", "pain_after", "work", "regions",
            "reaction", "home_care", "overrides",
        },
        "plain": {
            "id", "public_id", "session", "revision", "saved_at", "saved_by", "signed_at", "signed_by", "checksum",
        },
    }  # fmt: skip

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.OneToOneField(Session, models.PROTECT, related_name="note")
    subjective = EncryptedTextField(blank=True, default="")
    objective = EncryptedTextField(blank=True, default="")
    assessment = EncryptedTextField(blank=True, default="")
    plan_next = EncryptedTextField("Plan", blank=True, default="")
    pain_before = models.PositiveSmallIntegerField(null=True, blank=True)
    pain_after = models.PositiveSmallIntegerField(null=True, blank=True)
    work = EncryptedJSONField(default=list, blank=True)
    regions = EncryptedJSONField(default=list, blank=True)
    reaction = EncryptedTextField(blank=True, default="")
    home_care = EncryptedTextField(blank=True, default="")
    overrides = EncryptedJSONField(default=list, blank=True, help_text="[{limit, reason}] departures from the flags.")
    revision = models.PositiveIntegerField(default=0, help_text="Counts saves; a stale tab shows an older one.")
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    checksum = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(pain_before=None) | Q(pain_before__lte=10)) & (Q(pain_after=None) | Q(pain_after__lte=10)),
                name="note_pain_in_range",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None, checksum="")
                | Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(checksum=""),
                name="note_signed_has_all",
            ),
        ]
        indexes = [
            models.Index(fields=["saved_at"], condition=Q(signed_at=None), name="note_unsigned"),  # work list
        ]

    def __str__(self) -> str:
        return f"note {self.public_id}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None


class Addendum(models.Model):
    """A dated correction under a signed note. Append-only."""

    PRIVACY = {
        "contact": set(),
        "clinical": {"text", "reason"},
        "plain": {"id", "public_id", "note", "written_at", "written_by"},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    note = models.ForeignKey(Note, models.PROTECT, related_name="addenda")
    text = EncryptedTextField()
    reason = EncryptedTextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["written_at", "id"]

    def __str__(self) -> str:
        return f"addendum {self.public_id}"
