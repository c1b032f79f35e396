"""What goes over the wire is compressed: pages, and in production the static files, whose modules find each other."""

import gzip
import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings


@pytest.mark.django_db
def test_page_is_compressed_for_whoever_takes_it(clinic_settings):
    plain = Client().get("/")
    packed = Client().get("/", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 3
    assert b"<h1" in gzip.decompress(packed.content)


def test_modules_import_each_other_by_names_that_change_with_their_content(tmp_path, settings):
    storage = {"staticfiles": {"BACKEND": "clinic.static_files.ModuleStorage"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=settings.STORAGES | storage):
        call_command("collectstatic", interactive=False, verbosity=0)
        entry = (tmp_path / staticfiles_storage.stored_name("js/intake.js")).read_text()
    imported = re.findall(r'from "\./([^"]+)"', entry)
    assert imported and all(re.fullmatch(r"intake-\w+\.[0-9a-f]{12}\.js", name) for name in imported)
    assert all((tmp_path / "js" / f"{name}.gz").exists() for name in imported)
