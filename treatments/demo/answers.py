"""What the invented clients answer in the health history: a healthy base, and what each story changes."""

from __future__ import annotations

from typing import Any

Answers = dict[str, Any]

BASE: Answers = {
    "about.emergency_relation": "Partner",
    "about.minor": False,
    "care.contact_doctor": True,
    "care.referred": "no",
    "care.other_care": ["none"],
    "reason.since": "gt3m",
    "reason.onset": "gradual",
    "reason.diagnosed": "yes",
    "reason.past_massage": "good",
    "today.urgent": ["none"],
    "today.fever": "no",
    "today.stomach": "no",
    "today.skin": ["none"],
    "today.injury": "no",
    "today.leg_swelling": "no",
    "today.general": ["none"],
    "heart.conditions": ["none"],
    "heart.bp": "normal",
    "heart.clot": "never",
    "heart.bleeding": "no",
    "heart.device": ["none"],
    "heart.varicose": "no",
    "meds.classes": ["none"],
    "meds.allergies": ["none"],
    "surgery.recent": "no",
    "surgery.implants": ["none"],
    "surgery.injection": ["none"],
    "bones.fracture": "no",
    "bones.osteoporosis": "no",
    "bones.arthritis": "no",
    "bones.hypermobile": "no",
    "health.cancer": "never",
    "health.lymph": "no",
    "health.diabetes": "no",
    "health.numb": "no",
    "health.epilepsy": "no",
    "health.organs": ["none"],
    "health.pregnancy": "no",
    "comfort.pressure": "guide",
    "comfort.position": ["none"],
    "comfort.therapist": "any",
    "wellbeing.sleep": 4,
    "wellbeing.stress": 5,
    "consent.scope": True,
    "consent.treatment": True,
    "consent.draping": True,
    "consent.areas": ["buttocks"],
    "consent.privacy": True,
    "consent.messages": ["email", "sms"],
    "consent.cancellation": True,
    "consent.accuracy": True,
}

# The groups a named complaint opens, answered without a warning sign.
CONDITION: dict[str, Answers] = {
    "back-pain": {"reason.goal": "Lift my grandchild and garden for an hour.", "reason.better_worse": "Worse sitting."},
    "sciatica": {"reason.goal": "Drive to work without stopping.", "rf.back.spread": "below_knee"},
    "herniated-disc": {"reason.goal": "Walk the dog round the lake again.", "rf.back.spread": "below_knee"},
    "neck-pain": {"reason.goal": "Work a full day at the screen.", "reason.better_worse": "Better with warmth."},
    "migraine": {"reason.goal": "Fewer days in a dark room."},
    "tmj": {"reason.goal": "Chew an apple without pain."},
    "tinnitus": {"reason.goal": "Fall asleep without the ringing."},
    "plantar-fasciitis": {"reason.goal": "Run five kilometres again."},
    "fibromyalgia": {"reason.goal": "Get through the week with one flare less."},
}
_BACK: Answers = {
    "rf.back.ces": ["none"], "rf.back.leg_weak": "no", "rf.back.history": ["none"], "rf.back.spread": "back",
}  # fmt: skip
_NECK: Answers = {"rf.neck.vascular": ["none"], "rf.neck.cord": ["none"]}
GROUPS: dict[str, list[Answers]] = {
    "back-pain": [_BACK],
    "sciatica": [_BACK],
    "herniated-disc": [_BACK, _NECK],
    "neck-pain": [_NECK],
    "migraine": [_NECK, {"rf.head.features": ["none"], "rf.head.diagnosed": "yes", "rf.jaw.features": ["none"]}],
    "tmj": [_NECK, {"rf.jaw.features": ["none"]}],
    "tinnitus": [_NECK, {"rf.ear.features": ["none"], "rf.ear.checked": "yes", "rf.ear.modulates": "yes"}],
    "plantar-fasciitis": [{"rf.foot.features": ["none"]}],
    "fibromyalgia": [{"rf.fm.features": ["none"], "rf.fm.diagnosed": "yes"}],
}

# What a story answers otherwise; each raises flags by the real rules.
STORY: dict[str, Answers] = {
    "flag_gca": {"rf.jaw.features": ["chew_tired", "scalp_temple"], "reason.since": "2-6w"},
    "flag_ces": {"rf.back.ces": ["saddle_numb"], "today.urgent": ["saddle_numb"]},
    "flag_dvt": {"today.leg_swelling": "yes"},
    "flag_dizzy": {"rf.neck.vascular": ["dizzy"]},
    "flag_pregnant": {
        "health.pregnancy": "pregnant", "health.preg_weeks": 24, "health.preg_problems": ["none"],
    },
    "flag_thinner": {"meds.classes": ["blood_thinner"], "bones.osteoporosis": "yes"},
    "minor": {
        "about.minor": True,
        "about.guardian_name": "Catriona MacGregor",
        "about.guardian_phone": "+15035559001",
        "about.guardian_relation": "Mother",
    },
}  # fmt: skip


def answers_for(person: dict[str, Any], *, pain: int) -> Answers:
    """The whole health history of one invented person, by linkId; `pain` is 0-10 now."""
    condition = person["condition"]
    answers = dict(BASE)
    for group in GROUPS[condition]:
        answers |= group
    answers |= CONDITION[condition]
    answers |= {
        "about.first_name": person["first_name"],
        "about.last_name": person["last_name"],
        "about.preferred_name": person["preferred_name"],
        "about.dob": person["date_of_birth"],
        "about.mobile": person["mobile"],
        "about.email": person["email"],
        "about.emergency_name": "Robin " + person["last_name"],
        "about.emergency_phone": "+15035559000",
        "reason.conditions": [condition],
        "reason.pain_now": pain,
        "reason.pain_worst": min(10, pain + 2),
        "consent.signature": f"{person['first_name']} {person['last_name']}",
    }
    return {key: value for key, value in (answers | STORY.get(person["story"], {})).items() if value != ""}
