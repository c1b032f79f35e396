"""The therapist's review: the queue, one response with its flags first, closing a flag."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import access
from clinic.models import User
from clinic.permissions import Permission, requires
from intake import differences, proposals, readback, reviewing
from intake.forms import FlagForm, NoteForm
from intake.models import Flag, Response
from intake.responses import review
from intake.safety import flags, rulebook
from intake.safety.screening import load_rules
from intake.safety.standing import standing

PAGE = 50


@requires(Permission.CLINICAL_READ)
@require_GET
def review_list(request: HttpRequest) -> HttpResponse:
    """Forms that wait for a look: the most urgent first, then the oldest."""
    user = request.user
    assert isinstance(user, User)
    reviewed = request.GET.get("show") == "reviewed"
    rows = reviewing.queue(user, reviewed=reviewed, now=timezone.now())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    found = [reviewing.row_of(response) for response in page]
    access.log_seen(request, [row.response.client for row in found], what="review_list", fields=["top_class"])
    return render(request, "intake/review_list.html", {"rows": found, "page_obj": page, "reviewed": reviewed})


def _response_for(request: HttpRequest, public_id: UUID, need: Permission) -> Response:
    rows = Response.objects.select_related("client", "version__questionnaire", "reviewed_by", "invitation")
    found = rows.filter(public_id=public_id, status=Response.Status.COMPLETED).first()
    if found is None:
        raise Http404
    access.admit(request, found.client, need=need, what="review", fields=["document"])
    return found


@requires(Permission.CLINICAL_READ)
@require_GET
def review_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One form: flags, proposed changes, then every answer as it was asked."""
    user = request.user
    assert isinstance(user, User)
    response = _response_for(request, public_id, Permission.CLINICAL_READ)
    cards = reviewing.cards_for(response, by=user)
    parts = readback.of_response(response)
    now_standing = standing(response.client, now=timezone.now())
    compared = differences.compare(response, parts)
    context = {
        "response": response,
        "client": response.client,
        "cards": cards,
        "open_cards": [card for card in cards if card.is_open],
        "changes": proposals.of_response(response),
        "parts": parts,
        "body": [mark for part in parts for line in part.lines for mark in line.marks],
        "compared": compared,
        "off": rulebook.rules_off(),
        "signed": rulebook.signed_count(),
        "rules": len(load_rules().rules),
        "next": reviewing.next_after(response, user, now=timezone.now()),
        "flagged": {quote["question"] for card in cards for quote in card.flag.answers},
        "standing": now_standing,
        **reviewing.limits_in_words(now_standing),
        "note_form": NoteForm(),
        "may_write": user.can(Permission.CLINICAL_WRITE),
    }
    return render(request, "intake/review_detail.html", context)


@requires(Permission.CLINICAL_WRITE)
@require_POST
def review_done(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say that the whole form was looked at."""
    response = _response_for(request, public_id, Permission.CLINICAL_WRITE)
    form = NoteForm(request.POST)
    user = request.user
    assert isinstance(user, User)
    if not form.is_valid():
        messages.error(request, "The note is too long; it may have 1,000 characters.")
        return redirect("intake:review_detail", response.public_id)
    review(response=response, note=form.cleaned_data["note"], by=user, now=timezone.now())
    messages.success(request, "Marked as reviewed.")
    after = reviewing.next_after(response, user, now=timezone.now()) if "next" in request.POST else None
    return redirect("intake:review_detail", after.public_id) if after else redirect("intake:review_list")


@requires(Permission.CLINICAL_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def flag_close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Acknowledge, override or end one flag, with the reason beside it."""
    user = request.user
    assert isinstance(user, User)
    flag = Flag.objects.select_related("client", "response", "closed_by").filter(public_id=public_id).first()
    if flag is None:
        raise Http404
    access.admit(request, flag.client, need=Permission.CLINICAL_WRITE, what="flag", fields=["rule", "answers"])
    form = FlagForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid() and _close(flag, form, user):
            messages.success(request, "The flag is closed, with your name and reason.")
            if flag.response is not None:
                return redirect("intake:review_detail", flag.response.public_id)
            return redirect("intake:client_intake", flag.client.public_id)
        status = 422
    context = {"flag": flag, "client": flag.client, "card": reviewing.card_of(flag, by=user), "form": form}
    return render(request, "intake/flag_close.html", context, status=status)


def _close(flag: Flag, form: FlagForm, user: User) -> bool:
    """Do what the form says; a 'no' of the rules goes beside the field it concerns."""
    given = form.cleaned_data
    common = {"flag": flag, "by": user, "reason": given["reason"], "now": timezone.now()}
    try:
        if given["action"] == "override":
            flags.override(**common, document=given["document"])
        elif given["action"] == "anew":
            flags.close_answered_anew(**common)
        else:
            flags.acknowledge(**common)
    except flags.NeedsMore as error:
        form.add_error(error.field, str(error))
        return False
    except flags.MayNotClose as error:
        form.add_error(None, str(error))
        return False
    return True
