"""Who gets what from each address of this app; walked with those of the other apps.

`client` and `stranger` are browsers inside Ann's and Ben's unfinished forms; Ann has also sent one before.
"""

from types import SimpleNamespace
from typing import Any

from django.core.files.base import ContentFile

from clinic.testing import Row, everyone, staff_only
from intake import responses
from intake.authoring import drafts
from intake.inviting import invitations
from intake.models import Response, Upload
from intake.tests.conftest import HEALTHY, agree, come_in, publish

CLIENTS = {"client": 200, "stranger": 200}
THERAPISTS = staff_only(403, therapist=200, other=200)
THERAPISTS_ONLY_POST = staff_only(403, therapist=405, other=405)
THERAPISTS_DONE = staff_only(403, therapist=302, other=302)
NO_POST = staff_only(405)
#: Without a pass every client page leads to the date of birth.
TO_THE_CHECK = everyone(303, **CLIENTS)


def build(*, ann: Any, ben: Any, desk: Any, now: Any) -> SimpleNamespace:
    """What the rows below need: a sent form with flag, proposed change and file, and two live links."""
    form = publish(now).questionnaire
    drafts.begin(questionnaire=form, by=desk, now=now)
    agree(ann, desk, now)
    agree(ben, desk, now)
    first = responses.start(invitation=invitations.invite(client=ann, by=desk, now=now), now=now)
    by = invitations.actor_of(first.invitation)
    changes = {"consent.signed_on": now.date().isoformat(), "today.leg_swelling": "yes"}
    responses.save(response=first, changes=HEALTHY | changes, by=by, now=now)
    sent = responses.submit(response=first, by=by, now=now)
    upload = Upload.objects.create(
        response=first, link_id="care.prescription", file=ContentFile(b"%PDF-1.7", name="scan.pdf"), name="scan.pdf",
        content_type="application/pdf", size=8, sha256="0" * 64, uploaded_at=now,
    )  # fmt: skip
    return SimpleNamespace(
        sent=Response.objects.get(pk=sent.pk),
        flag=sent.flags.get(),
        proposal=sent.proposals.first(),
        upload=upload,
        anns_link=invitations.invite(client=ann, by=desk, now=now),
        bens_link=invitations.invite(client=ben, by=desk, now=now),
    )


def browsers(intake: SimpleNamespace) -> dict[str, Any]:
    """Fresh browsers of the two clients, each inside their own form."""
    return {"client": come_in(intake.anns_link), "stranger": come_in(intake.bens_link)}


def _ann(world: Any) -> list[Any]:
    return [world.ann.public_id]


def _of(name: str) -> Any:
    return lambda world: [getattr(world.intake, name).public_id]


TABLE: dict[str, Row] = {
    "intake:open": Row(
        get=everyone(303), post=everyone(405), args=lambda world: [invitations.token_of(world.intake.anns_link)]
    ),
    "intake:resume": Row(get=everyone(303), post=everyone(303, client=405, stranger=405)),
    "intake:verify": Row(
        get=everyone(200, client=303, stranger=303), post=everyone(200, client=422, stranger=422)
    ),
    "intake:new_link": Row(get=everyone(405), post=everyone(200)),
    "intake:leave": Row(get=everyone(405), post=everyone(200)),
    "intake:readback": Row(get=TO_THE_CHECK, post=everyone(303, client=422, stranger=422)),
    "intake:screen": Row(get=TO_THE_CHECK, post=everyone(303), args=lambda world: ["about"]),
    "intake:save_steps": Row(get=everyone(405), post=everyone(401, client=422, stranger=422)),
    "intake:done": Row(get=everyone(303), post=everyone(303, client=405, stranger=405)),
    "intake:client_intake": Row(get=staff_only(), post=NO_POST, args=_ann),
    "intake:invitation_send": Row(get=NO_POST, post=staff_only(302), args=_ann),
    "intake:proposal_decide": Row(get=NO_POST, post=staff_only(302), args=_of("proposal")),
    "intake:review_list": Row(get=THERAPISTS, post=THERAPISTS_ONLY_POST),
    "intake:review_detail": Row(get=THERAPISTS, post=THERAPISTS_ONLY_POST, args=_of("sent")),
    "intake:review_done": Row(get=THERAPISTS_ONLY_POST, post=THERAPISTS_DONE, args=_of("sent")),
    "intake:upload": Row(get=THERAPISTS, post=THERAPISTS_ONLY_POST, args=_of("upload")),
    "intake:rule_list": Row(get=staff_only(), post=NO_POST),
    "intake:flag_close": Row(
        get=THERAPISTS, post=staff_only(403, therapist=422, other=422), args=_of("flag")
    ),
}  # fmt: skip
