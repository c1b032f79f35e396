"""One file a noun; imported here so that Django finds them."""

from intake.models.flag import Flag
from intake.models.invitation import Invitation
from intake.models.questionnaire import DraftStep, Questionnaire, QuestionnaireDraft, QuestionnaireVersion
from intake.models.response import BodyMark, OtherAnswer, Proposal, Response, Upload
from intake.models.rule import RuleDecision

__all__ = [
    "BodyMark",
    "DraftStep",
    "Flag",
    "Invitation",
    "OtherAnswer",
    "Proposal",
    "Questionnaire",
    "QuestionnaireDraft",
    "QuestionnaireVersion",
    "Response",
    "RuleDecision",
    "Upload",
]
