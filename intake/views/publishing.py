"""From a draft to a version: its translations, what changed, who is asked again; or thrown away."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import me
from clinic.permissions import Permission, requires
from intake.authoring import drafts, releases, translating
from intake.authoring.questionnaire_forms import PublishForm
from intake.models import Questionnaire
from intake.views.builder import at_item, of_a_draft, questionnaire_of

CHANGED_MEANWHILE = "The draft was changed since you opened this page. Here is how it stands now; please look again."


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_a_draft
def draft_publish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What changed since the last version, what is missing, and the button that freezes it."""
    questionnaire = questionnaire_of(public_id)
    release = releases.look(questionnaire)
    initial = {"again": releases.NOBODY, "seen": release.draft.revision}
    form = PublishForm(request.POST if request.method == "POST" else None, release=release, initial=initial)
    if request.method == "POST" and form.is_valid() and _publish(request, questionnaire, form):
        messages.success(request, "It is published. From now on it is what clients are asked.")
        return redirect("intake:questionnaire_detail", public_id)
    language = _other_language()
    context = {
        "questionnaire": questionnaire,
        "release": release,
        "form": form,
        "untranslated": len(translating.missing(release.draft.document, language)),
        "language_name": dict(settings.LANGUAGES)[language],
    }
    return render(request, "intake/questionnaire_publish.html", context, status=422 if form.is_bound else 200)


def _publish(request: HttpRequest, questionnaire: Questionnaire, form: PublishForm) -> bool:
    given = form.cleaned_data
    try:
        releases.publish(
            questionnaire=questionnaire, seen=given["seen"], note=given["note"],
            again=given.get("again") or releases.NOBODY, again_from=given.get("again_from"),
            rules_accepted=bool(given.get("rules_accepted")), by=me(request), now=timezone.now(),
        )  # fmt: skip
    except releases.NotFit:
        form.add_error(None, "Some things must be mended first.")
    except releases.NothingChanged:
        form.add_error(None, "Nothing is different from the version that is published.")
    except (releases.RulesLost, drafts.StaleDraft):
        form.add_error(None, CHANGED_MEANWHILE)
        form.look_again(drafts.draft_of(questionnaire).revision)
    else:
        return True
    return False


def _other_language() -> str:
    return next(code for code, _ in settings.LANGUAGES if code != "en")


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_a_draft
def draft_translate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Every text beside its translation; the missing ones are counted and can be shown alone."""
    questionnaire = questionnaire_of(public_id)
    shown = drafts.draft_of(questionnaire)
    language = _other_language()
    if request.method == "POST":
        # PostgreSQL keeps no NUL in a document, and nobody means one.
        typed = ((key, str(words).replace("\x00", "")) for key, words in request.POST.items())
        given = {key[6:]: words[:10_000] for key, words in typed if key.startswith("words:")}
        given = translating.own(drafts.document_at(shown, request.POST.get("seen", "")), language, given)
        drafts.change(
            questionnaire=questionnaire, edit=lambda document: translating.translate(document, language, given),
            words="Translated", seen=shown.revision, by=me(request), now=timezone.now(),
        )  # fmt: skip
        messages.success(request, "The translation is kept.")
        return redirect(request.get_full_path())
    words = translating.words_of(shown.document, language)
    old = translating.outdated(shown.based_on.document if shown.based_on else None, shown.document, language)
    only = request.GET.get("show") == "missing"
    context = {
        "questionnaire": questionnaire,
        "draft": shown,
        "rows": [(one, one.key in old) for one in words if not only or one.is_missing or one.key in old],
        "total": len(words),
        "missing": sum(one.is_missing for one in words),
        "outdated": len(old),
        "only": only,
        "language_name": dict(settings.LANGUAGES)[language],
        "language_code": language,
    }
    return render(request, "intake/questionnaire_translate.html", context)


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_a_draft
def draft_discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask, then throw the draft away."""
    questionnaire = questionnaire_of(public_id)
    shown = drafts.draft_of(questionnaire)
    if request.method == "POST":
        gone = drafts.discard(questionnaire=questionnaire, by=me(request), now=timezone.now())
        messages.success(request, "The draft is thrown away.")
        return redirect("intake:questionnaire_list") if gone else redirect("intake:questionnaire_detail", public_id)
    context = {"questionnaire": questionnaire, "draft": shown, "cancel_url": at_item(questionnaire)}
    return render(request, "intake/questionnaire_confirm_discard.html", context)
