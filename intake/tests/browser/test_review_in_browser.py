import pytest
from django.conf import settings
from django.urls import reverse

from intake.models import Flag
from intake.tests.browser.conftest import DESK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sent(response, fill):
    changes = {"today.leg_swelling": "yes", "meds.classes": ["blood_thinner"], "heart.clot": "unsure",
               "health.lymph": "yes", "health.lymph_where": ["arm_l"], "about.mobile": "+15550100777"}  # fmt: skip
    return fill(response, changes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.once
def test_axe_finds_nothing_on_the_staffs_pages(window, clean, sent, lead, as_user, live_server, scheme, width):
    cookie = as_user(lead).cookies[settings.SESSION_COOKIE_NAME].value
    page = window(**DESK | {"viewport": {"width": width, "height": 900}}, color_scheme=scheme, bypass_csp=True)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    flag = Flag.objects.first()
    for path in (
        reverse("intake:review_list"),
        reverse("intake:rule_list"),
        reverse("intake:review_detail", args=[sent.public_id]),
        reverse("intake:flag_close", args=[flag.public_id]),
        reverse("intake:client_intake", args=[sent.client.public_id]),
    ):
        page.goto(path)
        clean(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
