"""One live link a client and form. Apart from 0005: PostgreSQL alters no table that has changed rows waiting."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("intake", "0005_returning")]

    operations = [
        migrations.AlterField(
            "invitation",
            "questionnaire",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.questionnaire"),
        ),
        migrations.RemoveConstraint("invitation", "invitation_one_live"),
        migrations.AddConstraint(
            "invitation",
            models.UniqueConstraint(
                condition=Q(submitted_at=None, voided_at=None),
                fields=("client", "questionnaire"),
                name="invitation_one_live",
            ),
        ),
        migrations.AddConstraint(
            "invitation",
            models.CheckConstraint(
                condition=Q(visit=None, visit_starts=None) | Q(visit__isnull=False, visit_starts__isnull=False),
                name="invitation_visit_has_time",
            ),
        ),
        migrations.AddIndex(
            "invitation",
            models.Index(condition=Q(visit__isnull=False), fields=["visit"], name="invitation_of_a_visit"),
        ),
    ]
