"""The words of a questionnaire beside their translation, as FHIR's translation extension keeps them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from intake.authoring.outline import Document, Raw, id_of, places

URL = "http://hl7.org/fhir/StructureDefinition/translation"


@dataclass(frozen=True, slots=True)
class Words:
    """One text of the form: `key` names its place, `about` says what it is, `item` the linkId it belongs to."""

    key: str
    about: str
    item: str
    source: str
    translation: str

    @property
    def is_missing(self) -> bool:
        """Nobody has translated it yet."""
        return not self.translation.strip()


def _nodes(document: Document) -> Iterator[tuple[str, str, str, Raw, str]]:
    """(key, about, linkId, the node that holds the text, the name of the text there)."""
    if document.get("title"):
        yield "title", "Title of the form", "", document, "title"
    for place in places(document):
        item, link_id = place.item, id_of(place.item)
        kinds = {"group": "Heading", "display": "Text"}
        if item.get("text"):
            yield f"text|{link_id}", kinds.get(str(item.get("type")), "Question"), link_id, item, "text"
        for at, option in enumerate(item.get("answerOption") or []):
            coding = option.get("valueCoding")
            if isinstance(coding, dict) and coding.get("display"):
                yield f"option|{link_id}|{coding.get('code', at)}", "Answer", link_id, coding, "display"
            elif isinstance(option.get("valueString"), str):
                yield f"option|{link_id}|{option['valueString']}", "Answer", link_id, option, "valueString"


def _of(node: Mapping[str, Any], name: str, language: str) -> str:
    for extension in (node.get(f"_{name}") or {}).get("extension") or []:
        if extension.get("url") == URL:
            parts = {part.get("url"): part for part in extension.get("extension") or []}
            if str(parts.get("lang", {}).get("valueCode", "")).casefold() == language.casefold():
                content = parts.get("content", {})
                return str(content.get("valueString") or content.get("valueMarkdown") or "")
    return ""


def words_of(document: Document, language: str) -> list[Words]:
    """Every text a client reads, with its translation."""
    return [
        Words(key, about, link_id, str(node[name]), _of(node, name, language))
        for key, about, link_id, node, name in _nodes(document)
    ]


def missing(document: Document, language: str) -> list[Words]:
    """The texts that have no translation yet."""
    return [one for one in words_of(document, language) if one.is_missing]


def translate(document: Document, language: str, given: Mapping[str, str]) -> Document:
    """The document with these translations by key; an empty one is taken out. What is not named stays."""
    made = deepcopy(document)
    for key, _, _, node, name in _nodes(made):
        if key in given and given[key].strip() != _of(node, name, language):
            _set(node, name, language, given[key].strip())
    return made


def _set(node: Raw, name: str, language: str, words: str) -> None:
    shadow = node.setdefault(f"_{name}", {})
    rows = shadow.setdefault("extension", [])
    parts = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": words}]
    for at, extension in enumerate(rows):
        langs = [part.get("valueCode", "") for part in extension.get("extension") or [] if part.get("url") == "lang"]
        if extension.get("url") == URL and language.casefold() in (str(one).casefold() for one in langs):
            if words:
                rows[at] = {"url": URL, "extension": parts}
            else:
                del rows[at]
            break
    else:
        if words:
            rows.append({"url": URL, "extension": parts})
    if not rows:
        del shadow["extension"]
    if not shadow:
        del node[f"_{name}"]


def outdated(was: Document | None, now: Document, language: str) -> set[str]:
    """Keys of texts that were reworded since the published version while their translation stayed."""
    before = {one.key: one for one in words_of(was, language)} if was is not None else {}
    return {
        one.key
        for one in words_of(now, language)
        if not one.is_missing
        and one.key in before
        and before[one.key].source != one.source
        and before[one.key].translation == one.translation
    }


def own(seen: Document, language: str, given: Mapping[str, str]) -> dict[str, str]:
    """Of the translations posted, those that differ from what the page showed: what others did meanwhile stays."""
    shown = {one.key: one.translation for one in words_of(seen, language)}
    return {key: words for key, words in given.items() if words.strip() != shown.get(key, "").strip()}
