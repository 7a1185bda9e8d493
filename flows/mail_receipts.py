"""Partners' mails as receipts: each is matched to its delivery by our number, and recorded under the word of a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from channels.base import Refused, Unavailable
from channels.partner import Partner
from channels.receipt_mail import Answer, Mail, mails_in
from channels.receipts import BadReceipt
from content import ledger
from content.records import Record, in_states
from content.vocabulary import State
from flows import proving, publishing
from flows.consignment import Tampered
from flows.editing import NotPossible, Passphrase
from flows.wiring import PARTNERS, Wired

_WAITING = (State.ACCEPTED, State.HELD, State.UNKNOWN)


@dataclass(frozen=True)
class Read:
    """What came of a mail: the delivery that it made live (*fresh*) or had made live before, or a *problem*. Neither for
    one that names nothing of ours."""

    place: str
    record: Record | None = None
    problem: str = ""
    fresh: bool = False


def record_mails(wired: Wired, paths: Sequence[Path], by: str, passphrase: Passphrase) -> Iterator[Read]:
    """Records every receipt that stands in the mails. Safe to repeat. Raises NotPossible for a file that cannot be read."""
    known = _by_number(wired)
    for path in paths:
        try:
            for mail in mails_in(path):
                read = _read(wired, mail, known, by, passphrase)
                if read.record is not None:
                    known = {
                        **known,
                        **{number: read.record for number, one in known.items() if one.id == read.record.id},
                    }
                yield read
        except OSError as problem:
            raise NotPossible(f"{path} cannot be read: {problem.strerror or problem}") from problem


def _by_number(wired: Wired) -> Mapping[str, Record]:
    """The partners' deliveries by the number that a receipt has to name."""
    with wired.database.read() as connection:
        found = in_states(connection, [*_WAITING, State.LIVE])
    partners = [record for record in found if record.target.channel in PARTNERS]
    return {number: record for record in partners if (number := _number(wired, record))}


def _number(wired: Wired, record: Record) -> str:
    """From its receipt; one whose answer was lost has none, and gets it from what was signed."""
    if record.receipt is not None and record.receipt.evidence.get("reference"):
        return record.receipt.evidence["reference"]
    if record.state is State.LIVE:
        return ""
    try:
        load = proving.load(wired, record, signed=False)
    except (Tampered, Unavailable, Refused):
        return ""
    return load.channel.reference(load.delivery, load.rendition) if isinstance(load.channel, Partner) else ""


def _read(wired: Wired, mail: Mail, known: Mapping[str, Record], by: str, passphrase: Passphrase) -> Read:
    if mail.raw is None or mail.problem:
        return Read(mail.place, problem=mail.problem)
    answer = Answer(mail.raw)
    named = [number for number in answer.references if number in known]
    if not named:
        forged = "names a number that is none of ours" if answer.references else ""
        return Read(mail.place, problem=forged)
    record = known[named[0]]
    if len({known[number].id for number in named}) > 1:
        return Read(mail.place, problem="names several deliveries: record each with tongbu receipt OUTLET ITEM")
    if record.state is State.LIVE:
        return Read(mail.place, record)
    return _recorded(wired, mail, answer, named[0], record, by, passphrase)


def _recorded(
    wired: Wired, mail: Mail, answer: Answer, number: str, record: Record, by: str, passphrase: Passphrase
) -> Read:
    assets = wired.workspace.assets
    mend = f"record it by hand with tongbu receipt {record.outlet} {record.item_id} --on …"
    try:
        told = answer.told(number)
        if told.reference != number:
            raise BadReceipt("正文或附件中的回执号与所答复的邮件不符")
        kept = {**told.details, "mail": assets.put(mail.raw or b""), "sender": answer.sender, "reference": number}
        scan = answer.scan()
        facts = kept | ({"scan": assets.put(scan)} if scan else {})
        live = publishing.acknowledge(wired, record, told.on, facts, by, passphrase)
    except (BadReceipt, NotPossible, ledger.Fenced) as problem:
        return Read(mail.place, problem=f"{problem} ({record.outlet}, item {record.item_id}): {mend}")
    return Read(mail.place, live, fresh=True)
