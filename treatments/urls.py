"""Addresses of the treatments app."""

from datetime import date

from django.urls import path, register_converter

from treatments.views import (
    booking,
    chart,
    check_in,
    closing,
    day,
    door,
    notes,
    outcomes,
    outstanding,
    own_page,
    plans,
    register,
    series,
    series_draft,
    series_preview,
    series_publish,
    tasks,
)


class DayConverter:
    """A calendar day of this century as 2026-03-14; anything else is no address."""

    regex = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else value.isoformat()


register_converter(DayConverter, "day")

app_name = "treatments"

urlpatterns = [
    path("today/", day.day_sheet, name="day_sheet"),
    path("today/<day:day>/", day.day_sheet, name="day_sheet_on"),
    path("forms/", outstanding.form_list, name="form_list"),
    path("forms/send/", outstanding.form_send, name="form_send"),
    path("door/", door.door, name="door"),
    path("door/poster/", door.poster, name="door_poster"),
    path("book/<uuid:therapist_id>/<day:day>/", booking.book_slot, name="book_slot"),
    path("clients/new/", register.register, name="register"),
    path("clients/<uuid:public_id>/book/", booking.session_book, name="session_book"),
    path("clients/<uuid:public_id>/chart/", chart.chart, name="chart"),
    path("clients/<uuid:public_id>/plans/new/", plans.plan_propose, name="plan_propose"),
    path("plans/<uuid:public_id>/", plans.plan_detail, name="plan_detail"),
    path("plans/<uuid:public_id>/edit/", plans.plan_edit, name="plan_edit"),
    path("plans/<uuid:public_id>/start/", plans.plan_start, name="plan_start"),
    path("plans/<uuid:public_id>/hold/", plans.plan_hold, name="plan_hold"),
    path("plans/<uuid:public_id>/resume/", plans.plan_resume, name="plan_resume"),
    path("plans/<uuid:public_id>/end/", plans.plan_end, name="plan_end"),
    path("clients/<uuid:public_id>/outcomes/", outcomes.outcome_list, name="outcome_list"),
    path("c/<str:token>/", check_in.check_in, name="check_in"),
    path("c/<str:token>/mine/", own_page.open_own, name="own_open"),
    path("mine/", own_page.own, name="own"),
    path("mine/born/", own_page.verify, name="own_verify"),
    path("mine/visit.ics", own_page.visit_file, name="own_visit"),
    path("mine/messages/", own_page.own_preferences, name="own_preferences"),
    path("mine/leave/", own_page.leave, name="own_leave"),
    path("tasks/", tasks.task_list, name="task_list"),
    path("tasks/<uuid:public_id>/done/", tasks.task_done, name="task_done"),
    path("tasks/<uuid:public_id>/hand-over/", tasks.task_hand_over, name="task_hand_over"),
    path("series/", series.series_list, name="series_list"),
    path("series/start/", series.series_start, name="series_start"),
    path("series/draft/", series_draft.series_draft, name="series_draft"),
    path("series/draft/lines/<slug:key>/", series_draft.series_line, name="series_line"),
    path("series/draft/publish/", series_publish.series_publish, name="series_publish"),
    path("series/draft/discard/", series_publish.series_discard, name="series_discard"),
    path("series/count/", series_preview.series_measure, name="series_measure"),
    path("series/<int:number>/", series.series_version, name="series_version"),
    path("series/<int:number>/preview/", series_preview.series_preview, name="series_preview"),
    path("series/<int:number>/test/", series_preview.series_test, name="series_test"),
    path("notes/unsigned/", notes.unsigned_list, name="unsigned_list"),
    path("sessions/<uuid:public_id>/arrive/", day.session_arrive, name="session_arrive"),
    path("sessions/<uuid:public_id>/link/", day.session_link, name="session_link"),
    path("sessions/<uuid:public_id>/cancel/", day.session_cancel, name="session_cancel"),
    path("sessions/<uuid:public_id>/no-show/", day.session_no_show, name="session_no_show"),
    path("sessions/<uuid:public_id>/start/", notes.session_start, name="session_start"),
    path("sessions/<uuid:public_id>/note/", notes.session_note, name="session_note"),
    path("sessions/<uuid:public_id>/autosave/", notes.session_autosave, name="session_autosave"),
    path("sessions/<uuid:public_id>/sign/", notes.session_sign, name="session_sign"),
    path("sessions/<uuid:public_id>/aftercare/", closing.session_close, name="session_close"),
    path("sessions/<uuid:public_id>/addendum/", notes.session_addendum, name="session_addendum"),
]
