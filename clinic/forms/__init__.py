"""Forms of the clinic app, one file a noun."""

from clinic.forms.clients import ClientForm, ConsentForm, RelatedPersonForm
from clinic.forms.fields import BirthDateField, NameField, NotesField, PhoneField

__all__ = [
    "BirthDateField",
    "ClientForm",
    "ConsentForm",
    "NameField",
    "NotesField",
    "PhoneField",
    "RelatedPersonForm",
]
