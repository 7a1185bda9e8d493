"""A delivery as JSON values: the command line's contract, and what who watches a run is told of its steps."""

from typing import Any

from content.records import Record


def describe(record: Record) -> dict[str, Any]:
    """One delivery as the command line's contract has it, and what a person needs beside it."""
    receipt = record.receipt
    return {
        "id": record.id,
        "item": record.item_id,
        "outlet": record.outlet,
        "channel": record.target.channel,
        "action": record.action.value,
        "state": record.state.value,
        "url": receipt.url if receipt else "",
        "remote_id": receipt.remote_id if receipt else "",
        "live_at": record.live_at.isoformat() if record.live_at else None,
        "digest": receipt.digest if receipt else "",
        "problem": record.problem,
        "still_shown": receipt.evidence.get("still_shown", "") if receipt else "",
    }


def progress(step: str, record: Record) -> dict[str, object]:
    """A step of a delivery that was taken."""
    return {
        "step": step,
        "delivery": record.id,
        "item": record.item_id,
        "outlet": record.outlet,
        "state": record.state.value,
    }
