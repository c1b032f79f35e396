"""A form for somebody who is in the clinic: on its own tablet, handed over by staff, or by QR code on their phone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access as staff_access
from clinic import audit, links, qr
from clinic.models import Client
from clinic.permissions import Permission, requires
from intake import access, responses
from intake.inviting import invitations
from intake.inviting.validity import askable
from intake.models import Questionnaire
from intake.questionnaires import HISTORY

ON_TABLET, ON_PHONE = timedelta(hours=2), timedelta(hours=1)


def _slug(request: HttpRequest) -> str:
    """The form asked for, if the clinic has it; otherwise the health history."""
    asked = request.POST.get("form") or request.GET.get("form") or HISTORY
    return asked if askable().filter(slug=asked[:60]).exists() else HISTORY


@requires(Permission.INTAKE_SEND)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Sign out here and open this client's form, nothing else. Asks first: the next hands are the client's."""
    client = staff_access.client_for(request, public_id, need=Permission.INTAKE_SEND, what="intake")
    forms = list(askable())
    if request.method != "POST":
        return render(
            request, "intake/tablet_confirm.html", {"client": client, "forms": forms, "chosen": _slug(request)}
        )
    if not forms:
        return redirect("intake:client_intake", client.public_id)
    _open_on_tablet(request, client, _slug(request))
    response = redirect("intake:resume")
    response.status_code = 303
    return response


def _open_on_tablet(request: HttpRequest, client: Client, slug: str) -> None:
    by, now = staff_access.me(request), timezone.now()
    with audit.transaction():
        invitation = invitations.open_here(client=client, how=access.TABLET, lasts=ON_TABLET, by=by, now=now, slug=slug)
        responses.start(invitation=invitation, now=now)
    access.admit_on_tablet(request, invitation)


@requires(Permission.INTAKE_SEND)
@require_POST
@never_cache
def show_code(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A new link as a QR code on this screen, for the client's own phone. It still asks for the date of birth."""
    client = staff_access.client_for(request, public_id, need=Permission.INTAKE_SEND, what="intake")
    form = Questionnaire.objects.filter(slug=_slug(request)).first()
    if form is None:
        return redirect("intake:client_intake", client.public_id)
    invitation = invitations.open_here(
        client=client, how=invitations.SHOWN, lasts=ON_PHONE, by=staff_access.me(request), now=timezone.now(),
        slug=form.slug,
    )  # fmt: skip
    address = links.absolute(reverse("intake:open", args=[invitations.token_of(invitation)]))
    context = {"client": client, "form": form, "code": qr.code_of(address), "until": invitation.expires_at}
    return render(request, "intake/code.html", context)
