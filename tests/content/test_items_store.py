"""The store of items: the same bytes change nothing, what the system assigns it assigns once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from content import items
from content.canonical import canonical_json, digest_of
from content.database import Database
from content.item import Attachment, Fields, Picture, Revision, fields_from
from content.office import Column, Office, Site
from content.vocabulary import Disclosure, Kind, Level, Openness

OFFICE = Office("荆州市人民政府", "办公室", "011337057", "江津西路262号", "434000", "0716-8278407")
SITE = Site(
    "荆州市人民政府", "http://www.jingzhou.gov.cn", "www.jingzhou.gov.cn", "4210000001", "x", "y",
    (Column("zcwj", "政策文件", "政策文件", "文件", "文件"),),
)  # fmt: skip


def test_handing_in_the_same_bytes_again_changes_nothing(office: Any, database: Database) -> None:
    first, again = office.hand_in(), office.hand_in()
    assert (first.item_id, first.digest, first.handed_in_at) == (again.item_id, again.digest, again.handed_in_at)
    with database.read() as connection:
        assert items.all_ids(connection) == ["1001"]


def test_a_new_revision_of_an_item_gets_the_next_sequence(office: Any) -> None:
    first = office.hand_in()
    second = office.hand_in("改正后的标题", item_id=first.item_id)
    assert (second.item_id, second.sequence) == (first.item_id, 2)


def test_a_revision_of_no_item_is_refused_and_leaves_nothing(office: Any, database: Database) -> None:
    with pytest.raises(items.NoSuchItem):
        office.hand_in("无主", item_id="4711")
    with database.read() as connection:
        assert items.all_ids(connection) == []


def test_number_and_address_are_assigned_once(office: Any, database: Database, clock: Any) -> None:
    stored = office.hand_in()
    first = items.assign(database, OFFICE, SITE, stored.item_id, "zcwj")
    clock.forward(days=400)
    assert items.assign(database, OFFICE, SITE, stored.item_id, "bmgg") == first
    assert first.address == "zcwj/202611/t20261123_1001.html"
    assert first.index_number == "011337057/2026-00001"


def test_index_numbers_begin_anew_each_year_without_a_gap(office: Any, database: Database, clock: Any) -> None:
    ids = [office.hand_in(f"第{n}件").item_id for n in range(3)]
    numbers = [items.assign(database, OFFICE, SITE, item_id, "zcwj").index_number for item_id in ids[:2]]
    clock.moment = datetime(2027, 6, 1, tzinfo=UTC)
    numbers.append(items.assign(database, OFFICE, SITE, ids[2], "zcwj").index_number)
    assert [number[10:] for number in numbers] == ["2026-00001", "2026-00002", "2027-00001"]


def test_an_altered_revision_is_found(office: Any, database: Database) -> None:
    stored = office.hand_in()
    with database.write() as connection:
        connection.execute(text("UPDATE revision SET content = replace(content, '供水', '停水')"))
    with database.read() as connection, pytest.raises(items.RevisionAltered):
        items.by_digest(connection, stored.digest)


@pytest.mark.parametrize("wrong", ["", "abc", "９９", "-1", "1e3", "99999999999999999999"])
def test_what_is_no_id_is_refused_by_name(office: Any, database: Database, wrong: str) -> None:
    with database.read() as connection, pytest.raises(items.NoSuchItem):
        items.latest(connection, wrong)


def test_an_item_is_found_by_id_document_number_and_index_number(office: Any, database: Database) -> None:
    stored = office.hand_in()
    assigned = items.assign(database, OFFICE, SITE, stored.item_id, "zcwj")
    with database.read() as connection:
        for reference in (stored.item_id, assigned.index_number):
            assert items.by_reference(connection, reference) == stored.item_id
        assert items.by_reference(connection, "") is None
        assert items.by_reference(connection, "荆政发〔2026〕99号") is None


words = st.text(max_size=20)
revisions = st.builds(
    Revision,
    fields=st.builds(
        Fields,
        kind=st.sampled_from(Kind),
        title=words,
        joint_organs=st.lists(words, max_size=3).map(tuple),
        normative=st.sampled_from([None, True, False]),
        article20=st.none() | st.integers(1, 15),
        made_on=st.none() | st.dates(date(1950, 1, 1)),
        disclosure=st.none() | st.sampled_from(Disclosure),
        level=st.none() | st.sampled_from(Level),
        openness=st.lists(st.sampled_from(Openness), max_size=2).map(tuple),
        words=st.dictionaries(words, words, max_size=3),
        embargo=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    body=words,
    pictures=st.lists(st.builds(Picture, words, words, words, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), words), max_size=2).map(tuple),
    attachments=st.lists(st.builds(Attachment, words, words, words, st.integers(0, 9)), max_size=2).map(tuple),
)  # fmt: skip


@given(revisions)
def test_a_revision_comes_back_from_its_content_with_the_same_digest(revision: Revision) -> None:
    again = Revision.from_content(revision.content())
    assert again.digest == revision.digest
    assert canonical_json(again.content()) == canonical_json(revision.content())


def test_the_digest_is_the_same_on_every_machine() -> None:
    revision = Revision(Fields(Kind.NEWS, title="荆州要闻", made_on=date(2026, 11, 23)), "<p>正文</p>")
    assert revision.digest == digest_of(
        {
            "attachments": [],
            "body": "<p>正文</p>",
            "fields": {"kind": "news", "title": "荆州要闻", "made_on": "2026-11-23", "language": "zh-CN"},
            "pictures": [],
        }
    )
    assert revision.digest == "2fed82d4e48f761a0c08132be9d9deb275b7dc4170c9a58b4c2275fc45f6d629"


def test_false_is_content_and_differs_from_nothing() -> None:
    fields = [Fields(Kind.NEWS, normative=value) for value in (None, False, True)]
    assert len({Revision(entry, "").digest for entry in fields}) == 3


def test_a_field_that_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError, match="colour"):
        fields_from({"kind": "news", "colour": "red"})


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, {1: "a"}])
def test_no_digest_rests_on_a_float_or_a_key_that_is_not_text(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
