"""Forms of the clinic app, one file a noun."""

from clinic.forms.clients import ClientEditForm, ClientForm, DuplicatesForm, RelatedPersonForm
from clinic.forms.fields import BirthDateField, NameField, NotesField, PhoneField
from clinic.forms.house import AuditFilterForm, ClinicSettingsForm
from clinic.forms.messages import MessageFilterForm, MessageRulesForm, WorkFilterForm
from clinic.forms.staff import EmergencyForm, JoinForm, StaffForm, StaffInviteForm

__all__ = [
    "AuditFilterForm",
    "BirthDateField",
    "ClientEditForm",
    "ClientForm",
    "ClinicSettingsForm",
    "DuplicatesForm",
    "EmergencyForm",
    "JoinForm",
    "MessageFilterForm",
    "MessageRulesForm",
    "NameField",
    "NotesField",
    "PhoneField",
    "RelatedPersonForm",
    "StaffForm",
    "StaffInviteForm",
    "WorkFilterForm",
]
