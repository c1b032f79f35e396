from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models


class UnknownPolicy(models.Model):
    """The owner's word for one kind of message: what happens when nobody can tell whether it arrived."""

    PRIVACY = {"contact": set(), "clinical": set(), "plain": {"kind", "when_unknown", "changed_at", "changed_by"}}

    class WhenUnknown(models.TextChoices):
        PARK = "park", "A person decides"
        RESEND = "resend", "Send it once more"

    kind = models.CharField(max_length=40, primary_key=True, validators=[RegexValidator(r"\A[a-z0-9_.]+\Z")])
    when_unknown = models.CharField(max_length=6, choices=WhenUnknown.choices)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "unknown policies"

    def __str__(self) -> str:
        return f"{self.when_unknown} for {self.kind}"


class Relay(models.Model):
    """How a provider of one channel is doing, for all workers together: after some failures all leave it alone."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {"channel", "failures", "opened", "open_until", "locked_out", "last_error"},
    }

    channel = models.CharField(max_length=6, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="Since it last answered.")
    opened = models.PositiveIntegerField(default=0, help_text="How often in a row it was left alone.")
    open_until = models.DateTimeField(null=True, blank=True)
    locked_out = models.BooleanField(default=False, help_text="It refuses the clinic's own login.")
    last_error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"relay {self.channel}"


class OutboxCount(models.Model):
    """How often something happened in the outbox within one hour: what the rows themselves no longer tell."""

    PRIVACY = {"contact": set(), "clinical": set(), "plain": {"id", "hour", "name", "count"}}

    hour = models.DateTimeField()
    name = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "hour"], name="outbox_count_once_an_hour")]

    def __str__(self) -> str:
        return f"{self.name} in {self.hour:%Y-%m-%d %H}h"


class OutboxRound(models.Model):
    """When a round over the outbox was last begun and finished: several schedulers share the rounds by it."""

    PRIVACY = {"contact": set(), "clinical": set(), "plain": {"name", "begun_at", "done_at"}}

    name = models.CharField(max_length=20, primary_key=True)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"round {self.name}"
