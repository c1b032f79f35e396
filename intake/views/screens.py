"""One screen of the form as a client meets it: what is on it, what was kept, what comes next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, ngettext

from clinic.models import ClinicSettings
from conditions.bodychart import feeling, symptoms
from intake import marks
from intake.access import Visit
from intake.consent import agreements
from intake.engine.answers import in_words
from intake.engine.attached import attached, without
from intake.engine.enablement import answered, enabled
from intake.engine.pages import Page, page_named
from intake.engine.places import add_instance, counts_of, item_at, locate, remove_instance, text_of
from intake.engine.prepared import Drawer
from intake.engine.progress import Progress, progress_of
from intake.engine.specs import Questionnaire
from intake.engine.stamps import Given, Other, Stamp, digest
from intake.files import signing, uploads
from intake.forms import Question, ScreenForm
from intake.identity import BODY_CHART, RECORD_FIELDS, SIGNATURE
from intake.models import Response
from intake.offline import offline_key
from intake.questionnaires import spec_of
from intake.readback import said
from intake.responses import answers_of, keep, screen
from intake.safety import denials
from intake.safety.advice import Advice, advice_for, hits_of_screen, mark_of, rules_of_screen

#: Fewer known facts than this are shown as questions like any other.
KNOWN_AT_LEAST = 3


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One question that was also answered in another window or on another device."""

    address: str
    text: str
    here: str
    there: str
    kept: str


@dataclass(slots=True)
class Screen:
    """A screen of questions with the answers so far."""

    visit: Visit
    page: Page
    spec: Questionnaire
    answers: dict[str, Any]
    clinic: ClinicSettings
    today: date
    reached: Progress | None = None
    elsewhere: list[Elsewhere] = field(default_factory=list)

    def form(
        self,
        data: MultiValueDict[str, Any] | None = None,
        files: MultiValueDict[str, Any] | None = None,
        only: Sequence[str] = (),
    ) -> ScreenForm:
        """The form of this screen, bound to what was posted."""
        return ScreenForm(
            self.spec,
            self.page.group,
            answers=self.answers,
            today=self.today,
            country=self.clinic.country,
            data=data,
            files=files,
            only=only,
        )

    def advice(self) -> list[Advice]:
        """What the answers on this screen call for at once."""
        here = self.page.link_ids
        outcome = screen(self.visit.response, self.answers, today=self.today, book=rules_of_screen(here))
        return advice_for(hits_of_screen(outcome, here), self.clinic)

    def context(self, form: ScreenForm, **more: Any) -> dict[str, Any]:
        """Everything the template draws."""
        advice = self.advice()
        tree = form.tree()
        everything = [question for top in tree for question in top.walk()]
        for question in everything:
            question.reading = agreements.policy_of(question.item.link_id)
            question.seen = digest(self.answers.get(question.address))
        known = self._known(tree)
        drawer = Drawer(self.spec, marks=self._body_chart(more), beside=self._drawn())
        return {
            "plain": True,
            "whose": self.visit.whose,
            "vault_key": offline_key(self.visit.response),
            "addresses": json.dumps(self._ahead()),
            "title": self.page.title,
            "slug": self.page.slug,
            "here": address_of_screen(self.page.slug),
            "questions": drawer.draw(question for question in tree if question not in known),
            "known": self._to_confirm(known, drawer),
            "told": self._told([question for question in everything if question.error]),
            "may_deny": self.may_deny,
            "asks_agreement": agreements.asks_must(self.page.group),
            "advice_boxes": render_to_string("intake/_advice.html", {"advice": advice}) if advice else "",
            "advice_mark": mark_of(advice),
            "back": self.progress.before(self.page.slug) is not None,
            "progress_value": self.progress.number(self.page.slug),
            "progress_total": len(self.progress.screens),
            "progress_words": self.minutes_left,
        }

    def _told(self, problems: Sequence[Question]) -> str:
        """What came of the last press of a button: answers from elsewhere, and those that cannot stand."""
        if not (problems or self.elsewhere):
            return ""
        return render_to_string("intake/_told.html", {"problems": problems, "elsewhere": self.elsewhere})

    def _to_confirm(self, known: Sequence[Question], drawer: Drawer) -> str:
        """What the record holds already, in words, with its fields behind a tap."""
        if not known:
            return ""
        lines = [(one.item.text, said(one.item, self.answers.get(one.item.link_id))) for one in known]
        return render_to_string("intake/_known.html", {"fields": drawer.draw(known), "known_lines": lines})

    def _ahead(self) -> list[str]:
        """The screens to have in memory for a tunnel. None for who comes back: another kind of page may be next."""
        if self.visit.response.based_on_id is not None:
            return []
        return [address_of_screen(one.slug) for one in self.progress.screens]

    def _known(self, questions: Sequence[Question]) -> list[Question]:
        """What stands in the client's record just so: read and confirmed, not typed again."""
        record = self.visit.response.client
        found = [
            question
            for question in questions
            if question.asked
            and not question.error
            and (name := RECORD_FIELDS.get(question.item.link_id))
            and str(getattr(record, name) or "") == str(self.answers.get(question.item.link_id) or "-")
        ]
        return found if len(found) >= KNOWN_AT_LEAST else []

    @property
    def may_deny(self) -> bool:
        """One tap may answer questions here with no, and one of them is open."""
        return any(not answered(self.answers.get(address)) for address in _denials(self))

    def _drawn(self) -> dict[str, str]:
        """Where a name may also be drawn, beside the question that asks for it: linkId -> HTML."""
        if all(item.link_id != SIGNATURE for item in self.page.group.walk()):
            return {}
        context = {"drawn": signing.drawn_of(self.visit.response), "signature": SIGNATURE}
        return {SIGNATURE: render_to_string("intake/_draw.html", context)}

    def _body_chart(self, more: Mapping[str, Any]) -> str:
        """The chart with what is marked on it, where this screen has one."""
        if all(item.link_id != BODY_CHART for item in self.page.group.walk()):
            return ""
        context = {
            "marks": marks.in_words(list(self.visit.response.marks.all())),
            "region_choices": marks.region_choices(),
            "symptom_choices": symptoms(),
            "feeling_pattern": feeling("{symptom}", "{strength}"),
        }
        return render_to_string("intake/_marks.html", context | dict(more))

    @property
    def progress(self) -> Progress:
        """Which screens are asked with these answers, and how far the client is."""
        if self.reached is None:
            self.reached = progress_of(self.spec, self.answers, self.visit.response.screens_done)
        return self.reached

    @property
    def minutes_left(self) -> str:
        """The time that remains, in words."""
        left = self.progress.minutes_left
        return ngettext("About %(left)s minute left", "About %(left)s minutes left", left) % {"left": left}

    def turn_to(self, slug: str) -> Screen | None:
        """Another screen, with the answers as they stand here."""
        page = self.page if slug == self.page.slug else page_named(self.spec, slug)
        return replace(self, page=page) if page else None

    def take(self, response: Response, answers: dict[str, Any], others: Sequence[Other]) -> None:
        """Go on from what is kept now."""
        before, self.answers = self.answers, answers
        self.visit = Visit(self.visit.invitation, response)
        self.reached = None
        self.elsewhere = elsewhere_of(self.spec, others, {**before, **answers})


@lru_cache(maxsize=1024)
def address_of_screen(slug: str) -> str:
    """Where a screen is; a page names all of them."""
    return reverse("intake:screen", args=[slug])


def elsewhere_of(spec: Questionnaire, others: Sequence[Other], answers: Mapping[str, Any]) -> list[Elsewhere]:
    """The answers that do not count, in words beside those that do."""
    told = []
    numbers = counts_of(spec, answers) if others else {}
    for one in others:
        place, item = locate(spec, one.address), item_at(spec, one.address)
        if item is not None:
            text = text_of(spec, place, numbers) if place is not None and item.is_question else item.text
            counts, other = in_words(item, answers.get(one.address)), in_words(item, one.value)
            here, there = (counts, other) if one.kept == "here" else (other, counts)
            told.append(Elsewhere(one.address, text, here, there, one.kept))
    return told


def spec_for(response: Response) -> Questionnaire:
    """The questions in the language this request speaks."""
    return spec_of(response.version).in_language(get_language() or "en")


def screen_of(visit: Visit, slug: str, *, now: datetime, ahead: bool = False) -> Screen | None:
    """The screen with this name, or None when the form has none or, unless somebody looks ahead, does not ask it."""
    clinic = ClinicSettings.load()
    spec = spec_for(visit.response)
    answers = answers_of(visit.response)
    page = page_named(spec, slug)
    if page is None:
        return None
    if agreements.concerns(page.group):
        spec = agreements.asked(visit.response.version)
        page = page_named(spec, slug) or page
    shown = Screen(visit, page, spec, answers, clinic, now.astimezone(clinic.zone).date())
    return shown if ahead or shown.progress.number(slug) else None


def first_open(visit: Visit) -> str:
    """Where to go on: the first screen not done yet; empty when all are."""
    done = visit.response.screens_done
    page = progress_of(spec_for(visit.response), answers_of(visit.response), done).first_open(done)
    return page.slug if page else ""


def keep_page(shown: Screen, form: ScreenForm, posted: QueryDict, *, device: str, now: datetime, action: str) -> None:
    """Save what can be saved from a posted screen, also when other answers on it cannot stand. Raises AlreadySent.

    `action` is the button: next finishes the screen, none says no to what is open and may be answered so
    (`intake.safety.denials`), add and remove change how often a group is there, drop takes a file away.
    """
    stamp = stamp_now(device, now)
    changes = with_files(shown, form, now=now)
    given = [Given(one, value, stamp, posted.get(f"seen:{one}"), whole_page=True) for one, value in changes.items()]
    for address, code in (_denials(shown) if action == "none" else {}).items():
        if not answered(changes.get(address, shown.answers.get(address))) and not form.has_error(address, "unfit"):
            given.append(Given(address, code, stamp, whole_page=True))
    more = instances(shown.spec, {**shown.answers, **changes}, action)
    given += [Given(address, value, stamp, whole_page=True) for address, value in more.items()]
    drop = action.removeprefix("drop-") if action.startswith("drop-") else ""
    given += [Given(one, without(value, drop), stamp, whole_page=True) for one, value in _pointing_to(drop, shown)]
    if drop:
        uploads.drop(response=shown.visit.response, public_id=drop, by=shown.visit.actor)
    finished = [shown.page.slug] if action == "next" and not form.errors else []
    kept = keep(response=shown.visit.response, given=given, screens_done=finished, by=shown.visit.actor, now=now)
    shown.take(kept.response, kept.answers, kept.others)
    form.answers = shown.answers


def _pointing_to(public_id: str, shown: Screen) -> list[tuple[str, Any]]:
    """The answers that name this file."""
    return [
        (address, value)
        for address, value in shown.answers.items()
        if any(one.id == public_id for one in attached(value))
    ]


def instances(spec: Questionnaire, answers: Mapping[str, Any], action: str) -> dict[str, Any]:
    """What a button of a repeating group changes; nothing for the other buttons."""
    what, _, address = action.partition(":")
    change = {"add": add_instance, "remove": remove_instance}.get(what)
    return change(spec, answers, address) if change else {}


def _denials(shown: Screen) -> dict[str, Any]:
    """The answer that says no to each question here that may be answered so. By the source language's words."""
    page = page_named(spec_of(shown.visit.response.version), shown.page.slug)
    codes = denials.offered(page.group.walk()) if page else {}
    return {address: [code] if shown.spec.index[address].repeats else code for address, code in codes.items()}


def stamp_now(device: str, now: datetime) -> Stamp:
    """An answer that comes straight from a page."""
    micros = int(now.timestamp() * 1_000_000)
    return Stamp(micros // 1000, device, "", micros)


def with_files(shown: Screen, form: ScreenForm, *, now: datetime) -> dict[str, Any]:
    """What a form changes, its files stored: a file that cannot be kept becomes an error beside its question."""
    changes = form.changes()
    if SIGNATURE in form.fields:
        try:
            response, by = shown.visit.response, shown.visit.actor
            signing.take(response=response, data=form.data, files=form.files, by=by, now=now)
        except uploads.UnfitFile as error:
            form.add_error(SIGNATURE, str(error))
    for address in [one for one in changes if form.is_file(one)]:
        given = changes.pop(address)
        several = isinstance(given, list)
        for one in given if several else [given] if given is not None else []:
            try:
                kept = uploads.keep(
                    response=shown.visit.response, link_id=address, given=one, by=shown.visit.actor, now=now
                )
            except uploads.UnfitFile as error:
                form.add_error(address, str(error))
            else:
                before = changes.get(address, shown.answers.get(address)) or []
                changes[address] = [*before, kept] if several else kept
    return changes


def asks_more(shown: Screen, form: ScreenForm) -> bool:
    """An answer has opened questions on this screen that the client has not seen yet."""
    on = enabled(shown.spec, shown.answers)
    return any(link_id in on and link_id not in form.posted for link_id in form.follow_ups)


def advice_unread(shown: Screen, request: HttpRequest) -> bool:
    """There is advice on this screen that the page had not shown when it was sent."""
    mark = mark_of(shown.advice())
    return bool(mark) and mark != request.POST.get("advice_shown", "")
