"""When nothing may arrive: the clinic's quiet hours and the client's own, by the clock of where the client is."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from clinic.models import Client, ClinicSettings, Message
from clinic.quiet_hours import Silence, Window, resolve


def silence_of(client: Client | None, clinic: ClinicSettings) -> Silence:
    """The silence round a client; round nobody in particular it is the clinic's."""
    windows = [Window(clinic.quiet_from, clinic.quiet_until)]
    if client is not None and client.quiet_from is not None and client.quiet_until is not None:
        windows.append(Window(client.quiet_from, client.quiet_until))
    return Silence(tuple(windows), zone_of(client, clinic))


def zone_of(client: Client | None, clinic: ClinicSettings) -> ZoneInfo:
    """The zone a client lives in: the one on record, or the clinic's."""
    return ZoneInfo(client.time_zone) if client is not None and client.time_zone else clinic.zone


def leave_room(start: time, end: time) -> bool:
    """Would a client's own silence and the clinic's leave a minute of the day?"""
    clinic = ClinicSettings.load()
    own = Window(start, end)
    return Silence((Window(clinic.quiet_from, clinic.quiet_until), own), clinic.zone).leaves_room


def promised(message: Message, clinic: ClinicSettings) -> tuple[str, datetime]:
    """The zone and the instant that a message's promised wall time means now. Needs `client` selected."""
    zone = zone_of(message.client, clinic)
    return zone.key, resolve(message.local_date, message.local_time, zone)
