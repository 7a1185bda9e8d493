"""Sign-offs: two persons, proved; whatever is altered afterwards is found."""

from typing import Any

import pytest
from sqlalchemy import text

from content import packages, people, signing
from content.assets import AssetAltered, AssetMissing
from content.database import Database
from content.signing import Level, SignOffRefused
from tests.content.office_at_work import RADIO

LEVELS = (Level("初审", "初审"), Level("终审", "终审"))


@pytest.fixture
def package(office: Any) -> Any:
    return office.freeze(office.hand_in())


@pytest.fixture
def signed(office: Any, package: Any) -> Any:
    office.sign(package, "初审", "周岚")
    office.sign(package, "终审", "陈国平")
    return package


def problems(database: Database, package: Any) -> list[str]:
    with database.read() as connection:
        return signing.problems(connection, packages.by_digest(connection, package.digest), LEVELS)


def alter(database: Database, statement: str, **values: object) -> None:
    """What somebody with the database's password can do: no trigger stands in the way of these tables."""
    with database.write() as connection:
        assert connection.execute(text(statement), values).rowcount > 0


def test_a_package_signed_at_every_level_has_no_problem(database: Database, signed: Any) -> None:
    assert problems(database, signed) == []


def test_an_unsigned_package_names_every_missing_level(database: Database, package: Any) -> None:
    assert [said.split()[0] for said in problems(database, package)] == ["初审", "终审"]


def test_levels_are_signed_in_order(office: Any, package: Any) -> None:
    with pytest.raises(SignOffRefused, match="comes after 初审"):
        office.sign(package, "终审", "陈国平")


def test_nobody_signs_two_levels(office: Any, package: Any) -> None:
    office.sign(package, "初审", "赵一")
    with pytest.raises(SignOffRefused, match="another level"):
        office.sign(package, "终审", "赵一")


def test_who_handed_the_revision_in_cannot_sign_it(office: Any) -> None:
    package = office.freeze(office.hand_in(by="赵一"))
    with pytest.raises(SignOffRefused, match="handed this revision in"):
        office.sign(package, "初审", "赵一")


def test_who_set_a_warning_aside_cannot_sign(office: Any, database: Database) -> None:
    from content import items

    stored = office.hand_in()
    items.set_aside(database, stored, "late", "补发", office.act("周岚", {"act": "override"}))
    with pytest.raises(SignOffRefused, match="set a warning"):
        office.sign(office.freeze(stored), "初审", "周岚")


def test_a_level_needs_its_role(office: Any, package: Any) -> None:
    with pytest.raises(SignOffRefused, match="does not have the role"):
        office.sign(package, "初审", "陈国平")


def test_a_level_is_signed_once(office: Any, package: Any) -> None:
    office.sign(package, "初审", "周岚")
    with pytest.raises(SignOffRefused, match="signed already"):
        office.sign(package, "初审", "赵一")


def test_a_wrong_passphrase_signs_nothing(office: Any, database: Database) -> None:
    with pytest.raises(people.PersonError, match="passphrase of 周岚 is wrong"):
        people.act(office.keys, people.find(database, "周岚"), lambda: "guess guess", {})


def test_a_disabled_person_cannot_act(office: Any, database: Database) -> None:
    people.disable(database, "周岚", "陈国平")
    with pytest.raises(people.PersonError, match="disabled"):
        office.act("周岚", {"act": "sign"})


def test_freezing_the_same_again_keeps_the_sign_offs(office: Any, database: Database) -> None:
    stored = office.hand_in()
    first = office.freeze(stored)
    office.sign(first, "初审", "周岚")
    assert office.freeze(stored).digest == first.digest
    assert [said.split()[0] for said in problems(database, first)] == ["终审"]


def test_what_is_packaged_as_before_another_package_is_the_newest_again(office: Any, database: Database) -> None:
    stored = office.hand_in()
    first = office.freeze(stored)
    office.sign(first, "初审", "周岚")
    other = office.freeze(stored, RADIO)
    office.freeze(stored)
    with database.read() as connection:
        newest = packages.latest(connection, stored.item_id)
    assert newest.digest == first.digest != other.digest
    assert [said.split()[0] for said in problems(database, first)] == ["终审"]


def test_a_signature_does_not_fit_another_package(office: Any, database: Database, signed: Any) -> None:
    other = office.freeze(office.hand_in("另一件"))
    alter(database, "UPDATE signoff SET package = :to WHERE package = :was", to=other.digest, was=signed.digest)
    assert any("something else" in said for said in problems(database, other))


def test_a_forged_signature_is_found(database: Database, signed: Any) -> None:
    alter(database, "UPDATE signoff SET signature = :s WHERE level = '终审'", s="A" * 86 + "==")
    assert problems(database, signed)[0] == "the signature of 陈国平 at 终审 does not hold"


def test_a_signature_under_a_swapped_key_is_found(office: Any, database: Database, package: Any) -> None:
    people.add(database, office.keys, "替身", "无", ("初审", "终审"), "correct horse 电池")
    act = office.act("替身", signing.statement(package, "初审", "周岚"))
    with database.read() as connection:
        stolen = people.get(connection, "替身").public_key
    alter(database, "UPDATE person SET public_key = :key WHERE name = '周岚'", key=stolen)
    alter(
        database,
        "INSERT INTO signoff (package, level, person, statement, signature, at) VALUES (:p, '初审', '周岚', :st, :si, 'x')",
        p=package.digest,
        st=__import__("content.canonical").canonical.canonical_json(act.act).decode(),
        si=act.signature,
    )
    assert any("not the one that was recorded" in said for said in problems(database, package))


def test_a_role_that_was_written_into_the_table_is_found(office: Any, database: Database, package: Any) -> None:
    alter(database, "UPDATE person SET roles = '[\"初审\"]' WHERE name = '陈国平'")
    office.sign(package, "初审", "陈国平")
    assert any("role" in said for said in problems(database, package))


def test_a_removed_sign_off_is_found(database: Database, signed: Any) -> None:
    alter(database, "DELETE FROM signoff WHERE level = '初审'")
    assert problems(database, signed)[0].startswith("初审 is not signed")


def test_an_altered_manifest_is_found(database: Database, signed: Any) -> None:
    alter(database, "UPDATE package SET manifest = replace(manifest, 'publish', 'publisH')")
    with database.read() as connection, pytest.raises(packages.PackageAltered):
        packages.by_digest(connection, signed.digest)


def test_an_altered_rendition_row_is_found(office: Any, database: Database, signed: Any) -> None:
    other = office.assets.put(b"something else")
    with database.read() as connection:
        was = packages.by_digest(connection, signed.digest).lines[0].parts["text.txt"][1]
    alter(database, "UPDATE rendition SET manifest = replace(manifest, :was, :now)", was=was, now=other)
    with database.read() as connection:
        line = packages.by_digest(connection, signed.digest).lines[0]
    with pytest.raises(packages.PackageAltered, match="no longer has the digest"):
        packages.part_bytes(office.assets, line)


def test_altered_or_missing_bytes_are_found(office: Any, signed: Any) -> None:
    line = signed.lines[0]
    path = office.assets.path(line.parts["text.txt"][1])
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(AssetAltered):
        packages.part_bytes(office.assets, line)
    path.unlink()
    with pytest.raises(AssetMissing):
        packages.part_bytes(office.assets, line)
