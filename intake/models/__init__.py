"""One file a noun; imported here so that Django finds them."""

from intake.models.flag import Flag
from intake.models.invitation import Invitation
from intake.models.questionnaire import Questionnaire, QuestionnaireVersion
from intake.models.response import BodyMark, Proposal, Response, Upload

__all__ = [
    "BodyMark",
    "Flag",
    "Invitation",
    "Proposal",
    "Questionnaire",
    "QuestionnaireVersion",
    "Response",
    "Upload",
]
