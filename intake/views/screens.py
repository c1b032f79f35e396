"""One screen of the form as a client meets it: what is on it, what was kept, what comes next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext

from clinic.models import ClinicSettings
from intake import marks, uploads
from intake.access import Visit
from intake.advice import Advice, advice_for, hits_of_screen, mark_of
from intake.agreements import policy_of
from intake.answers import fingerprint, in_words
from intake.enablement import enabled
from intake.forms import ScreenForm
from intake.identity import BODY_CHART
from intake.models import Response
from intake.offline import offline_key
from intake.progress import Progress, progress_of
from intake.questionnaires import spec_of
from intake.responses import answers_of, save, screen
from intake.specs import Item, Questionnaire


@dataclass(slots=True)
class Screen:
    """A group of questions with the answers so far."""

    visit: Visit
    group: Item
    spec: Questionnaire
    answers: dict[str, Any]
    progress: Progress
    clinic: ClinicSettings
    today: date

    def form(self, request: HttpRequest | None = None, only: list[str] | None = None) -> ScreenForm:
        """The form of this screen, bound to what a request posted."""
        return ScreenForm(
            self.spec,
            self.group,
            answers=self.answers,
            today=self.today,
            country=self.clinic.country,
            data=request.POST if request else None,
            files=request.FILES if request else None,
            only=only or [],
        )

    def advice(self) -> list[Advice]:
        """What the answers on this screen call for at once."""
        outcome = screen(self.visit.response, self.answers, today=self.today)
        here = [item.link_id for item in self.group.walk()]
        return advice_for(hits_of_screen(outcome, here), self.clinic)

    def context(self, form: ScreenForm, **more: Any) -> dict[str, Any]:
        """Everything the template draws."""
        advice = self.advice()
        questions = form.questions()
        for question in questions:
            question.reading = policy_of(question.item.link_id)
        return {
            "plain": True,
            "whose": self.visit.whose,
            "vault_key": offline_key(self.visit.response),
            "addresses": json.dumps([reverse("intake:screen", args=[one.link_id]) for one in self.progress.screens]),
            "group": self.group,
            "form": form,
            "questions": questions,
            "advice": advice,
            "advice_mark": mark_of(advice),
            "seen": fingerprint(self.group, self.answers),
            "back": self.progress.before(self.group.link_id),
            "progress_value": self.progress.number(self.group.link_id),
            "progress_total": len(self.progress.screens),
            "progress_words": self.minutes_left,
            **self._body_chart(),
            **more,
        }

    def _body_chart(self) -> dict[str, Any]:
        if all(item.link_id != BODY_CHART for item in self.group.walk()):
            return {}
        return {
            "marks": marks.in_words(list(self.visit.response.marks.all())),
            "region_choices": marks.region_choices(),
            "symptom_choices": marks.symptom_choices(),
        }

    @property
    def minutes_left(self) -> str:
        """The time that remains, in words."""
        left = self.progress.minutes_left
        return ngettext("About %(left)s minute left", "About %(left)s minutes left", left) % {"left": left}


def screen_of(visit: Visit, group_id: str, *, now: datetime) -> Screen | None:
    """The screen with this name, or None when the form has none or does not ask it."""
    clinic = ClinicSettings.load()
    spec = spec_of(visit.response.version).in_language(get_language() or "")
    answers = answers_of(visit.response)
    progress = progress_of(spec, answers, visit.response.screens_done)
    group = next((one for one in progress.screens if one.link_id == group_id), None)
    if group is None:
        return None
    today = now.astimezone(clinic.zone).date()
    return Screen(visit, group, spec, answers, progress, clinic, today)


def first_open(visit: Visit) -> str:
    """Where to go on: the first screen not done yet; empty when all are."""
    spec = spec_of(visit.response.version)
    progress = progress_of(spec, answers_of(visit.response), visit.response.screens_done)
    done = visit.response.screens_done
    return next((one.link_id for one in progress.screens if one.link_id not in done), "")


def changed_elsewhere(shown: Screen, request: HttpRequest) -> bool:
    """Another tab or device has changed this screen's answers since it was opened here."""
    seen = request.POST.get("seen", "")
    return bool(seen) and seen != fingerprint(shown.group, shown.answers)


def kept_elsewhere(shown: Screen, form: ScreenForm) -> list[dict[str, str]]:
    """The answers that another tab or device has kept and that differ from what was posted here."""
    index = shown.spec.index
    return [
        {"text": index[link_id].text, "answer": in_words(index[link_id], shown.answers.get(link_id))}
        for link_id, value in form.changes().items()
        if index[link_id].type != "attachment" and (value or None) != (shown.answers.get(link_id) or None)
    ]


def keep(shown: Screen, form: ScreenForm, *, now: datetime, done: bool) -> Response:
    """Save what can be saved from a posted screen, also when other answers on it cannot stand."""
    changes = form.changes()
    for link_id, value in list(changes.items()):
        if shown.spec.index[link_id].type == "attachment":
            changes.pop(link_id)
            if value is not None:
                kept = _keep_file(shown, form, link_id, value, now)
                changes |= {link_id: kept} if kept else {}
    finished = shown.group.link_id if done and not form.errors else ""
    actor = shown.visit.actor
    response = save(response=shown.visit.response, changes=changes, by=actor, now=now, screen_done=finished)
    shown.visit = Visit(shown.visit.invitation, response)
    shown.answers = answers_of(response)
    shown.progress = progress_of(shown.spec, shown.answers, response.screens_done)
    form.answers = shown.answers
    return response


def _keep_file(shown: Screen, form: ScreenForm, link_id: str, given: Any, now: datetime) -> dict[str, Any] | None:
    try:
        return uploads.keep(response=shown.visit.response, link_id=link_id, given=given, by=shown.visit.actor, now=now)
    except uploads.UnfitFile as error:
        form.add_error(link_id, str(error))
        return None


def asks_more(shown: Screen, form: ScreenForm) -> bool:
    """An answer has opened questions on this screen that the client has not seen yet."""
    on = enabled(shown.spec, shown.answers)
    return any(link_id in on and link_id not in form.posted for link_id in form.follow_ups)


def advice_unread(shown: Screen, request: HttpRequest) -> bool:
    """There is advice on this screen that the page had not shown when it was sent."""
    mark = mark_of(shown.advice())
    return bool(mark) and mark != request.POST.get("advice_shown", "")
