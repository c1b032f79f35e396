"""A sent form on paper: the client's own copy, and the therapist's print with the flags in front."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from clinic import audit, pdf
from clinic.models import ClinicSettings, User
from intake import proposals, readback, reviewing
from intake.access import Visit
from intake.consent import agreements
from intake.models import Response
from intake.questionnaires import spec_of
from intake.responses import answers_of, screen
from intake.safety.advice import advice_for
from intake.safety.standing import standing


def copy_for_client(visit: Visit, *, now: datetime) -> bytes:
    """What the client sent, in the language they read the page in; that they took it is on record."""
    response, clinic = visit.response, ClinicSettings.load()
    answers = answers_of(response)
    sent = response.submitted_at or now
    hits = screen(response, answers, today=sent.astimezone(clinic.zone).date()).hits
    shown = _answers(response, get_language() or "") | {"advice": advice_for(hits, clinic)}
    with audit.transaction():
        audit.record("response.copy", by=visit.actor, client=response.client, subject=response, fields=["document"])
        return pdf.render("intake/paper_copy.html", shown)


def print_for_staff(response: Response, *, by: User, now: datetime) -> bytes:
    """The whole form with flags, limits and changes in front; who printed it stands on every page and in the trail."""
    where = standing(response.client, now=now)
    shown = _answers(response, "en") | {
        "cards": reviewing.cards_for(response, by=by),
        "changes": proposals.of_response(response),
        "standing": where,
        **reviewing.limits_in_words(where),
        "by": by,
        "now": now,
    }
    with audit.transaction():
        audit.record("response.print", by=by, client=response.client, subject=response, fields=["document"])
        return pdf.render("intake/paper_print.html", shown)


def file_name(response: Response) -> str:
    """A name that says when, and nothing of whom or what."""
    day = (response.submitted_at or response.started_at).astimezone(ClinicSettings.load().zone)
    return f"form-{day:%Y-%m-%d}.pdf"


def _answers(response: Response, language: str) -> dict[str, Any]:
    spec = agreements.as_signed(response, spec_of(response.version).in_language(language))
    return {
        "response": response,
        "client": response.client,
        "title": spec.title,
        "parts": readback.parts_of(spec, answers_of(response), body=readback.body_of(response)),
    }
