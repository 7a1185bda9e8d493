"""``tongbu measure`` by the clock: once a day, after the hour when platforms have the figures of the day before.

WeChat has them from eight (contracts: WeChat 8). Where a platform says that it is to be asked later, the accounts that it
said so of are asked again on the same day. One process does it at a time; what came of it stands in status.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from content.account_facts import Facts
from content.clock import in_china, stamp, unstamp
from flows.measuring import Measured, measure
from flows.wiring import Wired

AGAIN_AFTER = timedelta(hours=1)
# Longer than measuring takes; then whoever measures is taken for dead.
LEASE = timedelta(minutes=30)
_KEPT = timedelta(days=400)
_NAME, _TURN = "measured", "measuring"
log = logging.getLogger("tongbu.measuring")


def measure_when_due(wired: Wired) -> bool:
    """Measures if it is due and nobody else does at this moment; whether it did."""
    if not _due(wired):
        return False
    facts, now = _facts(wired), wired.workspace.clock()
    if not facts.claim(_TURN, stamp(now), now + LEASE):
        return False
    try:
        return _measure(wired, facts) if _due(wired) else False  # somebody may have done it since we looked
    finally:
        facts.forget(_TURN)


def last_measured(wired: Wired) -> dict[str, Any] | None:
    """What the clock measured last: ``{"at", "outlets": [...], "again_at"}``, outlets as ``Measured.as_json``."""
    kept = _facts(wired).get(_NAME)
    return dict(json.loads(kept)) if kept else None


def _due(wired: Wired) -> bool:
    engine, now = wired.workspace.settings.engine, wired.workspace.clock()
    if not engine.measure or in_china(now).hour < engine.measure_hour:
        return False
    last = last_measured(wired)
    if last is None or _day(unstamp(last["at"])) < _day(now):
        return True
    return bool(last["again_at"]) and unstamp(last["again_at"]) <= now


def _measure(wired: Wired, facts: Facts) -> bool:
    last, now = last_measured(wired), wired.workspace.clock()
    before = last["outlets"] if last is not None and _day(unstamp(last["at"])) == _day(now) else []
    waiting = {one["outlet"] for one in before if one["later"]}
    done = measure(wired, among=waiting if before else None)
    for problem in dict.fromkeys(f"{one.channel}: {one.problem}" for one in done if one.problem):
        log.warning("%s", problem)
    outlets = _merged(before, [one.as_json() | {"later": one.later} for one in done])
    told = {"at": stamp(now), "outlets": outlets, "again_at": _again_at(done, wired.workspace.clock())}
    facts.keep(_NAME, json.dumps(told, ensure_ascii=False), now + _KEPT)
    return True


def _merged(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    anew = {one["outlet"]: one for one in now}
    return [*(one for one in before if one["outlet"] not in anew), *now]


def _again_at(done: Sequence[Measured], now: datetime) -> str | None:
    """When those are asked again that are to be asked later."""
    moments = [max(one.again_at or now, now + AGAIN_AFTER) for one in done if one.later]
    return stamp(min(moments)) if moments else None


def _day(moment: datetime) -> str:
    return in_china(moment).date().isoformat()


def _facts(wired: Wired) -> Facts:
    return Facts(wired.database, "workspace")
