"""The project package and the foundation app: people, access, audit, outgoing messages."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
