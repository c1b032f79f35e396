"""Addresses of the clinic app."""

from django.urls import URLPattern, URLResolver

app_name = "clinic"

urlpatterns: list[URLPattern | URLResolver] = []
