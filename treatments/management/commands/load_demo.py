"""`manage.py load_demo`: fill an empty clinic with the demo clinic and print who can sign in."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conditions.models import Condition
from intake.models import QuestionnaireVersion
from treatments.demo import story


class Command(BaseCommand):
    help = "Fill an empty database with the demo clinic; prints a login for each role."

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads what the story needs when it is not there yet; refuses a database with people in it."""
        if not Condition.objects.exists():
            call_command("load_catalogue", stdout=self.stdout, verbosity=0)
        if not QuestionnaireVersion.objects.exists():
            call_command("load_questionnaires", stdout=self.stdout, verbosity=0)
        try:
            logins = story.load(now=timezone.now())
        except story.NotEmpty as error:
            raise CommandError(
                "There are people in this database already; the demo clinic needs an empty one."
            ) from error
        told = ", ".join(f"{number} {what}" for what, number in story.counts().items())
        self.stdout.write(f"The demo clinic: {told}. Sign in as")
        for login in logins:
            self.stdout.write(f"  {login.role:<15} {login.email:<26} {login.password}")
