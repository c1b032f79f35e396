"""A kept part of a page is drawn once for what it shows."""

from django.template import Context, Template
from django.utils import translation

from clinic.templatetags.kept import MOST


class Counted:
    def __init__(self):
        self.times = 0

    def __str__(self):
        self.times += 1
        return f"drawn {self.times}"


def _page(source):
    return Template("{% load kept i18n %}" + source)


def test_drawn_once_for_each_value_it_names():
    page, drawn = _page("{% kept name %}{{ name }}: {{ drawn }}{% endkept %}"), Counted()
    said = [page.render(Context({"name": name, "drawn": drawn})) for name in ("Lake", "Hill", "Lake")]
    assert said == ["Lake: drawn 1", "Hill: drawn 2", "Lake: drawn 1"]


def test_each_language_has_its_own():
    page = _page('{% kept %}{% translate "Next" %}{% endkept %}')
    said = []
    for code in ("en", "es", "en"):
        with translation.override(code):
            said.append(page.render(Context()))
    assert said[0] == said[2] == "Next"
    assert said[1] != "Next"


def test_what_it_shows_is_escaped():
    assert _page("{% kept name %}{{ name }}{% endkept %}").render(Context({"name": "<b>"})) == "&lt;b&gt;"


def test_it_does_not_grow_without_end():
    page = _page("{% kept name %}{{ name }}{% endkept %}")
    for number in range(MOST + 5):
        page.render(Context({"name": number}))
    node = next(one for one in page.nodelist if hasattr(one, "drawn"))
    assert len(node.drawn) <= MOST
