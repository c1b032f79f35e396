"""The words of aftercare as they are sent: from the record as it is then, or not at all.

Texts and subjects never name a condition, a body part or anything from a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from clinic import dates, languages, letters, links, short_links, text_messages
from clinic.compiled import SOME_TIME, Asked, Compiled
from clinic.models import ClinicSettings, Message
from clinic.outbox import NotWanted, Rendered
from conditions.models import Condition
from intake.inviting import reminders
from treatments import (
    aftercare,
    avoiding,
    check_ins,
    daily,
    editions,
    entries,
    facts,
    moments,
    overdue,
    page_links,
    preparing,
    series,
    stopping,
    wording,
)  # fmt: skip
from treatments.models import CheckIn, ClientPage, Plan, Series, Session, Task, Timeline
from treatments.series import Facts, Line, What

#: How long a text's short link leads on. The page behind it says by itself when it is over.
LINK_LASTS = timedelta(days=30)
ADVICE = "what-to-avoid-afterwards"
_CAME = (Session.State.ARRIVED, Session.State.IN_SESSION, Session.State.DONE)

CALL_BACK = """A call-back is due by {due}.

Please open your tasks:
{link}

{clinic}
"""
CALL_BACK_LATE = """A call-back was due {due} and is still open.

Please open the tasks and see that somebody calls:
{link}

{clinic}
"""


def render(message: Message, now: datetime) -> Rendered:
    """One message about a session; NotWanted when it has lost its point since it was scheduled, NotNow to wait."""
    session = _session(message)
    version = _version(message, session)
    lines = editions.lines_of(version)
    line = series.find(lines, daily.line_key(message)) or _own_words(message)
    found = facts.of(session, now)
    _check_wanted(session, line, found, now)
    place = facts.place_of(session.client, now)
    daily.check_turn(message, place=place, now=now)
    said = Said(session, line, version, tuple(lines), found, place.zone, now)
    with translation.override(session.client.language):
        return words_of(said, message.channel)


def _version(message: Message, session: Session) -> Series:
    """The version the row was made from."""
    number = message.context.get("series")
    timeline: Timeline | None = getattr(session, "timeline", None)
    return (editions.numbered(number) if number else None) or editions.series_of(timeline)


def _own_words(message: Message) -> Line:
    """The therapist's own line; a line of another version is not known any more."""
    if daily.what_of(message) != What.WORDS:
        raise NotWanted("this message is no longer part of the series")
    return Line(daily.line_key(message), What.WORDS)


@dataclass(frozen=True, slots=True)
class Said:
    """Everything the words of one message are made from."""

    session: Session
    line: Line
    series: Series
    lines: tuple[Line, ...]
    facts: Facts
    zone: ZoneInfo
    now: datetime
    words: str = ""
    is_trial: bool = False


def words_of(said: Said, channel: str) -> Rendered:
    """A message as it reads, in the language that is spoken now; also for a look before there is a message."""
    by_text = channel == Message.Channel.SMS
    values = _values(said, by_text=by_text)
    if said.line.what == What.WORDS:
        words = own_words(said.words or _words_of_the_therapist(said), by_text=by_text)
    else:
        name = said.line.wording(channel, first_visit=said.facts.first_visit)
        words = editions.wording_of(said.series, name)
    if by_text:
        values["link"] = _short_link(values["link"], said)
        text = text_messages.written(words.text, values, fill=wording.fill)
        return Rendered(subject="", text=text, html="", template=words.version)
    subject, text = wording.fill(words.subject, values), wording.fill(words.text, values)
    html = _one_tap(letters.to_html(text, title=subject), values["link"])
    return Rendered(subject=subject, text=text, html=html, template=words.version)


def _words_of_the_therapist(said: Said) -> str:
    """Read where they are kept, sealed: the row of the outbox holds none of it."""
    timeline: Timeline | None = getattr(said.session, "timeline", None)
    entry = entries.find(entries.read(timeline.lines), said.line.key) if timeline else None
    if entry is None:
        raise NotWanted("its words are gone")
    return entry.words


def own_words(text: str, *, by_text: bool) -> wording.Wording:
    """A therapist's words as a text, or between the usual greeting and the clinic's name. Braces are only braces."""
    safe = text.replace("{", "(").replace("}", ")")
    if by_text:
        return wording.Wording("own", f"{{clinic}}: {safe}")
    greeting = gettext("Hello {first_name},")
    return wording.Wording("own", f"{greeting}\n\n{safe}\n\n{{clinic}}", gettext("A word after your visit"))


def render_staff(message: Message, now: datetime) -> Rendered:
    """That a call is due, or overdue, and nothing of whom or why."""
    task = Task.objects.defer("detail", "resolution").filter(public_id=_about(message), done_at=None).first()
    if task is None:
        raise NotWanted("done already")
    clinic = ClinicSettings.load()
    due = task.due_at.astimezone(clinic.zone)
    late = message.kind == overdue.NOTICE
    text = (CALL_BACK_LATE if late else CALL_BACK).replace("{due}", f"{due:%A %H:%M}")
    text = text.replace("{link}", links.absolute(reverse("treatments:task_list"))).replace("{clinic}", clinic.name)
    if late:
        return Rendered(subject="A call-back is overdue", text=text, template="call_back_late/1")
    return Rendered(subject="A call-back is due", text=text, template="call_back/1")


def when_to_call(clinic: ClinicSettings) -> list[str]:
    """The lines of every e-mail that say when to ring whom."""
    english = wording.wordings()["email_24h"].text
    at = next(at for at, each in enumerate(english.split("\n\n")) if each.startswith(wording.WHEN_TO_CALL))
    lines = gettext(english).split("\n\n")[at].split("\n")[1:]
    return [wording.fill(line, _of_the_clinic(clinic)).removeprefix("- ") for line in lines]


def reply(clinic: ClinicSettings, *, called: bool) -> str:
    """The answer to an answer, without a name: the page behind a link names nobody."""
    words = wording.wordings()["sms_reply_worse" if called else "sms_reply_ok"].text
    nameless = wording.fill(gettext(words), {**_of_the_clinic(clinic), "clinic": "", "first_name": ""})
    thanks = gettext("Thank you, we will call you.") if called else gettext("Thank you.")
    return f"{thanks} {nameless}"


def _session(message: Message) -> Session:
    session = _SESSION.first(_about(message))
    if session is None:
        raise NotWanted("the session is gone")
    return session


def _sessions(public_id: UUID) -> QuerySet[Session]:
    rows = Session.objects.select_related("client", "therapist", "plan__condition", "timeline__series")
    return rows.defer("plan__note", "plan__end_reason").filter(public_id=public_id)


_SESSION = Compiled(_sessions, stand_in=UUID(int=0), field=lambda: Session._meta.get_field("public_id"))


def _one_tap(html: str, link: str) -> str:
    """The line of four answers as four links. They only fill in the page: a scanner that opens them answers nothing."""
    asked = " / ".join(map(str, CheckIn.Feeling.labels))
    taps = " / ".join(f'<a href="{link}?feeling={value}">{label}</a>' for value, label in CheckIn.Feeling.choices)
    return html.replace(asked, taps)


def _about(message: Message) -> UUID:
    if message.about_id is None:
        raise NotWanted("it is about nothing")
    return message.about_id


def _check_wanted(session: Session, line: Line, found: Facts, now: datetime) -> None:
    if aftercare.is_halted(session.client):
        raise NotWanted("a therapist looks at the record first")  # the desk reads this: not a word of why
    if line.what == What.REMINDER:
        if session.state != Session.State.BOOKED or session.starts_at <= now:
            raise NotWanted("the session is no longer ahead")
    elif session.state != Session.State.DONE:
        raise NotWanted("the session is not done")
    elif line.what != What.ADVICE:
        if _CAME_AGAIN(session.client_id, session.starts_at):
            raise NotWanted(stopping.CAME)
        if _ANSWERED(session.pk, line.key):
            raise NotWanted(stopping.ANSWERED)
    if unmet := line.unmet(found):
        raise NotWanted(unmet)


_CAME_AGAIN = Asked(
    lambda client, at: Session.objects.filter(client=client, starts_at__gt=at, state__in=_CAME), -1, SOME_TIME
)
_ANSWERED = Asked(
    lambda session, moment: CheckIn.objects.filter(session=session, moment=moment, answered_at__isnull=False),
    -1, "(moment)",
)  # fmt: skip


def _values(said: Said, *, by_text: bool) -> dict[str, str]:
    clinic, session = ClinicSettings.load(), said.session
    starts = session.starts_at.astimezone(clinic.zone)
    values = {
        **_of_the_clinic(clinic),
        "clinic": clinic.name,
        "first_name": session.client.called,
        "therapist": session.therapist.name,
        "date": dates.in_words(starts, "short_weekday" if by_text else "weekday"),
        "time": f"{starts:%H:%M}",
        "link": _trial_link() if said.is_trial else _link(session, said.line),
        "avoid_list": "",
        "condition_tip": "",
        "home_plan": "",
        "plan_summary": "",
        "reassess_after": "",
    }
    if not by_text:
        values |= _of_the_plan(session.plan, as_list=said.line.what == What.ADVICE)
        values["condition_tip"] = " ".join(_tips(said))
        values["avoid_list"] = _avoid_list(said)
    return {name: value if name in _LISTS else letters.one_line(value) for name, value in values.items()}


_LISTS = ("home_plan", "avoid_list")


def _tips(said: Said) -> list[str]:
    """The condition's tip, and those of the work that was done; the same one is said once."""
    plan = said.session.plan
    tips = [plan.condition.aftercare_tip if plan else ""]
    parts = series.parts_of(said.lines, said.line.key, said.facts)
    known = dict(Condition.objects.filter(slug__in=[part.tip for part in parts]).values_list("slug", "aftercare_tip"))
    tips += [known.get(part.tip, "") for part in parts]
    found = [gettext(tip) for tip in dict.fromkeys(tips) if tip]
    return found or [gettext(wording.general_tip())]


def _avoid_list(said: Said) -> str:
    """What is to be left out, each thing with the hour until which; what is over is not said any more."""
    ended = moments.ended_at(said.session.ends_at, said.session.completed_at or said.now)
    return avoiding.as_list(avoiding.still(said.line.avoid, ended=ended, at=said.now), at=said.now, zone=said.zone)


def _of_the_clinic(clinic: ClinicSettings) -> dict[str, str]:
    return {
        "clinic": clinic.name,
        "phone": clinic.phone or clinic.email or str(urlsplit(settings.SITE_ADDRESS).hostname),
        "emergency_number": clinic.emergency_number,
    }


def _of_the_plan(plan: Plan | None, *, as_list: bool) -> dict[str, str]:
    """What only an e-mail may say: it is for the client's eyes, not for a lock screen."""
    if plan is None:
        return {}
    steps = [letters.one_line(gettext(str(step))).rstrip(".") for step in plan.home_programme if str(step).strip()]
    return {
        "home_plan": "\n".join(f"- {step}" for step in steps) if as_list else "; ".join(steps),
        "plan_summary": gettext("%(visits)s visits of %(minutes)s minutes, %(often)s")
        % {"visits": plan.sessions, "minutes": plan.minutes, "often": _often(plan.per_week)},
        "reassess_after": str(plan.reassess_after[0]) if plan.reassess_after else "",
    }


def _often(per_week: int) -> str:
    often = {1: gettext("once a week"), 2: gettext("twice a week")}.get(per_week)
    return often or gettext("%(count)s times a week") % {"count": per_week}


def _short_link(link: str, said: Said) -> str:
    """The same page by an address that a text has room for."""
    if not link:
        return ""
    if said.is_trial:
        return short_links.example()
    return short_links.shorten(link, expires_at=said.now + LINK_LASTS, now=said.now)


def _link(session: Session, line: Line) -> str:
    """The client's page; what asks nothing itself leads there by the first question that is still open."""
    if line.what == What.ADVICE:
        return _page(session)
    if line.what == What.REMINDER:
        check = preparing.check_of(session)
        return reminders.link_of(check) if check else ""
    asked = CheckIn.objects.filter(session=session)
    if line.what == What.CHECK_IN:
        asked = asked.filter(moment=line.key)
    found = asked.filter(answered_at=None).order_by("expires_at").first() or asked.last()
    if found is None:
        if line.what == What.CHECK_IN:
            raise NotWanted("there is no question to answer")
        return _page(session)
    return links.absolute(reverse("treatments:check_in", args=[check_ins.token_of(found)]))


def _page(session: Session) -> str:
    """The client's page; for a session from before there were any, the clinic's public advice."""
    page = ClientPage.objects.filter(session=session).first()
    if page is None:
        return languages.shared(links.absolute(reverse("conditions:topic", args=[ADVICE])))
    return links.absolute(reverse("treatments:check_in", args=[page_links.token_of(page)]))


def _trial_link() -> str:
    """As long as a real one, and leading to nobody."""
    return links.absolute("/c/…/")
