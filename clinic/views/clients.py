"""Pages about a client's contact data: list, search, record, change."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clients, search
from clinic.access import client_for, clients_visible_to, log_seen, me
from clinic.forms import ClientEditForm, DuplicatesForm
from clinic.models import ClinicSettings, Consent
from clinic.paging import Page, page_number
from clinic.permissions import Permission, requires

PER_PAGE = 30
HITS = 8
#: What `sort` may say; anything else means the first.
SORTS = {
    "newest": ("-created_at", "-pk"),
    "name": ("search_name", "pk"),
    "born": ("date_of_birth", "pk"),
}


def _asked(request: HttpRequest) -> str:
    """What was typed into a search box. Pages send it by POST: names do not belong into addresses."""
    return (request.POST.get("q") or request.GET.get("q") or "").strip()[: search.LONGEST]


@requires(Permission.CONTACT_READ)
@require_http_methods(["GET", "POST"])
def client_list(request: HttpRequest) -> HttpResponse:
    """The newest clients, or those a search finds."""
    asked, archived = _asked(request), request.GET.get("show") == "archived"
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "newest"
    visible = clients_visible_to(me(request)).filter(archived_at__isnull=not archived)
    found = search.find(visible, asked) if asked else visible.order_by(*SORTS[sort])
    page = Page.of(found, number=page_number(request.GET.get("page")), size=PER_PAGE)
    log_seen(request, page.rows, what="client_list")
    context = {"page": page, "asked": asked, "sort": sort, "sorts": SORTS, "archived": archived, "today": _today()}
    return render(request, "clinic/client_list.html", context)


@requires(Permission.CONTACT_READ)
@require_http_methods(["GET", "POST"])
def client_search(request: HttpRequest) -> HttpResponse:
    """The hits under the search box while somebody types."""
    asked = _asked(request)
    visible = clients_visible_to(me(request)).filter(archived_at=None)
    hits = list(search.find(visible, asked)[: HITS + 1]) if asked else []
    log_seen(request, hits[:HITS], what="client_search")
    context = {"hits": hits[:HITS], "more": len(hits) > HITS, "asked": asked, "today": _today()}
    return render(request, "clinic/_search_hits.html", context)


@requires(Permission.CONTACT_WRITE)
@require_POST
def client_duplicates(request: HttpRequest) -> HttpResponse:
    """Who is already here and may be the person being written down; an empty answer when nobody."""
    form = DuplicatesForm(request.POST)
    form.is_valid()  # a half-typed birth date is no error here: it is left out
    alike = clients.likely_duplicates(**form.facts())
    log_seen(request, alike, what="client_duplicates")
    return render(request, "clinic/_duplicates.html", {"alike": alike, "today": _today()})


@requires(Permission.CONTACT_READ)
@require_safe
def client_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Contact data, the people round the client, what they agreed to."""
    client = client_for(request, public_id, need=Permission.CONTACT_READ, what="client")
    standing = clients.consents_in_force(client)
    channels = [
        (kind.label, address, standing.get(kind))
        for kind, address in ((Consent.Kind.EMAIL, client.email), (Consent.Kind.SMS, client.mobile))
    ]
    context = {
        "client": client,
        "related": client.related_people.filter(removed_at=None),
        "channels": channels,
        # Which area of the body it is about is not for the desk; therapists read it under Consents.
        "signings": clients.signings(row for row in standing.values() if not row.is_area),
        "age": client.age_on(_today()),
    }
    return render(request, "clinic/client_detail.html", context)


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "POST"])
def client_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change contact data; a page that somebody overtook keeps what was typed and shows what stands now."""
    client = client_for(request, public_id, need=Permission.CONTACT_WRITE, what="client_edit")
    form = ClientEditForm(request.POST or None, initial=ClientEditForm.initial_of(client))
    stale = False
    if request.method == "POST" and form.is_valid():
        try:
            changed = clients.update(
                client=client, changes=form.changes(), by=me(request), now=timezone.now(),
                revision=form.cleaned_data["revision"], channels=form.channels(),
            )  # fmt: skip
        except clients.Stale:
            stale = True
            form.move_to(client)
        else:
            messages.success(request, "Saved." if changed else "Saved; the contact data are as before.")
            return redirect(client)
    status = 422 if request.method == "POST" else 200
    return render(request, "clinic/client_form.html", {"client": client, "form": form, "stale": stale}, status=status)


@requires(Permission.CONTACT_WRITE)
@require_http_methods(["GET", "POST"])
def client_archive(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a client off the lists, after asking; or put them back."""
    client = client_for(request, public_id, need=Permission.CONTACT_WRITE, what="client_archive")
    if request.method == "GET":
        return render(request, "clinic/client_archive.html", {"client": client})
    if client.archived_at is None:
        clients.archive(client=client, by=me(request), now=timezone.now())
        messages.success(request, "Archived. The record stays, and can be put back here.")
    else:
        clients.restore(client=client, by=me(request), now=timezone.now())
        messages.success(request, "Back on the lists.")
    return redirect(client)


def _today() -> date:
    return timezone.localdate(timezone=ClinicSettings.load().zone)
