"""What forms take, and what they say no to."""

from datetime import date

import pytest

from clinic.dates import parse_day
from clinic.forms import ClientForm, RelatedPersonForm
from clinic.models import Client, User

pytestmark = pytest.mark.django_db

GOOD = {
    "first_name": "Ann", "last_name": "Archer", "date_of_birth": "4 5 1986", "mobile": "555 010 0300",
    "email": "ann@example.org", "language": "en", "email_agreed": "on", "sms_agreed": "on",
}  # fmt: skip


def errors_of(**changes):
    return ClientForm(GOOD | changes).errors


@pytest.mark.parametrize(
    "typed",
    ["4.5.1986", "04-05-1986", "4/5/1986", "4 5 1986", "04051986", "1986-05-04", "4 May 1986", "May 4, 1986",
     "4th of May 1986", "4 de mayo de 1986", "  4 . 5 . 1986 "],
)  # fmt: skip
def test_a_birth_date_is_read_in_many_spellings(typed):
    assert parse_day(typed) == date(1986, 5, 4)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "yesterday",
        "4.5.86",
        "31 2 1986",
        "5/13/1986",
        "0 0 0000",
        "4 5",
        "1 2 3 4",
        "٤ ٥ ١٩٨٦x",
        "4 5 19866",
        "\x00",
    ],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValueError, match=r"[a-z]"):
        parse_day(typed)


@pytest.mark.parametrize("typed", ["1 1 2199", "1 1 1850"])
def test_a_birth_date_nobody_can_have_is_refused(typed, clinic_settings):
    assert "date_of_birth" in errors_of(date_of_birth=typed)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("first_name", ""),
        ("first_name", "123"),
        ("first_name", "x" * 81),
        ("first_name", "Ann\x00"),
        ("first_name", "Ann\r\nBcc: x@example.org"),
        ("last_name", "gpj\u202eexe"),
        ("email", "ann@example.org\nBcc: x@example.org"),
        ("email", "not an address"),
        ("mobile", "12"),
        ("mobile", "call me"),
        ("language", "xx"),
        ("address", "x" * 301),
        ("desk_note", "bell\x07"),
    ],
)
def test_bad_input_is_named_beside_its_field(field, typed, clinic_settings):
    assert list(errors_of(**{field: typed})) == [field]


@pytest.mark.parametrize(
    "name", ["李", "Ó Súilleabháin", "محمد", "Иван", "Nguyễn Thị", "D'Arcy-Smith", "José\u200d", "  Ann "]
)
def test_names_of_many_kinds_are_taken(name, clinic_settings):
    assert errors_of(first_name=name) == {}


def test_a_phone_is_kept_as_e164_of_the_clinics_country(clinic_settings):
    clinic_settings.country = "AT"
    clinic_settings.save()
    form = ClientForm(GOOD | {"mobile": "0660 1234567"})
    assert form.is_valid(), form.errors
    assert form.facts()["mobile"] == "+436601234567"


def test_a_client_needs_some_address(clinic_settings):
    assert list(errors_of(mobile="", email="")) == ["mobile"]


def test_channels_are_those_agreed_to_that_have_an_address(clinic_settings):
    form = ClientForm({name: value for name, value in GOOD.items() if name != "sms_agreed"} | {"email": ""})
    assert form.is_valid(), form.errors
    assert form.facts()["channels"] == frozenset()


def test_facts_hold_nothing_but_what_register_takes(clinic_settings):
    form = ClientForm(GOOD | {"is_owner": "1", "archived_at": "2020-01-01", "public_id": "x", "created_by": "1"})
    assert form.is_valid(), form.errors
    own = {field.name for field in Client._meta.fields}
    assert set(form.facts()) - own == {"channels", "key"}
    assert not {"is_owner", "archived_at", "public_id", "created_by"} & set(form.facts())


def test_every_form_names_its_fields():
    from django.forms import ModelForm

    from clinic import forms

    for name in forms.__all__:
        assert not issubclass(getattr(forms, name), ModelForm), name


def test_an_emergency_contact_can_be_reached(clinic_settings):
    assert "phone" in RelatedPersonForm({"kind": "emergency", "name": "Mia"}).errors
    assert RelatedPersonForm({"kind": "physician", "name": "Dr Mora"}).is_valid()


def test_no_user_exists_before_somebody_makes_one(db):
    assert not User.objects.exists()
