from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext

from clinic import policies, request_context
from clinic.compiled import Compiled


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("“%(name)s” is not a time zone such as Europe/Vienna.", params={"name": name})


def in_production() -> bool:
    """The default of switches that are on when the clinic runs for real."""
    return bool(settings.PRODUCTION)


# Callables: Django's check takes a plain time that happens to be now for a forgotten "now" (fields.W161).
def evening() -> time:
    return time(20)


def morning() -> time:
    return time(9)


def opening() -> time:
    return time(8)


def closing() -> time:
    return time(19)


class ClinicSettings(models.Model):
    """What the owner decides for the whole clinic. There is exactly one row."""

    PRIVACY = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "name", "phone", "email", "address", "about", "time_zone", "emergency_number", "crisis_line",
            "quiet_from", "quiet_until", "day_starts", "day_ends", "require_mfa", "own_clients_only", "country",
            "accepts_new_clients", "privacy_notice", "privacy_notice_es",
            "cancellation_policy", "cancellation_policy_es", "rules_off",
            "agreements_asked", "forms_first", "remind_first",
            "remind_second", "remind_check", "tell_overdue_after", "alarm_after", "keep_messages",
        },
    }  # fmt: skip

    name = models.CharField(max_length=80, default="Our clinic")
    phone = models.CharField(max_length=32, blank=True)
    email = models.EmailField(blank=True)
    address = models.TextField(max_length=300, blank=True)
    about = models.TextField(max_length=600, blank=True, help_text="One paragraph for the public home page.")
    country = models.CharField(max_length=2, default="US", help_text="ISO code; reads phone numbers typed without +.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    emergency_number = models.CharField(max_length=12, default="112")
    crisis_line = models.CharField(max_length=120, blank=True)
    quiet_from = models.TimeField(default=evening)
    quiet_until = models.TimeField(default=morning)
    day_starts = models.TimeField(default=opening)
    day_ends = models.TimeField(default=closing)
    require_mfa = models.BooleanField("Second factor for all staff", default=in_production)
    own_clients_only = models.BooleanField("Therapists see only their own clients’ records", default=False)
    accepts_new_clients = models.BooleanField(default=True)
    forms_first = models.BooleanField("Every form that is due must be done before treatment", default=False)
    remind_first = models.PositiveSmallIntegerField("First reminder", default=48, help_text="Hours; 0 for none.")
    remind_second = models.PositiveSmallIntegerField("Second reminder", default=24, help_text="Hours; 0 for none.")
    remind_check = models.PositiveSmallIntegerField("Reminder of the short check", default=3, help_text="Hours.")
    alarm_after = models.PositiveSmallIntegerField("Alarm when messages are late", default=15, help_text="Minutes.")
    tell_overdue_after = models.PositiveSmallIntegerField(
        "Overdue call-backs are told to the lead", default=2, help_text="Open hours after they were due."
    )
    keep_messages = models.PositiveSmallIntegerField("Messages keep their address for", null=True, blank=True)
    privacy_notice = models.TextField(max_length=8000, default=policies.default_privacy)
    privacy_notice_es = models.TextField(max_length=8000, blank=True)
    cancellation_policy = models.TextField(max_length=4000, default=policies.default_cancellation)
    cancellation_policy_es = models.TextField(max_length=4000, blank=True)

    rules_off = models.JSONField(
        default=list,
        blank=True,
        help_text="Safety rules that do not fire here: “id|version”.",
    )

    agreements_asked = models.JSONField(
        default=dict, blank=True, help_text="kind: {frequency, again_since} of the wording in force; intake keeps it."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="clinicsettings_one_row")]

    def __str__(self) -> str:
        return "clinic settings"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        if (memo := request_context.memo()) is not None:
            memo.pop("clinic_settings", None)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def in_language(self, name: str) -> str:
        """One of the owner's texts as the page says it: in the owner's own translation, the shipped one, or English."""
        return getattr(self, f"{name}_{get_language()}", "") or gettext(getattr(self, name))

    @classmethod
    def load(cls) -> ClinicSettings:
        """The one row, made with safe defaults when it is not there yet. A request reads it once."""
        memo = request_context.memo()
        if memo is not None and "clinic_settings" in memo:
            kept: ClinicSettings = memo["clinic_settings"]
            return kept
        row = _THE_ROW.first() or cls.objects.get_or_create(id=1)[0]
        if memo is not None:
            memo["clinic_settings"] = row
        return row


_THE_ROW = Compiled(lambda _: ClinicSettings.objects.filter(id=1))
