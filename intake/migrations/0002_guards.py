from django.db import migrations

from clinic.guards import Guard, operation

GUARDS = [
    Guard(
        "intake_questionnaireversion",
        "a published questionnaire is frozen",
        "OLD.published_at IS NOT NULL",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("clinic", "0002_guards")]
    operations = [operation(*GUARDS)]
