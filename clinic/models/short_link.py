from __future__ import annotations

from django.db import models

from clinic.fields import EncryptedTextField


class ShortLink(models.Model):
    """A short address for a text message, leading to a page of the clinic until that page's own link ends."""

    PRIVACY = {
        "contact": {"target"},
        "clinical": set(),
        "plain": {"id", "nonce", "token_hash", "target_hash", "created_at", "expires_at"},
    }

    nonce = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    target = EncryptedTextField(help_text="Path and query; holds the secret of another link.")
    target_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="shortlink_over")]  # what is forgotten at night

    def __str__(self) -> str:
        return f"short link {self.pk}"
