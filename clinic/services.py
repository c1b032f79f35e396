"""What clients book: added, changed, switched off."""

from __future__ import annotations

from datetime import datetime

from clinic import audit
from clinic.models import Service, User


class NameTaken(ValueError):
    """Another service is called that."""


def add(*, name: str, minutes: int, by: User, now: datetime) -> Service:
    """A new service. Raises NameTaken."""
    with audit.transaction():
        _check(name, None)
        service = Service.objects.create(name=name, minutes=minutes)
        audit.record("service.add", by=by, subject=service)
    return service


def change(*, service: Service, name: str, minutes: int, is_active: bool, by: User, now: datetime) -> set[str]:
    """Rename a service, give it another length, switch it off or on; the names of what changed. Raises NameTaken."""
    with audit.transaction():
        row = Service.objects.select_for_update().get(pk=service.pk)
        _check(name, row.pk)
        wanted = {"name": name, "minutes": minutes, "is_active": is_active}
        changed = {field for field, value in wanted.items() if getattr(row, field) != value}
        if changed:
            for field in changed:
                setattr(row, field, wanted[field])
            row.save(update_fields=changed)
            audit.record("service.change", by=by, subject=row, fields=changed)
    return changed


def _check(name: str, own: int | None) -> None:
    if Service.objects.filter(name__iexact=name).exclude(pk=own).exists():
        raise NameTaken("There is a service of this name already.")
