from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from clinic.permissions import Permission, Role, permissions_of, roles_of


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A member of staff. Without a password the account cannot sign in until one is set."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of staff. Clients have no account: they come by links."""

    PRIVACY = {
        "contact": {"email", "name", "phone"},
        "clinical": set(),
        "plain": {
            "id", "password", "last_login", "public_id", "credentials", "is_active", "is_owner", "is_therapist",
            "is_lead_therapist", "is_front_desk", "created_at", "role_changed_at", "session_epoch",
        },
    }  # fmt: skip

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    credentials = models.CharField(max_length=60, blank=True, help_text="Licence or title shown beside the name.")
    phone = models.CharField(max_length=32, blank=True)
    is_owner = models.BooleanField(default=False)
    is_therapist = models.BooleanField(default=False)
    is_lead_therapist = models.BooleanField(default=False)
    is_front_desk = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    role_changed_at = models.DateTimeField(null=True, blank=True)
    session_epoch = models.PositiveIntegerField(default=0, help_text="Counted up, it ends every session at once.")

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=Q(is_lead_therapist=False) | Q(is_therapist=True), name="user_lead_is_therapist"
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.public_id}"

    @property
    def roles(self) -> frozenset[Role]:
        return roles_of(self)

    def can(self, permission: Permission) -> bool:
        return permission in permissions_of(self)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's question, answered from our one table; `perm` is a Permission value such as "catalogue.edit"."""
        return perm in {str(held) for held in permissions_of(self)}

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm) for perm in perm_list)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's own, bound to `session_epoch` too: a session of an earlier epoch belongs to nobody."""
        salt = "clinic.models.User.get_session_auth_hash"
        return salted_hmac(salt, f"{self.session_epoch}|{self.password}", secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]
