"""Addresses of the intake app. No address holds anything about a person but a random identifier."""

from django.urls import path

from intake.views import again, entry, form, marks, paper, review, rules, saving, staff

app_name = "intake"

urlpatterns = [
    # the client
    path("i/<str:token>/", entry.open_link, name="open"),
    path("intake/", entry.resume, name="resume"),
    path("intake/start/", entry.verify, name="verify"),
    path("intake/new-link/", entry.new_link, name="new_link"),
    path("intake/leave/", entry.leave, name="leave"),
    path("intake/hide/", entry.hide, name="hide"),
    path("intake/save/", saving.save_steps, name="save_steps"),
    path("intake/form/check/", form.readback, name="readback"),
    path("intake/form/<str:slug>/", form.screen, name="screen"),
    path("intake/marks/", marks.save_mark, name="save_mark"),
    path("intake/again/<str:slug>/", again.again, name="again"),
    path("intake/news/", again.news_page, name="news"),
    path("intake/news/urgent/", again.urgent, name="urgent"),
    path("intake/done/", form.done, name="done"),
    path("intake/done/copy.pdf", paper.copy, name="copy"),
    # staff
    path("clients/<uuid:public_id>/intake/", staff.client_intake, name="client_intake"),
    path("clients/<uuid:public_id>/intake/send/", staff.invitation_send, name="invitation_send"),
    path("proposals/<uuid:public_id>/", staff.proposal_decide, name="proposal_decide"),
    path("proposals/<uuid:public_id>/edit/", staff.proposal_edit, name="proposal_edit"),
    path("review/", review.review_list, name="review_list"),
    path("review/<uuid:public_id>/", review.review_detail, name="review_detail"),
    path("review/<uuid:public_id>/form.pdf", paper.review_print, name="review_print"),
    path("review/<uuid:public_id>/done/", review.review_done, name="review_done"),
    path("review/files/<uuid:public_id>/", review.upload, name="upload"),
    path("rules/", rules.rule_list, name="rule_list"),
    path("rules/sign/", rules.rule_sign, name="rule_sign"),
    path("rules/try/", rules.rule_try, name="rule_try"),
    path("rules/<slug:rule_id>/", rules.rule_detail, name="rule_detail"),
    path("rules/<slug:rule_id>/off/", rules.rule_off, name="rule_off"),
    path("rules/<slug:rule_id>/off/confirm/", rules.rule_confirm_off, name="rule_confirm_off"),
    path("rules/<slug:rule_id>/on/", rules.rule_on, name="rule_on"),
    path("flags/<uuid:public_id>/", review.flag_close, name="flag_close"),
]
