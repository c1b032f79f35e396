"""Every field of every model is declared: contact, clinical or plain; every moment has its person; nothing gets out."""

import re

import pytest
from django.apps import apps
from django.db import models
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from zeal import zeal_ignore

from clinic.delivery import render
from clinic.fields import EncryptedTextField
from clinic.models import AuditEvent, Client, Message
from clinic.outbox import NotWanted
from treatments.tests.everybody import word
from treatments.tests.test_url_people import TABLE

pytestmark = pytest.mark.django_db

OURS = ("clinic", "conditions", "intake", "treatments")
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]
KINDS = {"contact", "clinical", "plain"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_field_is_declared_exactly_once(model):
    assert set(model.PRIVACY) == KINDS
    declared = sorted(name for names in model.PRIVACY.values() for name in names)
    assert declared == sorted(field.name for field in model._meta.concrete_fields)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_name_or_diagnosis_gets_into_logs_by_str(model):
    sensitive = model.PRIVACY["contact"] | model.PRIVACY["clinical"]
    marks = {
        field.name: f"secret-{field.name}"
        for field in model._meta.concrete_fields
        if field.name in sensitive and isinstance(field, models.CharField | models.TextField)
    }
    row = model(**marks)
    assert not [mark for mark in marks.values() if mark in str(row) or mark in repr(row)]


#: Moments that belong to nobody's hand: a machine's or a client's doing, or the person stands in another field.
WITHOUT_A_PERSON = {
    "clinic.AddressTrouble.noted_at": "a provider said so",
    "clinic.AddressTrouble.stopped_at": "a provider said so",
    "clinic.AuditEvent.at": "actor is the person",
    "clinic.Consent.superseded_at": "the row that follows names who",
    "clinic.EmergencyAccess.expires_at": "a limit, not a deed",
    "clinic.EmergencyAccess.granted_at": "user is the person",
    "clinic.Heartbeat.beat_at": "a process",
    "clinic.Lateness.claimed_at": "a process",
    "clinic.Lateness.noticed_at": "a process",
    "clinic.Lateness.told_at": "a process",
    "clinic.Message.body_started_at": "a worker, named in claimed_by",
    "clinic.Message.due_at": "a plan, not a deed",
    "clinic.Message.ended_at": "the audit names who; resolved_by says how",
    "clinic.Message.next_attempt_at": "a plan, not a deed",
    "clinic.Message.parked_at": "the round that asks, never a person",
    "clinic.Message.purged_at": "the nightly round",
    "clinic.Message.sent_at": "a worker, named in claimed_by",
    "clinic.MessageAttempt.started_at": "worker is the process",
    "clinic.OutboxRound.begun_at": "a process",
    "clinic.OutboxRound.done_at": "a process",
    "clinic.ProviderEvent.received_at": "a provider",
    "clinic.Reply.received_at": "a client, or whoever wrote",
    "clinic.ShortLink.created_at": "made for a message",
    "clinic.ShortLink.expires_at": "a limit, not a deed",
    "clinic.StaffInvitation.expires_at": "a limit, not a deed",
    "clinic.User.created_at": "the audit names who; the first owner is made by nobody",
    "clinic.User.role_changed_at": "the audit names who",
    "intake.AgreementLink.expires_at": "a limit, not a deed",
    "intake.AgreementLink.opened_at": "the client",
    "intake.BodyMark.marked_at": "the client",
    "intake.Flag.not_repeated_at": "the rules; the audit names whose change made them run",
    "intake.Invitation.expires_at": "a limit, not a deed",
    "intake.Invitation.opened_at": "the client",
    "intake.Invitation.submitted_at": "the client",
    "intake.Invitation.verified_at": "the client",
    "intake.OtherAnswer.given_at": "the client",
    "intake.OtherAnswer.kept_at": "the client",
    "intake.Response.saved_at": "the client",
    "intake.Response.started_at": "the client",
    "intake.Response.submitted_at": "the client",
    "intake.Upload.uploaded_at": "the client",
    "treatments.CheckIn.answered_at": "the client",
    "treatments.CheckIn.created_at": "follows from the session",
    "treatments.CheckIn.expires_at": "a limit, not a deed",
    "treatments.CheckInAddition.added_at": "the client",
    "treatments.ClientPage.created_at": "follows from the session",
    "treatments.ClientPage.expires_at": "a limit, not a deed",
    "treatments.ClientPage.opened_at": "the client",
    "treatments.Session.here_at": "the client",
    "treatments.Session.ends_at": "a plan, not a deed",
    "treatments.Session.starts_at": "a plan, not a deed",
    "treatments.Task.created_at": "follows from a check-in",
    "treatments.Task.due_at": "a plan, not a deed",
}


def test_every_moment_has_its_person():
    alone = set()
    for model in MODELS:
        fields = {field.name for field in model._meta.concrete_fields}
        alone |= {
            f"{model._meta.label}.{name}"
            for name in fields
            if name.endswith("_at") and f"{name.removesuffix('_at')}_by" not in fields
        }
        if "at" in fields:
            alone.add(f"{model._meta.label}.at")
    assert alone == set(WITHOUT_A_PERSON)


#: Clinical fields that hold a code, a number or a switch: no word of a person can stand in them.
CODED = re.compile(
    r"(clinic\.Consent\.detail|intake\.(BodyMark\.\w+|Flag\.(rule_id|flag_class)|Response\.stamps|Upload\.file"
    r"|NotedFact\.\w+)"
    r"|treatments\.(CheckIn(Addition)?\.(feeling|score|reaction)|Outcome\.\w+|Goal\.(measure|baseline|target|due_on)"
    r"|Note\.(pain_\w+|work|regions|overrides)"
    r"|Plan\.(condition|template|minutes|per_week|weeks|sessions|max_sessions|reassess_after|pressure_\w+|techniques"
    r"|regions|avoid_regions|precondition_met)))"
)


def test_every_clinical_text_carries_a_canary(clinic_of_today):
    """So that the crawl below looks for all of them; a new clinical field has to be planted, or be a code."""
    without = set()
    for model in MODELS:
        for name in model.PRIVACY["clinical"]:
            label = f"{model._meta.label}.{name}"
            values = [str(value) for value in model.objects.values_list(name, flat=True)]
            if not CODED.fullmatch(label) and not any("canary-ann" in value for value in values):
                without.add(label)
    assert without == set()


def test_clinical_prose_is_unreadable_in_the_database(clinic_of_today):
    from django.db import connection

    for model in MODELS:
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {field.column} FROM {model._meta.db_table}")
                    assert "canary" not in str(cursor.fetchall()), field


# --- the crawl --------------------------------------------------------------------------------------------------------

READABLE = [name for name, row in sorted(TABLE.items()) if 200 in row.get.values()]
#: Pages whose link is the key: whoever holds it reads them.
BY_LINK = {"treatments:check_in"}
SEARCHES = [
    ("clinic:client_list", {"q": "archer"}),
    ("clinic:client_search", {"q": "archer"}),
    ("clinic:client_duplicates", {"mobile": "+15550100301"}),
]


@pytest.fixture
def pages(clinic_of_today, undone):
    """pages(person): (name, body, whose audit rows this very request wrote) of every page they may open; read once."""

    def read(person):
        kept = vars(clinic_of_today).setdefault("crawled", {})
        if person not in kept:
            kept[person] = list(_crawl(clinic_of_today, person, undone))
        return kept[person]

    return read


def _crawl(world, person, undone):
    keys = {name for name in BY_LINK if person != "client"}  # only Ann's own browser comes by Ann's link
    todo = [(name, "get", {}) for name in READABLE if TABLE[name].get[person] == 200 and name not in keys]
    if person not in ("nobody", "client", "stranger"):
        todo += [(name, "post", data) for name, data in SEARCHES]
    for name, method, data in todo:
        url = reverse(name, args=TABLE[name].args(world))
        with undone():
            last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            response = getattr(world.browsers[person], method)(url, data)
            body = response.getvalue() if response.streaming else response.content
            logged = set(AuditEvent.objects.filter(pk__gt=last).values_list("client_id", flat=True))
        yield name, body.decode(errors="replace"), logged


def surname(client):
    return client.last_name.partition("<")[0]


@pytest.mark.parametrize("person", ["desk", "therapist", "owner", "client"])
@zeal_ignore()
def test_markup_in_names_and_notes_is_escaped_everywhere(person, pages):
    assert [name for name, body, _ in pages(person) if "<probe" in body] == []
    assert any("&lt;probe&gt;" in body for _, body, _ in pages(person))


@pytest.mark.parametrize("person", ["nobody", "desk", "owner"])
@zeal_ignore()
def test_no_clinical_word_reaches_those_without_the_right(person, pages):
    leaks = {name: set(re.findall(r"canary-[\w-]+", body)) for name, body, _ in pages(person)}
    assert {name: found for name, found in leaks.items() if found} == {}


@pytest.mark.parametrize("person", ["client", "stranger"])
@zeal_ignore()
def test_a_client_sees_nothing_of_another(person, clinic_of_today, pages):
    other = {"client": clinic_of_today.ben, "stranger": clinic_of_today.ann}[person]
    words = (f"canary-{other.first_name.lower()}", surname(other), other.email, other.mobile)
    for name, body, _ in pages(person):
        assert not [word for word in words if word in body], name


@zeal_ignore()
def test_therapists_do_see_the_canaries(clinic_of_today, pages):
    """The crawl can find what it looks for."""
    seen = "".join(body for _, body, _ in pages("therapist"))
    for what in ("subjective", "note", "rule", "answer", "detail"):
        assert word(clinic_of_today.ann, what) in seen


@pytest.mark.parametrize("person", ["desk", "therapist", "other", "owner", "client", "stranger"])
@zeal_ignore()
def test_every_client_on_a_page_has_an_audit_row(person, clinic_of_today, pages):
    unlogged = set()
    for name, body, logged in pages(person):
        for client in (clinic_of_today.ann, clinic_of_today.ben):
            shown = surname(client) in body or f"canary-{client.first_name.lower()}" in body
            if shown and client.pk not in logged:
                unlogged.add((name, client.first_name))
    assert unlogged == set()


@zeal_ignore()
def test_no_message_holds_a_clinical_word(clinic_of_today):
    for message in Message.objects.select_related("client", "user"):
        try:
            letter = render(message, timezone.now())
        except NotWanted:
            continue
        assert "canary" not in letter.subject + letter.text + letter.html + str(message.context)


@zeal_ignore()
def test_titles_and_addresses_name_no_client(pages):
    named = set()
    for person in ("desk", "therapist", "owner", "client"):
        for name, body, _ in pages(person):
            title = "".join(re.findall(r"<title>(.*?)</title>", body, re.DOTALL))
            links = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', body))
            links = re.sub(r"(tel|mailto):\S+", "", links)
            for client in Client.objects.all():
                if surname(client) in title + links or "canary" in title + links:
                    named.add((person, name))
    assert named == set()


CHANGING_ON_A_LOOK = {
    "clinic_auditevent", "django_session", "usersessions_usersession", "axes_accessattempt", "clinic_heartbeat",
}  # fmt: skip


def _state():
    """Everything the database holds, but for what a look may change."""
    return {
        model._meta.db_table: sorted(map(str, model.objects.values_list()))
        for model in apps.get_models()
        if model._meta.db_table not in CHANGING_ON_A_LOOK
    }


@pytest.mark.parametrize("person", ["nobody", "desk", "therapist", "owner", "client"])
@zeal_ignore()
def test_looking_changes_nothing(person, clinic_of_today, undone):
    before = _state()
    browser = clinic_of_today.browsers[person]
    for name in sorted(TABLE):
        if not name.startswith("account_logout"):
            browser.get(reverse(name, args=TABLE[name].args(clinic_of_today)))
    after = _state()
    assert {table for table in before if before[table] != after[table]} == set()


@zeal_ignore()
def test_every_post_without_its_token_is_refused(clinic_of_today, undone):
    open_to_posts = set()
    for name in sorted(TABLE):
        strict = Browser(enforce_csrf_checks=True)
        strict.force_login(clinic_of_today.therapist, backend="allauth.account.auth_backends.AuthenticationBackend")
        with undone():
            status = strict.post(reverse(name, args=TABLE[name].args(clinic_of_today)), {"x": "y"}).status_code
        if status not in (403, 404, 405):
            open_to_posts.add((name, status))
    assert open_to_posts <= {("clinic:csp_report", 400), ("clinic:csp_report", 204)}
