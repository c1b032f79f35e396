"""Agreements for the clinic's people: a client's with their history, and the owner's wordings."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import client_for, me
from clinic.models import Client, Consent, User
from clinic.permissions import Permission, requires
from intake.consent import agreement_links, consents, terms
from intake.inviting.invitations import NoAddress
from intake.models import AgreementTerms
from intake.safety import noting, rescreening
from intake.safety.staff_forms import FactsForm, SaidForm, TermsForm


def _kinds(user: User) -> list[str]:
    """What this person may read: which area of the body an agreement is about is clinical."""
    areas = consents.AREA_KINDS if user.can(Permission.CLINICAL_READ) else ()
    return [*consents.OFFERED, Consent.Kind.GUARDIAN, Consent.Kind.TODAY, Consent.Kind.ACCURACY, *areas]


def _lines(client: Client, user: User) -> list[consents.Line]:
    lines = consents.lines_of(client, _kinds(user), now=timezone.now(), language=client.language)
    asked = {Consent.Kind.TODAY, Consent.Kind.ACCURACY}
    return [line for line in lines if line.row is not None or line.kind not in asked]


@requires(Permission.CONTACT_READ)
@require_GET
def consent_list(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a client agreed to, word for word, when, from where, and what they took back."""
    user = me(request)
    seen = ["detail"] if user.can(Permission.CLINICAL_READ) else []
    client = client_for(request, public_id, need=Permission.CONTACT_READ, what="consents", fields=seen)
    lines = _lines(client, user)
    context = {
        "client": client,
        "age": client.age_on(timezone.localdate()),
        "lines": [line for line in lines if not line.kind.startswith(Consent.AREA)],
        "areas": [line for line in lines if line.kind.startswith(Consent.AREA)],
        "may_write": user.can(Permission.CONTACT_WRITE),
        "may_write_areas": user.can(Permission.CLINICAL_WRITE),
        "sees_address": user.can(Permission.AUDIT_READ) or user.can(Permission.CLINICAL_READ),
        "may_note": user.can(Permission.CLINICAL_WRITE),
    }
    return render(request, "intake/consent_list.html", context)


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_say(request: HttpRequest, public_id: UUID, kind: str, answer: str) -> HttpResponse:
    """Write down what a client said: a yes given, or taken back. Says first what follows."""
    client, user, now = client_for(request, public_id, need=_need(kind), what="consents"), me(request), timezone.now()
    if kind not in _kinds(user) or answer not in ("yes", "no"):
        raise Http404
    line = consents.lines_of(client, [kind], now=now, language=client.language)[0]
    form = SaidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        source = Consent.Source.CLINIC if user.can(Permission.CLINICAL_WRITE) else Consent.Source.DESK
        try:
            consents.say(
                client=client, kind=kind, granted=answer == "yes", by=user, now=now, source=source, **form.cleaned_data
            )
        except consents.MayNotSay as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Written down. " + ("" if answer == "yes" else line.follows))
            return redirect("intake:consent_list", client.public_id)
    status = 422 if request.method == "POST" else 200
    context = {"client": client, "line": line, "form": form, "yes": answer == "yes"}
    return render(request, "intake/consent_say.html", context, status=status)


def _need(kind: str) -> Permission:
    return Permission.CLINICAL_WRITE if kind.startswith(Consent.AREA) else Permission.CONTACT_WRITE


@requires(Permission.INTAKE_SEND)
@require_POST
def agreement_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send the client a link to read, give and take back what they agreed to."""
    client = client_for(request, public_id, need=Permission.INTAKE_SEND, what="consents")
    try:
        agreement_links.send(client=client, by=me(request), now=timezone.now())
    except NoAddress as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The link is on its way. It works for seven days.")
    return redirect("intake:consent_list", client.public_id)


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def facts_note(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a therapist measured or noted; the safety rules run again on it."""
    client = client_for(request, public_id, need=Permission.CLINICAL_WRITE, what="facts", fields=["value"])
    now, latest = timezone.now(), noting.latest(client)
    form = FactsForm(request.POST or None, initial=noting.facts_of(client, now=now))
    if request.method == "POST" and form.is_valid():
        raised = rescreening.noted(client=client, values=form.cleaned_data, by=me(request), now=now)
        number = len(raised)
        words = f"Kept. {number} new flag{'' if number == 1 else 's'}." if raised else "Kept. No new flag."
        messages.success(request, words)
        return redirect("intake:facts_note", client.public_id)
    status = 422 if request.method == "POST" else 200
    rows = [(noting.FACTS[name].label, row) for name, row in latest.items() if name in noting.FACTS]
    context = {"client": client, "age": client.age_on(timezone.localdate()), "form": form, "rows": rows}
    return render(request, "intake/facts_note.html", context, status=status)


# --- the owner's wordings ---------------------------------------------------------------------------------------------


@requires(Permission.CATALOGUE_READ)
@require_GET
def agreement_list(request: HttpRequest) -> HttpResponse:
    """What clients are asked to agree to: wording in force, whether they must, how often, how many signed which."""
    in_force, signed = terms.current(), consents.counts()
    rows = [
        {
            "terms": in_force[kind],
            "label": Consent.Kind(kind).label,
            "requirement": AgreementTerms.Requirement(in_force[kind].requirement).label,
            "frequency": AgreementTerms.Frequency(in_force[kind].frequency).label,
            "words": in_force[kind].text("en"),
            "signed": sorted(signed.get(kind, {}).items()),
        }
        for kind in map(str, terms.DEFAULTS)
    ]
    may_edit = me(request).can(Permission.SETTINGS_EDIT)
    return render(request, "intake/agreement_list.html", {"rows": rows, "may_edit": may_edit})


@requires(Permission.SETTINGS_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_edit(request: HttpRequest, kind: str) -> HttpResponse:
    """A new wording; earlier ones stay as they were signed."""
    if kind not in terms.DEFAULTS:
        raise Http404
    now_asked = terms.current()[kind]
    first = {
        "requirement": now_asked.requirement, "frequency": now_asked.frequency, "seen": now_asked.number,
        "text_en": now_asked.text("en"), "text_es": now_asked.text("es"),
    }  # fmt: skip
    form = TermsForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            terms.publish(kind=kind, **form.cleaned_data, by=me(request), now=timezone.now())
        except terms.Overtaken:
            form.add_error(None, "Somebody has published a newer wording since. It stands below; yours is kept here.")
            form.move_to(terms.current()[kind].number)
        else:
            messages.success(request, "Published. Clients are asked in these words from now on.")
            return redirect("intake:agreement_list")
    history = AgreementTerms.objects.filter(kind=kind).select_related("published_by").order_by("-number")
    context = {
        "form": form, "label": Consent.Kind(kind).label, "history": history, "kind": kind,
        "shipped": terms.shipped_words(kind, "en"), "signed": sorted(consents.counts().get(kind, {}).items()),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "intake/agreement_edit.html", context, status=status)
