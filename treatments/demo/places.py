"""Where in the loaded demo clinic to look at what: addresses of the pages worth a picture or a test."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Count
from django.urls import reverse

from clinic.models import Client, ClinicSettings, User
from intake.inviting import invitations
from intake.models import Flag, Invitation, QuestionnaireDraft, Response
from intake.questionnaires import HISTORY
from treatments import check_ins, page_links
from treatments.models import CheckIn, ClientPage, Plan, Session, Task


def places(*, now: datetime) -> dict[str, str]:
    """Name → address. Sessions and notes are those of the therapist who signs in as therapist@demo.example."""
    therapist = User.objects.get(email="therapist@demo.example")
    return _of_sessions(therapist, now) | _of_plans(therapist) | _of_intake(now) | _of_people(now)


def _at(name: str, thing: Client | Session | Plan | Task | Flag | Response | User) -> str:
    return reverse(name, args=[thing.public_id])


def _day(now: datetime, days: int) -> date:
    return now.astimezone(ClinicSettings.load().zone).date() + timedelta(days=days)


def _of_sessions(therapist: User, now: datetime) -> dict[str, str]:
    own = Session.objects.filter(therapist=therapist)
    writing = own.filter(note__signed_at=None, note__isnull=False).order_by("-starts_at").first()
    signed = own.filter(note__signed_at__isnull=False).order_by("-starts_at").first()
    ahead = own.filter(state=Session.State.BOOKED, starts_at__gt=now).order_by("starts_at").first()
    asked = CheckIn.objects.filter(answered_at=None, expires_at__gt=now).order_by("-created_at").first()
    task = Task.objects.filter(done_at=None, kind=Task.Kind.CALL_BACK).order_by("created_at").first()
    answered = CheckIn.objects.filter(answered_at__isnull=False, expires_at__gt=now).order_by("-answered_at").first()
    page = _page_to_open(now)
    assert writing and signed and ahead and asked and answered and task
    return {
        "note": _at("treatments:session_note", writing),
        "note-sign": _at("treatments:session_sign", writing),
        "note-signed": _at("treatments:session_note", signed),
        "session-ahead": _at("treatments:session_note", ahead),
        "session-cancel": _at("treatments:session_cancel", ahead),
        "check-in": reverse("treatments:check_in", args=[check_ins.token_of(asked)]),
        "check-in-answered": reverse("treatments:check_in", args=[check_ins.token_of(answered)]),
        "client-page": reverse("treatments:check_in", args=[page_links.token_of(page)]),
        "own-page": reverse("treatments:own_open", args=[page_links.token_of(page)]),
        "own-page-born": page.session.client.date_of_birth.isoformat(),
        "task-done": _at("treatments:task_done", task),
        "task-hand-over": _at("treatments:task_hand_over", task),
        "book-slot": reverse("treatments:book_slot", args=[therapist.public_id, _day(now, 2)]),
    }


def _page_to_open(now: datetime) -> ClientPage:
    """The newest page of a client who has exercises and a visit to come."""
    ahead = Session.objects.filter(state=Session.State.BOOKED, starts_at__gt=now).values("client")
    pages = ClientPage.objects.filter(session__client__in=ahead, expires_at__gt=now, session__state=Session.State.DONE)
    page = pages.select_related("session__client").order_by("-session__ends_at").first()
    assert page is not None
    return page


def _of_plans(therapist: User) -> dict[str, str]:
    active = Plan.objects.filter(state=Plan.State.ACTIVE, therapist=therapist)
    # The longest course has the curve worth seeing.
    plan = active.annotate(held=Count("booked")).order_by("-held", "id").first()
    draft = Plan.objects.filter(state=Plan.State.DRAFT).first()
    assert plan and draft
    return {
        "chart": _at("treatments:chart", plan.client),
        "outcomes": _at("treatments:outcome_list", plan.client),
        "record": _at("clinic:client_detail", plan.client),
        "record-edit": _at("clinic:client_edit", plan.client),
        "who-looked": _at("clinic:client_audit", plan.client),
        "book": _at("treatments:session_book", plan.client),
        "client-intake": _at("intake:client_intake", plan.client),
        "plan": _at("treatments:plan_detail", plan),
        "plan-edit": _at("treatments:plan_edit", plan),
        "plan-hold": _at("treatments:plan_hold", plan),
        "plan-end": _at("treatments:plan_end", plan),
        "plan-draft": _at("treatments:plan_detail", draft),
        "plan-propose": _at("treatments:plan_propose", draft.client),
    }


def _of_intake(now: datetime) -> dict[str, str]:
    waiting = Flag.objects.filter(state=Flag.State.OPEN, response__isnull=False, response__reviewed_at=None)
    flag = waiting.filter(flag_class=Flag.FlagClass.URGENT).first() or waiting.first()
    sent = Invitation.objects.filter(version__questionnaire__slug=HISTORY).select_related("client")
    live = [each for each in sent if invitations.works(each, now=now)]
    first = Response.objects.filter(submitted_at=None, based_on=None, version__questionnaire__slug=HISTORY)
    begun = next(each for each in live if first.filter(client=each.client).exists())
    draft = QuestionnaireDraft.objects.select_related("questionnaire").first()
    assert flag and flag.response and draft
    return {
        "builder": reverse("intake:draft", args=[draft.questionnaire.public_id]),
        "review": _at("intake:review_detail", flag.response),
        "flag": _at("intake:flag_close", flag),
        "link": reverse("intake:open", args=[invitations.token_of(begun)]),
        "link-born": begun.client.date_of_birth.isoformat(),
    }


def _of_people(now: datetime) -> dict[str, str]:
    colleague = User.objects.get(email="desk2@demo.example")
    return {
        "staff-edit": _at("clinic:staff_edit", colleague),
        "tomorrow": reverse("treatments:day_sheet_on", args=[_day(now, 1)]),
    }
