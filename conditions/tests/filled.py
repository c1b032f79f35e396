"""What a browser sends from the owner's form."""

from conditions.forms import ConditionForm, variant_formset


def filled(condition, **changed):
    """What a browser posts when the form is sent as it was shown, but for `changed`."""
    posted = {}
    form = ConditionForm(condition=condition)
    for bound in form:
        value = bound.field.prepare_value(bound.initial) if bound.initial is not None else ""
        if value is True:
            posted[bound.html_name] = "on"
        elif value is not False:
            posted[bound.html_name] = value.replace("\n", "\r\n") if isinstance(value, str) else value
    formset = variant_formset(None, condition=condition)
    posted |= {f"variants-{name}": value for name, value in formset.management_form.initial.items()}
    for variant in formset:
        for bound in variant:
            if bound.initial is not None:
                posted[bound.html_name] = bound.field.prepare_value(bound.initial)
    return posted | changed
