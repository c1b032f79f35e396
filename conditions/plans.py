"""A condition's plan templates as values: what the treatment app proposes to a client. Touches no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext

from conditions.grades import basis_words
from conditions.techniques import pressure_words


@dataclass(frozen=True, slots=True)
class PlanTemplate:
    """One way to treat one condition, complete: a variant has its gaps filled from the usual plan."""

    key: str
    condition: str
    name: str
    minutes: int
    per_week: int
    weeks: int
    sessions: int
    max_sessions: int
    reassess_after: tuple[int, ...]
    continue_if: str
    stop_if: str
    pressure_min: int
    pressure_max: int
    basis: str
    precondition: str
    is_variant: bool
    techniques: tuple[str, ...]
    regions: tuple[str, ...]
    precautions: tuple[str, ...]
    positioning: tuple[str, ...]
    self_care: tuple[str, ...]
    primary_measure: str
    measures: tuple[str, ...]
    questionnaire_groups: tuple[str, ...]

    @property
    def pressure_words(self) -> str:
        """The pressure range for people: 'light to firm'."""
        return pressure_words(self.pressure_min, self.pressure_max)

    @property
    def basis_words(self) -> str:
        """What the plan rests on, for clients."""
        return basis_words(self.basis)

    @property
    def rhythm(self) -> str:
        """'twice a week for 4 weeks'."""
        often = {1: gettext("once a week"), 2: gettext("twice a week")}.get(self.per_week)
        often = often or gettext("%(count)s times a week") % {"count": self.per_week}
        words = ngettext("%(often)s for %(weeks)s week", "%(often)s for %(weeks)s weeks", self.weeks)
        return words % {"often": often, "weeks": self.weeks}

    @property
    def steps(self) -> list[tuple[int, bool]]:
        """Each session's number and whether we look again after it, for the drawing."""
        return [(number, number in self.reassess_after) for number in range(1, self.sessions + 1)]


def templates(condition: Any) -> tuple[PlanTemplate, ...]:
    """The usual plan first, then its variants; nothing when no plan was written yet."""
    if not condition.plan:
        return ()
    usual = _template(condition, condition.plan, key=condition.slug, is_variant=False)
    # A variant that names no limit of its own stops at its own number of sessions
    variants = (
        _template(
            condition,
            {**condition.plan, "max_sessions": variant["sessions"], **variant},
            key=f"{condition.slug}:{number}",
            is_variant=True,
        )
        for number, variant in enumerate(condition.plan_variants, start=1)
    )
    return (usual, *variants)


def _template(condition: Any, plan: Mapping[str, Any], *, key: str, is_variant: bool) -> PlanTemplate:
    pressure: Sequence[int] = plan["pressure"]
    return PlanTemplate(
        key=key,
        condition=condition.slug,
        name=plan["name"],
        minutes=plan["minutes"],
        per_week=plan["per_week"],
        weeks=plan["weeks"],
        sessions=plan["sessions"],
        max_sessions=plan["max_sessions"],
        reassess_after=tuple(plan["reassess_after"]),
        continue_if=plan["continue_if"],
        stop_if=plan["stop_if"],
        pressure_min=pressure[0],
        pressure_max=pressure[1],
        basis=plan["basis"],
        precondition=plan["precondition"],
        is_variant=is_variant,
        techniques=tuple(condition.techniques),
        regions=tuple(condition.regions),
        precautions=tuple(condition.precautions),
        positioning=tuple(condition.positioning),
        self_care=tuple(condition.self_care),
        primary_measure=condition.outcome_primary,
        measures=tuple(dict.fromkeys([condition.outcome_primary, *condition.outcomes_secondary])),
        questionnaire_groups=tuple(condition.questionnaire_groups),
    )
