from clinic.clients import consents_in_force, may_message


def test_each_agreement_is_kept_with_its_wording_and_version(response, fill, client_ann):
    fill(response, {"consent.areas": ["buttocks", "abdomen"]})
    kept = consents_in_force(client_ann)
    assert kept["treatment"].granted and "stop it at any time" in kept["treatment"].wording
    assert kept["treatment"].wording_version == "MassageIntakeGeneral|1.1.0"
    assert kept["treatment"].signed_name == "Ann Archer"
    assert kept["treatment"].source_id == response.public_id
    assert {kind for kind, row in kept.items() if kind.startswith("area_") and row.granted} == {
        "area_buttocks",
        "area_abdomen",
    }
    assert kept["area_groin"].wording.endswith("Groin crease") and not kept["area_groin"].granted
    assert kept["contact_doctor"].granted


def test_no_is_kept_as_no(response, fill, client_ann):
    fill(response, {"consent.areas": ["none"], "consent.cancellation": False, "care.contact_doctor": False})
    kept = consents_in_force(client_ann)
    assert not any(row.granted for kind, row in kept.items() if kind.startswith("area_"))
    assert not kept["cancellation"].granted and not kept["contact_doctor"].granted


def test_channels_follow_the_last_word(response, fill, client_ann):
    assert may_message(client_ann, "sms")
    fill(response, {"consent.messages": ["email"]})
    assert may_message(client_ann, "email") and not may_message(client_ann, "sms")


def test_no_messages_means_none(response, fill, client_ann):
    fill(response, {"consent.messages": ["none"]})
    assert not may_message(client_ann, "email") and not may_message(client_ann, "sms")


def test_policy_agreed_to_is_kept_word_for_word(response, fill, client_ann, clinic_settings):
    clinic_settings.privacy_notice = "We keep your answers for ten years."
    clinic_settings.save()
    fill(response, {})
    kept = consents_in_force(client_ann)["privacy"].wording
    assert kept.startswith("I have read how my health data are used")
    assert kept.endswith("We keep your answers for ten years.")
