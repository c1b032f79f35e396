"""The body chart: 78 regions with side, group, sensitivity and mirror image. Touches no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from conditions.documents import document

SIDES = {"right": "right", "left": "left", "midline": "middle"}
GROUPS = ("head", "neck", "trunk", "upper limb", "lower limb")


@dataclass(frozen=True, slots=True)
class Region:
    """One area of the chart, such as `POST-NECK-R`."""

    code: str
    base_code: str
    name: str
    view: str
    side: str
    group: str
    sensitivity: str
    caution: str
    key_structures: tuple[str, ...]
    mirror_code: str | None
    sort: int

    @property
    def area(self) -> str:
        """The name without its side: 'Back of neck'."""
        return self.name.removesuffix(f", {self.side}")

    @property
    def is_sensitive(self) -> bool:
        """True where the client's separate yes is needed each time."""
        return self.sensitivity == "sensitive"

    @property
    def is_restricted(self) -> bool:
        """True where only light, careful work is allowed (front of neck, back of knee, belly)."""
        return self.sensitivity == "restricted"


@dataclass(frozen=True, slots=True)
class MarkFields:
    """What a mark on the chart may say."""

    symptoms: tuple[str, ...]
    depths: tuple[str, ...]
    patterns: tuple[str, ...]
    phases: tuple[str, ...]


@cache
def regions() -> Mapping[str, Region]:
    """Every region by code, in chart order."""
    found = {}
    for row in sorted(document("body_regions")["regions"], key=lambda row: row["sort"]):
        found[row["code"]] = Region(
            code=row["code"],
            base_code=row["base_code"],
            name=row["name"],
            view=row["view"],
            side=row["side"],
            group=row["group"],
            sensitivity=row["sensitivity"],
            caution=row["caution"] or "",
            key_structures=tuple(row["key_structures"]),
            mirror_code=row["mirror_code"],
            sort=row["sort"],
        )
    return MappingProxyType(found)


@cache
def mark_fields() -> MarkFields:
    """The words offered when something is marked on the chart."""
    fields = document("body_regions")["mark_fields"]
    return MarkFields(
        symptoms=tuple(fields["symptom"]),
        depths=tuple(fields["depth"]),
        patterns=tuple(fields["pattern"]),
        phases=tuple(fields["phase"]),
    )


def region(code: str) -> Region:
    """The region with this code; KeyError when there is none."""
    return regions()[code]


def mirror(code: str) -> str:
    """The same area on the other side; a midline region mirrors itself."""
    return regions()[code].mirror_code or code


def unknown(codes: Iterable[str]) -> list[str]:
    """Those codes that name no region."""
    return [code for code in codes if code not in regions()]


def by_group(codes: Iterable[str] | None = None) -> dict[str, list[Region]]:
    """Regions (all, or those named) under their group, head to foot."""
    chosen = [regions()[code] for code in codes] if codes is not None else list(regions().values())
    chosen.sort(key=lambda each: each.sort)
    grouped = {group: [each for each in chosen if each.group == group] for group in GROUPS}
    return {group: found for group, found in grouped.items() if found}


def describe(codes: Iterable[str]) -> list[str]:
    """Plain words for a list of codes; a pair of sides is named once: 'Low back, both sides'."""
    chosen = sorted((regions()[code] for code in set(codes)), key=lambda each: each.sort)
    present = {each.code for each in chosen}
    words: list[str] = []
    for each in chosen:
        if each.mirror_code in present:
            each_words = f"{each.area}, both sides"
        else:
            each_words = each.name
        if each_words not in words:
            words.append(each_words)
    return words
