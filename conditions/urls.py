"""Addresses of the conditions app."""

from django.urls import URLPattern, URLResolver

app_name = "conditions"

urlpatterns: list[URLPattern | URLResolver] = []
