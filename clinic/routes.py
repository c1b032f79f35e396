"""Addresses of the clinic app."""

from django.urls import URLPattern, URLResolver, path, re_path

from clinic.views import (
    audit,
    clients,
    csp,
    emergency,
    health,
    language,
    links,
    outbox,
    related,
    services,
    settings,
    staff,
    wording,
)

app_name = "clinic"

urlpatterns: list[URLPattern | URLResolver] = [
    path("clients/", clients.client_list, name="client_list"),
    path("clients/search/", clients.client_search, name="client_search"),
    path("clients/duplicates/", clients.client_duplicates, name="client_duplicates"),
    path("clients/<uuid:public_id>/", clients.client_detail, name="client_detail"),
    path("clients/<uuid:public_id>/edit/", clients.client_edit, name="client_edit"),
    path("clients/<uuid:public_id>/archive/", clients.client_archive, name="client_archive"),
    path("clients/<uuid:public_id>/who-looked/", audit.client_audit, name="client_audit"),
    path("clients/<uuid:public_id>/emergency-access/", emergency.break_glass, name="break_glass"),
    path("clients/<uuid:public_id>/people/new/", related.related_add, name="related_add"),
    path("clients/<uuid:public_id>/people/<uuid:person_id>/", related.related_edit, name="related_edit"),
    path("clients/<uuid:public_id>/people/<uuid:person_id>/remove/", related.related_remove, name="related_remove"),
    re_path(r"^s/(?P<code>[0-9A-Za-z]{11})$", links.short_link, name="short_link"),
    path("stop/<str:token>/", links.unsubscribe, name="unsubscribe"),
    path("staff/", staff.staff_list, name="staff_list"),
    path("staff/invite/", staff.staff_invite, name="staff_invite"),
    path("staff/invitations/<uuid:public_id>/withdraw/", staff.staff_withdraw, name="staff_withdraw"),
    path("staff/<uuid:public_id>/", staff.staff_edit, name="staff_edit"),
    path("staff/<uuid:public_id>/active/", staff.staff_active, name="staff_active"),
    path("staff/<uuid:public_id>/second-factor/", staff.staff_second_factor, name="staff_second_factor"),
    path("join/", staff.staff_join, name="staff_join"),
    path("join/<str:token>/", staff.staff_accept, name="staff_accept"),
    path("audit/", audit.audit_list, name="audit_list"),
    path("outbox/", outbox.outbox_list, name="outbox_list"),
    path("outbox/<uuid:public_id>/decide/", outbox.outbox_decide, name="outbox_decide"),
    path("services/", services.service_list, name="service_list"),
    path("services/<uuid:public_id>/", services.service_edit, name="service_edit"),
    path("settings/", settings.settings_edit, name="settings_edit"),
    path("wording/", wording.wording, name="wording"),
    path("language/", language.switch, name="language"),
    path("csp-report/", csp.csp_report, name="csp_report"),
    path("healthz", health.healthz, name="healthz"),
]
