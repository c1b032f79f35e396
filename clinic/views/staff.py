"""Pages about the people who work here, and the page where an invited person joins."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import audit, people
from clinic.access import me
from clinic.forms import JoinForm, StaffForm, StaffInviteForm
from clinic.models import StaffInvitation, User
from clinic.permissions import Permission, requires

JOIN_KEY = "staff_invitation"


@requires(Permission.STAFF_MANAGE)
@require_safe
def staff_list(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, and who has been invited."""
    invitations = StaffInvitation.objects.filter(accepted_at=None, voided_at=None).select_related("created_by")
    context = {"staff": User.objects.order_by("-is_active", "name"), "invitations": invitations, "now": timezone.now()}
    return render(request, "clinic/staff_list.html", context)


@requires(Permission.STAFF_MANAGE)
@reauthentication_required
@require_http_methods(["GET", "POST"])
def staff_invite(request: HttpRequest) -> HttpResponse:
    """Write to somebody new. They choose their own password."""
    form = StaffInviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.invite(**form.facts(), by=me(request), now=timezone.now())
        except people.AlreadyStaff:
            form.add_error("email", "Somebody with this address works here already.")
        else:
            messages.success(request, "The invitation is on its way. It works once, within 72 hours.")
            return redirect("clinic:staff_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "clinic/staff_invite.html", {"form": form}, status=status)


@requires(Permission.STAFF_MANAGE)
@require_POST
def staff_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(StaffInvitation, public_id=public_id)
    people.withdraw(invitation=invitation, by=me(request), now=timezone.now())
    messages.success(request, "The invitation no longer works.")
    return redirect("clinic:staff_list")


@requires(Permission.STAFF_MANAGE)
@reauthentication_required
@require_http_methods(["GET", "POST"])
def staff_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Name, title and roles of one person."""
    user = get_object_or_404(User, public_id=public_id)
    form = StaffForm(request.POST or None, initial=StaffForm.initial_of(user))
    if request.method == "POST" and form.is_valid():
        try:
            people.change(user=user, **form.facts(), by=me(request), now=timezone.now())
        except people.LastOwner:
            form.add_error("roles", "The clinic needs an owner: make somebody else owner first.")
        else:
            messages.success(request, "Saved. Roles work from the next click on.")
            return redirect("clinic:staff_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "clinic/staff_form.html", {"form": form, "person": user}, status=status)


@requires(Permission.STAFF_MANAGE)
@reauthentication_required
@require_http_methods(["GET", "POST"])
def staff_active(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Switch an account off, after asking, or on again."""
    user = get_object_or_404(User, public_id=public_id)
    if request.method == "GET":
        return render(request, "clinic/staff_confirm_active.html", {"person": user})
    try:
        verb = people.deactivate if user.is_active else people.activate
        verb(user=user, by=me(request), now=timezone.now())
    except people.LastOwner:
        messages.error(request, "The clinic needs an owner: make somebody else owner first.")
    else:
        messages.success(request, "Switched on." if user.is_active else "Switched off and signed out everywhere.")
    return redirect("clinic:staff_list")


@requires(Permission.STAFF_MANAGE)
@reauthentication_required
@require_http_methods(["GET", "POST"])
def staff_second_factor(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remove the second factor of somebody who lost it, after asking."""
    user = get_object_or_404(User, public_id=public_id)
    if request.method == "GET":
        return render(request, "clinic/staff_confirm_second_factor.html", {"person": user})
    try:
        people.clear_second_factor(user=user, by=me(request), now=timezone.now())
    except people.OwnAccount:
        messages.error(request, "Your own second factor is on your page “Sign-in security”.")
    else:
        messages.success(request, "Removed, and signed out everywhere. They have been told.")
    return redirect("clinic:staff_list")


@never_cache
@require_safe
def staff_accept(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link: the secret leaves the address bar at once. Nothing is used up by looking."""
    request.session[JOIN_KEY] = token[:100]
    response = redirect("clinic:staff_join")
    response.status_code = 303
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def staff_join(request: HttpRequest) -> HttpResponse:
    """An invited person says their name and chooses a password. One answer for every link that does not work."""
    token, now = str(request.session.get(JOIN_KEY, "")), timezone.now()
    try:
        invitation = people.open_invitation(token, now=now)
        form = JoinForm(request.POST or None, initial={"name": invitation.name}, email=invitation.email)
        if request.method == "POST" and form.is_valid():
            people.accept(token=token, **form.facts(), now=now)
            logout(request)
            messages.success(request, "Welcome. Sign in with your e-mail address and your new password.")
            return redirect("account_login")
    except people.InvitationDead:
        audit.record("staff_invitation.refused", by=audit.Nobody("unknown, used or old link"))
        return render(request, "clinic/staff_join_dead.html", status=404)
    except ValidationError as error:
        form.add_error("password", error)
    status = 422 if request.method == "POST" else 200
    return render(request, "clinic/staff_join.html", {"form": form, "email": invitation.email}, status=status)
