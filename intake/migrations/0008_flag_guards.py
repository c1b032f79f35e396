from django.db import migrations, models

from clinic.guards import Guard, operation

GUARDS = [
    Guard(
        "intake_flag",
        "a flag stays as it was raised, and closed once it is closed",
        condition="OLD.state = 'superseded' OR (OLD.state <> 'open' AND NEW.state = 'open')",
        columns=(
            "client_id",
            "response_id",
            "rule_id",
            "rule_version",
            "flag_class",
            "rank",
            "priority",
            "booking",
            "soft",
            "rule",
            "answers",
            "raised_at",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [('intake', '0007_review')]
    operations = [
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"),
                    models.Q(("closed_by__isnull", False), ("state", "acknowledged")),
                    models.Q(("close_reason__isnull", False), ("closed_by__isnull", False), ("state", "overridden")),
                    models.Q(("replaced_by__isnull", False), ("state", "superseded")),
                    models.Q(("close_reason__isnull", False), ("closed_by__isnull", False), ("state", "superseded")),
                    _connector="OR",
                ),
                name="flag_closed_by_a_person",
            ),
        ),
        operation(*GUARDS),
    ]
