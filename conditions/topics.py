"""The public pages on massage in general: Markdown files with source keys. Touches no database.

A file starts with `menu:`, `title:` and `lead:` lines; `[[KEY, OTHER]]` in the text cites sources, which become
numbered links to the list at the foot of the page.
"""

import re
from dataclasses import dataclass
from functools import cache

import nh3
from django.utils.html import escape
from django.utils.translation import get_language, gettext
from markdown_it import MarkdownIt

from conditions.documents import text
from conditions.sources import Source, cited

SLUGS = (
    "what-it-is",
    "what-it-does",
    "is-it-necessary",
    "how-often",
    "how-long-it-lasts",
    "what-to-avoid-afterwards",
)

TRANSLATED = ("es",)  # each in a folder of its own beside the English files

_CITATION = re.compile(r"\s*\[\[([A-Z0-9_, ]+)\]\]")
_TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "sup", "blockquote", "br"}
_ATTRIBUTES = {"a": {"href", "aria-label"}, "sup": {"class"}}


class CleanHtml(str):
    """HTML that nh3 has cleaned; templates print it as it is. Made only by `clean`."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Topic:
    """One page: its words, and the sources in the order they are cited."""

    slug: str
    menu: str
    title: str
    lead: str
    body: CleanHtml
    sources: tuple[Source, ...]


def clean(html: str) -> CleanHtml:
    """Only plain prose survives: no script, style, image, class or foreign attribute."""
    return CleanHtml(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None, url_schemes={"https", "http"}))


def _keys(match: re.Match[str]) -> list[str]:
    return [key.strip() for key in match.group(1).split(",")]


def _render(markdown: str) -> tuple[CleanHtml, tuple[Source, ...]]:
    order = list(dict.fromkeys(key for match in _CITATION.finditer(markdown) for key in _keys(match)))

    def numbers(match: re.Match[str]) -> str:
        source = escape(gettext("Source"))
        links = (
            f'<a href="#source-{key}" aria-label="{source} {order.index(key) + 1}">{order.index(key) + 1}</a>'
            for key in _keys(match)
        )
        return f'<sup class="cite">{" ".join(links)}</sup>'

    html = MarkdownIt("commonmark", {"html": False}).render(markdown)
    return clean(_CITATION.sub(numbers, html)), tuple(cited(order))


def topics() -> dict[str, Topic]:
    """Every topic by slug, in menu order, in the language of the page."""
    return _topics(get_language() if get_language() in TRANSLATED else "")


@cache
def _topics(language: str) -> dict[str, Topic]:
    found = {}
    for slug in SLUGS:
        head, _, markdown = text(f"topics/{language}/{slug}.md").partition("\n\n")
        facts = dict(line.split(": ", 1) for line in head.splitlines())
        body, named = _render(markdown)
        found[slug] = Topic(slug, facts["menu"], facts["title"], facts["lead"], body, named)
    return found
