"""The people round a client: add, change, remove."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic import clients
from clinic.access import client_for, me
from clinic.forms import RelatedPersonForm
from clinic.models import Client, RelatedPerson
from clinic.permissions import Permission, requires

FIELDS = ("kind", "name", "relation", "phone", "email", "may_be_contacted")


def _person_of(client: Client, person_id: UUID) -> RelatedPerson:
    """Somebody of this client; another client's people do not exist here."""
    return get_object_or_404(RelatedPerson, client=client, public_id=person_id, removed_at=None)


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "POST"])
def related_add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A new guardian, emergency contact or physician."""
    client = client_for(request, public_id, need=Permission.CONTACT_WRITE, what="related_person")
    form = RelatedPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        clients.add_related(client=client, by=me(request), now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Added.")
        return redirect(client)
    status = 422 if request.method == "POST" else 200
    return render(request, "clinic/related_form.html", {"client": client, "form": form}, status=status)


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "POST"])
def related_edit(request: HttpRequest, public_id: UUID, person_id: UUID) -> HttpResponse:
    """Change somebody."""
    client = client_for(request, public_id, need=Permission.CONTACT_WRITE, what="related_person")
    person = _person_of(client, person_id)
    form = RelatedPersonForm(request.POST or None, initial={name: getattr(person, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        clients.update_related(person=person, by=me(request), now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect(client)
    status = 422 if request.method == "POST" else 200
    context = {"client": client, "form": form, "person": person}
    return render(request, "clinic/related_form.html", context, status=status)


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "POST"])
def related_remove(request: HttpRequest, public_id: UUID, person_id: UUID) -> HttpResponse:
    """Take somebody off the record, after asking."""
    client = client_for(request, public_id, need=Permission.CONTACT_WRITE, what="related_person")
    person = _person_of(client, person_id)
    if request.method == "POST":
        clients.remove_related(person=person, by=me(request), now=timezone.now())
        messages.success(request, "Removed.")
        return redirect(client)
    return render(request, "clinic/related_confirm_remove.html", {"client": client, "person": person})
