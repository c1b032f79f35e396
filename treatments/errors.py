"""What the verbs of this room say when they will not: each a name, each with words for the person who asked."""


class Refused(Exception):
    """A verb that said no. `str()` of it is a sentence for the page."""

    words = "This is not possible."
    field = ""  # the form field the words belong to, where there is one

    def __init__(self, words: str = "", *, field: str = "") -> None:
        super().__init__(words or self.words)
        self.field = field or self.field


class StaleRecord(Refused):
    """Somebody saved after this page was opened."""

    words = "This was changed after you opened the page. Nothing was overwritten: please look at it again."
