"""What clients agree to is the owner's to write, and its wording has a name."""

from django.utils import translation

from clinic import policies
from clinic.models import ClinicSettings


def test_drafts_are_there_and_say_that_they_are_drafts(clinic_settings):
    row = ClinicSettings.load()
    assert row.privacy_notice.startswith("DRAFT") and row.cancellation_policy.startswith("DRAFT")


def test_owner_changes_a_policy_and_the_desk_cannot(owner, desk, as_user):
    page = as_user(owner).get("/settings/").content.decode()
    assert "How health data are used" in page
    assert as_user(desk).get("/settings/").status_code == 403


def test_another_wording_has_another_version():
    assert policies.version_of("a") != policies.version_of("b")
    assert len(policies.version_of("a")) == 12


def test_policy_is_said_in_spanish_the_owners_before_the_shipped(clinic_settings):
    with translation.override("es"):
        assert clinic_settings.in_language("privacy_notice").startswith("BORRADOR")
        clinic_settings.cancellation_policy = "Call us."
        assert clinic_settings.in_language("cancellation_policy") == "Call us."
        clinic_settings.cancellation_policy_es = "Llámenos."
        assert clinic_settings.in_language("cancellation_policy") == "Llámenos."
    assert clinic_settings.in_language("cancellation_policy") == "Call us."
