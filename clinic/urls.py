"""The root of all addresses. Apps are named by string: this package must not import what stands above it."""

from django.urls import include, path

urlpatterns = [
    path("", include("treatments.urls")),
    path("", include("intake.urls")),
    path("", include("clinic.routes")),
    path("", include("conditions.urls")),
    path("accounts/", include("allauth.urls")),
]
