"""Columns whose content is encrypted before it reaches the database.

Keys are `settings.FIELD_KEYS` (Fernet keys): the first encrypts, all decrypt, so keys can be changed. A value that
no key opens raises `cryptography.fernet.InvalidToken`; it is never shown as ciphertext.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import orjson
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Raises InvalidToken when no configured key opens `stored`."""
    return _cipher(tuple(settings.FIELD_KEYS)).decrypt(stored.encode()).decode()


def encrypt_bytes(content: bytes) -> bytes:
    """The content of a file, sealed with the same keys."""
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(content)


def decrypt_bytes(sealed: bytes) -> bytes:
    """Raises InvalidToken when no configured key opens `sealed`."""
    return _cipher(tuple(settings.FIELD_KEYS)).decrypt(sealed)


_ENCODER = DjangoJSONEncoder()
_BY_ORJSON = b" "
#: Times and the like are written as Django writes them.
_AS_DJANGO = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


class EncryptedTextField(models.TextField):
    """Text, unreadable in the database and its backups. Only `isnull` can be asked of it in a query."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        # bulk_update passes SQL expressions whose parts come through here one by one: leave the expression itself.
        if value is None or hasattr(value, "as_sql"):
            return value
        return self.seal(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.unseal(value)

    def seal(self, value: Any) -> str:
        """What is stored for a value."""
        return encrypt(str(value))

    def unseal(self, stored: str) -> Any:
        """The value that was stored."""
        return decrypt(stored)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"An encrypted column cannot be searched ({self.name}__{lookup_name}).")
        return super().get_lookup(lookup_name)


class EncryptedJSONField(EncryptedTextField):
    """A JSON document, unreadable in the database. Assign and read plain Python values.

    It is written and read by orjson, which is many times as fast, except where Python's own JSON would give another
    value: a document begins with a blank if orjson wrote it, and only then orjson reads it.
    """

    # For the type checker, which would take this for text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def seal(self, value: Any) -> str:
        try:
            text = orjson.dumps(value, default=_ENCODER.default, option=_AS_DJANGO)
        except TypeError:  # whole numbers of more than 64 bits, keys that are no text: orjson would misread them too
            return encrypt(self.to_plain(value))
        return encrypt_bytes(_BY_ORJSON + text).decode()

    def unseal(self, stored: str) -> Any:
        text = decrypt_bytes(stored.encode())
        return orjson.loads(text) if text.startswith(_BY_ORJSON) else json.loads(text)

    def to_plain(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return self.to_plain(self.value_from_object(obj))
