"""What the form asks and what its answers set off, for the clinic's own people. Nothing of any client."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import me
from clinic.models import ClinicSettings
from clinic.permissions import Permission, requires
from intake import questionnaires
from intake.reviewing import limits_in_words
from intake.safety import rule_words, rulebook, trials
from intake.safety.rulebook import MayNotDecide, NeedsMore, NotInBook, RuleState
from intake.safety.screening import load_rules
from intake.safety.staff_forms import OffForm, SignForm


def _state(rule_id: str) -> RuleState:
    try:
        return rulebook.state_of(rule_id)
    except NotInBook:
        raise Http404 from None


@requires(Permission.CATALOGUE_READ)
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every safety rule in words by class, with its basis, its sources, who signed it off and what is switched off."""
    return _list(request, SignForm(initial=_signer(request)))


def _signer(request: HttpRequest) -> dict[str, str]:
    user = me(request)
    return {"name": user.name, "role": user.credentials} if user.is_therapist else {}


def _list(request: HttpRequest, form: SignForm, status: int = 200) -> HttpResponse:
    show, search = request.GET.get("show", "all"), request.GET.get("q", "").strip()[:100]
    show = show if show in rule_words.SHOWN else "all"
    states = rulebook.states()
    context = {
        "book": load_rules(),
        "classes": rule_words.by_class(states, show=show, search=search),
        "show": show,
        "search": search,
        "shown": rule_words.SHOWN.items(),
        "total": len(states),
        "signed": sum(bool(state.signed) for state in states),
        "off": [state for state in states if state.is_off],
        "asked": [state for state in states if state.asked],
        "versions": questionnaires.published(),
        "may_decide": me(request).can(Permission.RULES_DECIDE),
        "form": form,
        "chosen": set(request.POST.getlist("rules")),
    }
    return render(request, "intake/rule_list.html", context, status=status)


@requires(Permission.RULES_DECIDE)
@require_POST
def rule_sign(request: HttpRequest) -> HttpResponse:
    """A named clinician answers for the chosen rules."""
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            done = rulebook.sign(
                rule_ids=request.POST.getlist("rules"), **form.cleaned_data, by=me(request), now=timezone.now()
            )
        except NotInBook:
            form.add_error(None, "One of these rules is no longer in the book. Please choose again.")
        except NeedsMore as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            number = len(done)
            messages.success(request, f"{number} rule{'' if number == 1 else 's'} signed off.")
            if request.POST.get("back") == "detail" and done:
                return redirect("intake:rule_detail", done[0].rule_id)
            return redirect("intake:rule_list")
    return _list(request, form, status=422)


@requires(Permission.CATALOGUE_READ)
@require_GET
def rule_detail(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule with everything that was decided about it."""
    state, user = _state(rule_id), me(request)
    may_decide = user.can(Permission.RULES_DECIDE)
    context = {
        "card": rule_words.card_of(state, ClinicSettings.load()),
        "history": list(reversed(state.history)),
        "may_decide": may_decide,
        "may_confirm": may_decide and state.asked is not None and not rulebook.must_differ(state.asked, user),
        "form": SignForm(initial=_signer(request)),
        "twice": state.rule.level in rulebook.TWICE,
    }
    return render(request, "intake/rule_detail.html", context)


@requires(Permission.RULES_DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_off(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Keep a rule from firing, with the reason; for an emergency rule this only asks for it."""
    state = _state(rule_id)
    form = OffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rulebook.switch_off(rule_id=rule_id, **form.cleaned_data, by=me(request), now=timezone.now())
        except NeedsMore as error:
            form.add_error(error.field, str(error))
        else:
            asked = state.rule.level in rulebook.TWICE
            words = "Asked for. It still fires until the second step." if asked else "This rule is switched off."
            messages.success(request, words)
            return redirect("intake:rule_detail", rule_id)
    status = 422 if request.method == "POST" else 200
    context = {"state": state, "form": form, "twice": state.rule.level in rulebook.TWICE}
    return render(request, "intake/rule_off.html", context, status=status)


@requires(Permission.RULES_DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_confirm_off(request: HttpRequest, rule_id: str) -> HttpResponse:
    """The second step for an emergency rule."""
    state = _state(rule_id)
    if request.method == "POST":
        try:
            rulebook.confirm_off(rule_id=rule_id, by=me(request), now=timezone.now())
        except MayNotDecide as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "This rule is switched off.")
        return redirect("intake:rule_detail", rule_id)
    return render(request, "intake/rule_confirm_off.html", {"state": state})


@requires(Permission.RULES_DECIDE)
@require_POST
def rule_on(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Let a rule fire again, or take the request back."""
    _state(rule_id)
    if rulebook.switch_on(rule_id=rule_id, by=me(request), now=timezone.now()):
        messages.success(request, "This rule fires again.")
    else:
        messages.info(request, "This rule was on already.")
    return redirect("intake:rule_detail", rule_id)


@requires(Permission.CATALOGUE_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_try(request: HttpRequest) -> HttpResponse:
    """Try the rules on made-up answers, or on one of the shipped examples. Keeps nothing."""
    context: dict[str, Any] = {"cases": list(trials.cases()), "case": ""}
    answers: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    if request.method == "POST":
        answers, facts = trials.read({name: request.POST.getlist(name) for name in request.POST})
        context["result"] = trials.run(answers, facts)
    elif (case := trials.cases().get(request.GET.get("case", ""))) is not None:
        answers, facts = case["answers"], case["facts"]
        context |= {"result": trials.run(answers, facts), "case": request.GET["case"]}
    if "result" in context:
        context |= limits_in_words(context["result"].limits)
    return render(request, "intake/rule_try.html", context | {"groups": trials.page_of(answers, facts)})
