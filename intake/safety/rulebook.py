"""The safety rules as this clinic uses them: which are signed off by whom, which are switched off and why.

What is off is kept on the clinic's one settings row, which every request reads anyway: no screening costs a question
more. `manage.py screening_check` always asks the rules as they are shipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic import audit
from clinic.models import ClinicSettings, User
from clinic.permissions import Permission, Role, roles_of
from clinic.reasons import is_reason
from intake.models import RuleDecision
from intake.safety.screening import Rule, load_rules

Kind = RuleDecision.Kind
#: Switching one of these off takes a second step, by a second person where the clinic has one.
TWICE = frozenset({"emergency"})


class NotInBook(LookupError):
    """There is no such rule."""


class MayNotDecide(PermissionError):
    """This person may not decide this about a rule; the message says who may."""


class NeedsMore(ValueError):
    """A word is missing; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule with what was decided about this version of it."""

    rule: Rule
    history: tuple[RuleDecision, ...] = ()
    is_off: bool = False

    @property
    def signed(self) -> tuple[RuleDecision, ...]:
        """Who signed this very version off."""
        return tuple(row for row in self._own if row.kind == Kind.SIGN)

    @property
    def asked(self) -> RuleDecision | None:
        """The request to switch it off that waits for its second step."""
        last = self._last_switch
        return last if last is not None and last.kind == Kind.ASK_OFF else None

    @property
    def off(self) -> RuleDecision | None:
        """Why and by whom it is off."""
        return self._last_switch if self.is_off else None

    @property
    def _own(self) -> tuple[RuleDecision, ...]:
        return tuple(row for row in self.history if row.rule_version == self.rule.version)

    @property
    def _last_switch(self) -> RuleDecision | None:
        return next((row for row in reversed(self._own) if row.kind != Kind.SIGN), None)


def key_of(rule: Rule) -> str:
    """One version of one rule."""
    return f"{rule.id}|{rule.version}"


def off_now() -> frozenset[str]:
    """Ids of the rules that do not fire at this clinic."""
    kept = set(ClinicSettings.load().rules_off)
    return frozenset(rule.id for rule in load_rules().rules if key_of(rule) in kept) if kept else frozenset()


def rules_off() -> list[Rule]:
    """The rules that are switched off, in the book's order: named wherever flags are read."""
    off = off_now()
    return [rule for rule in load_rules().rules if rule.id in off]


def states() -> list[RuleState]:
    """Every rule with its decisions: one question to the database."""
    by_rule: dict[str, list[RuleDecision]] = {}
    for row in RuleDecision.objects.select_related("decided_by").order_by("id"):
        by_rule.setdefault(row.rule_id, []).append(row)
    off = off_now()
    return [RuleState(rule, tuple(by_rule.get(rule.id, ())), rule.id in off) for rule in load_rules().rules]


def state_of(rule_id: str) -> RuleState:
    """One rule with its decisions. Raises NotInBook."""
    rule = _rule(rule_id)
    rows = RuleDecision.objects.filter(rule_id=rule.id).select_related("decided_by").order_by("id")
    return RuleState(rule, tuple(rows), rule.id in off_now())


def signed_count() -> int:
    """How many of the rules in the book are signed off as they stand."""
    signed = set(RuleDecision.objects.filter(kind=Kind.SIGN).values_list("rule_id", "rule_version"))
    return sum((rule.id, rule.version) in signed for rule in load_rules().rules)


def signatures(rules: Iterable[Rule]) -> dict[str, str]:
    """Rule id -> who signed this version, in words. Rules that nobody signed are not in it."""
    wanted = {rule.id: rule.version for rule in rules}
    rows = RuleDecision.objects.filter(kind=Kind.SIGN, rule_id__in=wanted).order_by("id")
    return {
        row.rule_id: f"signed off by {row.clinician_name}, {row.clinician_role}, {row.decided_at:%-d %B %Y}"
        for row in rows
        if wanted[row.rule_id] == row.rule_version
    }


def _rule(rule_id: str) -> Rule:
    rule = load_rules().get(rule_id)
    if rule is None:
        raise NotInBook(rule_id)
    return rule


def _allowed(by: User) -> None:
    if not by.can(Permission.RULES_DECIDE):
        raise MayNotDecide("Only the owner and the lead therapist decide about rules.")


def sign(*, rule_ids: Sequence[str], name: str, role: str, by: User, now: datetime) -> list[RuleDecision]:
    """A named clinician answers for these rules as they stand. Signing twice under one name is signing once."""
    _allowed(by)
    rules = [_rule(one) for one in dict.fromkeys(rule_ids)]
    name, role = " ".join(name.split()), " ".join(role.split())
    if not rules:
        raise NeedsMore("rules", "Please choose the rules that are signed off.")
    if not name:
        raise NeedsMore("name", "Please give the name of the clinician who signs.")
    if not role:
        raise NeedsMore("role", "Please give the profession of the clinician who signs.")
    with audit.transaction():
        _hold()
        rows = RuleDecision.objects.filter(kind=Kind.SIGN, clinician_name=name, rule_id__in=[rule.id for rule in rules])
        kept = set(rows.values_list("rule_id", "rule_version"))
        return [
            _decide(rule, Kind.SIGN, by=by, now=now, clinician_name=name, clinician_role=role)
            for rule in rules
            if (rule.id, rule.version) not in kept
        ]


def switch_off(*, rule_id: str, reason: str, by: User, now: datetime) -> RuleDecision:
    """Keep a rule from firing, with a reason. An emergency rule is only asked for: `confirm_off` does it.

    Flags it has raised stay until a person closes them. Switching off what is off changes nothing.
    """
    _allowed(by)
    rule = _rule(rule_id)
    if not is_reason(reason):
        raise NeedsMore("reason", "Please write the reason: it stands beside the rule wherever it is shown.")
    with audit.transaction():
        clinic = _hold()
        state = state_of(rule.id)
        if (known := state.off or state.asked) is not None:
            return known
        if rule.level in TWICE:
            return _decide(rule, Kind.ASK_OFF, by=by, now=now, reason=reason.strip())
        return _off(rule, clinic, reason.strip(), by=by, now=now)


def must_differ(asked: RuleDecision, by: User) -> bool:
    """Whether the second step is another person's: wherever another owner or lead therapist works here."""
    others = User.objects.filter(is_active=True).exclude(pk=asked.decided_by_id)
    return by.pk == asked.decided_by_id and any(roles_of(user) & {Role.OWNER, Role.LEAD_THERAPIST} for user in others)


def confirm_off(*, rule_id: str, by: User, now: datetime) -> RuleDecision:
    """The second step for an emergency rule. Raises MayNotDecide for whoever asked, if somebody else could."""
    _allowed(by)
    rule = _rule(rule_id)
    with audit.transaction():
        clinic = _hold()
        state = state_of(rule.id)
        if state.off is not None:
            return state.off
        if state.asked is None:
            raise MayNotDecide("Nobody has asked to switch this rule off, or it was taken back.")
        if must_differ(state.asked, by):
            raise MayNotDecide("The second step is for another owner or lead therapist.")
        return _off(rule, clinic, state.asked.reason, by=by, now=now)


def switch_on(*, rule_id: str, by: User, now: datetime) -> RuleDecision | None:
    """Let a rule fire again, or take back that it was to be switched off. None when there was nothing to do."""
    _allowed(by)
    rule = _rule(rule_id)
    with audit.transaction():
        clinic = _hold()
        state = state_of(rule.id)
        if not state.is_off and state.asked is None:
            return None
        _keep(clinic, [one for one in clinic.rules_off if one != key_of(rule)])
        return _decide(rule, Kind.ON, by=by, now=now)


def _hold() -> ClinicSettings:
    """The settings row, held: two decisions at once follow one another."""
    ClinicSettings.load()
    return ClinicSettings.objects.select_for_update().get(id=1)


def _off(rule: Rule, clinic: ClinicSettings, reason: str, *, by: User, now: datetime) -> RuleDecision:
    _keep(clinic, sorted({*clinic.rules_off, key_of(rule)}))
    return _decide(rule, Kind.OFF, by=by, now=now, reason=reason)


def _keep(clinic: ClinicSettings, off: list[str]) -> None:
    clinic.rules_off = off
    clinic.save(update_fields=["rules_off"])


def _decide(rule: Rule, kind: str, *, by: User, now: datetime, **facts: Any) -> RuleDecision:
    row = RuleDecision.objects.create(
        rule_id=rule.id, rule_version=rule.version, kind=kind, decided_at=now, decided_by=by, **facts
    )
    audit.record(f"rule.{kind}", by=by, subject=row, fields=[rule.id], reason=str(facts.get("reason", "")))
    return row
