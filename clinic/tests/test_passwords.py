"""Passwords: long, and none of the first that would be tried."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from clinic import passwords
from clinic.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(clinic_settings):
    return User(email="olga.owner@riverside.example", name="Olga Owner")


EASY = [
    "passwordpassword", "Password12345678", "p@ssw0rdp@ssw0rd", "qwertyuiopasdfgh", "1qaz2wsx3edc4rfv",
    "aaaaaaaaaaaaaaaa",
    "abcabcabcabcabcabc", "1234567890123456", "correcthorsebatterystaple", "iloveyouforever2024",
    "letmeinletmeinletmein",
    "summer2024summer2024", "welcometotheclinic", "massagetherapist1", "Riverside Clinic 2024", "riversideriverside",
    "olga.owner@riverside", "OlgaOwnerOlgaOwner", "19860504198605041986", "thequickbrownfox", "asdfghjkl123456",
]  # fmt: skip


@pytest.mark.parametrize("password", EASY)
def test_easy_passwords_are_refused(password, person):
    with pytest.raises(ValidationError):
        validate_password(password, person)


@pytest.mark.parametrize(
    "password",
    ["violet kettle harbour nine", "xK9#mv2Lq8ZtR4wB", "tea for the badger under stairs", "grapefruit-lantern-99",
     "мостовая зелёный чайник", "蛙が池に飛び込む音を聞いた夏の夜", "w" + "éàü#ñç¿" * 9 + "koli",
     "lagrimas de un tejon azul"],
)  # fmt: skip
def test_long_unlikely_passwords_are_taken_without_other_rules(password, person):
    validate_password(password, person)


@pytest.mark.parametrize(("length", "fine"), [(14, False), (15, True), (64, True), (256, True), (257, False)])
def test_length_alone_decides(length, fine, person):
    password = "".join(chr(0x4E00 + 7 * number) for number in range(length))
    if fine:
        validate_password(password, person)
    else:
        with pytest.raises(ValidationError):
            validate_password(password, person)


def test_the_list_fits_the_length_asked_for():
    assert len(passwords.easy_phrases()) > 350
    assert all(len(phrase) >= 4 for phrase in passwords.easy_phrases())


def test_a_huge_password_is_answered_quickly(person):
    import time

    started = time.perf_counter()
    with pytest.raises(ValidationError):
        validate_password("ab" * 500_000, person)
    assert time.perf_counter() - started < 2
