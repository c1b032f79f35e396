from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from clinic.models.settings import validate_time_zone
from clinic.names import normalise, phone_digits


class Client(models.Model):
    """A person the clinic treats. FHIR: Patient."""

    PRIVACY = {
        "contact": {
            "first_name", "last_name", "preferred_name", "date_of_birth", "mobile", "email", "address", "language",
            "access_needs", "desk_note", "search_name", "phone_digits", "quiet_from", "quiet_until", "time_zone",
        },
        "clinical": set(),
        "plain": {
            "id", "public_id", "registration_key", "revision", "created_at", "created_by", "updated_at", "updated_by",
            "archived_at", "archived_by",
        },
    }  # fmt: skip

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Español"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    preferred_name = models.CharField("Preferred name and pronouns", max_length=80, blank=True)
    date_of_birth = models.DateField()
    mobile = models.CharField(max_length=32, blank=True, help_text="E.164, for example +43 660 1234567.")
    email = models.EmailField(max_length=254, blank=True)
    address = models.TextField("Postal address", max_length=300, blank=True)
    language = models.CharField(max_length=5, choices=Language.choices, default=Language.ENGLISH)
    access_needs = models.TextField(max_length=500, blank=True)
    desk_note = models.TextField("Note for the desk", max_length=300, blank=True, help_text="Nothing about health.")
    # On top of the clinic's own silence, by the clock of where the client is.
    quiet_from = models.TimeField("No messages from", null=True, blank=True)
    quiet_until = models.TimeField("No messages until", null=True, blank=True)
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])
    # From the page the desk filled in: a second submit of it finds the first one's client.
    registration_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    revision = models.PositiveIntegerField(default=0, help_text="Counts changes; a stale tab shows an older one.")
    # Folded copies that both databases search alike (SQLite's LIKE folds ASCII only).
    search_name = models.CharField(max_length=260, editable=False, db_index=True)
    phone_digits = models.CharField(max_length=20, blank=True, editable=False, db_index=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(first_name="") & ~Q(last_name=""), name="client_has_a_name"),
            models.CheckConstraint(condition=~Q(search_name=""), name="client_is_findable"),
            models.CheckConstraint(
                condition=Q(archived_at=None, archived_by=None)
                | Q(archived_at__isnull=False, archived_by__isnull=False),
                name="client_archived_has_both",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="client_quiet_has_both",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="client_newest"),  # the list opens with the newest
            models.Index(fields=["date_of_birth"], name="client_born"),  # search by birth date, likely duplicates
        ]

    def __str__(self) -> str:
        return f"client {self.public_id}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.search_name = normalise(f"{self.last_name} {self.first_name} {self.preferred_name}") or "?"
        self.phone_digits = phone_digits(self.mobile)
        update_fields = kwargs.get("update_fields")
        if update_fields is not None:
            kwargs["update_fields"] = {*update_fields, "search_name", "phone_digits"}
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("clinic:client_detail", args=[self.public_id])

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def called(self) -> str:
        """How to address the person in a message."""
        return self.preferred_name.split("(")[0].split(",")[0].strip() or self.first_name

    def age_on(self, day: date) -> int:
        born = self.date_of_birth
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class RelatedPerson(models.Model):
    """Somebody round a client: guardian, emergency contact or physician. FHIR: RelatedPerson, Practitioner."""

    PRIVACY = {
        "contact": {"kind", "name", "phone", "email", "relation", "may_be_contacted"},
        "clinical": set(),
        "plain": {"id", "public_id", "client", "created_at", "created_by", "removed_at", "removed_by"},
    }

    class Kind(models.TextChoices):
        GUARDIAN = "guardian", "Parent or guardian"
        EMERGENCY = "emergency", "Emergency contact"
        PHYSICIAN = "physician", "Physician"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="related_people")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=32, blank=True)
    email = models.EmailField(blank=True)
    relation = models.CharField("Relation or practice", max_length=80, blank=True)
    may_be_contacted = models.BooleanField(default=True)
    # Never deleted: who was a child's guardian when a consent was given stays on record.
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="relatedperson_removed_has_both",
            )
        ]

    def __str__(self) -> str:
        return f"related person {self.public_id}"


class CareTeam(models.Model):
    """A therapist who treats a client, or covers for a colleague, from when to when."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "client", "therapist", "kind", "added_at", "added_by", "until"},
    }

    class Kind(models.TextChoices):
        TREATING = "treating", "Treating"
        COVER = "cover", "Cover"

    client = models.ForeignKey(Client, models.PROTECT, related_name="care_team")
    therapist = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="care_team")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TREATING)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "therapist"], name="careteam_once")]

    def __str__(self) -> str:
        return f"care team {self.pk}"


class EmergencyAccess(models.Model):
    """A logged, reasoned and time-limited look at a record that is not one's own (break the glass)."""

    # The reason is for the owner, who reads no clinical text; the page that asks for it says so.
    PRIVACY = {
        "contact": {"reason"},
        "clinical": set(),
        "plain": {"id", "client", "user", "granted_at", "expires_at"},
    }

    client = models.ForeignKey(Client, models.PROTECT, related_name="emergency_access")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        # Asked on every clinical page while therapists see only their own clients.
        indexes = [models.Index(fields=["client", "user", "expires_at"], name="emergencyaccess_open")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="emergencyaccess_has_reason"),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("granted_at")), name="emergencyaccess_ends"),
        ]

    def __str__(self) -> str:
        return f"emergency access {self.pk}"
