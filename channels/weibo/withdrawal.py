"""Taking a Weibo down: deleted where the app may, else said to be withdrawn in a further one (contracts: Weibo 3.1, 8).

Ordinary apps may lack the permission to delete (10014). Then the follow-up that was signed with the withdrawal is posted,
and what was published stays to be seen: the receipt says so.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from channels.base import Refused
from channels.options import yes_or_no
from channels.weibo.wording import LIMIT, composed, foreign_addresses, length, topics
from content.account_facts import Facts
from content.delivery import Delivery, Receipt
from content.item import Item
from content.outlet import Outlet

FOLLOW_UP_PART = "text.txt"
WAY, DELETED, FOLLOW_UP, STILL_SHOWN = "way", "deleted", "follow-up", "still_shown"
_FACT = "may-not-delete"
# Longer than any delivery waits to be found: until then it is known that a follow-up may have been posted.
_REMEMBERED_FOR = timedelta(days=60)


def follow_up(item: Item, reason: str, domain: str) -> str:
    """What readers are told in place of a deletion. Like the page it holds nothing of what is withdrawn, not even its
    title; a reason that does not fit, or that the platform would not take, stands on the page only."""
    why = reason.strip()
    said = f"【撤稿说明】本账号此前发布的一条信息（索引号 {item.index_number}）已撤回"
    whole = composed(f"{said}。原因：{why.rstrip('。')}。请以网页公布的为准。", item.url)
    fits = why and length(whole) <= LIMIT and not topics(why) and not foreign_addresses(why, domain)
    return whole if fits else composed(f"{said}，请以网页公布的为准。", item.url)


def earlier(delivery: Delivery) -> list[str]:
    """The exact ids to take down, from the ledger's receipts and never by search; what told of a withdrawal stays."""
    published = [one for one in delivery.earlier if one.remote_id and one.evidence.get(WAY) != FOLLOW_UP]
    if not published:
        raise Refused("台账中没有该稿件在此账号的微博编号，无法撤回，请人工到账号主页核实")
    return list(dict.fromkeys(one.remote_id for one in published))


def by_follow_up(receipt: Receipt) -> bool:
    return receipt.evidence.get(WAY) == FOLLOW_UP


def told(receipt: Receipt) -> Mapping[str, str]:
    """What the later receipts of a follow-up keep of the first."""
    return {name: receipt.evidence[name] for name in (WAY, STILL_SHOWN) if name in receipt.evidence}


def follow_up_facts(delivery: Delivery) -> dict[str, str]:
    return {WAY: FOLLOW_UP, STILL_SHOWN: " ".join(earlier(delivery))}


def may_delete(outlet: Outlet, facts: Facts) -> bool:
    """Whether deleting is worth trying: not where the option says no, nor, unless it says yes, where the platform did."""
    option = yes_or_no(outlet, "destroy")
    return not facts.get(_FACT) if option is None else option


def may_have_followed_up(outlet: Outlet, facts: Facts) -> bool:
    return bool(facts.get(_FACT)) or not may_delete(outlet, facts)


def remember(facts: Facts, now: datetime) -> None:
    """The platform said that this app may not delete; kept before the follow-up goes out, so that it is looked for."""
    facts.keep(_FACT, "10014", now + _REMEMBERED_FOR)
