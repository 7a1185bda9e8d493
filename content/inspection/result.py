"""What an inspection found, as data: shown by the terminal, the JSON document and the page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from content.clock import stamp
from content.inspection.rules import WEIGHT_LABELS, Code, Weight, codes

PLACES = 20
GROUPS = 2000
"""How many findings of one code are kept one by one; the others are counted, so that a site full of them does not fill
the memory."""


@dataclass(frozen=True)
class Hit:
    """One thing found at one place: a path on the site, with its *line* where there is one. *points* are of the
    deduction list."""

    code: str
    place: str
    found: str
    line: int = 0
    points: float = 0.0


@dataclass
class Group:
    """The same finding at several places; those beyond ``PLACES`` are only counted."""

    code: Code
    found: str
    places: list[tuple[str, int]] = field(default_factory=list)
    count: int = 0
    points: float = 0.0

    def add(self, hit: Hit) -> None:
        self.count += 1
        self.points += hit.points
        if len(self.places) < PLACES and (hit.place, hit.line) not in self.places:
            self.places.append((hit.place, hit.line))

    def merge(self, other: "Group") -> None:
        self.count += other.count
        self.points += other.points
        self.places += [place for place in other.places if place not in self.places][: PLACES - len(self.places)]

    @property
    def blocks(self) -> bool:
        return self.code.integrity or self.code.weight is Weight.VETO

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code.code,
            "indicator": self.code.indicator,
            "weight": self.code.weight.value,
            "integrity": self.code.integrity,
            "title": self.code.title,
            "found": self.found,
            "places": [{"path": path, "line": line} if line else {"path": path} for path, line in self.places],
            "count": self.count,
            "points": round(self.points, 4),
            "source": self.code.source,
            "mend": self.code.mend,
        }


class Findings:
    """Collects hits. Integrity findings are named one by one, others with the same words stand together."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, str], Group] = {}
        self._kept: dict[str, int] = {}
        self.counts: dict[str, int] = {}

    def add(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            self.counts[hit.code] = self.counts.get(hit.code, 0) + 1
            group = self._group(hit)
            if group is not None:
                group.add(hit)

    def merge(self, other: "Findings") -> None:
        """Adds what another process collected."""
        for code, count in other.counts.items():
            self.counts[code] = self.counts.get(code, 0) + count
        for theirs in other._groups.values():
            for path, line in theirs.places[:1]:
                group = self._group(Hit(theirs.code.code, path, theirs.found, line))
                if group is not None:
                    group.merge(theirs)

    def groups(self) -> Iterator[Group]:
        """Vetoes first, then in the order of the rules' file."""
        order = {name: number for number, name in enumerate(codes())}
        weights = list(Weight)
        yield from sorted(
            self._groups.values(), key=lambda one: (weights.index(one.code.weight), order[one.code.code], one.places)
        )

    def left_out(self) -> dict[str, int]:
        """How many findings of a code are counted and not named."""
        named: dict[str, int] = {}
        for group in self._groups.values():
            named[group.code.code] = named.get(group.code.code, 0) + group.count
        return {code: count - named.get(code, 0) for code, count in self.counts.items() if count > named.get(code, 0)}

    @property
    def blocks(self) -> bool:
        return any(codes()[code].integrity or codes()[code].weight is Weight.VETO for code in self.counts)

    def by_weight(self) -> dict[str, int]:
        found = {weight.value: 0 for weight in Weight}
        for code, count in self.counts.items():
            found[codes()[code].weight.value] += count
        return found

    def _group(self, hit: Hit) -> Group | None:
        code = codes()[hit.code]
        key = (hit.code, hit.found, hit.place if code.integrity else "")
        if key not in self._groups:
            if self._kept.get(hit.code, 0) >= GROUPS:
                return None
            self._kept[hit.code] = self._kept.get(hit.code, 0) + 1
            self._groups[key] = Group(code, hit.found)
        return self._groups[key]


@dataclass
class Looked:
    """How much was looked at."""

    files: int = 0
    pages: int = 0
    items: int = 0
    links: int = 0
    links_outside: int = 0

    def add(self, other: "Looked") -> None:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    def as_json(self) -> dict[str, int]:
        return dict(vars(self))


@dataclass
class SiteResult:
    """One site's inspection. *way* is ``files`` or the address that the pages were fetched from."""

    outlet: str
    name: str
    url: str
    way: str
    findings: Findings = field(default_factory=Findings)
    looked: Looked = field(default_factory=Looked)

    def as_json(self) -> dict[str, Any]:
        return {
            "outlet": self.outlet,
            "name": self.name,
            "url": self.url,
            "way": self.way,
            "looked_at": self.looked.as_json(),
            "weights": self.findings.by_weight(),
            "counts": dict(sorted(self.findings.counts.items())),
            "left_out": self.findings.left_out(),
            "findings": [group.as_json() for group in self.findings.groups()],
        }


@dataclass(frozen=True)
class Inspection:
    """All sites that were inspected; *rehearsal* stamps 演练 wherever it is shown."""

    started_at: datetime
    finished_at: datetime
    rehearsal: bool
    outside: bool
    sites: tuple[SiteResult, ...]

    @property
    def blocks(self) -> bool:
        return any(site.findings.blocks for site in self.sites)

    def by_weight(self) -> dict[str, int]:
        found = [site.findings.by_weight() for site in self.sites]
        return {weight.value: sum(one[weight.value] for one in found) for weight in Weight}

    def as_json(self) -> dict[str, Any]:
        return {
            "started_at": stamp(self.started_at),
            "finished_at": stamp(self.finished_at),
            "workspace": "rehearsal" if self.rehearsal else "production",
            "outside": self.outside,
            "blocks": self.blocks,
            "weights": self.by_weight(),
            "sites": [site.as_json() for site in self.sites],
        }


def label(weight: Weight) -> str:
    return WEIGHT_LABELS[weight]
