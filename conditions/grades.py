"""Evidence grades and the grounds of a plan, in honest plain words. Touches no database."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

STEPS = 4

# Between two levels the lower one counts
_LEADING = (
    ("very low", 1, gettext_noop("Very low")),
    ("low to very low", 1, gettext_noop("Low to very low")),
    ("low", 2, gettext_noop("Low")),
    ("moderate", 3, gettext_noop("Moderate")),
    ("high", 4, gettext_noop("High")),
)

_MEANING = {
    0: gettext_noop("Nobody has rated the research for this yet."),
    1: gettext_noop(
        "The research is too little or too weak to rely on. What we offer here is careful, and we check early."
    ),
    2: gettext_noop("A few small or weak studies point to some benefit. It may help; nobody can be sure."),
    3: gettext_noop("Several studies or a guideline support it, within the limits described here."),
    4: gettext_noop("Good studies agree that it helps."),
}

_BASIS = {
    "trial": gettext_noop("Built on a dose that was tested in a trial."),
    "trial, adapted": gettext_noop("Adapted from a dose that was tested in a trial."),
    "trial, lighter dose": gettext_noop("Like a dose that was tested in a trial, with fewer sessions."),
    "meta-analysis (at least 5 weeks)": gettext_noop(
        "Built on a review of trials, which saw benefit from five weeks on."
    ),
    "extrapolated": gettext_noop("Carried over from related treatments; not itself tested."),
    "consensus": gettext_noop("What careful practitioners agree on; not tested in trials."),
    "convention": gettext_noop("What clinics usually do; not tested in trials."),
}


@dataclass(frozen=True, slots=True)
class Grade:
    """How sure the research is, on four steps; 0 when nobody has rated it."""

    level: int
    name: str
    meaning: str
    wording: str

    @property
    def steps(self) -> list[bool]:
        """The four steps of the drawing, True for each one reached."""
        return [step <= self.level for step in range(1, STEPS + 1)]

    @property
    def spoken(self) -> str:
        """What a screen reader says in place of the drawing."""
        if not self.level:
            return gettext("Quality of the evidence: not rated")
        facts = {"name": self.name.lower(), "level": self.level, "steps": STEPS}
        return gettext("Quality of the evidence: %(name)s, %(level)s of %(steps)s") % facts


def grade(wording: str) -> Grade:
    """Reads the leading words of a grade; what follows them is for clinicians."""
    leading = " ".join(wording.lower().split())
    found = ((level, name) for start, level, name in _LEADING if leading.startswith(start))
    level, name = next(found, (0, gettext_noop("Not rated")))
    return Grade(level, gettext(name), gettext(_MEANING[level]), wording.strip())


def basis_words(basis: str) -> str:
    """What a plan rests on, for clients."""
    if basis in _BASIS:
        return gettext(_BASIS[basis])
    return basis[:1].upper() + basis[1:] + "." if basis else ""
