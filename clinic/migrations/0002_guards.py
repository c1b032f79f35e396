from django.db import migrations

from clinic.guards import Guard, operation

GUARDS = [
    Guard("clinic_auditevent", "the audit trail is append-only"),
    Guard("clinic_messageattempt", "the log of tries is append-only"),
]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]
    operations = [operation(*GUARDS)]
