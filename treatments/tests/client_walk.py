"""The way of a client through the whole product, in one language: each page and message by a name."""

from datetime import date, timedelta
from io import BytesIO

from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from pypdf import PdfReader

from clinic import unsubscribing
from clinic.models import Message
from clinic.outbox import NotWanted
from clinic.testing import make_client, make_user
from conditions.models import Condition
from conditions.topics import SLUGS
from intake import responses
from intake.consent import agreement_links
from intake.inviting import invitations
from intake.inviting.invitations import Coming
from intake.models import Response
from intake.questionnaires import HISTORY, PRESESSION, spec_of
from intake.tests.conftest import HEALTHY, agree, born, fields_of, link_to, posted, steps
from treatments import aftercare, check_ins, page_links
from treatments.models import Session
from treatments.tests import aftercare_world as world

SWITCH = "switch_language"
#: Opens every group of the health history, and raises an emergency and an urgent advice.
MUCH = {
    "reason.conditions": [
        "tinnitus", "back-pain", "sciatica", "migraine", "neck-pain", "tmj", "plantar-fasciitis", "fibromyalgia",
        "herniated-disc", "other",
    ],
    "reason.other": "Knee", "today.urgent": ["chest_pain"], "today.leg_swelling": "yes",
}  # fmt: skip
MARK = {"region": "POST-KNEE-R", "symptom": "pain", "strength": "7"}


class Walk:
    """`pages`, `letters` and `papers` hold what was read, by name; `seen` names the addresses that were visited."""

    def __init__(self, language, *, desk):
        self.language, self.desk = language, desk
        self.therapist = make_user(f"thea-{language}@riverside.example", "Thea Therapist", is_therapist=True)
        self.now = timezone.now()
        self.pages, self.letters, self.papers, self.seen = {}, {}, {}, set()
        self.client = make_client("Ann", f"Archer{language}", mobile="+15550100301", language=language)
        agree(self.client, desk, self.now)

    def browser(self):
        return Browser(headers={"accept-language": self.language})

    def look(self, name, response, status=200):
        assert response.status_code == status, (name, response.status_code)
        self.pages[name] = self.visit(response).content.decode()

    def hear(self, now=None):
        """Every message that is waiting for this client, said as it would be now."""
        now = now or self.now
        for row in Message.objects.filter(client=self.client):
            kind = max((one for one in settings.MESSAGE_RENDERERS if row.kind.startswith(one)), key=len)
            try:
                said = import_string(settings.MESSAGE_RENDERERS[kind])(row, now)
            except NotWanted:
                continue
            name = row.kind if row.kind != "aftercare.same_day" else f"{row.kind} {said.template}"
            self.letters[f"{name} {row.channel}"] = said

    def visit(self, response):
        match = response.wsgi_request.resolver_match
        self.seen.add(match.view_name if match else "")
        return response

    # --- for everyone -------------------------------------------------------------------------------------------------

    def public(self):
        visitor = self.browser()
        self.look("home", visitor.get("/"))
        for slug in SLUGS:
            self.look(f"topic {slug}", visitor.get(reverse("conditions:topic", args=[slug])))
        listing = reverse("conditions:condition_list")
        self.look("conditions", visitor.get(listing))
        self.look("conditions found", visitor.get(listing, {"q": "tinnitus"}))
        self.look("conditions not found", visitor.get(listing, {"q": "qqqq"}))
        for condition in Condition.objects.all():
            self.look(f"condition {condition.slug}", visitor.get(condition.get_absolute_url()))
        self.look("no such page", visitor.get("/nowhere/"), 404)

    # --- the health history -------------------------------------------------------------------------------------------

    def entrance(self):
        visitor, verify = self.browser(), reverse("intake:verify")
        self.look("check without a link", visitor.get(verify))
        invitation = invitations.invite(client=self.client, by=self.desk, now=self.now)
        self.visit(visitor.get(link_to(invitation)))
        self.look("birth date", visitor.get(verify))
        self.look("birth date empty", visitor.post(verify, {}), 422)
        self.look(
            "birth date in words", visitor.post(verify, {"born_day": "x", "born_month": "1", "born_year": "1"}), 422
        )
        self.look("birth date wrong", visitor.post(verify, born(self.now.date() - timedelta(days=9999))), 422)
        self.look("new link", visitor.post(reverse("intake:new_link")))

    def come_in(self, **how):
        visitor = self.browser()
        invitation = invitations.invite(client=self.client, by=self.desk, now=self.now, **how)
        visitor.get(link_to(invitation))
        visitor.post(reverse("intake:verify"), born(self.client.date_of_birth))
        self.visit(visitor.get(reverse("intake:resume")))
        return visitor, Response.objects.get(invitation=invitation)

    def form(self):
        visitor, response = self.come_in()
        screens = spec_of(response.version).groups
        self.look("read-back, open", visitor.get(reverse("intake:readback")))
        self.keep(response, HEALTHY | MUCH)
        for group in screens:
            page = reverse("intake:screen", args=[group.link_id])
            self.look(f"screen {group.link_id}", visitor.get(page))
            wrong = {item.link_id: "?" for item in group.walk() if item.is_question and item.type != "date"}
            data = posted(wrong) | {"asked": [item.link_id for item in group.walk() if item.is_question]}
            self.look(f"screen {group.link_id}, refused", visitor.post(page, data), 422)
        reason = reverse("intake:screen", args=["reason"])
        stale = posted({"reason.goal": "Dance"}) | {"seen:reason.goal": "older"}
        self.look("a screen answered elsewhere", visitor.post(reason, stale), 409)
        self.look("another's form", visitor.post(reason, {"whose": "x"}), 409)
        self.look("saved, refused", steps(visitor, {"screen": "about", "fields": fields_of({"about.mobile": "?"})}))
        mark = {"region": "x", "symptom": "x", "strength": "99"}
        self.look("a place that is none", visitor.post(reverse("intake:save_mark"), mark), 422)
        self.look("a place marked", visitor.post(reverse("intake:save_mark"), mark | MARK))
        self.look("stopped", visitor.post(reverse("intake:leave")))

    def keep(self, response, answers):
        by = invitations.actor_of(response.invitation)
        responses.save(response=response, changes=answers, by=by, now=self.now)

    def missing(self, response):
        response.refresh_from_db()
        return responses.problems_of(response, responses.answers_of(response), today=self.now.date())

    def end(self):
        visitor, response = self.come_in()
        today = self.now.date().isoformat()
        self.keep(response, HEALTHY | MUCH | {"consent.signed_on": today})
        self.look("read-back", visitor.get(reverse("intake:readback")))
        while missing := self.missing(response):
            self.keep(response, {link_id: first_answer(response, link_id) for link_id in missing})
        visitor.post(reverse("intake:readback"), {"whose": str(response.public_id)})
        self.look("done", visitor.get(reverse("intake:done")))
        copy = self.visit(visitor.get(reverse("intake:copy")))
        self.papers["copy"] = [page.extract_text() for page in PdfReader(BytesIO(copy.content)).pages]

    def come_back(self):
        visitor, _ = self.come_in()
        for slug in ("about", "heart", "meds"):
            self.look(f"still right: {slug}", visitor.get(reverse("intake:again", args=[slug])))
        coming = Coming(self.to_come.public_id, self.to_come.starts_at)
        visitor, _ = self.come_in(slug=PRESESSION, coming=coming)
        self.look("anything new", visitor.get(reverse("intake:news")))
        visitor.post(reverse("intake:news"), {"action": "nothing"})
        urgent = reverse("intake:urgent")
        self.look("what cannot wait", visitor.get(urgent))
        both = posted({"pre.urgent": ["chest_pain"]}) | {"action": "none"}
        self.look("what cannot wait, unclear", visitor.post(urgent, both), 422)
        self.look("what cannot wait, nothing", visitor.post(urgent, {"action": "send"}), 422)
        self.look("check, every question", visitor.get(reverse("intake:screen", args=["questions"])))

    def agreements(self):
        link = agreement_links.send(client=self.client, by=self.desk, now=self.now)
        self.hear()
        visitor, verify = self.browser(), reverse("intake:agreements_verify")
        self.look("agreements, without a link", visitor.get(verify))
        self.visit(visitor.get(reverse("intake:agreements_open", args=[agreement_links.token_of(link)])))
        self.look("agreements, birth date", visitor.get(verify))
        self.look("agreements, birth date empty", visitor.post(verify, {}), 422)
        self.look(
            "agreements, birth date wrong", visitor.post(verify, born(self.now.date() - timedelta(days=9999))), 422
        )
        visitor.post(verify, born(self.client.date_of_birth))
        page = reverse("intake:agreements")
        self.look("agreements", visitor.get(page))
        self.look("agreements, nothing chosen", visitor.post(page, {"whose": str(self.client.public_id)}), 422)
        back = {"whose": str(self.client.public_id), "say:treatment": "no"}
        self.look("agreements, one taken back", visitor.post(page, back, follow=True))

    def door(self):
        visitor, door = self.browser(), reverse("treatments:door")
        self.look("door", visitor.get(door))
        self.look("door, empty", visitor.post(door, {"digits": "x"}), 422)
        self.look("door, said", visitor.post(door, born(self.client.date_of_birth) | {"digits": "0301"}))

    def tablet(self):
        tablet = self.browser()
        tablet.force_login(self.desk, backend="allauth.account.auth_backends.AuthenticationBackend")
        tablet.post(reverse("intake:hand_over", args=[self.client.public_id]))
        self.look("tablet", tablet.get(reverse("intake:resume"), follow=True))
        self.look("tablet, given back", tablet.post(reverse("intake:leave")))

    # --- after a session ----------------------------------------------------------------------------------------------

    def visits(self):
        """A first visit, a second, a third to come; with everything that is written before and after."""
        condition = Condition.objects.get(slug="neck-pain")
        facts = {"condition": condition, "home_programme": condition.self_care}
        plan = world.plan(self.client, self.therapist, self.now, **facts)
        ahead = self.now + timedelta(days=6)
        self.to_come = world.session(self.client, self.therapist, ahead, state="booked", plan=plan)
        over = None
        for days in (4, 1):
            over = world.session(self.client, self.therapist, self.now - timedelta(days=days), plan=plan)
            aftercare.schedule_for(session=over, by=self.therapist, now=over.ends_at)
            self.hear(over.ends_at)
        for slug in (HISTORY, PRESESSION):
            coming = Coming(self.to_come.public_id, self.to_come.starts_at)
            invitations.invite(client=self.client, by=self.desk, now=self.now, slug=slug, coming=coming)
            self.hear()
        return over

    def check_in(self, over):
        visitor = self.browser()
        for moment, answer in (("h24", {"feeling": "worse"}), ("h72", {"feeling": "better"})):
            asked = check_ins.ask(session=over, moment=moment, due_at=self.now, now=self.now)
            page = f"/c/{check_ins.token_of(asked)}/"
            self.look(f"check-in {moment}", visitor.get(page))
            self.look(f"check-in {moment}, empty", visitor.post(page, {}), 422)
            self.look(f"check-in {moment}, thanks", visitor.post(page, answer, follow=True))
            self.look(f"check-in {moment}, again", visitor.post(page, answer))
        late = check_ins.ask(session=over, moment="d7", due_at=self.now - timedelta(days=30), now=self.now)
        self.look("check-in, expired", visitor.get(f"/c/{check_ins.token_of(late)}/"), 410)
        self.look("check-in, unknown", visitor.get("/c/nobody/"), 404)
        self.additions(visitor, over)

    def additions(self, visitor, over):
        page = f"/c/{check_ins.token_of(over.check_ins.get(moment='h72'))}/"
        add = {"action": "add"}
        self.look("addition, empty", visitor.post(page, add), 422)
        for number in range(check_ins.MOST_ADDITIONS):
            told = add | {"score": number, "reaction": "yes", "reaction_text": f"({number})"}
            self.look("addition", visitor.post(page, told, follow=True))
        self.look("addition, too many", visitor.post(page, add | {"score": "3"}), 422)

    def own_page(self, over):
        """Behind the date of birth, from the link with advice alone."""
        visitor, link = self.browser(), f"/c/{page_links.token_of(page_links.of(session=over, now=self.now))}/"
        self.look("page, no link", visitor.get("/mine/born/"))
        Session.objects.filter(pk=over.pk).update(completed_at=self.now, ends_at=self.now)
        self.look("page, advice", visitor.get(link))
        Session.objects.filter(pk=over.pk).update(completed_at=over.completed_at, ends_at=over.ends_at)
        self.visit(visitor.get(f"{link}mine/"))
        self.look("page, date", visitor.get("/mine/born/"))
        self.look("page, no date", visitor.post("/mine/born/", {}), 422)
        self.look("page, wrong date", visitor.post("/mine/born/", born(date(1999, 1, 1))), 422)
        visitor.post("/mine/born/", born(self.client.date_of_birth))
        self.look("page", visitor.get("/mine/"))
        self.look("page, messages", visitor.get("/mine/messages/"))
        self.look("page, messages odd", visitor.post("/mine/messages/", {"language": "xx"}), 422)
        kept = {"appointments:email": "on", "forms:email": "on", "aftercare:email": "on", "language": self.language}
        self.look("page, messages kept", visitor.post("/mine/messages/", kept, follow=True))
        self.visit(visitor.get("/mine/visit.ics"))
        self.look("page, left", visitor.post("/mine/leave/"))

    def links(self):
        """What the messages lead to before any page of its own: short links, and the way out of a mail."""
        visitor = self.browser()
        self.look("short link, unknown", visitor.get("/s/NobodysLink"), 404)
        self.look("unsubscribe, unknown", visitor.get("/stop/nobody/"), 404)
        for channel in ("email", "sms"):
            row = Message.objects.filter(client=self.client, channel=channel, kind="aftercare.h24").first()
            page = f"/stop/{unsubscribing.token_of(row)}/"
            self.look(f"unsubscribe {channel}", visitor.get(page))
            for what in ("topic", "everything"):
                self.look(f"unsubscribe {channel}, {what}", visitor.post(page, {"what": what}, follow=True))


def first_answer(response, link_id):
    item = spec_of(response.version).index[link_id]
    code = item.options[-1].code if item.options else "x"
    return True if item.type == "boolean" else [code] if item.repeats else code
