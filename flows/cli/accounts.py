"""What the accounts on platforms may still do, for who signs and who looks."""

from collections.abc import Sequence
from typing import Any

from flows.cli.moments import short
from flows.cli.terminal import Terminal


def show_accounts(term: Terminal, accounts: Sequence[dict[str, Any]]) -> None:
    lines = [
        [account["outlet"], one["calls"], f"{one['left']} of {one['of']}", short(one["again_at"])]
        for account in accounts
        for one in account["left"]
    ]
    term.table("what the accounts may still do", ["outlet", "calls", "left", "again from"], lines)
    for account in accounts:
        if account["ends_soon"]:
            term.say(f"{account['outlet']}: the authorisation ends {short(account['authorised_until'])}: renew it now")
        if account["problem"]:
            term.say(f"{account['outlet']}: {account['problem']}")
