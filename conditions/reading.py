"""What the public pages put beside their prose: the five things to avoid, and how they are drawn. No database."""

from dataclasses import dataclass
from functools import cache

from conditions.documents import document

DAY = 24


@dataclass(frozen=True, slots=True)
class Avoid:
    """One thing to leave out after a session, for how long, and how well that is known."""

    code: str
    what: str
    advice: str
    hours: int
    why: str
    evidence: str

    @property
    def share_of_day(self) -> int:
        """Twelfths of a day, for drawing: 24 hours is 12."""
        return max(1, round(self.hours * 12 / DAY))


WHAT = {
    "alcohol": "Alcohol",
    "heavy_meal": "A heavy meal",
    "exercise": "Hard exercise",
    "temperature": "Great heat or cold",
    "hot_bath": "A hot bath or shower",
}


@cache
def avoid_afterwards() -> tuple[Avoid, ...]:
    """The five, in the order of the shipped document."""
    return tuple(
        Avoid(row["code"], WHAT[row["code"]], row["advice"], row["hours"], row["why"], row["evidence"])
        for row in document("avoid_afterwards")["avoid"]
    )
