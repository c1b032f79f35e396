"""A sent form as PDF: the client's own copy, and the therapist's print."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic import access, pdf
from clinic.models import User
from clinic.permissions import Permission, requires
from intake import limits, paper
from intake.access import Visit, is_handed_over
from intake.models import Response
from intake.views.entry import for_client, see_other


@for_client
@require_GET
def copy(request: HttpRequest, visit: Visit, now: datetime) -> HttpResponse:
    """The client's copy of what they have sent; before that there is nothing to copy."""
    if visit.response.status != Response.Status.COMPLETED or is_handed_over(request):
        return see_other("intake:resume")
    if not limits.may_copy(visit.whose):
        return HttpResponse(status=429)
    return pdf.answer(paper.copy_for_client(visit, now=now), name=paper.file_name(visit.response))


@requires(Permission.CLINICAL_READ)
@require_GET
def review_print(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The whole form on paper, flags first."""
    rows = Response.objects.select_related("client", "version__questionnaire", "reviewed_by")
    found = rows.defer("version__document").filter(public_id=public_id, status=Response.Status.COMPLETED).first()
    if found is None:
        raise Http404
    access.admit(request, found.client, need=Permission.CLINICAL_READ, what="review", fields=["document"])
    user = request.user
    assert isinstance(user, User)
    document = paper.print_for_staff(found, by=user, now=timezone.now())
    return pdf.answer(document, name=paper.file_name(found), download=False)
