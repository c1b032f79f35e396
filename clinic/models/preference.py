from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from clinic.models.client import Client
from clinic.models.consent import Consent
from clinic.models.message import Message


class TopicChoice(models.Model):
    """What a client said about one topic on one channel; no row means: as the consent for the channel says."""

    PRIVACY = {
        "contact": {"topic", "wanted"},
        "clinical": set(),
        "plain": {"id", "client", "channel", "source", "changed_at", "changed_by"},
    }

    class Topic(models.TextChoices):
        APPOINTMENTS = "appointments", gettext_lazy("Appointments and reminders")
        AFTERCARE = "aftercare", gettext_lazy("Advice after a visit")
        CHECK_INS = "check_ins", gettext_lazy("How are you? Short questions after a visit")
        FORMS = "forms", gettext_lazy("Forms to fill in before a visit")

    client = models.ForeignKey(Client, models.PROTECT, related_name="topic_choices")
    topic = models.CharField(max_length=12, choices=Topic.choices)
    channel = models.CharField(max_length=6, choices=Message.Channel.choices)
    wanted = models.BooleanField()
    source = models.CharField(max_length=8, choices=Consent.Source.choices)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "topic", "channel"], name="topicchoice_once")]

    def __str__(self) -> str:
        return f"topic choice {self.pk}"


class AddressTrouble(models.Model):
    """An address of a client that a provider sent back. Counts only while it is still the client's address."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "client", "channel", "address_hash", "soft_in_a_row", "reason", "noted_at", "stopped_at"},
    }

    client = models.ForeignKey(Client, models.PROTECT, related_name="address_troubles")
    channel = models.CharField(max_length=6, choices=Message.Channel.choices)
    address_hash = models.CharField(max_length=64, help_text="Of the address it is about: a new one starts clean.")
    soft_in_a_row = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=80, blank=True)
    noted_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "channel"], name="addresstrouble_once")]
        indexes = [
            # The desk's list of addresses to ask for.
            models.Index(fields=["stopped_at"], condition=Q(stopped_at__isnull=False), name="addresstrouble_stopped"),
        ]

    def __str__(self) -> str:
        return f"address trouble {self.pk}"
