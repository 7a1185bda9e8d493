"""群发 (mass/sendall): the draft goes to all followers or a group of them, once a day or four times a month (contracts: 7).

Every attempt bears the same ``clientmsgid``, which the platform takes once in 24 hours: a repeated call is answered with
45065 and the first one's number. So what became of a lost answer can be asked by calling again, within that time only.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from channels.base import Refused, Rendition, Unavailable, Unknown
from channels.calls import text
from channels.outcomes import Failed, Verdict, told
from channels.wechat.account import OfficialAccount
from channels.wechat.audience import audience_in
from channels.wechat.budgets import Sends
from channels.wechat.callback_xml import JobEnd
from channels.wechat.outcomes import BAD_MEDIA, CONFIRMATION, SENDS_USED, SENT_BEFORE, TOO_FAST
from channels.wechat.publication import INDEX, as_member, place_of
from channels.wechat.publishing import in_the_box
from channels.wechat.sendings import WINDOW, Sending, Sendings, clientmsgid
from content.delivery import Delivery, Receipt
from content.vocabulary import Action, State

SUCCESS, RUNNING, FAILED, DELETED = "SEND_SUCCESS", "SENDING", "SEND_FAIL", "DELETE"
# An administrator has half an hour to confirm (contracts: WeChat 7.1).
_CONFIRMING = timedelta(minutes=31)


class Mass:
    """``mode = "mass"``; options ``account`` (``subscription`` or ``service``), ``sends`` and ``tag_id``."""

    needed: ClassVar[Mapping[str, int]] = {"message/mass/sendall": 3, "draft/get": 2}
    shown: ClassVar[tuple[str, ...]] = ("message/mass/sendall", "message/mass/delete")

    def __init__(self, account: OfficialAccount) -> None:
        self._account = account
        self._sends = Sends.of(account.outlet)

    def reserve(self, delivery: Delivery, rendition: Rendition) -> None:
        """One of the period's sends, unless an attempt paid for it. A correction that would have to wait for the next
        period is refused: an editor chooses between waiting with the wrong article and withdrawing it."""
        at = max(delivery.at, self._account.now())
        if self._paid(self._sendings.get(self._identity(delivery, rendition)), at):
            return
        try:
            self._account.purse(delivery).reserve_send(self._sends, at)
        except Unavailable as problem:
            if delivery.action is not Action.CORRECT:
                raise
            raise Refused(
                "群发的文章不能原地修改，更正须删除原文后重新群发，而本期的群发次数已用完："
                "请到下一期再发布更正，或先撤稿，或到公众平台发布更正说明"
            ) from problem

    def send(self, delivery: Delivery, rendition: Rendition, media_id: str) -> Receipt:
        """What is remembered is written before the call: were it lost with this process, an attempt could be repeated
        after the 24 hours, and the article go out twice."""
        identity, now = self._identity(delivery, rendition), self._account.now()
        earlier = self._sendings.get(identity)
        if earlier and now - earlier.at >= WINDOW:
            raise Unknown("微信群发：上一次提交的结果未知，已超过平台的24小时去重期，须由人工核实后再发")
        sending = replace(earlier, media_id=media_id) if earlier else Sending(now, media_id)
        self._sendings.keep(identity, sending)
        if not self._paid(earlier, now):
            self._pay(delivery, identity, earlier, now)
        try:
            return self._submitted(delivery, rendition, identity, sending)
        except (Refused, Unavailable) as problem:
            code = problem.__cause__.code if isinstance(problem.__cause__, Failed) else 0
            if earlier is None and code != TOO_FAST:
                self._sendings.forget(identity)
            if not self._paid(earlier, now) and code not in (TOO_FAST, SENDS_USED):
                self._account.purse(delivery).send_not_made(self._sends, now)
            raise

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        msg_id = receipt.evidence.get("msg_id", "")
        if not msg_id:
            return self.find(delivery, rendition) or receipt
        heard = self._account.events.mass_send(msg_id)
        if heard is not None:
            return _sent(receipt, heard)
        if not self._account.events.worth_asking("mass", msg_id, delivery, self._account.now()):
            return receipt
        with told():
            status = self._account.api(delivery).mass_status(msg_id)
        if status == SUCCESS:
            return replace(receipt, state=State.LIVE, evidence={**receipt.evidence, "msg_status": status})
        if status == FAILED:
            if self._sendings.forget(self._identity(delivery, rendition)):
                self._account.purse(delivery).send_not_made(self._sends, delivery.since or delivery.at)
            raise Verdict(
                f"微信群发失败（{msg_id} {status}{self._account.events.why_failed(msg_id)}），请到公众平台查看原因；"
                "同一稿件24小时内再次提交会被平台视为重复"
            )
        if status == DELETED:
            raise Verdict(f"微信群发的文章已被删除（{msg_id} {status}），请到公众平台核实")
        return receipt

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """A draft that still lies in the box was not sent. One that has left it cannot be sent again, so calling again
        only asks; after the 24 hours not even that is done, and people decide."""
        identity, now = self._identity(delivery, rendition), self._account.now()
        sending = self._sendings.get(identity)
        if sending and sending.msg_id:
            return _receipt(delivery, rendition, identity, sending)
        if sending and sending.confirming and now < sending.at + _CONFIRMING:
            raise Unavailable("微信群发：平台可能正等待管理员确认，稍后再核实", sending.at + _CONFIRMING)
        if now - (sending.at if sending else delivery.since or delivery.at) >= WINDOW:
            self._sendings.forget(identity)
            raise Unknown("微信群发：结果未知，已超过平台的24小时去重期，不能再提交核实，请人工到公众平台查看")
        if in_the_box(self._account, delivery, rendition):
            return None
        if sending is None:
            raise Unknown("微信群发：草稿已离开草稿箱，而没有提交的记录，请人工到公众平台查看")
        return self._asked(delivery, rendition, identity, sending)

    def _asked(self, delivery: Delivery, rendition: Rendition, identity: str, sending: Sending) -> Receipt:
        """What the platform calls this send, by submitting the vanished draft again under the same id."""
        try:
            return self._submitted(delivery, rendition, identity, sending)
        except _NoSuchDraft as gone:
            raise Unknown("微信群发：草稿已不在，平台也不认识这次提交，请人工到公众平台查看是否发过") from gone
        except Unknown as lost:
            raise Unavailable(str(lost)) from lost

    def _submitted(self, delivery: Delivery, rendition: Rendition, identity: str, sending: Sending) -> Receipt:
        try:
            signed = audience_in(rendition)
            reply = self._account.api(delivery).send(sending.media_id, identity, signed.tag_id if signed else None)
        except Failed as failed:
            reply = self._named_all_the_same(delivery, identity, sending, failed)
        msg_id = text(reply, "msg_id").strip()
        if not msg_id:
            raise Unknown("微信群发：平台的回答中没有群发任务编号，结果未知，须先核实")
        named = replace(sending, msg_id=msg_id, msg_data_id=text(reply, "msg_data_id").strip(), confirming=False)
        self._sendings.keep(identity, named)
        return _receipt(delivery, rendition, identity, named)

    def _named_all_the_same(self, delivery: Delivery, identity: str, sending: Sending, failed: Failed) -> Any:
        """The reply of a code that means: submitted. Raises what every other code means."""
        if failed.code == SENT_BEFORE or (failed.code in CONFIRMATION and text(failed.reply, "msg_id")):
            return failed.reply
        if failed.code in CONFIRMATION:
            self._sendings.keep(identity, replace(sending, confirming=True))
        if failed.code == SENDS_USED:
            raise self._none_left(failed) from failed
        if failed.code == BAD_MEDIA:
            raise _NoSuchDraft(str(failed.error)) from failed
        raise failed.error from failed

    def _none_left(self, failed: Failed) -> Unavailable:
        """The platform counts what others send too; it is known to all from now on."""
        now = self._account.now()
        self._account.shared.quotas.told(self._sends.budget(now), 0)
        return Unavailable(str(failed.error), self._sends.again_at(now) + timedelta(minutes=5))

    def _pay(self, delivery: Delivery, identity: str, earlier: Sending | None, now: datetime) -> None:
        """After the attempt is remembered: were it the other way round, a process killed in between would have used up the
        period's send for nothing."""
        try:
            self._account.purse(delivery).pay_send(self._sends, now)
        except Unavailable:
            if earlier is None:
                self._sendings.forget(identity)
            raise

    def _paid(self, earlier: Sending | None, at: datetime) -> bool:
        """Whether an attempt whose outcome is not known has paid for a send of that moment's period."""
        return earlier is not None and self._sends.budget(earlier.at) == self._sends.budget(at)

    @property
    def _sendings(self) -> Sendings:
        return Sendings(self._account.shared.facts)

    def _identity(self, delivery: Delivery, rendition: Rendition) -> str:
        return clientmsgid(self._account.outlet.identity, delivery, rendition)


class _NoSuchDraft(Unknown):
    """The platform does not know the draft, and was not asked about the id."""


def _sent(receipt: Receipt, end: JobEnd) -> Receipt:
    """As the event says, which alone knows the address and the moment (contracts: WeChat 7.4)."""
    moment = datetime.fromtimestamp(end.at, UTC)
    facts = {"msg_status": SUCCESS, "event_at": moment.isoformat()}
    address, evidence = end.addresses.get(str(place_of(receipt)), ""), {**receipt.evidence, **facts}
    return replace(receipt, state=State.LIVE, url=address, live_at=moment, evidence=evidence)


def _receipt(delivery: Delivery, rendition: Rendition, identity: str, sending: Sending) -> Receipt:
    facts = {
        "msg_id": sending.msg_id,
        "msg_data_id": sending.msg_data_id,
        "media_id": sending.media_id,
        "clientmsgid": identity,
        INDEX: str(delivery.push.place if delivery.push else 1),
    }
    evidence = {name: value for name, value in facts.items() if value}
    receipt = Receipt(State.ACCEPTED, sending.msg_id, digest=rendition.digest, evidence=evidence)
    return as_member(receipt, delivery)
