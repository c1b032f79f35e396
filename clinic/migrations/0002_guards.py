from django.db import migrations

from clinic.guards import Guard, operation

GUARDS = [
    Guard("clinic_auditevent", "the audit trail is append-only"),
    Guard("clinic_messageattempt", "the log of tries is append-only"),
    Guard("clinic_emergencyaccess", "emergency access is on record for good"),
    Guard(
        "clinic_consent",
        "a consent is never changed, a new one follows",
        condition="OLD.superseded_at IS NOT NULL",
        columns=(
            "client_id",
            "kind",
            "granted",
            "detail",
            "wording",
            "wording_version",
            "signed_name",
            "source",
            "source_id",
            "given_at",
            "given_by_id",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]
    operations = [operation(*GUARDS)]
