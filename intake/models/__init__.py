"""One file a noun; imported here so that Django finds them."""

from intake.models.agreement import AgreementLink, AgreementTerms
from intake.models.fact import NotedFact
from intake.models.flag import Flag
from intake.models.invitation import Invitation
from intake.models.questionnaire import DraftStep, Questionnaire, QuestionnaireDraft, QuestionnaireVersion
from intake.models.response import BodyMark, OtherAnswer, Proposal, Response, Upload
from intake.models.rule import RuleDecision

__all__ = [
    "AgreementLink",
    "AgreementTerms",
    "BodyMark",
    "DraftStep",
    "Flag",
    "Invitation",
    "NotedFact",
    "OtherAnswer",
    "Proposal",
    "Questionnaire",
    "QuestionnaireDraft",
    "QuestionnaireVersion",
    "Response",
    "RuleDecision",
    "Upload",
]
