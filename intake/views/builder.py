"""The owner at work on a draft: an outline, one item at a time, and how it looks on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import me
from clinic.permissions import Permission, requires
from intake.authoring import blocks, comparing, drafts, outline, phrases, releases
from intake.authoring.builder_forms import ItemForm, condition_row
from intake.engine.specs import SpecError
from intake.models import Questionnaire, QuestionnaireDraft
from intake.safety.screening import load_rules
from intake.views import builder_moves

ASKED_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the outline."""

    link_id: str
    words: str
    kind: blocks.Kind
    depth: int
    required: bool
    conditional: bool
    hidden: bool
    problem: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A top-level item of the outline with all that is in it."""

    head: Row
    rows: list[Row]

    @property
    def is_open(self) -> bool:
        """The chosen item is in it."""
        return self.head.chosen or any(row.chosen for row in self.rows)


def of_a_draft(view: Callable[[HttpRequest, UUID], HttpResponse]) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A page of the builder: without a draft, or when it went meanwhile, the questionnaire itself is shown."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: UUID) -> HttpResponse:
        try:
            return view(request, public_id)
        except drafts.NoDraft:
            return redirect("intake:questionnaire_detail", public_id)

    return guarded


def questionnaire_of(public_id: UUID) -> Questionnaire:
    """The questionnaire behind an address, or 404."""
    return get_object_or_404(Questionnaire, public_id=public_id)


def at_item(questionnaire: Questionnaire, link_id: str = "", **more: str) -> str:
    """The address of the builder at one item."""
    query = {key: value for key, value in {"item": link_id, **more}.items() if value}
    return reverse("intake:draft", args=[questionnaire.public_id]) + (f"?{urlencode(query)}" if query else "")


def sections_of(draft: QuestionnaireDraft, chosen: str, problems: set[str], asked: str) -> list[Section]:
    """The outline; with words searched for, only the items that have them, and their groups."""
    sections: list[Section] = []
    for place in outline.places(draft.document):
        if outline.is_help(place.item):
            continue
        row = _row(place, chosen, problems)
        if not place.parents:
            sections.append(Section(row, []))
        else:
            sections[-1].rows.append(row)
    if not asked:
        return sections
    found = [Section(one.head, [row for row in one.rows if _has(row, asked)]) for one in sections]
    return [one for one in found if one.rows or _has(one.head, asked)]


def _has(row: Row, asked: str) -> bool:
    return asked.casefold() in row.words.casefold() or asked.casefold() in row.link_id.casefold()


def _row(place: outline.Place, chosen: str, problems: set[str]) -> Row:
    block, link_id = blocks.read(place.item), outline.id_of(place.item)
    return Row(
        link_id=link_id,
        words=" ".join(block.text.split()) or "Without words",
        kind=block.of,
        depth=len(place.parents),
        required=block.required,
        conditional=bool(place.item.get("enableWhen")),
        hidden=block.hidden,
        problem=link_id in problems,
        chosen=link_id == chosen,
    )


def context_of(
    draft: QuestionnaireDraft, link_id: str, *, form: ItemForm | None = None, asked: str = "", **more: Any
) -> dict[str, Any]:
    """Everything the builder's page draws."""
    problems = list(releases.problems(draft.document))
    chosen = _chosen(draft, link_id)
    published = _published(draft, link_id) if chosen else None
    if chosen is not None and form is None:
        form = ItemForm(document=draft.document, item=chosen.item, published=published)
    return {
        "questionnaire": draft.questionnaire,
        "draft": draft,
        "seen": draft.revision,
        "sections": sections_of(draft, link_id, {one.link_id for one in problems}, asked),
        "asked": asked,
        "problems": problems,
        "own_problems": [one for one in problems if one.link_id == link_id],
        "last": drafts.last_step(draft),
        "place": chosen,
        "form": form,
        "is_published": published is not None,
        "rules": comparing.rules_of(chosen.item, load_rules()) if chosen else [],
        "when": phrases.in_words(chosen.item, draft.document) if chosen else "",
        "groups": _groups(draft, link_id),
        "kinds": [kind for kind in blocks.KINDS if kind.code != "group"],
        "screen": _screen(chosen),
        "anchor": f"q-{link_id.replace('.', '-')}" if chosen and chosen.item.get("type") != "group" else "",
        **more,
    }


def _chosen(draft: QuestionnaireDraft, link_id: str) -> outline.Place | None:
    try:
        return outline.find(draft.document, link_id) if link_id else None
    except outline.NotThere:
        return None


def _published(draft: QuestionnaireDraft, link_id: str) -> outline.Raw | None:
    """The item as clients have answered it."""
    try:
        return outline.find(draft.based_on.document, link_id).item if draft.based_on else None
    except outline.NotThere:
        return None


def _groups(draft: QuestionnaireDraft, link_id: str) -> list[tuple[str, str]]:
    """Where an item may be moved to."""
    place = _chosen(draft, link_id)
    inside = outline.below(place.item) if place else set()
    return [
        (outline.id_of(one.item), "– " * len(one.parents) + phrases.name_of(one.item))
        for one in outline.places(draft.document)
        if one.item.get("type") == "group" and outline.id_of(one.item) not in inside
    ]


def _screen(place: outline.Place | None) -> str:
    """What the phone shows: the open item, of a group the first that is in it."""
    if place is None:
        return ""
    inner = next((one for one in place.item.get("item") or [] if not outline.is_help(one)), place.item)
    return outline.id_of(inner if place.item.get("type") == "group" else place.item)


@requires(Permission.CATALOGUE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_a_draft
def draft(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The builder. A post saves the item that is open and then does what the pressed button says."""
    questionnaire = questionnaire_of(public_id)
    shown = drafts.draft_of(questionnaire)
    link_id = request.GET.get("item", "")
    if request.method == "POST":
        return _posted(request, shown)
    asked = request.GET.get("q", "").strip()[:ASKED_LENGTH]
    new = bool(request.GET.get("new"))
    return render(request, "intake/questionnaire_draft.html", context_of(shown, link_id, asked=asked, new=new))


def _posted(request: HttpRequest, shown: QuestionnaireDraft) -> HttpResponse:
    questionnaire, link_id = shown.questionnaire, request.POST.get("item", "")
    place, published = _chosen(shown, link_id), _published(shown, link_id)
    form = None
    if link_id and place is None:
        error = "This item is not in the draft any more: somebody has taken it out."
        return _again(request, shown, "", None, error)
    if place is not None:
        form = ItemForm(request.POST, document=shown.document, item=place.item, published=published)
        if not form.is_valid():
            return _again(request, shown, link_id, form, "")
    try:
        move = builder_moves.read(request.POST, shown, link_id, form)
        made = drafts.change(
            questionnaire=questionnaire, edit=move.edit, words=move.words, seen=_number(request.POST.get("seen")),
            item=link_id, by=me(request), now=timezone.now(),
        )  # fmt: skip
    except drafts.StaleDraft as clash:
        shown = drafts.draft_of(questionnaire)
        return _again(request, shown, link_id, form, f"{clash} What you typed is still here; save again to put it "
                      "in place of theirs.", status=409)  # fmt: skip
    except (outline.NoRoom, outline.NotThere, SpecError) as refused:
        return _again(request, drafts.draft_of(questionnaire), link_id, form, str(refused))
    target = move.target(made.document)
    response = redirect(at_item(questionnaire, target, new="1" if move.is_new else ""))
    response.status_code = 303
    return response


def _again(
    request: HttpRequest, shown: QuestionnaireDraft, link_id: str, form: ItemForm | None, error: str, status: int = 422
) -> HttpResponse:
    context = context_of(shown, link_id, form=form, refused=error)
    # htmx leaves the page alone on 409; a clash must be seen.
    code = 422 if request.headers.get("HX-Request") else status
    return render(request, "intake/questionnaire_draft.html", context, status=code)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


@requires(Permission.CATALOGUE_EDIT)
@require_POST
def draft_start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin a draft of the newest version, or go on with the one there is."""
    questionnaire = questionnaire_of(public_id)
    drafts.begin(questionnaire=questionnaire, by=me(request), now=timezone.now())
    return redirect(at_item(questionnaire))


@requires(Permission.CATALOGUE_EDIT)
@require_POST
@of_a_draft
def draft_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the last step back."""
    questionnaire = questionnaire_of(public_id)
    drafts.undo(questionnaire=questionnaire, by=me(request), now=timezone.now())
    return redirect(at_item(questionnaire, request.POST.get("item", "")))


@requires(Permission.CATALOGUE_EDIT)
@require_GET
def draft_condition(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One line of the conditions, for the question just chosen in it."""
    try:
        shown = drafts.draft_of(questionnaire_of(public_id))
        place = outline.find(shown.document, request.GET.get("item", ""))
    except (drafts.NoDraft, outline.NotThere):
        return HttpResponse(status=204)
    row = condition_row(shown.document, request.GET.get("cond_question", ""))
    form = ItemForm(document=shown.document, item=place.item, published=None)
    number = _number(request.GET.get("row"))
    context = {"row": row, "form": form, "number": number, "questionnaire": shown.questionnaire, "place": place}
    return render(request, "intake/_questionnaire_condition.html", context)
