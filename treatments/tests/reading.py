"""What a person reads on a page: words between tags, labels, descriptions, and sentences kept for the page's script."""

import json
import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SAID = {"aria-label", "alt", "placeholder", "title", "label", "aria-valuetext", "aria-description"}
SILENT = {"script", "style", "svg"}
SENTENCE = re.compile(r"[^\W\d_]{2,}[^{}<>=]*\s[^\W\d_]|^[A-Z][a-z]+[ .…]?$")


class Reader(HTMLParser):
    """Collects what is said; parts that name a language of their own (citations, the other language) are left out."""

    def __init__(self):
        super().__init__()
        self.said, self.stack = set(), []

    def handle_starttag(self, tag, attrs):
        facts = {name: value or "" for name, value in attrs}
        other = "lang" in facts and tag != "html"
        silent = other or (tag in SILENT and facts.get("type") != "application/json") or any(self.stack_silent())
        if not silent:
            self.hear(tag, facts)
        if tag not in VOID:
            self.stack.append((tag, silent, facts.get("type")))

    def stack_silent(self):
        return [silent for _, silent, _ in self.stack]

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.stack and self.stack[-1][1]:
            return
        if self.stack and self.stack[-1][2] == "application/json":
            self.keep_all(json.loads(data))
        else:
            self.keep(data)

    def hear(self, tag, facts):
        for name, value in facts.items():
            described = name == "content" and facts.get("name") == "description"
            for_script = name.startswith("data-") and SENTENCE.search(value) and not value.startswith(("{", "[", "/"))
            if name in SAID or described or for_script:
                self.keep(value)
        if tag == "input" and facts.get("type") in {"submit", "button", "reset"}:
            self.keep(facts.get("value", ""))

    def keep_all(self, found):
        for one in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
            self.keep_all(one) if isinstance(one, (dict, list)) else self.keep(str(one))

    def keep(self, words):
        for part in words.split(" · "):  # a title before the clinic's name
            if said := " ".join(part.split()):
                self.said.add(said)


def read(html):
    """Everything said on a page, or in an answer to its script."""
    reader = Reader()
    if html.startswith("{"):
        reader.keep_all(json.loads(html))
        return {words for words in reader.said if " " in words}
    reader.feed(html)
    return reader.said
