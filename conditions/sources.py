"""The publications everything clinical here rests on, by key. Touches no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from conditions.documents import document


@dataclass(frozen=True, slots=True)
class Source:
    """One publication. `basis` is 'memory' where none was opened."""

    key: str
    citation: str
    links: tuple[str, ...]
    basis: str

    @property
    def opened(self) -> bool:
        """False for what the writers only remembered: to be checked before clinical use."""
        return self.basis == "seen"


@cache
def sources() -> Mapping[str, Source]:
    """Every source by key."""
    return MappingProxyType(
        {
            row["key"]: Source(row["key"], row["citation"], tuple(row["links"]), row["basis"])
            for row in document("sources")["sources"]
        }
    )


def source(key: str) -> Source:
    """The source with this key; KeyError when there is none."""
    return sources()[key]


def cited(keys: Iterable[str]) -> list[Source]:
    """The sources for these keys, each once, in the order given."""
    return [sources()[key] for key in dict.fromkeys(keys)]


def unknown(keys: Iterable[str]) -> list[str]:
    """Those keys that name no source."""
    return [key for key in keys if key not in sources()]
