"""What every channel must do, asked of all of them in the same words, over the real platforms' sandbox."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from channels import CHANNELS, channel_class
from channels.base import Channel, Follows, Rendition, Unavailable
from content import items
from content.delivery import Delivery, Receipt
from content.item import Item, Revision
from content.vocabulary import Action, State

NAMES = sorted(CHANNELS)


@pytest.fixture
def given(office: Any) -> Callable[[str], tuple[Channel, Item, Revision]]:
    def one(name: str) -> tuple[Channel, Item, Revision]:
        outlet = next(entry for entry in office.wired.workspace.settings.outlets if entry.channel == name)
        with office.wired.database.read() as connection:
            item = items.get(connection, office.wired.workspace.settings.site, "1001")
            revision = items.latest(connection, "1001").revision
        assert item is not None
        return office.wired.channel(outlet.id), item, revision

    return one


def delivery_of(office: Any, channel: Channel, item: Item) -> Delivery:
    at = office.clock()
    return Delivery("1", item, channel.outlet.id, Action.PUBLISH, 1, 1, State.SENDING, at, token=1, since=at)


def find_in_time(channel: Channel, delivery: Delivery, rendition: Rendition, seconds: float = 10) -> Receipt | None:
    """What the outlet has, once it can tell: WeChat shows nothing while it reviews."""
    until = time.monotonic() + seconds
    while True:
        try:
            return channel.find(delivery, rendition)
        except Unavailable:
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.mark.parametrize("name", NAMES)
def test_it_meets_the_protocol_and_names_its_row(name: str, given: Any) -> None:
    channel, _, _ = given(name)
    assert isinstance(channel, Channel)
    kind = channel_class(name)
    assert isinstance(kind.direct, bool)
    assert (kind.row is None) == (name == "feeds")


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.CORRECT, Action.WITHDRAW])
@pytest.mark.parametrize("name", NAMES)
def test_it_renders_the_same_bytes_twice(name: str, action: Action, given: Any) -> None:
    channel, item, revision = given(name)
    assert list(channel.check(revision)) == []
    first, again = (channel.render(item, revision, action, "标准有误") for _ in range(2))
    assert isinstance(first, Rendition)
    assert (first.channel, first.outlet, first.digest) == (name, channel.outlet.id, again.digest)
    assert {part: first.parts[part].data for part in first.parts} == {
        part: again.parts[part].data for part in again.parts
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_correction_and_a_withdrawal_say_something_else(name: str, given: Any) -> None:
    channel, item, revision = given(name)
    digests = {
        channel.render(item, revision, action, "标准有误").digest for action in Action if action is not Action.MARK
    }
    assert len(digests) == 3


@pytest.mark.parametrize("name", NAMES)
def test_preparing_shows_nothing_and_releasing_is_found(name: str, given: Any, office: Any) -> None:
    channel, item, revision = given(name)
    rendition, delivery = channel.render(item, revision), delivery_of(office, channel, item)
    prepared = channel.prepare(delivery, rendition)
    assert office.nothing_public()
    assert channel.find(delivery, rendition) is None
    receipt = channel.release(delivery, rendition, prepared)
    assert receipt.state in (State.ACCEPTED, State.LIVE)
    found = find_in_time(channel, delivery, rendition)
    assert found is not None
    assert found.state in (State.ACCEPTED, State.LIVE)
    assert receipt.state is State.LIVE or isinstance(channel, Follows) or not channel.direct


@pytest.mark.parametrize("name", NAMES)
def test_an_altered_rendition_has_another_digest(name: str, given: Any) -> None:
    channel, item, revision = given(name)
    rendition = channel.render(item, revision)
    for part in rendition.parts:
        altered = {**rendition.parts, part: type(rendition.parts[part])("text/plain", b"other")}
        assert Rendition(name, channel.outlet.id, altered, rendition.slots).digest != rendition.digest
