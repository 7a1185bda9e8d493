"""What partners do with our copy: they take it, somebody else takes its name, they send a receipt back."""

import json
import shutil
from datetime import timedelta
from typing import Any

from content import packages
from content.vocabulary import State


def handed_over(office: Any, outlet: str = "newspaper") -> Any:
    office.broadcast("1001", outlets=["portal", outlet])
    record = office.record(outlet)
    assert record.state is State.ACCEPTED
    return record


def returned(office: Any, record: Any, **changes: Any) -> None:
    day = (office.clock() + timedelta(hours=8)).date()
    values = {"reference": record.receipt.evidence["reference"], "date": f"{day}", "page": "第2版", **changes}
    (office.drop(record.outlet)[0] / "receipt.json").write_text(json.dumps(values, ensure_ascii=False))


def test_a_receipt_in_the_partners_folder_is_read_by_resolve_and_only_then_it_is_live(office: Any) -> None:
    record = handed_over(office)
    office.resolve()
    assert office.record("newspaper").state is State.ACCEPTED
    returned(office, record)
    office.clock.forward(minutes=6)
    office.resolve()
    live = office.record("newspaper")
    assert live.state is State.LIVE
    assert live.receipt.evidence["page"] == "第2版"
    assert live.live_at == record.since


def test_a_forged_receipt_is_named_in_the_delivery_and_a_right_one_after_it_counts(office: Any) -> None:
    record = handed_over(office)
    returned(office, record, reference="TB-AAAA-BBBB-CCCC-DDDD")
    office.resolve()
    forged = office.record("newspaper")
    assert forged.state is State.ACCEPTED
    assert "回执号与本次交接的不符" in forged.problem
    returned(office, record)
    office.clock.forward(minutes=6)
    office.resolve()
    assert office.record("newspaper").state is State.LIVE
    assert office.record("newspaper").problem == ""


def test_copy_that_the_partner_has_taken_is_not_sent_again(office: Any) -> None:
    record = handed_over(office, "radio")
    shutil.rmtree(office.drop("radio")[0])
    office.broadcast("1001", outlets=["portal", "radio"])
    office.resolve()
    assert office.record("radio").state is State.ACCEPTED
    assert office.record("radio").token == record.token
    assert office.drop("radio") == []


def test_a_name_that_something_else_has_is_an_incident_and_is_left_alone(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "radio"], at=office.clock() + timedelta(hours=1))
    with office.wired.database.read() as connection:
        digest = packages.latest(connection, "1001").line("radio").rendition
    taken = office.home / "outlets" / "radio" / "drop" / f"1001-r1-publish-{digest[:8]}"
    taken.mkdir(parents=True)
    (taken / "theirs.txt").write_text("别人的")
    office.clock.forward(hours=1, seconds=1)
    office.resolve()
    refused = office.record("radio")
    assert refused.state is State.REFUSED
    assert "人工核对" in refused.problem
    assert [path.name for path in taken.iterdir()] == ["theirs.txt"]
    [incident] = office.events("incident.name_taken")
    assert incident["data"]["outlet"] == "radio"
