"""The rival of the accounts' bench makes the calls that were made, no more and no fewer, each where it belongs."""

from collections import Counter

import pytest

from tests.bench.accounts_bare import CALLS, shared_out

TOKEN, COVER, ADD, GET, SUBMIT = (
    f"cgi-bin/{name}"
    for name in ("stable_token", "material/add_material", "draft/add", "draft/get", "freepublish/submit")
)


def test_what_was_called_once_for_each_is_dealt_to_each_in_the_order_of_the_log() -> None:
    log = [TOKEN, COVER, ADD, GET, COVER, ADD, GET, GET, SUBMIT, GET, SUBMIT]
    assert shared_out(log, 2) == [[TOKEN, COVER, ADD, GET, GET, SUBMIT], [COVER, ADD, GET, GET, SUBMIT]]


@pytest.mark.parametrize("things", [1, 3, 7, 20])
def test_every_call_is_dealt_out_exactly_once(things: int) -> None:
    log = [call for place, call in enumerate(CALLS) for _ in range(place * 3 + 1)]
    dealt = shared_out(log, things)
    assert len(dealt) == things
    assert Counter(call for calls in dealt for call in calls) == Counter(log)


def test_a_call_that_it_does_not_make_stops_the_bench() -> None:
    with pytest.raises(ValueError, match="draft/delete"):
        shared_out(["cgi-bin/draft/delete"], 1)
