"""Ranges of motion: 38 joint movements with a reference value. Touches no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from conditions.documents import document


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of one joint, such as `cervical.rotation`."""

    code: str
    joint: str
    joint_name: str
    movement: str
    per_side: bool
    reference_value: float
    published_range: str
    unit: str


@cache
def movements() -> Mapping[str, Movement]:
    """Every movement by code, in the order of the document."""
    return MappingProxyType(
        {
            row["code"]: Movement(**{name: value for name, value in row.items() if name != "record"})
            for row in document("rom")["movements"]
        }
    )


def movement(code: str) -> Movement:
    """The movement with this code; KeyError when there is none."""
    return movements()[code]


@cache
def end_feels() -> tuple[str, ...]:
    """How the end of a passive movement may feel."""
    return tuple(document("rom")["end_feel"])


@cache
def pain_moments() -> tuple[str, ...]:
    """When in a movement it may hurt."""
    return tuple(document("rom")["pain_on"])
