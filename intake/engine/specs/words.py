"""What people read in a document: translations of a text, and its markup, cleaned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import nh3

_EXT = "http://hl7.org/fhir/StructureDefinition/"
_TRANSLATION = _EXT + "translation"
_MARKDOWN, _XHTML = _EXT + "rendering-markdown", _EXT + "rendering-xhtml"
_TAGS = {
    "p",
    "br",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "ul",
    "ol",
    "li",
    "a",
    "h3",
    "h4",
    "blockquote",
    "sub",
    "sup",
    "code",
}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "u", "span", "div", "hr"}


class CleanHtml(str):
    """Markup that has been cleaned; templates print it as it is. Made only here."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def translation(raw: Any, name: str, language: str) -> str:
    """The translation of a text, from the extensions of its shadow `_name`; empty when there is none."""
    shadow = raw.get("_" + name) if language and isinstance(raw, Mapping) else None
    for lang, content in _translations(shadow) if isinstance(shadow, Mapping) else ():
        if lang == language:
            return content
    return ""


def words(raw: Any, name: str, language: str) -> str:
    """A text in that language, or as it was written."""
    value = raw.get(name, "") if isinstance(raw, Mapping) else ""
    return translation(raw, name, language) or (value if isinstance(value, str) else "")


def markup(raw: Mapping[str, Any], language: str) -> str:
    """The item's text with its markup, cleaned; empty when it has none, or none in that language."""
    shadow = raw.get("_text")
    if not isinstance(shadow, Mapping):
        return ""
    for extension in shadow.get("extension") or ():
        url = extension.get("url") if isinstance(extension, Mapping) else None
        if url not in {_MARKDOWN, _XHTML}:
            continue
        kind = next((key for key in extension if key.startswith("value")), "")
        text = translation(extension, kind, language)
        if not text and translation(raw, "text", language):
            return ""  # the plain translation says more than markup in the wrong language
        text = text or str(extension.get(kind) or "")
        return clean(text if url == _XHTML else _rendered(text))
    return ""


def clean(html: str) -> CleanHtml:
    """Only prose survives: no script, style, image, form, class or foreign address."""
    return CleanHtml(nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http", "mailto"}))


def _rendered(markdown: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).render(markdown))


def languages_in(node: Any) -> Iterator[str]:
    """The languages of all translations in a document, in small letters."""
    if isinstance(node, Mapping):
        if node.get("extension"):
            yield from (lang for lang, content in _translations(node) if lang and content)
        for value in node.values():
            yield from languages_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from languages_in(value)


def _translations(shadow: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    extensions = shadow.get("extension")
    for extension in extensions if isinstance(extensions, list) else ():
        if isinstance(extension, Mapping) and extension.get("url") == _TRANSLATION:
            nested = extension.get("extension")
            parts = {one.get("url"): one for one in nested or () if isinstance(one, Mapping)}
            lang = parts.get("lang", {}).get("valueCode", "")
            content = parts.get("content", {})
            yield str(lang).casefold(), str(content.get("valueString") or content.get("valueMarkdown") or "")
