"""WeChat: an article on an official account, drafted ahead of the hour; at the hour it is published (发布), sent to all
followers (群发), or left to a person, as the outlet's mode says."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from channels.allowances import allowance
from channels.base import Allowance, Figure, Measurable, Rendition, Unavailable, Unknown, Workbench
from channels.outcomes import Failed, told, verdicts_alone
from channels.wechat.account import OfficialAccount
from channels.wechat.article import content_of
from channels.wechat.audience import as_signed
from channels.wechat.budgets import Sends, budgets_of, needed_of
from channels.wechat.checks import findings
from channels.wechat.drafting import MEDIA_ID, drafted, filled_article, uploaded
from channels.wechat.mass import Mass
from channels.wechat.measuring import measured, shape_of
from channels.wechat.modes import mode_of, mode_of_receipt
from channels.wechat.normal import difference, normal_digest
from channels.wechat.outcomes import BAD_MEDIA
from channels.wechat.rendering import render
from channels.wechat.taking_down import Piece, Way, earlier_pieces, is_down, needed, pieces_of, take_down
from channels.wechat.vanishing import why_gone
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Row, State


class Wechat:
    """One official account. ``identity`` is its appid; options: ``api`` (base address), ``mode`` (``freepublish``, ``mass``
    or ``draft``), ``tag_id`` (a mass send's group), ``account`` and ``sends`` (how often it may send), ``calls_a_day``; secrets: ``secret``."""

    row: ClassVar[Row | None] = Row.WECHAT
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self._bench = bench
        self._account = OfficialAccount(outlet, bench)

    def check(self, revision: Revision) -> Sequence[Finding]:
        content = content_of(revision, Action.PUBLISH, "", self._bench.office)
        return findings(revision, content, self.outlet)

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        return render(item, revision, action, reason, self.outlet, self._bench.office, self._bench.assets)

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Puts pictures and draft up and reads the draft back; nothing of it is public, and repeating it adds nothing."""
        mode, purse = mode_of(self._account), self._account.purse(delivery)
        if delivery.action is Action.WITHDRAW:
            pieces = pieces_of(delivery)
            purse.reserve_calls(needed(pieces), self._account.now())
            return Prepared({"articles": _names(pieces)}, rendition.digest)
        as_signed(self.outlet, rendition)
        earlier = earlier_pieces(delivery) if delivery.action is Action.CORRECT else []
        purse.reserve_calls(needed_of(mode.needed, needed(earlier)), self._account.now())
        mode.reserve(delivery, rendition)
        api, uploads = self._account.api(delivery), self._account.shared.uploads
        with told():
            references = uploaded(api, uploads, rendition)
            media_id = drafted(api, uploads, rendition, references)
        article = filled_article(rendition, references)
        return Prepared({**references, MEDIA_ID: media_id}, normal_digest(article))

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        if delivery.action is Action.WITHDRAW:
            return self._taken_down(delivery, rendition)
        as_signed(self.outlet, rendition)
        mode, media_id = mode_of(self._account), prepared.references[MEDIA_ID]
        self._unaltered(delivery, media_id, rendition, prepared)
        if delivery.action is Action.CORRECT:
            self._take_down(delivery, [piece for piece in earlier_pieces(delivery) if piece.way is Way.DRAFT])
        return mode.send(delivery, rendition, media_id)

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

    def allowances(self) -> Sequence[Allowance]:
        quotas, now, mode = self._account.shared.quotas, self._account.now(), mode_of(self._account)
        budgets = budgets_of(self.outlet)
        sends = [Sends.of(self.outlet).allowance(quotas, now)] if isinstance(mode, Mass) else []
        measures = self.outlet.options.get("measure") is not False
        shown = (*mode.shown, f"datacube/{shape_of(self.outlet).interface}") if measures else mode.shown
        return [*sends, *(allowance(budgets[path], quotas, now) for path in shown)]

    def authorised_until(self) -> datetime | None:
        """An appid's secret does not end."""
        return None

    def measure(self, live: Sequence[Measurable]) -> Iterator[Figure]:
        api, facts = self._account.api_without_reserve(), self._account.shared.facts
        yield from measured(api.statistics, shape_of(self.outlet), live, facts, self._account.now())

    def _unaltered(self, delivery: Delivery, media_id: str, rendition: Rendition, prepared: Prepared) -> None:
        """The draft is still what was signed. Raises Unknown when it is gone: it may have been published."""
        article = filled_article(rendition, prepared.references)
        try:
            kept = self._account.api(delivery).draft(media_id)
        except Failed as failed:
            if isinstance(failed.error, Unavailable) and failed.code == BAD_MEDIA:
                raise Unknown("微信草稿已不在草稿箱，可能已经发布，须先核实") from failed
            raise failed.error from failed
        found = difference(article, kept)
        if found or normal_digest(article) != prepared.digest:
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
            take_down(self._account.api(delivery), piece)

    def _all_gone(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        pieces = pieces_of(delivery)
        if not all(is_down(self._account.api(delivery), piece) for piece in pieces):
            return None
        self._account.purse(delivery).settle()
        return Receipt(State.LIVE, pieces[-1].id, digest=rendition.digest, evidence={"gone": _names(pieces)})


def _names(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.id for piece in pieces)
