"""What a client's page weighs over the wire: page, style, scripts and pictures together, compressed as sent."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client as Browser
from django.test import override_settings
from django.utils import timezone

from treatments import check_ins, page_links
from treatments.tests import aftercare_world as world

pytestmark = pytest.mark.django_db

MOST = 60 * 1024
LINKED = re.compile(r'<(?:script[^>]*\ssrc|link[^>]*\shref|img[^>]*\ssrc)="(/static/[^"]+)"')


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The static files as production serves them, compressed beside the plain ones."""
    root = tmp_path_factory.mktemp("static")
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "clinic.static_files.ModuleStorage"}}
    with override_settings(STATIC_ROOT=root, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield root


def weight(browser, url, collected):
    """Bytes of everything that comes with the page, by what it is."""
    answer = browser.get(url, headers={"accept-encoding": "gzip"})
    assert answer.status_code in (200, 410)
    found = {"page": len(answer.content)}
    html = browser.get(url).content.decode()
    for address in set(LINKED.findall(html)):
        name = address.removeprefix("/static/")
        plain, packed = collected / name, collected / f"{name}.gz"
        found[name] = (packed if packed.exists() else plain).stat().st_size
    assert any(name.endswith(".css") for name in found) and any(name.endswith(".js") for name in found)
    return found


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("what", ["question", "thanks", "advice", "own", "messages"])
def test_a_clients_page_is_light(collected, client_ann, therapist, language, what, record_property):
    now = timezone.now()
    type(client_ann).objects.filter(pk=client_ann.pk).update(language=language)
    world.agree(client_ann, now, "email", "sms")
    over = world.session(client_ann, therapist, now - timedelta(hours=1), plan=world.plan(client_ann, therapist, now))
    question = f"/c/{check_ins.token_of(check_ins.ask(session=over, moment='h24', due_at=now, now=now))}/"
    page, browser = f"/c/{page_links.token_of(page_links.of(session=over, now=now))}/", Browser()
    url = {"own": "/mine/", "messages": "/mine/messages/", "advice": page}.get(what, question)
    if what == "thanks":
        browser.post(question, {"feeling": "worse"})
    elif url.startswith("/mine/"):
        browser.get(f"{page}mine/")
        browser.post("/mine/born/", {"born_day": "4", "born_month": "5", "born_year": "1986"})
    found = weight(browser, url, collected)
    record_property("printed", f"client page {what} ({language}): {sum(found.values()) / 1024:.1f} kB")
    assert sum(found.values()) <= MOST, sorted(found.items(), key=lambda one: -one[1])
