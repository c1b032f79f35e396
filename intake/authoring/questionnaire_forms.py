"""Forms about a whole questionnaire: a new one, whom it is for, how long answers count, and publishing it."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clinic.forms.fields import LineField, NotesField
from clinic.models import Service
from conditions.models import Condition
from intake.authoring import asking, drafts, releases
from intake.authoring.outline import Document, id_of, places
from intake.authoring.phrases import name_of
from intake.engine.specs import SpecError, parse
from intake.models import Questionnaire, QuestionnaireVersion

LARGEST_FILE = 2 * 1024 * 1024
DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7, "month": 30.44, "months": 30.44, "year": 365, "years": 365}


class NewForm(forms.Form):
    """What a new questionnaire begins with. After `is_valid()` the document is among the cleaned data."""

    STARTS = (
        ("blank", "Nothing: an empty form"),
        ("copy", "A copy of a form the clinic has"),
        ("file", "A file: a FHIR R4 Questionnaire in JSON"),
    )

    title = LineField(label="Title, as clients will read it", max_length=160)
    start = forms.ChoiceField(label="Begin with", choices=STARTS, widget=forms.RadioSelect)
    source = forms.ModelChoiceField(
        QuestionnaireVersion.objects.none(), label="Copy of", required=False, to_field_name="public_id",
        empty_label="Choose a form",
    )  # fmt: skip
    file = forms.FileField(label="File", required=False, allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = QuestionnaireVersion.objects.filter(published_at__isnull=False).select_related("questionnaire")
        source: Any = self.fields["source"]
        source.queryset = rows.defer("document")
        source.label_from_instance = lambda one: f"{one.questionnaire.title}, version {one.version}"
        source.error_messages["invalid_choice"] = "Choose one of the forms in the list."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start = cleaned.get("start")
        if start == "blank":
            cleaned["document"] = drafts.blank(str(cleaned.get("title", "")))
        elif start == "copy" and "source" not in self.errors:
            if cleaned.get("source") is None:
                self.add_error("source", "Choose the form to copy.")
            else:
                cleaned["document"] = cleaned["source"].document
        elif start == "file" and "file" not in self.errors:
            try:
                cleaned["document"] = read_file(cleaned.get("file"))
            except ValidationError as error:
                self.add_error("file", error)
        return cleaned


def read_file(file: Any) -> Document:
    """The questionnaire in an uploaded file; says where and why it is none."""
    if file is None:
        raise ValidationError("Choose a file.")
    if file.size > LARGEST_FILE:
        raise ValidationError("The file is larger than 2 MB.")
    try:
        document = json.loads(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValidationError("The file is not text in UTF-8.") from None
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" in line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ValidationError(f"The file is not JSON: it breaks off{where}.") from None
    try:
        parse(document)
    except SpecError as error:
        raise ValidationError(str(error)) from None
    found: Document = document
    return found


class AskingForm(forms.Form):
    """Whom a form is for, and how long its answers count."""

    asked = forms.ChoiceField(label="Who is asked", choices=Questionnaire.Asked.choices, widget=forms.RadioSelect)
    conditions = forms.ModelMultipleChoiceField(
        Condition.objects.none(), label="Conditions that ask for it", required=False, to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    services = forms.ModelMultipleChoiceField(
        Service.objects.none(), label="Services that ask for it", required=False, to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    valid_days = forms.IntegerField(
        label="Answers count for, in days", min_value=1, max_value=asking.LONGEST_DAYS,
        help_text="365 is a year. After that the whole form is asked again.",
    )  # fmt: skip
    question_days = NotesField(
        label="Answers that expire sooner", required=False, rows=6, max_length=8000,
        help_text="One a line: the code of the question, then its time. For example: health.pregnancy 12 weeks",
    )  # fmt: skip
    ask_again_from = forms.DateField(
        label="Ask everyone again from", required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="From this day on, answers given before it do not count any more. Empty: nobody is asked again.",
    )  # fmt: skip

    def __init__(self, *args: Any, questions: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        conditions: Any = self.fields["conditions"]
        conditions.queryset = Condition.objects.only("slug", "name").order_by("order", "name")
        conditions.label_from_instance = lambda one: one.name
        services: Any = self.fields["services"]
        services.queryset = Service.objects.filter(is_active=True)
        services.label_from_instance = lambda one: f"{one.name}, {one.minutes} minutes"

    def clean_question_days(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for line in str(self.cleaned_data["question_days"]).splitlines():
            if line.strip():
                link_id, days = self._line(line.strip())
                found[link_id] = days
        return found

    def _line(self, line: str) -> tuple[str, int]:
        match = re.fullmatch(r"(.+?)[:\s]\s*(\d{1,5})\s*([a-z]*)", line, re.IGNORECASE)
        unit = DAYS.get((match[3] or "days").casefold()) if match else None
        if match is None or unit is None:
            raise ValidationError(f"“{line}”: write the code of a question and a time, such as 12 weeks.")
        link_id, days = match[1].strip(" :"), round(int(match[2]) * unit)
        if link_id not in self.questions:
            raise ValidationError(f"The form has no question “{link_id}”.")
        if not 1 <= days <= asking.LONGEST_DAYS:
            raise ValidationError(f"“{line}”: a day at least, ten years at most.")
        return link_id, days

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("asked") == Questionnaire.Asked.SOME and not (
            cleaned.get("conditions") or cleaned.get("services")
        ):
            self.add_error("asked", "Choose a condition or a service below: otherwise nobody is asked.")
        return cleaned


def in_lines(days: dict[str, int]) -> str:
    """Days by question, as the form's lines say them."""
    return "\n".join(f"{link_id} {_time(count)}" for link_id, count in days.items())


def _time(days: int) -> str:
    return f"{days // 7} weeks" if days % 7 == 0 else f"{days} days"


def questions_of(document: Document) -> dict[str, str]:
    """{linkId: words} of the questions of a document."""
    asked = (place.item for place in places(document) if place.item.get("type") not in ("group", "display"))
    return {id_of(item): name_of(item) for item in asked}


class PublishForm(forms.Form):
    """The last word before a version is frozen."""

    note = LineField(
        label="What changed, in a few words", max_length=300,
        help_text="Stands beside the version for ever. For example: asks about sleep; clearer words on medicines.",
        error_messages={"required": "Say in a few words what changed."},
    )  # fmt: skip
    again = forms.ChoiceField(label="Who is asked again", choices=releases.AGAIN, widget=forms.RadioSelect)
    again_from = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty means today.",
    )  # fmt: skip
    rules_accepted = forms.BooleanField(
        label="I have talked to a clinician: these rules may go without", required=False
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, release: releases.Release, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.release = release
        if not release.lost:
            del self.fields["rules_accepted"]
        if release.is_first:
            del self.fields["again"], self.fields["again_from"]

    def clean_rules_accepted(self) -> bool:
        if not self.cleaned_data["rules_accepted"]:
            raise ValidationError("Safety rules lose what they need. Put it back, or say here that this is meant.")
        return True

    def look_again(self, revision: int) -> None:
        """The page now shows this revision: the next press means it."""
        data: Any = self.data
        self.data = data.copy()
        self.data["seen"] = str(revision)  # type: ignore[index]
