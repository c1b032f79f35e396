"""How the owner's form is laid out: sections with their fields. Touches no database."""

PLAN = (
    "name", "minutes", "per_week", "weeks", "sessions", "max_sessions", "reassess_after", "continue_if", "stop_if",
    "basis", "precondition",
)  # fmt: skip

SECTIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("names", "Name", "", ("name", "short", "order", "published", "synonyms")),
    (
        "clients",
        "For clients",
        "The words of the public page. Say honestly what is known, and never promise a cure.",
        ("client_what", "client_help", "client_claim", "client_check", "client_studies", "client_before"),
    ),
    (
        "evidence",
        "Evidence",
        "",
        ("evidence_grade", "evidence_client_text", "evidence_text", "evidence_dose", "evidence_sources"),
    ),
    (
        "plan",
        "Usual plan",
        "What is proposed when a client comes with this condition.",
        (
            "plan_name", "plan_minutes", "plan_per_week", "plan_weeks", "plan_sessions", "plan_max_sessions",
            "plan_reassess_after", "plan_pressure_min", "plan_pressure_max", "plan_continue_if", "plan_stop_if",
            "plan_precondition", "plan_basis",
        ),
    ),
    (
        "room",
        "In the room",
        "",
        ("clinical_note", "regions", "muscles", "techniques", "positioning", "seed_cause", "seed_claim"),
    ),
    ("safety", "Safety", "", ("precautions", "red_flags", "questionnaire_groups")),
    ("after", "Home and aftercare", "", ("self_care", "aftercare", "aftercare_tip")),
    ("measures", "Measures", "", ("outcome_primary", "outcomes_secondary")),
    (
        "codes",
        "Codes",
        "",
        ("icd10cm", "icd10_who", "snomed_code", "snomed_display", "snomed_status", "coding_hint"),
    ),
    (
        "signoff",
        "Sign-off",
        "A change of the words above empties these two names. Sign off once the words stand.",
        ("therapist_signoff", "physician_signoff", "note"),
    ),
)  # fmt: skip
