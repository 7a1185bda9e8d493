"""The items that the site is measured with are what the bench says they are."""

from content.item import Fields
from content.kinds import genres, is_theme
from content.vocabulary import Kind, Openness
from tests.bench.site_items import CHARACTERS, COLUMNS, INTERPRETATION, Sample, samples

COUNT = 1_000


def made() -> list[Sample]:
    return list(samples(0, COUNT, COUNT))


def test_every_item_has_the_same_length_and_every_column_is_filled() -> None:
    items = made()
    assert {sum(len(text) for _, text in item.blocks) for item in items} == {CHARACTERS}
    assert {item.column for item in items} == set(range(len(COLUMNS)))
    assert len({item.address for item in items}) == len({item.index_number for item in items}) == COUNT


def test_items_are_the_same_every_time_and_but_for_their_dates_at_every_size() -> None:
    assert made() == made()
    assert [item.title for item in samples(0, 9, COUNT)] == [item.title for item in samples(0, 9, 9 * COUNT)]


def test_their_values_are_those_that_an_editor_may_enter() -> None:
    for item in made():
        assert is_theme(item.theme)
        assert item.genre in genres()
        assert Fields(kind=Kind(item.kind), openness=(Openness(item.openness),)).openness


def test_an_interpretation_names_the_document_that_it_belongs_to() -> None:
    items = made()
    found = [(item, items[item.number - 3]) for item in items if item.kind == INTERPRETATION]
    assert len(found) == COUNT / 10
    assert all(item.interprets == document.document_number != "" for item, document in found)
