"""A link belongs to one form and perhaps to one visit; a response may stand on an earlier one."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_the_form(apps, schema_editor):
    version = apps.get_model("intake", "QuestionnaireVersion").objects.filter(pk=OuterRef("version"))
    invitations = apps.get_model("intake", "Invitation").objects.all()
    invitations.update(questionnaire=Subquery(version.values("questionnaire")[:1]))


class Migration(migrations.Migration):
    dependencies = [("intake", "0004_rule_decisions")]

    operations = [
        migrations.AddField(
            "invitation",
            "questionnaire",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.questionnaire"
            ),
        ),
        migrations.AddField(
            "invitation",
            "visit",
            models.UUIDField(blank=True, help_text="Public id of the session it is asked for.", null=True),
        ),
        migrations.AddField("invitation", "visit_starts", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "response",
            "based_on",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="intake.response",
            ),
        ),
        migrations.AddField(
            "response",
            "confirmed",
            models.JSONField(blank=True, default=list, help_text="linkIds that were said to be still right."),
        ),
        migrations.AlterField(
            "invitation",
            "void_reason",
            models.CharField(
                blank=True,
                choices=[
                    ("resent", "A newer link was sent"),
                    ("tries", "Wrong date of birth five times"),
                    ("address", "The address changed"),
                    ("staff", "Withdrawn by staff"),
                    ("visit", "The visit is off"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunPython(name_the_form, migrations.RunPython.noop, elidable=True),
    ]
