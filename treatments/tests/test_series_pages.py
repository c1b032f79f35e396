"""The owner edits the series: versions, one line with its words, what is refused, two people at once, publishing."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import Message
from clinic.testing import make_client, make_user
from conditions import loading
from treatments import aftercare, authoring, editions
from treatments.models import Series, Timeline
from treatments.tests import aftercare_world

pytestmark = pytest.mark.django_db

LIST, DRAFT, PUBLISH = (reverse(f"treatments:series_{name}") for name in ("list", "draft", "publish"))


@pytest.fixture
def owner(db):
    loading.load(now=timezone.now())
    return make_user("olga@riverside.example", "Olga Owner", is_owner=True, phone="+15550100777")


@pytest.fixture
def page(client, owner):
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(reverse("treatments:series_start"))
    return client


def line(key):
    return reverse("treatments:series_line", args=[key])


def typed(page, key, **changes):
    """What the browser would send back of a line, with some of it changed."""
    form = page.get(line(key)).context["form"]
    data = {"seen": form["seen"].value(), "what": form["what"].value()}
    for each in (form, *form.parts):
        for field in each:
            if field.value() not in (None, False, []):
                data[field.html_name] = "on" if field.value() is True else field.value()
    return {name: words for name, words in (data | changes).items() if words is not None}


def save(page, key, **changes):
    return page.post(line(key), typed(page, key, **changes))


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_line_that_was_only_opened_and_saved_stays_as_it_is(page):
    before = editions.draft().document
    for row in before["lines"]:
        assert save(page, row["key"]).status_code == 302
    assert editions.draft().document == before


def test_words_the_owner_wrote_are_the_clinics_own_in_both_languages(page):
    save(page, "h24", **{"email-subject_en": "And today?", "email-text_en": "Hello {first_name}. Tell us: {link}"})
    draft = editions.draft()
    row = next(each for each in draft.document["lines"] if each["key"] == "h24")
    assert row["email"] == "h24:email"
    assert authoring.edition(draft).says("h24:email", "en") == ("And today?", "Hello {first_name}. Tell us: {link}")
    assert "cómo" in authoring.edition(draft).says("h24:email", "es")[1].lower()
    assert "own words" in text(page.get(line("h24")))
    assert "CAMBRON2007" in text(page.get(line("h24")))


@pytest.mark.parametrize(
    ("field", "words", "said"),
    [
        ("email-text_en", "Hello {frist_name}", "Did you mean “{first_name}”?"),
        ("email-text_es", "Hola {first_name", "A brace { or } stands alone."),
        ("email-subject_en", "How is your neck?", "may not name “neck”"),
        ("email-subject_es", "¿Y su dolor de espalda?", "may not name “dolor de espalda”"),
        ("email-subject_en", "Hello {first_name}", "may not stand in a subject"),
        ("sms-text_en", "{clinic}: your migraines? {link}", "may not name “migraines”"),
        ("sms-text_es", "{clinic}: {home_plan}", "only filled in in e-mails"),
        ("sms-text_en", "x" * 2000, "at most 6 are sent"),
        ("sms-text_en", "", "Write the words in English"),
        ("email-text_en", "   ", "Write the words in English"),
        ("email-subject_en", "", "An e-mail needs a subject"),
        ("email-text_en", "a\x00b", "Null characters are not allowed"),
        ("amount", "91", "At most 90 days"),
        ("amount", "-1", "greater than or equal to 0"),
        ("title", "", "This field is required"),
        ("conditions", "plague", "plague is not one of the available choices"),
    ],
)
def test_bad_input_is_refused_in_words_and_nothing_is_saved(page, field, words, said):
    before = editions.draft().document
    answer = save(page, "h24", **{"amount_unit": "days", field: words})
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("&quot;", '"'), text(answer)[:3000]
    assert editions.draft().document == before


def test_a_long_text_is_refused_until_its_owner_says_so(page):
    long = "{clinic}: " + "go easy today, " * 14
    refused = save(page, "h24", **{"sms-text_en": long})
    assert refused.status_code == 422
    assert "2 parts, each paid for" in text(refused)
    assert save(page, "h24", **{"sms-text_en": long, "sms-long": "on"}).status_code == 302
    assert authoring.problems(editions.draft()) == []
    assert save(page, "h24", **{"sms-text_en": long * 2, "sms-long": None}).status_code == 422


def test_the_counter_counts_with_the_longest_names(page):
    def count(words):
        return text(page.post(reverse("treatments:series_measure"), {"sms-text_en": words}))

    assert "40 of 160" in count("{clinic}: hello {first_name}")
    assert "UCS-2" in count("See you 😀") and "“😀”" in count("See you 😀")
    assert "GSM-7, 2 parts" in count("x" * 161)
    assert "Did you mean" in count("{frist_name}")


def test_lines_are_added_ordered_switched_off_and_taken_out(page):
    def do(verb, **more):
        return page.post(DRAFT, {"do": verb, "seen": authoring.stamp(editions.draft()), **more})

    assert do("add", kind="check_in", title="After three weeks").status_code == 302
    keys = [row["key"] for row in editions.draft().document["lines"]]
    assert keys[-1] == "check_in_2"
    do("up:check_in_2")
    do("off:h72")
    assert [row["key"] for row in editions.draft().document["lines"]][-2] == "check_in_2"
    assert "h72" not in {each.key for each in editions.lines_of(editions.draft())}
    do("remove:h72")
    assert authoring.problems(editions.draft()) == []
    listed = {(change.sort, change.key) for change in authoring.changes(editions.current(), editions.draft())}
    assert {("added", "check_in_2"), ("removed", "h72")} <= listed
    assert do("add", kind="nonsense", title="").status_code == 422


def test_two_lines_at_one_time_are_warned_of_and_may_stay(page):
    save(page, "h72", amount="1", amount_unit="days")
    said = text(page.get(DRAFT))
    assert "come at the same time" in said and "one message a day" in said
    assert authoring.problems(editions.draft()) == []


def test_a_missing_translation_is_counted(page):
    save(page, "h24", **{"sms-text_en": "{clinic}: today? {link}", "sms-text_es": ""})
    assert "1 text without Spanish" in text(page.get(DRAFT))
    assert "1 text without Spanish" in text(page.get(PUBLISH))


def test_the_second_of_two_people_sees_a_conflict_and_loses_nothing(page):
    mine = typed(page, "h24", **{"email-text_en": "My words. {link}"})
    save(page, "d7", title="Theirs")
    save(page, "h24", **{"email-text_en": "Their words. {link}"})
    clash = page.post(line("h24"), mine)
    assert clash.status_code == 409
    assert "Somebody else changed the draft" in text(clash)
    assert "My words." in clash.content.decode() and "Their words." in clash.content.decode()
    again = page.post(line("h24"), mine | {"seen": clash.context["form"]["seen"].value()})
    assert again.status_code == 302
    kept = editions.draft().document
    assert kept["wordings"]["h24:email"]["en"]["text"] == "My words. {link}"
    assert next(row for row in kept["lines"] if row["key"] == "d7")["title"] == "Theirs"


@pytest.mark.parametrize("end", ["remove", "discard", "publish"])
def test_what_was_typed_survives_the_end_of_its_line_or_draft(page, owner, end):
    mine = typed(page, "h24", **{"email-text_en": "My words. {link}"})
    draft, now = editions.draft(), timezone.now()
    if end == "remove":
        page.post(DRAFT, {"do": "remove:h24", "seen": authoring.stamp(draft)})
    elif end == "discard":
        editions.discard(row=draft, by=owner)
    else:
        editions.publish(row=draft, revision=draft.revision, by=owner, now=now, change_note="x")
    clash = page.post(line("h24"), mine)
    assert clash.status_code == 409
    assert "My words." in clash.content.decode()
    assert page.post(line("h24"), mine | {"seen": clash.context["form"]["seen"].value()}).status_code == 302
    assert editions.draft().document["wordings"]["h24:email"]["en"]["text"] == "My words. {link}"


def test_publishing_needs_a_word_and_leaves_closed_sessions_alone(page, owner):
    now = timezone.now()
    therapist = make_user("thea@riverside.example", "Thea Therapist", is_therapist=True)
    closed = aftercare_world.session(make_client("Ann", "Archer"), therapist, now - timezone.timedelta(hours=1))
    aftercare.schedule_for(session=closed, by=therapist, now=now)
    save(page, "h24", **{"email-subject_en": "And today?"})
    seen = authoring.stamp(editions.draft())
    assert page.post(PUBLISH, {"seen": seen, "note": " "}).status_code == 422
    assert page.post(PUBLISH, {"seen": "x.0", "note": "A warmer question"}).status_code == 422
    assert page.post(PUBLISH, {"seen": seen, "note": "A warmer question"}).status_code == 302
    assert Timeline.objects.get(session=closed).series.number == 1
    assert (editions.current().number, editions.draft()) == (2, None)
    listed = text(page.get(LIST))
    assert "A warmer question" in listed and "Olga Owner" in listed
    read = text(page.get(reverse("treatments:series_version", args=[2])))
    assert "And today?" in read and "Beside version 1" in read and "E-mail, English: subject" in read


def test_nothing_new_is_not_published_and_discarding_asks(page):
    assert "Nothing is different" in text(page.get(PUBLISH))
    answer = page.post(PUBLISH, {"seen": authoring.stamp(editions.draft()), "note": "x"})
    assert answer.status_code == 422
    discard = reverse("treatments:series_discard")
    assert "Throw the draft of version 2 away?" in text(page.get(discard))
    assert Series.objects.filter(published_at=None).exists()
    page.post(discard)
    assert editions.draft() is None
    assert page.get(DRAFT).status_code == 302


def test_a_draft_may_begin_from_an_older_version(page):
    save(page, "h24", title="Day after")
    page.post(PUBLISH, {"seen": authoring.stamp(editions.draft()), "note": "Renamed"})
    page.post(reverse("treatments:series_start"), {"from": "1"})
    titles = {row["title"] for row in editions.draft().document["lines"]}
    assert "How is it after a day?" in titles and "Day after" not in titles


def preview(page, **asked):
    return page.get(reverse("treatments:series_preview", args=[editions.draft().number]), {"asked": 1, **asked})


def test_preview_by_condition_language_and_channel_with_nobodys_data(page):
    make_client("Ann", "Archer")
    english = preview(page, line="tip", language="en", condition="back-pain").content.decode()
    spanish = preview(page, line="tip", language="es", condition="neck-pain").content.decode()
    assert "Short walks beat bed rest" in english and "<title>A tip" in english.replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    assert "Alejandra" in spanish and "cuello" in spanish
    phone = preview(page, line="h24", language="en")
    assert phone.context["sms"].text.endswith("Questions: " + phone.context["sms"].text.split("Questions: ")[1])
    assert phone.context["measured"].parts == 1
    assert "Archer" not in english + spanish + phone.content.decode()
    assert preview(page, line="nonsense").status_code == 422


def test_a_test_goes_to_oneself_marked_and_not_without_end(page, owner):
    address = reverse("treatments:series_test", args=[editions.draft().number])
    asked = {"asked": 1, "line": "h24", "language": "es", "condition": "neck-pain"}
    for channel in ("email", "sms"):
        assert page.post(address, asked | {"channel": channel}).status_code == 302
    rows = Message.objects.filter(kind="staff.series_test")
    assert {(row.user, row.client, row.channel) for row in rows} == {(owner, None, "email"), (owner, None, "sms")}
    from clinic.delivery import render

    mail, sms = (render(rows.get(channel=channel), timezone.now()) for channel in ("email", "sms"))
    assert mail.subject.startswith("[Test] ") and "Alejandra" in mail.text
    assert sms.text.startswith("TEST ")
    for _ in range(10):
        last = page.post(address, asked | {"channel": "email"}, follow=True)
    assert rows.all().count() == 10
    assert "10 tests within an hour" in text(last)


def test_a_test_whose_draft_is_gone_is_not_sent(page, owner):
    from clinic.delivery import render
    from clinic.outbox import NotWanted

    address = reverse("treatments:series_test", args=[editions.draft().number])
    page.post(address, {"asked": 1, "line": "h24", "language": "en", "channel": "email"})
    editions.discard(row=editions.draft(), by=owner)
    with pytest.raises(NotWanted):
        render(Message.objects.get(kind="staff.series_test"), timezone.now())


def test_without_a_number_no_text_is_sent_to_oneself(page, owner):
    type(owner).objects.update(phone="")
    address = reverse("treatments:series_test", args=[editions.draft().number])
    answer = page.post(address, {"asked": 1, "line": "h24", "language": "en", "channel": "sms"}, follow=True)
    assert "There is no number of yours" in text(answer)
    assert not Message.objects.exists()


@pytest.mark.parametrize("number", ["3", "0", "99999999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(page, number):
    for what in ("", "preview/"):
        assert page.get(f"{LIST}{number}/{what}").status_code == 404
    assert page.post(f"{LIST}{number}/test/").status_code == 404
