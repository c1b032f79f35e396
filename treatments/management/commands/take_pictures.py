"""`manage.py take_pictures`: README's pictures, taken from a demo clinic that is started for them."""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 780}
COLOURS = 160  # enough for flat pages and letters; a quarter of the size
_PLACES = (
    "import json; from django.utils import timezone; from treatments.demo.places import places;"
    " print(json.dumps(places(now=timezone.now())))"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What to open, as whom, how it is shown."""

    name: str
    page: str  # an address, or the name of a place of the demo clinic
    role: str = ""
    height: int = DESK["height"]
    dark: bool = False
    before: Callable[[Any], None] = lambda page: None


def _search(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("an", delay=20)
    page.locator(".search-results a").first.wait_for()


def _begin(page: Any) -> None:
    page.locator("input[name=first_name]").fill("Nadia")
    page.locator("input[name=last_name]").fill("Okonkwo")
    page.locator("input[name=date_of_birth]").fill("4 May 1986")
    page.locator("input[name=mobile]").fill("503 555 0142")
    page.locator("input[name=sms_agreed]").check()
    page.locator("input[name=sms_agreed]").blur()


PICTURES = (
    Picture("home", "/"),
    Picture("condition", "/conditions/neck-pain/"),
    Picture("day-sheet", "/today/", "desk", 1080),
    Picture("day-sheet-dark", "/today/", "desk", 1080, dark=True),
    Picture("clients", "/clients/", "desk", before=_search),
    Picture("register", "/clients/new/", "desk", before=_begin),
    Picture("outbox", "/outbox/", "desk"),
    Picture("outbox-live", "/outbox/live/", "owner", 980),
    Picture("aftercare", "/series/draft/lines/h24/", "owner", 1180),
    Picture("chart", "chart", "therapist", 1080),
    Picture("chart-dark", "chart", "therapist", 1080, dark=True),
    Picture("review", "review", "therapist", 980),
    Picture("note", "note", "therapist", 980),
    Picture("rules", "/rules/", "therapist", 980),
    Picture("forms", "/forms/", "desk", 900),
    Picture("builder", "builder", "owner", 1080),
    Picture("catalogue", "/catalogue/neck-pain/", "owner", 980),
    Picture("staff", "/staff/", "owner", 640),
    Picture("audit", "/audit/", "owner"),
)


class Command(BaseCommand):
    """Starts a clinic of its own in a temporary folder; needs Chromium and requirements-dev.txt."""

    help = "Take README's pictures from a fresh demo clinic. Needs Chromium and the packages of requirements-dev.txt."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "docs" / "pictures", help="the folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Staff pages at 1280 points, the client's on a phone."""
        try:
            import PIL.Image  # noqa: F401
            from playwright.sync_api import sync_playwright

            from clinic.testing_guards import browser_launch
            from clinic.testing_server import running_clinic
        except ImportError as missing:
            raise CommandError("Pictures need more packages: pip install -r requirements-dev.txt") from missing
        folder: Path = options["to"]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as own, running_clinic(Path(own) / "var") as clinic, sync_playwright() as pw:
            camera = Camera(pw.chromium.launch(**browser_launch()), clinic, folder, self.stdout.write)
            camera.take_all()


class Camera:
    """A browser in front of the demo clinic."""

    def __init__(self, browser: Any, clinic: Any, folder: Path, say: Callable[[str], Any]) -> None:
        self.browser, self.clinic, self.folder, self.say = browser, clinic, folder, say
        self.places = json.loads(clinic.manage("shell", "--verbosity", "0", "-c", _PLACES).strip().splitlines()[-1])
        rows = [line.split() for line in clinic.log.splitlines() if "@demo.example" in line]
        self.passwords = {row[-2]: row[-1] for row in rows}
        self._windows: dict[str, Any] = {}

    def take_all(self) -> None:
        """Every staff and public page, then the client's phone."""
        for picture in PICTURES:
            page = self._window(picture.role)
            page.set_viewport_size({"width": DESK["width"], "height": picture.height})
            page.emulate_media(color_scheme="dark" if picture.dark else "light")
            page.goto(self.places.get(picture.page, picture.page))
            picture.before(page)
            self._keep(page, picture.name)
        self._phone()

    def _window(self, role: str) -> Any:
        if role not in self._windows:
            page = self._new(DESK)
            if role:
                page.goto("/accounts/login/")
                page.locator("input[name=login]").fill(f"{role}@demo.example")
                page.locator("input[name=password]").fill(self.passwords[f"{role}@demo.example"])
                page.keyboard.press("Enter")
                page.wait_for_url("**/today/")
            self._windows[role] = page
        return self._windows[role]

    def _new(self, size: dict[str, int], **options: Any) -> Any:
        context = self.browser.new_context(
            base_url=self.clinic.address, viewport=size, locale="en-GB", reduced_motion="reduce", **options
        )
        return context.new_page()

    def _phone(self) -> None:
        """The client's form, the advice that a dangerous answer brings, the question after a session."""
        page = self._new(PHONE, has_touch=True)
        page.goto(self.places["link"])
        year, month, day = self.places["link-born"].split("-")
        for part, value in (("day", day), ("month", month), ("year", year)):
            page.locator(f"#born-{part}").fill(value)
        page.get_by_role("button", name="Open my form").click()
        page.wait_for_url("**/intake/form/**", timeout=60_000)
        page.goto("/intake/form/reason/")
        self._keep(page, "intake")
        page.locator("#body-chart").scroll_into_view_if_needed()
        page.evaluate("document.querySelector('#body-chart').scrollIntoView()")
        self._keep(page, "body-chart")
        page.goto("/intake/form/today/")
        page.locator('fieldset[data-question="today.urgent"] .form-check').first.tap()
        page.locator("[data-advice] .advice").first.wait_for()
        page.evaluate("window.scrollTo(0, 0)")
        self._keep(page, "intake-advice")
        page.get_by_role("button", name="Español").click()
        page.get_by_role("button", name="Siguiente").first.wait_for()
        page.evaluate("window.scrollTo(0, 0)")
        self._keep(page, "intake-es")
        page = self._new(PHONE)
        page.goto(self.places["check-in"])
        self._keep(page, "check-in")

    def _keep(self, page: Any, name: str) -> None:
        from PIL import Image

        path = self.folder / f"{name}.png"
        page.screenshot(path=path)
        with Image.open(path) as taken:
            small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        self.say(f"{path.name}: {path.stat().st_size // 1024} KB")
