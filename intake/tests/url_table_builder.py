"""Who gets what from the owner's questionnaires."""

from clinic.testing import Row, staff_only
from intake.models import Questionnaire

OWNER = staff_only(403, owner=200)
NO_POST = staff_only(403, owner=405)
ONLY_POST = staff_only(403, owner=405)
DONE = staff_only(403, owner=302)
REFUSED = staff_only(403, owner=422)


def _form(world):
    return [Questionnaire.objects.order_by("pk").first().public_id]


def _version(world):
    return [Questionnaire.objects.order_by("pk").first().versions.first().public_id]


def _sent(world):
    return [world.intake.sent.public_id]


TABLE = {
    "intake:questionnaire_list": Row(get=OWNER, post=NO_POST),
    "intake:questionnaire_new": Row(get=OWNER, post=REFUSED),
    "intake:questionnaire_detail": Row(get=OWNER, post=NO_POST, args=_form),
    "intake:questionnaire_asking": Row(get=OWNER, post=REFUSED, args=_form),
    "intake:questionnaire_retire": Row(get=ONLY_POST, post=DONE, args=_form),
    "intake:version_detail": Row(get=OWNER, post=NO_POST, args=_version),
    "intake:version_export": Row(get=OWNER, post=NO_POST, args=_version),
    "intake:draft": Row(get=OWNER, post=staff_only(403, owner=303), args=_form),
    "intake:draft_start": Row(get=ONLY_POST, post=DONE, args=_form),
    "intake:draft_undo": Row(get=ONLY_POST, post=DONE, args=_form),
    "intake:draft_condition": Row(get=staff_only(403, owner=204), post=NO_POST, args=_form),
    "intake:draft_preview": Row(get=OWNER, post=OWNER, args=_form),
    "intake:draft_translate": Row(get=OWNER, post=DONE, args=_form),
    "intake:draft_publish": Row(get=OWNER, post=REFUSED, args=_form),
    "intake:draft_discard": Row(get=OWNER, post=DONE, args=_form),
    "intake:draft_export": Row(get=OWNER, post=NO_POST, args=_form),
    "intake:response_export": Row(
        get=staff_only(403, therapist=200, other=200), post=staff_only(403, therapist=405, other=405), args=_sent
    ),
}
