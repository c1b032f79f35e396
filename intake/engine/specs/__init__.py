"""A questionnaire as data: what an HL7 FHIR R4 Questionnaire says, as frozen dataclasses.

Pure: no database. One specification makes the client's form, the review page, the completeness check and the printed
copy, so whatever those need to know about a question stands here and nowhere else.
"""

from intake.engine.specs.model import (
    ANSWERLESS,
    CHOICES,
    ITEM_TYPES,
    OPERATORS,
    AnswerOption,
    Coding,
    Constraint,
    EnableWhen,
    Expression,
    Item,
    Quantity,
    Questionnaire,
    SpecError,
    Toggle,
    anchor_of,
)
from intake.engine.specs.reading import parse

__all__ = [
    "ANSWERLESS",
    "CHOICES",
    "ITEM_TYPES",
    "OPERATORS",
    "AnswerOption",
    "Coding",
    "Constraint",
    "EnableWhen",
    "Expression",
    "Item",
    "Quantity",
    "Questionnaire",
    "SpecError",
    "Toggle",
    "anchor_of",
    "parse",
]
