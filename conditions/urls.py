"""Addresses of the public pages and of the staff catalogue."""

from django.urls import path

from conditions import views

app_name = "conditions"

urlpatterns = [
    path("", views.home, name="home"),
    path("massage/<slug:slug>/", views.topic, name="topic"),
    path("conditions/", views.condition_list, name="condition_list"),
    path("conditions/<slug:slug>/", views.condition_detail, name="condition_detail"),
    path("catalogue/", views.catalogue_list, name="catalogue_list"),
    path("catalogue/<slug:slug>/", views.catalogue_detail, name="catalogue_detail"),
    path("catalogue/<slug:slug>/edit/", views.catalogue_edit, name="catalogue_edit"),
]
