"""What links in messages open before any page of their own: a short link leads on, the last line of a mail stops it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from clinic import languages, preferences, short_links, tries, unsubscribing
from clinic.models import Message

GUESSES, WITHIN = 20, 10 * 60
LIGHT = {"plain": True}


@never_cache
@languages.for_clients
@require_safe
def short_link(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the page a text spoke of. Who guesses is stopped for a while, also from what would be right."""
    guesses = f"short-link:{request.META.get('REMOTE_ADDR') or 'unknown'}"
    if tries.so_far(guesses) >= GUESSES:
        return render(request, "clinic/link_unknown.html", LIGHT, status=429)
    target = short_links.behind(code, now=timezone.now())
    if target is None:
        tries.counted(guesses, seconds=WITHIN)
        return render(request, "clinic/link_unknown.html", LIGHT, status=404)
    answer = HttpResponseRedirect(target)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@csrf_exempt  # the mail program presses the button from elsewhere; the secret in the address is the proof
@never_cache
@languages.for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then stop this topic by this channel. A scanner that opens the link stops nothing."""
    message = unsubscribing.behind(token)
    if message is None or message.client is None or not preferences.topic_of(message.kind):
        return render(request, "clinic/link_unknown.html", LIGHT, status=404)
    languages.speak(request, message.client.language)
    if request.method == "POST" and not languages.switching(request):
        _act(request, message)
        if "List-Unsubscribe" in request.POST:
            return HttpResponse(status=200)
        return redirect("clinic:unsubscribe", token=token)
    topic = preferences.Topic(preferences.topic_of(message.kind)).label
    context = {
        "topic": topic, "stopped": unsubscribing.is_stopped(message), "channel": message.channel,
        "everything": unsubscribing.has_no_channel(message),
    }  # fmt: skip
    return render(request, "clinic/unsubscribe.html", LIGHT | context)


def _act(request: HttpRequest, message: Message) -> None:
    now, what = timezone.now(), request.POST.get("what", "")
    if what == "start":
        unsubscribing.start_again(message=message, now=now)
    elif what in ("topic", "everything") or request.POST.get("List-Unsubscribe") == "One-Click":
        unsubscribing.stop(message=message, everything=what == "everything", now=now)
