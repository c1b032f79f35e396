"""Pages that read the audit trail: the owner's, and "who looked at this record"."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic import trail
from clinic.access import charts_open_to, client_for, log_seen, me
from clinic.forms import AuditFilterForm
from clinic.models import AuditEvent, ClinicSettings
from clinic.permissions import Permission, requires


@requires(Permission.AUDIT_READ)
@require_safe
def audit_list(request: HttpRequest) -> HttpResponse:
    """Everything, newest first, by person, client, kind of event and day."""
    form = AuditFilterForm(request.GET or None)
    form.is_valid()  # a filter that cannot be read is left out and shown as an error
    events = trail.matching(AuditEvent.objects.all(), **form.facts(), zone=ClinicSettings.load().zone)
    page = trail.page(events, before=request.GET.get("before"))
    log_seen(request, [event.client for event in page.rows if event.client], what="audit_list")
    lines = trail.lines(page.rows, clinical=False)
    return render(request, "clinic/audit_list.html", {"form": form, "lines": lines, "page": page})


@requires(Permission.CONTACT_READ)
@require_safe
def client_audit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who looked at or changed one record. For owners, and therapists to whom the record is open; not for the desk."""
    owner = me(request).can(Permission.AUDIT_READ)
    need = Permission.AUDIT_READ if owner else Permission.CLINICAL_READ
    client = client_for(request, public_id, need=need, what="client_audit")
    page = trail.page(AuditEvent.objects.filter(client=client), before=request.GET.get("before"))
    # An owner who also treats reads who looked at a colleague's client, not the words behind a closed chart.
    lines = trail.lines(page.rows, clinical=charts_open_to(me(request)).filter(pk=client.pk).exists())
    return render(request, "clinic/client_audit.html", {"client": client, "lines": lines, "page": page})
