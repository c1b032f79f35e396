"""One file a noun; imported here so that Django finds them."""

from treatments.models.aftercare import CheckIn, CheckInAddition, ClientPage, Task
from treatments.models.outcome import Outcome
from treatments.models.plan import Goal, Plan
from treatments.models.series import Series, Timeline
from treatments.models.session import Addendum, Note, Session

__all__ = [
    "Addendum", "CheckIn", "CheckInAddition", "ClientPage", "Goal", "Note", "Outcome", "Plan", "Series", "Session",
    "Task", "Timeline",
]  # fmt: skip
