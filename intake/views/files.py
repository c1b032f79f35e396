"""Files that clients gave: the client sees their own until the form is sent, staff by the one door. Never as a page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from clinic import access, audit
from clinic.access import me
from clinic.permissions import Permission, requires
from intake.access import Visit
from intake.engine.attached import attached
from intake.files import uploads
from intake.models import Response, Upload
from intake.responses import answers_of
from intake.views.entry import for_client


@for_client
@require_GET
def own_file(request: HttpRequest, visit: Visit, now: datetime, public_id: UUID) -> HttpResponse:
    """A file of this form, to look at before it is sent."""
    return _file(_own(visit, public_id))


@for_client
@require_GET
def own_preview(request: HttpRequest, visit: Visit, now: datetime, public_id: UUID) -> HttpResponse:
    """The same, small, as a picture in the page."""
    return _preview(_own(visit, public_id))


@requires(Permission.CLINICAL_READ)
@require_GET
def upload(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A file a client gave; always a download, never shown as a page of ours."""
    found = _for_staff(request, public_id)
    audit.record("upload.download", by=me(request), client=found.response.client, subject=found)
    return _file(found)


@requires(Permission.CLINICAL_READ)
@require_GET
def preview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A photo a client gave, small, as a picture in the review."""
    return _preview(_for_staff(request, public_id))


def _own(visit: Visit, public_id: UUID) -> Upload:
    """A file that an answer of this unsent form points to; it may have come with the form of last time."""
    here = {one.id for value in answers_of(visit.response).values() for one in attached(value)}
    if str(public_id) not in here or visit.response.status != Response.Status.IN_PROGRESS:
        raise Http404
    found = get_object_or_404(Upload, public_id=public_id, response__client=visit.response.client)
    audit.record("upload.read", by=visit.actor, client=visit.response.client, subject=found)
    return found


def _for_staff(request: HttpRequest, public_id: UUID) -> Upload:
    rows = Upload.objects.select_related("response__client").defer("response__document")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    access.admit(request, found.response.client, need=Permission.CLINICAL_READ, what="upload")
    return found


def _file(found: Upload) -> HttpResponse:
    response = HttpResponse(uploads.read(found), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    return _alone(response)


def _preview(found: Upload) -> HttpResponse:
    picture = uploads.preview(found)
    if picture is None:
        raise Http404
    response = HttpResponse(picture, content_type="image/jpeg")
    response["Content-Disposition"] = "inline"
    return _alone(response)


def _alone(response: HttpResponse) -> HttpResponse:
    """Kept by no cache, and without any right in the browser should it ever be opened as a page."""
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
