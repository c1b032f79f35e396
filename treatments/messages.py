"""The words of aftercare as they are sent: from the record as it is then, or not at all.

Texts and subjects never name a condition, a body part or anything from a note.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from clinic import dates, languages, letters, links
from clinic.models import ClinicSettings, Message
from clinic.outbox import NotWanted, Rendered
from intake.inviting import reminders
from treatments import aftercare, check_ins, preparing, wording
from treatments.models import CheckIn, Plan, Session, Task

LONGEST_SMS_NAME = 20
EMAILS = {"same_day": "email_same_day", "h24": "email_24h", "h72": "email_72h", "pre_next": "email_pre_next"}
TEXTS = {
    "same_day": "sms_same_day", "h24": "sms_24h", "h48": "sms_home_plan", "h72": "sms_72h", "pre_next": "sms_pre_next",
}  # fmt: skip
ADVICE = "what-to-avoid-afterwards"
_CAME = (Session.State.ARRIVED, Session.State.IN_SESSION, Session.State.DONE)

CALL_BACK = """A call-back is due by {due}.

Please open your tasks:
{link}

{clinic}
"""


def render(message: Message, now: datetime) -> Rendered:
    """One message about a session; NotWanted when it has lost its point since it was scheduled."""
    moment = message.kind.removeprefix("aftercare.")
    session = _session(message)
    _check_wanted(session, moment, now)
    with translation.override(session.client.language):
        return _rendered(message, session, moment)


def _rendered(message: Message, session: Session, moment: str) -> Rendered:
    """In the language that is spoken now: the client's."""
    by_text = message.channel == Message.Channel.SMS
    name = TEXTS[moment] if by_text else EMAILS[moment]
    if moment == "same_day" and not by_text and _is_first(session):
        name = "email_first_visit"
    words = wording.wordings()[name]
    values = _values(session, moment, by_text=by_text)
    subject, text = wording.fill(gettext(words.subject), values), wording.fill(gettext(words.text), values)
    if by_text:
        return Rendered(subject="", text=letters.plain_letters(text), html="", template=words.version)
    html = _one_tap(letters.to_html(text, title=subject), values["link"])
    return Rendered(subject=subject, text=text, html=html, template=words.version)


def render_staff(message: Message, now: datetime) -> Rendered:
    """That a call is due, and nothing of whom or why."""
    task = Task.objects.defer("detail", "resolution").filter(public_id=_about(message), done_at=None).first()
    if task is None:
        raise NotWanted("done already")
    clinic = ClinicSettings.load()
    due = task.due_at.astimezone(clinic.zone)
    text = CALL_BACK.replace("{due}", f"{due:%A %H:%M}")
    text = text.replace("{link}", links.absolute(reverse("treatments:task_list"))).replace("{clinic}", clinic.name)
    return Rendered(subject="A call-back is due", text=text, template="call_back/1")


def when_to_call(clinic: ClinicSettings) -> list[str]:
    """The lines of every e-mail that say when to ring whom."""
    english = wording.wordings()["email_24h"].text
    at = next(at for at, each in enumerate(english.split("\n\n")) if each.startswith("When to call"))
    lines = gettext(english).split("\n\n")[at].split("\n")[1:]
    return [wording.fill(line, _of_the_clinic(clinic)).removeprefix("- ") for line in lines]


def reply(clinic: ClinicSettings, *, called: bool) -> str:
    """The answer to an answer, without a name: the page behind a link names nobody."""
    words = wording.wordings()["sms_reply_worse" if called else "sms_reply_ok"].text
    nameless = wording.fill(gettext(words), {**_of_the_clinic(clinic), "clinic": "", "first_name": ""})
    thanks = gettext("Thank you, we will call you.") if called else gettext("Thank you.")
    return f"{thanks} {nameless}"


def _session(message: Message) -> Session:
    rows = Session.objects.select_related("client", "therapist", "plan__condition")
    session = rows.defer("plan__note", "plan__end_reason").filter(public_id=_about(message)).first()
    if session is None:
        raise NotWanted("the session is gone")
    return session


def _one_tap(html: str, link: str) -> str:
    """The line of four answers as four links. They only fill in the page: a scanner that opens them answers nothing."""
    asked = " / ".join(map(str, CheckIn.Feeling.labels))
    taps = " / ".join(f'<a href="{link}?feeling={value}">{label}</a>' for value, label in CheckIn.Feeling.choices)
    return html.replace(asked, taps)


def _about(message: Message) -> UUID:
    if message.about_id is None:
        raise NotWanted("it is about nothing")
    return message.about_id


def _check_wanted(session: Session, moment: str, now: datetime) -> None:
    if aftercare.is_halted(session.client):
        raise NotWanted("a therapist looks at the record first")  # the desk reads this: not a word of why
    if moment == "pre_next":
        if session.state != Session.State.BOOKED or session.starts_at <= now:
            raise NotWanted("the session is no longer ahead")
        return
    if session.state != Session.State.DONE:
        raise NotWanted("the session is not done")
    if moment == "same_day":
        return
    later = Session.objects.filter(client=session.client_id, starts_at__gt=session.starts_at, state__in=_CAME)
    if later.exists():
        raise NotWanted("the next visit came first")
    if CheckIn.objects.filter(session=session, moment=moment, answered_at__isnull=False).exists():
        raise NotWanted("answered already")


def _is_first(session: Session) -> bool:
    earlier = Session.objects.filter(
        client=session.client_id, state=Session.State.DONE, starts_at__lt=session.starts_at
    )
    return not earlier.exists()


def _values(session: Session, moment: str, *, by_text: bool) -> dict[str, str]:
    clinic = ClinicSettings.load()
    starts = session.starts_at.astimezone(clinic.zone)
    values = {
        **_of_the_clinic(clinic),
        "clinic": _short(clinic.name) if by_text else clinic.name,
        "first_name": session.client.called,
        "therapist": session.therapist.name,
        "date": dates.in_words(starts, "short_weekday" if by_text else "weekday"),
        "time": f"{starts:%H:%M}",
        "link": _link(session, moment),
        "condition_tip": "",
        "home_plan": "",
        "plan_summary": "",
        "reassess_after": "",
    }
    if not by_text:
        values |= _of_the_plan(session.plan, as_list=moment == "same_day")
    return {name: value if name == "home_plan" else letters.one_line(value) for name, value in values.items()}


def _of_the_clinic(clinic: ClinicSettings) -> dict[str, str]:
    return {
        "clinic": clinic.name,
        "phone": clinic.phone or clinic.email or str(urlsplit(settings.SITE_ADDRESS).hostname),
        "emergency_number": clinic.emergency_number,
    }


def _of_the_plan(plan: Plan | None, *, as_list: bool) -> dict[str, str]:
    """What only an e-mail may say: it is for the client's eyes, not for a lock screen."""
    if plan is None:
        return {"condition_tip": gettext(wording.general_tip())}
    steps = [letters.one_line(gettext(str(step))).rstrip(".") for step in plan.home_programme if str(step).strip()]
    return {
        "condition_tip": gettext(plan.condition.aftercare_tip or wording.general_tip()),
        "home_plan": "\n".join(f"- {step}" for step in steps) if as_list else "; ".join(steps),
        "plan_summary": gettext("%(visits)s visits of %(minutes)s minutes, %(often)s")
        % {"visits": plan.sessions, "minutes": plan.minutes, "often": _often(plan.per_week)},
        "reassess_after": str(plan.reassess_after[0]) if plan.reassess_after else "",
    }


def _short(name: str) -> str:
    """A clinic's name for a text: whole words that fit, or what fits of the first."""
    words = name[: LONGEST_SMS_NAME + 1].rsplit(" ", 1)[0] if len(name) > LONGEST_SMS_NAME else name
    return words[:LONGEST_SMS_NAME].strip()


def _often(per_week: int) -> str:
    often = {1: gettext("once a week"), 2: gettext("twice a week")}.get(per_week)
    return often or gettext("%(count)s times a week") % {"count": per_week}


def _link(session: Session, moment: str) -> str:
    """The page a message leads to. The home plan stands on the page of the last question."""
    if moment == "same_day":
        return languages.shared(links.absolute(reverse("conditions:topic", args=[ADVICE])))
    if moment == "pre_next":
        check = preparing.check_of(session)
        return reminders.link_of(check) if check else ""
    asked = CheckIn.objects.filter(session=session, moment="h72" if moment == "h48" else moment).first()
    if asked is None:
        raise NotWanted("there is no question to answer")
    return links.absolute(reverse("treatments:check_in", args=[check_ins.token_of(asked)]))
