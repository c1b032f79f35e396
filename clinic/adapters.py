"""How allauth behaves in this clinic."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: staff come in by invitation, clients have no account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
