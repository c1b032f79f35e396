"""A part of a page that is drawn once and kept in this process, for as long as what it shows is the same."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
#: A clinic has one name and two languages; more than this comes from tests only.
MOST = 64


class KeptNode(Node):
    """What it drew, by language and by the values named in the tag."""

    def __init__(self, nodelist: NodeList, shows: list[FilterExpression]) -> None:
        self.nodelist, self.shows = nodelist, shows
        self.drawn: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The part as drawn before, or drawn now."""
        key = (get_language(), *(str(one.resolve(context)) for one in self.shows))
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= MOST:
                self.drawn.clear()
            found = self.drawn[key] = self.nodelist.render(context)
        return found


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept clinic.name plain %}…{% endkept %}`: nothing inside may depend on anything but these and the language.

    Never round a CSRF token, a nonce, a name or an answer.
    """
    shows = [parser.compile_filter(one) for one in token.split_contents()[1:]]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, shows)
