"""Forms of the treatment room, one file a noun."""

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the body of a POST, even an empty one; None when the page is only shown."""
    return request.POST if request.method == "POST" else None
