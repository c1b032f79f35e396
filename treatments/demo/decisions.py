"""What the clinic decided: rules signed off and one switched off, agreements taken back, a wording of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic.models import Client, Consent, User
from intake.consent import consents, terms
from intake.safety import rulebook
from intake.safety.screening import load_rules
from treatments.models import Plan

#: Signed by the physician who works with the clinic, and by the lead therapist.
PHYSICIAN, LEAD = 12, 30
OFF = ("RF-MOH", "The headache diary asks this in more detail; the therapist goes through it at each visit.")


def tell(*, owner: User, lead: User, desk: User, now: datetime) -> None:
    """Some weeks ago, but for what clients took back the other day."""
    began = now - timedelta(days=45)
    rules = [rule.id for rule in load_rules().rules]
    rulebook.sign(rule_ids=rules[:PHYSICIAN], name="Dr. Hollis Okafor", role="Physician", by=owner, now=began)
    rulebook.sign(rule_ids=rules[6 : 6 + LEAD], name=lead.name, role=lead.credentials, by=lead, now=began)
    rulebook.switch_off(rule_id=OFF[0], reason=OFF[1], by=lead, now=now - timedelta(days=20))
    terms.publish(
        kind=Consent.Kind.CANCELLATION, requirement="may", frequency="once", seen=0,
        text_en="I know that the clinic asks for a day’s notice, and what a late cancellation costs.",
        text_es="Sé que la clínica pide un día de aviso y cuánto cuesta una cancelación tardía.",
        change_note="Says what the policy is about", by=owner, now=now - timedelta(days=18),
    )  # fmt: skip
    away = Client.objects.filter(plans__state=Plan.State.ON_HOLD).order_by("pk").first()
    if away is not None:
        consents.say(
            client=away, kind=Consent.Kind.TREATMENT, granted=False, by=desk, now=now - timedelta(days=1),
            source=Consent.Source.DESK, reason="Rang: does not want to go on before she has moved.",
        )  # fmt: skip
    course = (
        Client.objects.filter(plans__state=Plan.State.ACTIVE, consents__kind="area_buttocks").order_by("pk").first()
    )
    if course is not None:
        consents.say(
            client=course, kind=Consent.Kind.AREA_BUTTOCKS, granted=False, by=lead, now=now - timedelta(days=2),
            source=Consent.Source.CLINIC, reason="Said after the session that she would rather not.",
        )  # fmt: skip
