"""Columns whose content is encrypted before it reaches the database.

Keys are `settings.FIELD_KEYS` (Fernet keys): the first encrypts, all decrypt, so keys can be changed. A value that
no key opens raises `cryptography.fernet.InvalidToken`; it is never shown as ciphertext.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

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


class EncryptedTextField(models.TextField):
    """Text, unreadable in the database and its backups. Only `isnull` can be asked of it in a query."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        # bulk_update passes SQL expressions whose parts come through here one by one: leave the expression itself.
        if value is None or hasattr(value, "as_sql"):
            return value
        return encrypt(self.to_plain(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.from_plain(decrypt(value))

    def to_plain(self, value: Any) -> str:
        return str(value)

    def from_plain(self, text: str) -> Any:
        return text

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"An encrypted column cannot be searched ({self.name}__{lookup_name}).")
        return super().get_lookup(lookup_name)


class EncryptedJSONField(EncryptedTextField):
    """A JSON document, unreadable in the database. Assign and read plain Python values."""

    # For the type checker, which would take this for text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def to_plain(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)

    def from_plain(self, text: str) -> Any:
        return json.loads(text)

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return self.to_plain(self.value_from_object(obj))
