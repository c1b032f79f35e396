"""An id that is nobody's is unknown to everybody. Who gets what from each address is walked in treatments/tests."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from intake.tests import url_table
from intake.tests.url_table import TABLE


@pytest.fixture
def world(client_ann, client_ben, desk, moment, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = url_table.build(ann=client_ann, ben=client_ben, desk=desk, now=moment)
    return SimpleNamespace(ann=client_ann, ben=client_ben, desk=desk, intake=made)


@pytest.mark.parametrize(
    "name", [name for name, row in TABLE.items() if "public_id" in str(row.args.__code__.co_names)]
)
def test_unknown_id_is_404(world, as_user, lead, name):
    url = reverse(name, args=["00000000-0000-4000-8000-000000000000"])
    browser = as_user(lead)
    codes = {browser.get(url).status_code, browser.post(url, {"action": "acknowledge"}).status_code}
    assert codes <= {404, 405} and 404 in codes
