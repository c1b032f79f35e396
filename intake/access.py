"""The client's door: what a browser may see of one form, and for how long.

A link leaves its mark (the hash of its token) in the browser's session; the right date of birth turns it into a
pass for one invitation. The pass ends when the invitation does.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth import logout
from django.db.models import QuerySet
from django.http import HttpRequest

from clinic import languages
from clinic.audit import ClientActor
from clinic.compiled import Compiled
from intake.models import Invitation, Response

#: How a form comes to somebody who is in the clinic: on its own tablet, handed over by staff.
TABLET = "tablet"
#: The same as a QR code on the desk's screen, for their own phone.
SHOWN = "qr"
OPENED_HERE = ([TABLET], [SHOWN])
LINK, PASS, PLACE = "intake_link", "intake_pass", "intake_place"
USED, DEVICE, HANDED_OVER = "intake_used", "intake_device", "handed_over"
#: A pass left alone ends: a phone in a pocket on a bus may take longer than the desk's fifteen minutes, a shared
#: computer may not. The browser still knows which link it came by, so the date of birth is enough to go on.
PASS_IDLES_AFTER = 30 * 60
#: The clinic's tablet lies about: shorter.
TABLET_IDLES_AFTER = 5 * 60
#: How long a browser remembers the link. It opens nothing by itself.
LINK_KEPT_FOR = 4 * 60 * 60
#: The last use is written down to the minute: not every answer rewrites the session.
NOTED_EVERY = 60


@dataclass(frozen=True, slots=True)
class SideDoor:
    """A client's page beside the form, with links of its own: its mark and its pass in the browser's session."""

    name: str

    @property
    def link(self) -> str:
        return f"{self.name}_link"

    @property
    def entry(self) -> str:
        return f"{self.name}_pass"

    @property
    def used(self) -> str:
        return f"{self.name}_used"

    def knock(self, request: HttpRequest, digest: str) -> None:
        """Keep the link's hash for the check that follows; every earlier pass in this browser ends."""
        forget_passes(request)
        request.session[self.link] = digest

    def link_of(self, request: HttpRequest) -> str:
        """The hash of the link this browser came by; empty when it came by none."""
        return str(request.session.get(self.link, ""))

    def admit(self, request: HttpRequest, public_id: UUID) -> None:
        """Give this browser the pass to what stands behind its link. Staff who were signed in here are signed out."""
        digest = self.link_of(request)
        if request.user.is_authenticated:
            logout(request)
        request.session.cycle_key()
        self.knock(request, digest)
        request.session[self.entry] = str(public_id)
        self.note_use(request)
        request.session.set_expiry(LINK_KEPT_FOR)

    def passed(self, request: HttpRequest) -> UUID | None:
        """What this browser was let into; nothing without a pass, for staff, and after it was left alone too long."""
        kept = request.session.get(self.entry)
        if not kept or request.user.is_authenticated:
            return None
        if int(time.time()) - int(request.session.get(self.used, 0)) >= PASS_IDLES_AFTER:
            request.session.pop(self.entry, None)
            return None
        return UUID(kept)

    def note_use(self, request: HttpRequest) -> None:
        """The pass was used just now."""
        request.session[self.used] = int(time.time())


AGREEMENTS = SideDoor("agreements")
#: A client's own page after a session, which the app above keeps.
PAGE = SideDoor("page")
SIDE_DOORS = (AGREEMENTS, PAGE)


@dataclass(frozen=True, slots=True)
class Visit:
    """A client at their form."""

    invitation: Invitation
    response: Response

    @property
    def actor(self) -> ClientActor:
        """The client, as the audit trail names them: by the invitation, never its token."""
        return actor_of(self.invitation)

    @property
    def whose(self) -> str:
        """Which form a page was made for: another person may have come in since, in another tab of this browser."""
        return str(self.response.public_id)

    def is_of_another(self, request: HttpRequest) -> bool:
        """What is posted comes from a page of another form than the one this browser is let into now."""
        return request.POST.get("whose", self.whose) != self.whose


def actor_of(invitation: Invitation) -> ClientActor:
    """Whoever acts through this invitation."""
    return ClientActor(invitation.client, via=f"invitation:{invitation.public_id}")


def remember_link(request: HttpRequest, digest: str) -> None:
    """Keep the link's hash for the check that follows; an earlier pass in this browser ends."""
    forget_passes(request)
    request.session[LINK] = digest


def forget_passes(request: HttpRequest) -> None:
    """End this browser's passes: the next person at it may be another client."""
    request.session.pop(PASS, None)
    forget_side_doors(request)


def forget_side_doors(request: HttpRequest) -> None:
    """The same but for the form's."""
    for door in SIDE_DOORS:
        for name in (door.link, door.entry, door.used):
            request.session.pop(name, None)


def link_of(request: HttpRequest) -> str:
    """The hash of the link this browser came by; empty when it came by none."""
    return str(request.session.get(LINK, ""))


def admit(request: HttpRequest, invitation: Invitation) -> None:
    """Give this browser the pass. Staff who were signed in here are signed out: the form is on its own."""
    if request.user.is_authenticated:
        logout(request)
    forget_side_doors(request)
    request.session.cycle_key()
    request.session[LINK] = invitation.token_hash
    request.session[PASS] = str(invitation.public_id)
    request.session[USED] = int(time.time())
    request.session.setdefault(DEVICE, secrets.token_hex(4))
    request.session.set_expiry(LINK_KEPT_FOR)


def admit_on_tablet(request: HttpRequest, invitation: Invitation) -> None:
    """Give the clinic's tablet to a client whom staff know: no date of birth, and no way out but giving it back.

    The session of whoever held it is emptied first, signed in or not: nothing of the staff's stays behind the form.
    """
    logout(request)
    admit(request, invitation)
    request.session[HANDED_OVER] = True


def is_handed_over(request: HttpRequest) -> bool:
    """This browser is the clinic's tablet in a client's hands."""
    return bool(request.session.get(HANDED_OVER))


def give_back(request: HttpRequest) -> None:
    """Nothing of the client remains in the tablet's browser; it may be signed in to again."""
    request.session.flush()


def device_of(request: HttpRequest) -> str:
    """The name of this browser among those that work on one form; it says nothing about it."""
    return str(request.session.get(DEVICE, ""))


def _is_idle(request: HttpRequest) -> bool:
    """Whether the pass was left alone for too long; otherwise this is its last use."""
    now, used = int(time.time()), int(request.session.get(USED, 0))
    if now - used >= (TABLET_IDLES_AFTER if is_handed_over(request) else PASS_IDLES_AFTER):
        request.session.pop(PASS, None)
        return True
    if now - used >= NOTED_EVERY:
        request.session[USED] = now
    return False


def leave(request: HttpRequest) -> None:
    """Forget the client in this browser; the answers stay with the clinic."""
    marks = {PASS, LINK, *(mark for door in SIDE_DOORS for mark in (door.entry, door.link))}
    if marks & set(request.session.keys()):
        request.session.flush()


def hide(request: HttpRequest, visit: Visit, *, at: str) -> None:
    """Take the pass back until the date of birth is given again; `at` is the screen to go on with."""
    forget_passes(request)
    request.session[LINK] = visit.invitation.token_hash
    if at:
        request.session[PLACE] = at


def place_of(request: HttpRequest) -> str:
    """The screen that was open when the form was hidden, once; empty when it was not."""
    return str(request.session.pop(PLACE, ""))


def _rows(invitation: UUID) -> QuerySet[Response]:
    rows = Response.objects.select_related("invitation", "client", "version__questionnaire")
    return rows.defer("version__document", "stamps", "review_note").filter(invitation__public_id=invitation)


_RESPONSE = Compiled(_rows, stand_in=UUID(int=0), field=lambda: Invitation._meta.get_field("public_id"))


def visit_of(request: HttpRequest, *, now: datetime) -> Visit | None:
    """The form this browser may work on, or None. After sending, it stays readable as 'done' only.

    From here on the request speaks the client's language.
    """
    kept = request.session.get(PASS)
    if not kept or request.user.is_authenticated or _is_idle(request):
        return None
    response = _RESPONSE.first(UUID(kept))
    if response is None or response.invitation is None or not may_go_on(response.invitation, now=now):
        return None
    if response.invitation.client_id == response.client_id:  # one person, read once
        response.invitation.client = response.client
    languages.speak(request, response.client.language)
    return Visit(response.invitation, response)


def may_go_on(invitation: Invitation, *, now: datetime) -> bool:
    """Whether a pass given earlier still counts: not withdrawn, not expired, or sent by its own browser."""
    return invitation.voided_at is None and (invitation.submitted_at is not None or invitation.expires_at > now)
