"""The look keeps its promises: readable contrast in both themes, nothing inline, lean style sheets."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{3,6});")
# Text at 4.5 to 1 on every ground it may stand on; frames that show where a field is at 3 to 1.
GROUNDS = ("paper", "surface", "sunken")
WORDS = [(ink, ground) for ink in ("ink", "ink-soft", "accent", "accent-strong") for ground in GROUNDS]
WORDS += [(tone, f"{tone}-tint") for tone in ("danger", "urgent", "caution", "info")]
WORDS += [("ink", f"{tone}-tint") for tone in ("danger", "urgent", "caution", "info", "accent", "neutral")]
WORDS += [("accent-strong", "accent-tint"), ("ink-soft", "accent-tint"), ("on-accent", "accent")]
WORDS += [("on-accent", "accent-strong"), ("danger", "surface"), ("danger", "paper"), ("ink-soft", "neutral-tint")]
FRAMES = [("line-strong", ground) for ground in ("paper", "surface")] + [("focus", ground) for ground in GROUNDS]


def theme_blocks() -> dict[str, dict[str, str]]:
    text = (CSS / "tokens.css").read_text()
    light, rest = text.split("@media (prefers-color-scheme: dark)", 1)
    wish, switch = rest.split(':root[data-theme="dark"]', 1)
    return {name: dict(TOKEN.findall(part)) for name, part in (("light", light), ("wish", wish), ("switch", switch))}


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", ["light", "switch"])
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_stand_out_from_their_ground(theme, ink, ground):
    colours = theme_blocks()[theme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "switch"])
@pytest.mark.parametrize(("frame", "ground"), FRAMES)
def test_frames_and_focus_rings_can_be_seen(theme, frame, ground):
    colours = theme_blocks()[theme]
    assert contrast(colours[frame], colours[ground]) >= 3


def test_dark_by_wish_and_dark_by_switch_are_the_same():
    blocks = theme_blocks()
    assert blocks["wish"] == blocks["switch"]
    assert set(blocks["wish"]) == set(blocks["light"])


def test_only_the_tokens_name_colours():
    # Paper has its own colours, and a QR code needs white round it in the dark too.
    allowed = {"components.css": {"#fff"}}
    for sheet in CSS.glob("*.css"):
        if sheet.name not in {"tokens.css", "print.css"}:
            named = set(re.findall(r"(?<![\w&])#[0-9a-f]{3,6}\b", sheet.read_text()))
            assert named <= allowed.get(sheet.name, set()), sheet.name


def test_shared_style_sheets_stay_lean():
    shared = ("tokens.css", "base.css", "components.css", "forms.css", "staff.css", "public.css", "print.css")
    assert sum((CSS / name).stat().st_size for name in shared) < 60_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_template_holds_nothing_inline_and_trusts_nothing(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", text)
    assert "|safe" not in text and "autoescape off" not in text
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or "application/json" in tag, tag


def test_every_icon_named_in_a_template_exists():
    from lucide import _load_icon

    named = {name for path in TEMPLATES for name in re.findall(r'icon(?:_name=| )"([a-z0-9-]+)"', path.read_text())}
    assert len(named) > 10
    for name in named - {"danger", "urgent", "caution", "info", "success", "emergency", "error", "warning"}:
        _load_icon(name)
