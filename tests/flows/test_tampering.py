"""Whatever is altered between the sign-off and the release is found, and nothing goes out (engine.md part 5: 23)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from content import events, packages
from content.canonical import canonical_json, digest
from content.packages import PackageAltered
from flows.cli import app

EVERYWHERE = {"portal", "feeds", "app", "weibo-main", "wechat-main", "radio", "television", "newspaper", "gazette"}


def flip(path: Any, at: int = -20) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def allow_changes(office: Any) -> None:
    """Takes away what keeps honest programs from changing events; somebody with the file can."""
    with office.wired.database.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for name in [row[0] for row in rows]:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def package_of(office: Any) -> Any:
    with office.wired.database.read() as connection:
        return packages.latest(connection, "1001")


def revision(office: Any) -> None:
    office.alter("UPDATE revision SET content = replace(content, '30分钟', '90分钟') WHERE item = 1001")


def rendition(office: Any) -> None:
    line = package_of(office).line("weibo-main")
    flip(office.wired.workspace.assets.path(line.parts["text.txt"][1]))


def rendition_gone(office: Any) -> None:
    line = package_of(office).line("radio")
    office.wired.workspace.assets.path(next(iter(line.parts.values()))[1]).unlink()


def parts_exchanged(office: Any) -> None:
    """Other bytes with a digest of their own, named in the database in place of the signed ones."""
    line = package_of(office).line("weibo-main")
    media_type, old = line.parts["text.txt"]
    new = office.wired.workspace.assets.put("【通知】明日停水一天。".encode())
    office.alter(
        "UPDATE rendition SET manifest = replace(manifest, :old, :new) WHERE outlet = 'weibo-main'", old=old, new=new
    )
    assert media_type


def manifest(office: Any) -> None:
    office.alter("UPDATE package SET manifest = replace(manifest, 'round\"\\:1', 'round\"\\:2')")


def manifest_with_its_digest(office: Any) -> None:
    """One outlet fewer, with the digest that fits, and everything that named the old one changed to it."""
    package = package_of(office)
    fewer = {**package.manifest, "outlets": list(package.manifest["outlets"])[1:]}
    text = canonical_json(fewer).decode()
    allow_changes(office)
    with office.wired.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in ("signoff", "rendition", "delivery"):
            connection.exec_driver_sql(f"UPDATE {table} SET package = ?", (digest(text.encode()),))
        connection.exec_driver_sql("UPDATE package SET manifest = ?, digest = ?", (text, digest(text.encode())))


def identity(office: Any) -> None:
    office.settings('identity = "2629046977"', 'identity = "2629046978"')
    office.reopen()


def signature(office: Any) -> None:
    office.alter(
        "UPDATE signoff SET signature = CASE substr(signature, 1, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(signature, 2) WHERE level = '终审'"
    )


def statement(office: Any) -> None:
    office.alter("UPDATE signoff SET statement = replace(statement, '终审', '初审') WHERE level = '终审'")


def signer(office: Any) -> None:
    office.alter("UPDATE signoff SET person = '李文' WHERE level = '终审'")


def signer_is_author(office: Any) -> None:
    office.alter("UPDATE revision SET handed_in_by = '陈国平'")


def signoff_gone(office: Any) -> None:
    office.alter("DELETE FROM signoff WHERE level = '终审'")


def key(office: Any) -> None:
    office.alter(
        "UPDATE person SET public_key = (SELECT public_key FROM person WHERE name = '周岚') WHERE name = '陈国平'"
    )


def role(office: Any) -> None:
    office.alter("UPDATE person SET roles = '[\"终审\", \"初审\"]' WHERE name = '李文'")
    office.alter("UPDATE signoff SET person = '李文' WHERE level = '终审'")


def event_of_signing_gone(office: Any) -> None:
    allow_changes(office)
    office.alter("DELETE FROM event WHERE kind = 'package.signed' AND data LIKE '%终审%'")


def event_of_person_gone(office: Any) -> None:
    allow_changes(office)
    office.alter("DELETE FROM event WHERE subject = 'person/陈国平'")


ALTERATIONS = [
    revision,
    rendition,
    rendition_gone,
    parts_exchanged,
    manifest,
    manifest_with_its_digest,
    identity,
    signature,
    statement,
    signer,
    signer_is_author,
    key,
    role,
    event_of_signing_gone,
    event_of_person_gone,
]


def outcome_of(office: Any, act: Callable[[], dict[str, Any]]) -> str:
    """What is said when it does not go out."""
    try:
        document = act()
    except PackageAltered as problem:
        return str(problem)
    assert document["state"] == "refused"
    assert document["exit"] == 1
    return "\n".join(document["problems"])


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
def test_what_is_altered_before_the_broadcast_keeps_everything_back(office: Any, alter: Callable[[Any], None]) -> None:
    alter(office)
    assert outcome_of(office, lambda: office.broadcast("1001"))
    assert office.nothing_public()
    [*_, incident] = office.events("incident.tampered")
    assert incident["data"]["problems"]


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
def test_what_is_altered_while_the_broadcast_waits_for_its_hour_keeps_everything_back(
    office: Any, alter: Callable[[Any], None]
) -> None:
    ordered = office.order("1001", at=office.clock() + timedelta(seconds=90))
    office.carry_out(ordered)
    assert set(office.states().values()) == {"prepared"}
    alter(office)
    office.clock.forward(seconds=90)
    assert outcome_of(office, lambda: office.carry_out(ordered))
    assert office.nothing_public()
    assert office.events("incident.tampered")


@pytest.mark.parametrize(
    "alter", [revision, rendition, manifest, identity, signature, key, event_of_signing_gone], ids=lambda a: a.__name__
)
def test_what_is_altered_after_the_gate_opened_is_not_sent(office: Any, alter: Callable[[Any], None]) -> None:
    """The website is out; the delivery itself proves its bytes once more, right before the claim."""
    from flows import delivery

    ordered = office.order("1001", at=office.clock() + timedelta(seconds=90))
    office.carry_out(ordered)
    alter(office)
    record = delivery.release(office.wired, office.record("weibo-main").id)
    assert record.state.value == "refused"
    assert office.tokens(record.id) == []
    assert office.shared() == []
    [incident] = office.events("incident.tampered")
    assert incident["subject"] == f"delivery/{record.id}"


def test_a_missing_sign_off_is_no_incident_and_keeps_everything_back(office: Any) -> None:
    signoff_gone(office)
    said = outcome_of(office, lambda: office.broadcast("1001"))
    assert "终审 is not signed: tongbu sign 1001" in said
    assert office.nothing_public()
    assert office.events("incident.tampered") == []


def test_a_changed_account_refuses_its_own_line_and_the_caller_may_go_on_without_it(office: Any) -> None:
    identity(office)
    assert "2629046978" in outcome_of(office, lambda: office.broadcast("1001"))
    document = office.broadcast("1001", without=["weibo-main"])
    assert document["state"] == "synchronised"
    assert office.shared() == []


def test_changed_credentials_void_nothing(office: Any) -> None:
    accounts = office.home / "sandbox" / "accounts.json"
    listed = json.loads(accounts.read_text(encoding="utf-8"))
    old, listed["weibo"][0]["token"] = listed["weibo"][0]["token"], "f" * 32
    accounts.write_text(json.dumps(listed), encoding="utf-8")
    secret = office.home / "secrets" / "weibo-main.toml"
    secret.write_text(secret.read_text().replace(old, "f" * 32))
    office.stop_platforms()
    office.start_platforms()
    assert office.reopen().broadcast("1001")["state"] == "synchronised"


def test_a_damaged_attachment_keeps_everything_back(new_office: Any, at_work: Any, tmp_path: Any) -> None:
    (tmp_path / "供水网点.txt").write_text("东门供水站　0716-8278407", encoding="utf-8")
    item = new_office.approve(new_office.document(attachments="[供水网点.txt]"))
    with new_office.wired.database.read() as connection:
        from content import items

        [attachment] = items.latest(connection, item).revision.attachments
    flip(new_office.wired.workspace.assets.path(attachment.digest), at=3)
    document = new_office.broadcast(item, outlets=["portal", "feeds"])
    assert document["state"] == "refused"
    assert attachment.digest in "\n".join(document["problems"])
    assert new_office.nothing_public()


@pytest.mark.parametrize("gone", [3, 8, 12])
def test_verify_names_the_first_event_that_is_missing(office: Any, gone: int) -> None:
    office.broadcast("1001")
    allow_changes(office)
    office.alter(f"DELETE FROM event WHERE seq IN ({gone}, {gone + 4})")
    broken = events.verify_chain(office.wired.database)
    assert broken is not None
    assert broken.seq in (gone, gone + 1)
    assert f"event {gone} is missing" in broken.problem
    office.close()
    told = CliRunner().invoke(app, ["--home", str(office.home), "verify", "--json"])
    assert told.exit_code == 1
    assert json.loads(told.stdout)["broken"]["problem"] == f"event {gone} is missing"


def test_verify_names_an_event_that_was_rewritten(office: Any) -> None:
    allow_changes(office)
    office.alter("UPDATE event SET data = replace(data, '终审', '初审') WHERE kind = 'package.signed'")
    first = min(event["seq"] for event in office.events("package.signed"))
    broken = events.verify_chain(office.wired.database)
    assert broken is not None
    assert broken.seq in (first, first + 1)


def test_verify_finds_a_tail_that_was_cut_off_by_an_exported_head(office: Any) -> None:
    office.close()
    runner = CliRunner()
    assert runner.invoke(app, ["--home", str(office.home), "verify"]).exit_code == 0
    head = events.head(office.wired.database)
    allow_changes(office)
    office.alter(f"DELETE FROM event WHERE seq >= {head.seq}")
    assert events.verify_chain(office.wired.database) is None
    told = runner.invoke(app, ["--home", str(office.home), "verify"])
    assert told.exit_code == 1
    assert f"event {head.seq}" in told.stdout


def test_an_old_package_cannot_replace_the_new_one_by_its_signatures(office: Any) -> None:
    """The sign-offs of a package, put beside another package of the same item, sign nothing."""
    old = package_of(office)
    item = office.submit(office.document(words="供水热线有变。"), item="1001")
    new = office.freeze(item)
    office.alter("UPDATE signoff SET package = :new WHERE package = :old", new=new.digest, old=old.digest)
    assert "is for something else" in outcome_of(office, lambda: office.broadcast("1001"))
    assert office.nothing_public()
