"""WeChat: an article on an official account, drafted ahead of the hour; at the hour it is published (发布), sent to all
followers (群发), or left to a person, as the outlet's mode says."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from channels.allowances import allowance
from channels.base import Allowance, Figure, Measurable, Refused, Rendition, Unavailable, Unknown, Workbench
from channels.outcomes import Failed, told, verdicts_alone
from channels.wechat.account import OfficialAccount
from channels.wechat.article import content_of
from channels.wechat.audience import as_signed
from channels.wechat.budgets import Sends, budgets_of, looking_in, needed_of, no_send
from channels.wechat.checks import findings
from channels.wechat.drafting import MEDIA_ID, Sheet, drafted
from channels.wechat.mass import Mass
from channels.wechat.measuring import measured, shape_of
from channels.wechat.modes import mode_of, mode_of_receipt
from channels.wechat.normal import differences, normal_digest
from channels.wechat.outcomes import BAD_MEDIA
from channels.wechat.publication import INDEX, as_member
from channels.wechat.rendering import marker_in, render
from channels.wechat.taking_down import (
    Piece,
    Way,
    corrected_pieces,
    earlier_pieces,
    is_down,
    needed,
    pieces_of,
    take_down,
)
from channels.wechat.vanishing import why_gone
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Row, State

Going = tuple[Delivery, Rendition]


class Wechat:
    """One official account. ``identity`` is its appid; options: ``api`` (base address), ``mode`` (``freepublish``, ``mass``
    or ``draft``), ``tag_id`` (a mass send's group), ``account`` and ``sends`` (how often it may send), ``calls_a_day``; secrets: ``secret``."""

    row: ClassVar[Row | None] = Row.WECHAT
    direct: ClassVar[bool] = True
    # Contracts: WeChat 5.1.
    most_in_push: ClassVar[int] = 8

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self._bench = bench
        self._account = OfficialAccount(outlet, bench)

    def check(self, revision: Revision) -> Sequence[Finding]:
        content = content_of(revision, Action.PUBLISH, "", self._bench.office, self._bench.site.url)
        return findings(revision, content, self.outlet)

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        return render(item, revision, action, reason, self.outlet, self._bench.office, self._bench.assets)

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Puts pictures and draft up and reads the draft back; nothing of it is public, and repeating it adds nothing."""
        if delivery.action is Action.WITHDRAW:
            pieces = pieces_of(delivery)
            self._account.purse(delivery).reserve_calls(needed(pieces), self._account.now())
            return Prepared({"articles": _names(pieces)}, rendition.digest)
        return self.prepare_push([(delivery, rendition)])[0]

    def prepare_push(self, members: Sequence[Going]) -> Sequence[Prepared]:
        """One draft for all of them. Raises Refused and Unavailable."""
        for place, (delivery, rendition) in enumerate(members):
            as_signed(self.outlet, rendition)
            self._reserve(delivery, acts=place == 0)
        head, rendition = members[0]
        mode_of(self._account).reserve(head, rendition)
        api, shared, sheets = self._account.api(head), self._account.shared, _sheets(members)
        with told():
            media_id, references = drafted(api, shared, sheets)
        return [
            Prepared({**known, MEDIA_ID: media_id}, normal_digest(sheet.filled(known)))
            for sheet, known in zip(sheets, references, strict=True)
        ]

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        if delivery.action is Action.WITHDRAW:
            return self._taken_down(delivery, rendition)
        return self.release_push([(delivery, rendition)], [prepared])[0]

    def release_push(self, members: Sequence[Going], prepared: Sequence[Prepared]) -> Sequence[Receipt]:
        """The draft that all of them are in goes out. Raises Refused, Unavailable and Unknown."""
        for _, rendition in members:
            as_signed(self.outlet, rendition)
        head, rendition = members[0]
        media_id = prepared[0].references[MEDIA_ID]
        self._unaltered(members, media_id, prepared)
        if head.action is Action.CORRECT:
            self._take_down(head, [piece for piece in earlier_pieces(head) if piece.way is Way.DRAFT])
        receipt = mode_of(self._account).send(head, rendition, media_id)
        return [_own(receipt, delivery, carried) for delivery, carried in members]

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        with verdicts_alone():
            return self._followed(delivery, rendition, receipt)

    def _followed(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        if delivery.action is Action.WITHDRAW:
            return self._all_gone(delivery, rendition) or receipt
        found = mode_of_receipt(self._account, receipt).follow(delivery, rendition, receipt)
        if found.state is State.LIVE:
            if delivery.action is Action.CORRECT:
                self._replace(delivery, found)
            self._account.purse(delivery).settle()
        return found

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """A correction that is found stays ACCEPTED: following it removes the article that it replaces."""
        if delivery.action is Action.WITHDRAW:
            return self._all_gone(delivery, rendition)
        found = mode_of(self._account).find(delivery, rendition)
        found = as_member(found, delivery) if found else None
        if found is None or found.state is not State.LIVE:
            return found
        if delivery.action is not Action.CORRECT:
            self._account.purse(delivery).settle()
            return found
        return Receipt(State.ACCEPTED, found.remote_id, found.url, found.live_at, found.digest, found.evidence)

    def vanished(self, receipt: Receipt) -> str:
        return why_gone(self._account.api_to_spare(), receipt)

    def heard(self, receipt: Receipt) -> bool:
        return self._account.events.proves(receipt)

    def not_as_signed(self, rendition: Rendition) -> str:
        try:
            as_signed(self.outlet, rendition)
        except Refused as problem:
            return str(problem)
        return ""

    def allowances(self) -> Sequence[Allowance]:
        quotas, now, mode = self._account.shared.quotas, self._account.now(), mode_of(self._account)
        budgets = budgets_of(self.outlet)
        sends = [Sends.of(self.outlet).allowance(quotas, now)] if isinstance(mode, Mass) else []
        measures = self.outlet.options.get("measure") is not False
        shown = (*mode.shown, f"datacube/{shape_of(self.outlet).interface}") if measures else mode.shown
        return [*sends, *(allowance(budgets[path], quotas, now) for path in shown)]

    def problem_at(self, moment: datetime) -> str:
        """The sends of that moment's period may be used up or promised to others."""
        if not isinstance(mode_of(self._account), Mass):
            return ""
        sends = Sends.of(self.outlet)
        left = self._account.shared.quotas.left(sends.still(self._account.shared.quotas, moment))
        return "" if left > 0 else str(no_send(sends, moment))

    def authorised_until(self) -> datetime | None:
        """An appid's secret does not end."""
        return None

    def measure(self, live: Sequence[Measurable]) -> Iterator[Figure]:
        api, facts = self._account.api_without_reserve(), self._account.shared.facts
        yield from measured(api.statistics, shape_of(self.outlet), live, facts, self._account.now())

    def _reserve(self, delivery: Delivery, *, acts: bool) -> None:
        """The calls that one article takes; the one that *acts* pays for the act, too."""
        calls = mode_of(self._account).needed
        earlier = corrected_pieces(delivery) if delivery.action is Action.CORRECT else []
        needs = needed_of(calls if acts else looking_in(calls), needed(earlier))
        self._account.purse(delivery).reserve_calls(needs, self._account.now())

    def _unaltered(self, members: Sequence[Going], media_id: str, prepared: Sequence[Prepared]) -> None:
        """The draft is still what was signed. Raises Unknown when it is gone: it may have been published."""
        sheets = _sheets(members)
        articles = [sheet.filled(known.references) for sheet, known in zip(sheets, prepared, strict=True)]
        try:
            kept = self._account.api(members[0][0]).draft(media_id)
        except Failed as failed:
            if isinstance(failed.error, Unavailable) and failed.code == BAD_MEDIA:
                raise Unknown("微信草稿已不在草稿箱，可能已经发布，须先核实") from failed
            raise failed.error from failed
        found = differences(articles, kept)
        same = [normal_digest(article) for article in articles] == [one.digest for one in prepared]
        if found or not same:
            raise Unavailable(f"微信草稿在准备之后被改动（{found or '与准备时不同'}），没有发布，将重新准备")

    def _replace(self, delivery: Delivery, corrected: Receipt) -> None:
        """Takes down what the corrected article replaces; may be repeated, so a lost answer is no matter."""
        try:
            self._take_down(delivery, [one for one in earlier_pieces(delivery) if one.id != corrected.remote_id])
        except Unknown as lost:
            raise Unavailable(str(lost)) from lost

    def _taken_down(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        pieces = pieces_of(delivery)
        self._take_down(delivery, pieces)
        return Receipt(State.ACCEPTED, pieces[-1].id, digest=rendition.digest, evidence={"deleted": _names(pieces)})

    def _take_down(self, delivery: Delivery, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            take_down(self._account.api(delivery), self._account.shared.facts, piece)

    def _all_gone(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        pieces = pieces_of(delivery)
        facts = self._account.shared.facts
        if not all(is_down(self._account.api(delivery), facts, piece) for piece in pieces):
            return None
        self._account.purse(delivery).settle()
        return Receipt(State.LIVE, pieces[-1].id, digest=rendition.digest, evidence={"gone": _names(pieces)})


def _sheets(members: Sequence[Going]) -> list[Sheet]:
    return [Sheet.of(delivery, rendition) for delivery, rendition in members]


def _own(receipt: Receipt, delivery: Delivery, rendition: Rendition) -> Receipt:
    """A member's own receipt, of the one that the platform gave for all that went out together."""
    if delivery.push is None:
        return receipt
    own = {INDEX: str(delivery.push.place)} | ({"marker": marker_in(rendition)} if "marker" in receipt.evidence else {})
    return as_member(replace(receipt, digest=rendition.digest, evidence={**receipt.evidence, **own}), delivery)


def _names(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.name for piece in pieces)
