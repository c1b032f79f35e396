"""The desk's page of a client's form: how far it is, send the link, changes to the record."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import access
from clinic.access import me
from clinic.models import ClinicSettings, User
from clinic.permissions import Permission, requires
from intake import proposals
from intake.inviting import invitations
from intake.inviting.readiness import readiness
from intake.inviting.validity import askable
from intake.models import Invitation, Proposal, Response
from intake.questionnaires import HISTORY, NotPublished
from intake.safety.staff_forms import ProposalForm
from intake.safety.standing import standing


@requires(Permission.READINESS_READ)
@require_GET
def client_intake(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far the form is, what was sent, and what the client would like changed in their record."""
    now = timezone.now()
    client = access.client_for(request, public_id, need=Permission.READINESS_READ, what="intake")
    user = request.user
    assert isinstance(user, User)
    sent = list(client.invitations.select_related("created_by")[:20])
    for invitation in sent:
        invitation.works = invitations.works(invitation, now=now)  # type: ignore[attr-defined]
    forms = Response.objects.filter(client=client).exclude(status=Response.Status.ENTERED_IN_ERROR)
    forms = forms.select_related("version__questionnaire", "reviewed_by").defer("document", "version__document")
    may_read = user.can(Permission.CLINICAL_READ)
    context = {
        "client": client,
        "age": client.age_on(now.astimezone(ClinicSettings.load().zone).date()),
        "light": readiness([client], now=now)[client.pk],
        "may_book": standing(client, now=now).may_book,
        "invitations": sent,
        "locked": bool(sent) and sent[0].void_reason == Invitation.VoidReason.TRIES,
        "channels": invitations.channels_of(client),
        "other_forms": list(askable().exclude(slug=HISTORY)),
        "open_changes": proposals.open_for(client),
        "responses": forms if may_read else [],
        "may_take": user.can(Permission.CLINICAL_WRITE),
    }
    return render(request, "intake/client_intake.html", context)


@requires(Permission.INTAKE_SEND)
@require_POST
def invitation_send(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send the link, again if need be; older links stop working."""
    client = access.client_for(request, public_id, need=Permission.INTAKE_SEND, what="intake")
    asked = [name for name in request.POST.getlist("channel") if name in invitations.CHANNELS]
    user = request.user
    assert isinstance(user, User)
    try:
        sent = invitations.invite(
            client=client, by=user, now=timezone.now(), channels=asked or invitations.CHANNELS, at_once=True,
            slug=request.POST.get("form", HISTORY),
        )  # fmt: skip
    except invitations.NoAddress as error:
        messages.error(request, str(error))
    except NotPublished:
        messages.error(request, "This form is not published yet.")
    else:
        words = {"email": "e-mail", "sms": "text message"}
        by_what = " and ".join(words[name] for name in sent.channels)
        messages.success(request, f"The link is on its way by {by_what}. It works for seven days.")
    return redirect("intake:client_intake", client.public_id)


def _proposal_for(request: HttpRequest, public_id: UUID) -> Proposal:
    rows = Proposal.objects.select_related("response__client").defer("response__document")
    proposal = rows.filter(public_id=public_id).first()
    if proposal is None:
        raise Http404
    access.admit(request, proposal.response.client, need=Permission.CONTACT_WRITE, what="proposal")
    return proposal


def _came_from(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Back to the page the change was seen on."""
    asked = request.POST.get("from") or request.GET.get("from")
    if asked == "review" and me(request).can(Permission.CLINICAL_READ):
        return redirect(reverse("intake:review_detail", args=[proposal.response.public_id]) + "#changes")
    return redirect("intake:client_intake", proposal.response.client.public_id)


@requires(Permission.CONTACT_WRITE)
@require_POST
def proposal_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take one change into the record, or not, or take that decision back."""
    proposal = _proposal_for(request, public_id)
    decision, user, now = request.POST.get("decision"), me(request), timezone.now()
    try:
        if decision == "undo":
            proposals.undo(proposal=proposal, by=user, now=now)
            messages.success(request, "Taken back. It waits for a decision again.")
        elif decision in ("accept", "reject"):
            proposals.decide(proposal=proposal, accept=decision == "accept", by=user, now=now)
            done = "The record is changed." if decision == "accept" else "The record stays as it was."
            messages.success(request, done)
        else:
            messages.error(request, "Please choose to take the change over or to keep the record as it is.")
    except proposals.Decided:
        messages.info(request, "Somebody has decided this already.")
    except proposals.Moved:
        messages.error(request, "This cannot be taken back: something newer has changed the record since.")
    except ValidationError:
        messages.error(request, "This does not fit into the record as it is. Please edit it first.")
    return _came_from(request, proposal)


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def proposal_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a change right and take it into the record in one go."""
    proposal = _proposal_for(request, public_id)
    if proposal.state != Proposal.State.OPEN:
        messages.info(request, "Somebody has decided this already.")
        return _came_from(request, proposal)
    form = ProposalForm(proposal, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proposals.decide(
                proposal=proposal, accept=True, edited=form.cleaned_data, by=me(request), now=timezone.now()
            )
            messages.success(request, "The record is changed.")
        except proposals.Decided:
            messages.info(request, "Somebody has decided this already.")
        return _came_from(request, proposal)
    context = {
        "form": form,
        "client": proposal.response.client,
        "label": proposals.label_of(proposal),
        "was": proposal.was,
        "from_page": request.POST.get("from") or request.GET.get("from", ""),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "intake/proposal_edit.html", context, status=status)
