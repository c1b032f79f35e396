"""The files of an answer in a template."""

from typing import Any

from django import template

from intake.engine import attached

register = template.Library()


@register.filter
def files(value: Any) -> tuple[attached.Attached, ...]:
    """`{% for file in q.value|files %}`: id, title, size, is_picture."""
    return attached.attached(value)
