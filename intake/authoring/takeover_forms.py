"""The form for answers that come as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from intake.authoring import exchange
from intake.models import QuestionnaireVersion


class TakeForm(forms.Form):
    """Which version was answered, and the file. After `is_valid()` the document is among the cleaned data."""

    version = forms.ModelChoiceField(
        QuestionnaireVersion.objects.none(), label="Form that was answered", to_field_name="public_id",
        empty_label="Choose a form",
    )  # fmt: skip
    document = forms.FileField(label="File: a FHIR R4 QuestionnaireResponse in JSON", allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = QuestionnaireVersion.objects.filter(published_at__isnull=False).select_related("questionnaire")
        version: Any = self.fields["version"]
        version.queryset = rows.defer("document")
        version.label_from_instance = lambda one: f"{one.questionnaire.title}, version {one.version}"

    def clean_document(self) -> dict[str, Any]:
        """The JSON object in the file."""
        given = self.cleaned_data["document"]
        if given.size > exchange.LARGEST:
            raise ValidationError(f"The file is larger than {exchange.LARGEST // 1_000_000} MB.")
        try:
            return exchange.read_json(given.read())
        except exchange.NotTaken as error:
            raise ValidationError(str(error)) from error
