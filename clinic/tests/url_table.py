"""Who gets what from each address of this app and of the account pages; walked with those of the other apps."""

from typing import Any

from clinic.testing import Row, everyone, staff_only

OWNER_ONLY = staff_only(403, owner=200)
OWNER_ONLY_BAD_INPUT = staff_only(403, owner=422)
OWNER_ONLY_DONE = staff_only(403, owner=302)
NO_POST = staff_only(405)
#: Pages about one's own account: they need one, whoever it belongs to.
OWN = staff_only(200)
NOT_SIGNED_IN = dict.fromkeys(("nobody", "client", "stranger"), 200)


def _ann(world: Any) -> list[Any]:
    return [world.ann.public_id]


def _anns_mother(world: Any) -> list[Any]:
    return [world.ann.public_id, world.related.public_id]


def _invited(world: Any) -> list[Any]:
    return [world.staff_invitation.public_id]


def _desk(world: Any) -> list[Any]:
    return [world.desk.public_id]


def _one(text: str) -> Any:
    return lambda world: [text]


TABLE: dict[str, Row] = {
    "clinic:client_list": Row(get=staff_only(), post=staff_only()),
    "clinic:client_search": Row(get=staff_only(), post=staff_only()),
    "clinic:client_duplicates": Row(get=NO_POST, post=staff_only()),
    "clinic:client_detail": Row(get=staff_only(), post=NO_POST, args=_ann),
    "clinic:client_edit": Row(get=staff_only(), post=staff_only(422), args=_ann),
    "clinic:client_archive": Row(get=staff_only(), post=staff_only(302), args=_ann),
    "clinic:client_audit": Row(get=staff_only(desk=403), post=NO_POST, args=_ann),
    "clinic:break_glass": Row(
        get=staff_only(403, therapist=200, other=200), post=staff_only(403, therapist=422, other=422), args=_ann
    ),
    "clinic:related_add": Row(get=staff_only(), post=staff_only(422), args=_ann),
    "clinic:related_edit": Row(get=staff_only(), post=staff_only(422), args=_anns_mother),
    "clinic:related_remove": Row(get=staff_only(), post=staff_only(302), args=_anns_mother),
    # Links in messages: the secret is what counts, and these are nobody's.
    "clinic:short_link": Row(get=everyone(404), post=everyone(405), args=_one("NobodysLink")),
    "clinic:unsubscribe": Row(get=everyone(404), post=everyone(404), args=_one("not-a-secret-of-anybody")),
    # Providers: without their signature nobody is heard, whoever it is.
    **{
        f"clinic:hook_{name}": Row(get=everyone(405), post=everyone(403))
        for name in ("receipt", "reply", "bounce", "twilio_receipt", "twilio_reply")
    },
    "clinic:staff_list": Row(get=OWNER_ONLY, post=staff_only(403, owner=405)),
    "clinic:staff_invite": Row(get=OWNER_ONLY, post=OWNER_ONLY_BAD_INPUT),
    "clinic:staff_withdraw": Row(get=staff_only(403, owner=405), post=OWNER_ONLY_DONE, args=_invited),
    "clinic:staff_edit": Row(get=OWNER_ONLY, post=OWNER_ONLY_BAD_INPUT, args=_desk),
    "clinic:staff_active": Row(get=OWNER_ONLY, post=OWNER_ONLY_DONE, args=_desk),
    "clinic:staff_second_factor": Row(get=OWNER_ONLY, post=OWNER_ONLY_DONE, args=_desk),
    # An invited person has no account yet: the secret in the link is what counts, and this one is nobody's.
    "clinic:staff_accept": Row(get=everyone(303), post=everyone(405), args=_one("not-a-secret-of-anybody")),
    "clinic:staff_join": Row(get=everyone(404), post=everyone(404)),
    "clinic:audit_list": Row(get=OWNER_ONLY, post=staff_only(403, owner=405)),
    # With the password typed a moment ago; otherwise it is asked for (test_message_log).
    "clinic:message_export": Row(get=OWNER_ONLY, post=staff_only(403, owner=405)),
    "clinic:settings_edit": Row(get=OWNER_ONLY, post=OWNER_ONLY_BAD_INPUT),
    "clinic:csp_report": Row(get=everyone(405), post=everyone(400)),
    # Nothing sends in these tests, and it says so to everybody alike.
    "clinic:healthz": Row(get=everyone(503), post=everyone(405)),
}

SIGNED_IN_ELSEWHERE = everyone(302, **NOT_SIGNED_IN)
NO_SUCH = staff_only(404)
SENT_ON = staff_only(302)

#: The account pages of the library. Nobody signs up; staff who are signed in are sent on from the sign-in page.
ACCOUNTS: dict[str, Row] = {
    "account_login": Row(get=SIGNED_IN_ELSEWHERE, post=SIGNED_IN_ELSEWHERE),
    "account_logout": Row(get=staff_only(200), post=everyone("login")),
    "account_inactive": Row(get=everyone(200), post=everyone(405)),
    "account_signup": Row(get=SIGNED_IN_ELSEWHERE, post=SIGNED_IN_ELSEWHERE),
    "account_reauthenticate": Row(get=OWN, post=OWN),
    "account_change_password": Row(get=OWN, post=OWN),
    "account_reset_password": Row(get=everyone(200), post=everyone(200)),
    "account_reset_password_done": Row(get=everyone(200), post=everyone(405)),
    "account_reset_password_from_key": Row(
        get=everyone(200), post=everyone(200), args=lambda world: ["1", "not-a-key"]
    ),
    "account_reset_password_from_key_done": Row(get=everyone(200), post=everyone(405)),
    # Switched off in the root addresses.
    "account_email": Row(get=everyone(404)),
    "account_email_verification_sent": Row(get=everyone(404)),
    "account_confirm_email": Row(get=everyone(404), args=_one("abc")),
    "account_set_password": Row(get=everyone(404)),
    "account_confirm_login_code": Row(get=everyone(404)),
    # One's own second factor. Nobody in these tests has one yet, and number 1 is nobody's.
    "mfa_index": Row(get=OWN, post=NO_POST),
    "mfa_authenticate": Row(get=SENT_ON, post=SENT_ON),
    "mfa_reauthenticate": Row(get=SENT_ON, post=SENT_ON),
    "mfa_activate_totp": Row(get=OWN, post=OWN),
    "mfa_deactivate_totp": Row(get=NO_SUCH, post=NO_SUCH),
    "mfa_generate_recovery_codes": Row(get=OWN, post=OWN),
    "mfa_view_recovery_codes": Row(get=NO_SUCH, post=NO_POST),
    "mfa_download_recovery_codes": Row(get=NO_SUCH, post=NO_SUCH),
    "mfa_list_webauthn": Row(get=OWN, post=NO_POST),
    "mfa_add_webauthn": Row(get=OWN, post=OWN),
    "mfa_edit_webauthn": Row(get=NO_SUCH, post=NO_SUCH, args=_one("1")),
    "mfa_remove_webauthn": Row(get=NO_SUCH, post=NO_SUCH, args=_one("1")),
    "mfa_login_webauthn": Row(get=SENT_ON, post=SENT_ON),
    "mfa_reauthenticate_webauthn": Row(get=SENT_ON, post=SENT_ON),
    "usersessions_list": Row(get=OWN, post=SENT_ON),
}
