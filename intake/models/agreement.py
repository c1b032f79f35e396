from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.models import Client, Consent


class AgreementTerms(models.Model):
    """One wording of one agreement, as the owner published it: what clients sign, whether they must, how often.

    Append-only: what was signed can always be read word for word. The newest number of a kind is asked now; before the
    first, the questionnaire's own words are.
    """

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "kind", "number", "requirement", "frequency", "text_en", "text_es", "sign_again",
            "change_note", "published_at", "published_by",
        },
    }  # fmt: skip

    class Requirement(models.TextChoices):
        MUST = "must", "Must be accepted"
        MAY = "may", "May be declined"
        OPTIONAL = "optional", "May be left out"

    class Frequency(models.TextChoices):
        ONCE = "once", "Once"
        YEARLY = "yearly", "Every year"
        SESSION = "session", "At each session"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=16, choices=Consent.Kind.choices)
    number = models.PositiveSmallIntegerField()
    requirement = models.CharField(max_length=8, choices=Requirement.choices)
    frequency = models.CharField(max_length=8, choices=Frequency.choices)
    text_en = models.TextField()
    text_es = models.TextField()
    sign_again = models.BooleanField(default=False, help_text="Whoever signed an earlier wording is asked again.")
    change_note = models.CharField(max_length=300)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="agreementterms_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1) & ~Q(text_en="") & ~Q(text_es=""), name="agreementterms_has_both_languages"
            ),
        ]

    def __str__(self) -> str:
        return f"agreement terms {self.public_id}"


class AgreementLink(models.Model):
    """A link that lets one client read what they agreed to, and take it back. Only the hash of its token is kept."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "public_id", "client", "nonce", "token_hash", "created_at", "created_by", "expires_at", "opened_at",
            "failed_tries",
        },
    }  # fmt: skip

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="agreement_links")
    nonce = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    failed_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(failed_tries__lte=5), name="agreementlink_five_tries"),
        ]

    def __str__(self) -> str:
        return f"agreement link {self.public_id}"
