"""Who gets what from the pages of the rules, the consents and the review; walked with those of the other apps."""

from typing import Any

from clinic.testing import Row, everyone, staff_only

NO_POST = staff_only(405)
#: Decided by the owner and the lead therapist; a therapist and the desk may read.
DECIDERS = staff_only(403, owner=200)
DECIDED = staff_only(403, owner=302)
DECIDERS_ONLY_POST = staff_only(403, owner=405)


def _rule(world: Any) -> list[Any]:
    return ["MD-THINNER"]


def _emergency(world: Any) -> list[Any]:
    return ["RF-CHEST"]


def _proposal(world: Any) -> list[Any]:
    return [world.intake.proposal.public_id]


def _ann(world: Any) -> list[Any]:
    return [world.ann.public_id]


TABLE: dict[str, Row] = {
    "intake:proposal_edit": Row(get=staff_only(), post=staff_only(422), args=_proposal),
    "intake:agreements_open": Row(get=everyone(303), post=everyone(405), args=lambda world: ["x" * 43]),
    "intake:agreements_verify": Row(get=everyone(200), post=everyone(200)),
    "intake:agreements": Row(get=everyone(303, client=200, stranger=200), post=everyone(303, client=422, stranger=422)),
    "intake:agreement_link": Row(get=NO_POST, post=staff_only(302), args=_ann),
    "intake:consent_list": Row(get=staff_only(), post=NO_POST, args=_ann),
    "intake:consent_say": Row(
        get=staff_only(403, therapist=200, other=200),
        post=staff_only(403, therapist=422, other=422),
        args=lambda world: [world.ann.public_id, "area_groin", "yes"],
    ),
    "intake:facts_note": Row(
        get=staff_only(403, therapist=200, other=200),
        post=staff_only(403, therapist=302, other=302),
        args=_ann,
        data=lambda world: {"measured_bp_systolic": ""},
    ),
    "intake:answers_take": Row(
        get=staff_only(403, therapist=200, other=200), post=staff_only(403, therapist=422, other=422), args=_ann
    ),
    "intake:agreement_list": Row(get=staff_only(), post=NO_POST),
    "intake:agreement_edit": Row(get=DECIDERS, post=staff_only(403, owner=422), args=lambda world: ["treatment"]),
    "intake:rule_sign": Row(get=DECIDERS_ONLY_POST, post=staff_only(403, owner=422)),
    "intake:rule_try": Row(get=staff_only(), post=staff_only()),
    "intake:rule_detail": Row(get=staff_only(), post=NO_POST, args=_rule),
    "intake:rule_off": Row(get=DECIDERS, post=staff_only(403, owner=422), args=_rule),
    "intake:rule_confirm_off": Row(get=DECIDERS, post=DECIDED, args=_emergency),
    "intake:rule_on": Row(get=DECIDERS_ONLY_POST, post=DECIDED, args=_rule),
}
