"""Encrypted columns: nothing readable in the database, nothing lost on any way in or out."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Value
from django.utils.timezone import now as clock
from django.utils.translation import gettext_lazy

from clinic import fields
from clinic.fields import EncryptedJSONField, EncryptedTextField
from clinic.models import Message

SECRET = {"name": "Łucja 李 \U0001f980", "email": "lucja@example.org", "list": [1, None, True]}


def row(number, **facts):
    now = clock()
    return Message(
        key=f"k{number}", message_id=f"m{number}", kind="staff.x", channel="email", time_zone="UTC",
        local_date=now.date(), local_time=now.time(), due_at=now, next_attempt_at=now,
        not_after=now + timedelta(days=1), created_at=now, **{"recipient": SECRET} | facts,
    )  # fmt: skip


def raw():
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient FROM clinic_message ORDER BY id")
        return [value for (value,) in cursor.fetchall()]


@pytest.mark.django_db
def test_every_way_in_is_encrypted_and_comes_back():
    row(1).save()
    Message.objects.bulk_create([row(2), row(3)])
    Message.objects.filter(key="k2").update(recipient=SECRET | {"name": "two"})
    third = Message.objects.get(key="k3")
    third.recipient = SECRET | {"name": "three"}
    Message.objects.bulk_update([third], ["recipient"])
    assert [kept["name"] for kept in Message.objects.order_by("pk").values_list("recipient", flat=True)] == [
        SECRET["name"], "two", "three",
    ]  # fmt: skip
    assert Message.objects.get(key="k1").recipient == SECRET
    assert all(value.startswith("gAAAA") for value in raw())


@pytest.mark.django_db
def test_the_same_text_is_never_stored_alike_twice():
    Message.objects.bulk_create([row(1), row(2)])
    assert len(set(raw())) == 2


@pytest.mark.django_db
def test_nothing_stays_nothing(desk):
    row(1, recipient=None, user=desk).save()
    assert raw() == [None]
    assert Message.objects.filter(recipient__isnull=True).get().recipient is None


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["recipient", "recipient__contains", "recipient__startswith", "recipient__in"])
def test_an_encrypted_column_cannot_be_searched(lookup):
    with pytest.raises(FieldError):
        list(Message.objects.filter(**{lookup: ["x"]}))


@pytest.mark.django_db
def test_a_wrong_key_raises_and_never_shows_the_ciphertext(settings):
    row(1).save()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        Message.objects.get(key="k1")
    assert Message.objects.defer("recipient").get(key="k1").key == "k1"


@pytest.mark.django_db
def test_a_new_first_key_writes_and_the_old_one_still_reads(settings):
    row(1).save()
    old = settings.FIELD_KEYS
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *old]
    row(2).save()
    assert Message.objects.get(key="k1").recipient == SECRET
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert Message.objects.get(key="k2").recipient == SECRET


def test_many_threads_at_once_read_what_was_written():
    field = EncryptedTextField()
    texts = [f"note {number} ł" for number in range(200)]
    stored = [fields.encrypt(text) for text in texts]

    def read(number):
        return field.from_db_value(stored[number % 200], None, None) == texts[number % 200]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(2000)))


def test_an_expression_is_left_to_its_parts():
    expression = Value("x")
    assert EncryptedTextField().get_db_prep_value(expression, connection) is expression


@pytest.mark.parametrize(
    "value",
    [
        SECRET, 2**64, -(2**70), [2**63, 1e300, 0.1], {1: "one", None: 2}, ("a", ("b",)), Decimal("1.20"), UUID(int=7),
        datetime(2026, 3, 1, 9, 5, 1, 123456, tzinfo=UTC), datetime(2026, 3, 1), date(2026, 3, 1), time(9, 5),
        timedelta(minutes=90), gettext_lazy("Yes"), Message.Channel.SMS, "\x00 \u2028 \ue000",
    ],
    ids=repr,
)  # fmt: skip
def test_a_document_is_kept_as_django_writes_it(value):
    field = EncryptedJSONField()
    document = {"value": value}
    kept = json.loads(json.dumps(document, cls=DjangoJSONEncoder))
    assert field.unseal(field.seal(document)) == kept
    assert json.loads(fields.decrypt(field.seal(document))) == kept


def test_a_document_that_python_wrote_still_reads():
    document = {"value": 2**70, "number": 1.5}
    assert EncryptedJSONField().unseal(fields.encrypt(json.dumps(document))) == document
