"""What the public pages put beside their prose: the five things to avoid, and how they are drawn. No database."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

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
    "alcohol": gettext_noop("Alcohol"),
    "heavy_meal": gettext_noop("A heavy meal"),
    "exercise": gettext_noop("Hard exercise"),
    "temperature": gettext_noop("Great heat or cold"),
    "hot_bath": gettext_noop("A hot bath or shower"),
}


def avoid_afterwards() -> tuple[Avoid, ...]:
    """The five, in the order of the shipped document, in the language of the page."""
    return tuple(
        Avoid(
            row["code"],
            gettext(WHAT[row["code"]]),
            gettext(row["advice"]),
            row["hours"],
            gettext(row["why"]),
            gettext(row["evidence"]),
        )
        for row in document("avoid_afterwards")["avoid"]
    )
