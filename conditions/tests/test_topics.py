"""Topic prose can carry no markup of its own beyond plain text."""

import pytest
from django.template import engines

from conditions.topics import clean, topics


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<p style="color:red" onclick="alert(1)">x</p>',
        "<iframe src=https://example.org></iframe>",
    ],
)
def test_clean_leaves_nothing_that_runs(evil):
    cleaned = clean(evil)
    for word in ("script", "onerror", "javascript", "style=", "onclick", "iframe", "img"):
        assert word not in cleaned


def test_template_prints_cleaned_prose_as_it_is_and_escapes_the_rest():
    template = engines["django"].from_string("{{ topic.body }}{{ evil }}")
    printed = template.render({"topic": topics()["what-it-is"], "evil": "<b>x</b>"})
    assert "<h2>What makes it different</h2>" in printed
    assert "&lt;b&gt;x&lt;/b&gt;" in printed


def test_adding_to_cleaned_prose_makes_it_ordinary_text_again():
    assert not hasattr(clean("<p>a</p>") + "<script>", "__html__")
