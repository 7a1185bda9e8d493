"""What the sandbox's Weibo has beside posting and reading: short addresses, numbers and codes, reposts (contracts: Weibo
3.1, 6, 9)."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from channels.sandbox.accounts import Account, AccountsUnreadable, accounts_in
from channels.weibo.address import code_of
from tests.channels import revisions as made
from tests.channels.sandbox_client import PAGE, Client

OTHER, OTHERS_TOKEN = "2629046977", "2.00other"


@pytest.fixture
def client(served: made.Rehearsal) -> Iterator[Client]:
    served.cleared("weibos", "calls", "short_urls")
    served.store.add_account(Account("weibo", OTHER, "荆州交警", OTHERS_TOKEN, made.DOMAIN))
    made_client = Client(served)
    yield made_client
    made_client.http.close()
    served.store.run("DELETE FROM accounts WHERE id = ?", OTHER)


@pytest.fixture
def entitled(client: Client) -> Iterator[Client]:
    """Its app may repost."""
    with made.changed(client.box, client.box.store.account("weibo", made.UID), rights=("repost",)):
        yield client


def code(reply: httpx.Response) -> int:
    values = reply.json()
    return int(values.get("error_code", 0)) if isinstance(values, dict) else 0


def shorten(client: Client, *addresses: str) -> httpx.Response:
    query = [("url_long", address) for address in addresses]
    headers = {"Authorization": f"OAuth2 {made.TOKEN}"}
    return client.http.get("/weibo/2/short_url/shorten.json", params=query, headers=headers)


def of_another(client: Client, status: str = f"道路施工 {PAGE}") -> str:
    return str(client.share(status, access_token=OTHERS_TOKEN).json()["idstr"])


def repost(client: Client, mid: str, **more: str) -> httpx.Response:
    return client.http.post("/weibo/2/statuses/repost.json", data={"access_token": made.TOKEN, "id": mid, **more})


def test_addresses_are_shortened_each_for_itself(client: Client) -> None:
    first, wrong, same = shorten(client, PAGE, "no address", PAGE).json()["urls"]
    assert (first["url_long"], first["type"], first["result"]) == (PAGE, 0, True)
    assert first["url_short"].startswith("http://t.cn/A6")
    assert (wrong["result"], wrong["url_short"]) == (False, "")
    assert same == first
    assert first["url_short"] in client.share(f"甲 {PAGE}").json()["text"]


@pytest.mark.parametrize(
    ("addresses", "number"),
    [
        ((), 21501),
        (("",), 21501),
        ((PAGE,) * 21, 21502),
        ((PAGE, f"{PAGE}?{'a' * 1024}"), 21504),
        ((PAGE,) * 20, 0),
        ((f"{PAGE}?".ljust(1024, "a"),), 0),
    ],
)
def test_a_request_to_shorten_is_refused_for_what_its_contract_refuses(
    client: Client, addresses: tuple[str, ...], number: int
) -> None:
    assert code(shorten(client, *addresses)) == number


def test_numbers_and_codes_lead_to_each_other(client: Client) -> None:
    mids = [str(client.share(f"第{number}条 {PAGE}").json()["idstr"]) for number in range(2)]
    codes = [code_of(mid) for mid in mids]
    asked = client.weibo("statuses/queryid", mid=codes[0], type="1", isBase62="1")
    assert asked.json() == {"id": mids[0]}
    assert client.weibo("statuses/queryid", mid=mids[0], type="1").json() == {"id": mids[0]}
    back = client.weibo("statuses/querymid", id=mids[1], type="1", isBase62="1")
    assert back.json() == {"mid": codes[1]}
    batch = client.weibo("statuses/queryid", mid=",".join([*codes, "zzzz"]), type="1", isBase62="1", is_batch="1")
    assert batch.json() == [{codes[0]: mids[0]}, {codes[1]: mids[1]}]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"mid": "1", "type": "1"}, 20101),
        ({"mid": "?!", "type": "1", "isBase62": "1"}, 20101),
        ({"mid": "1"}, 10016),
        ({"type": "1"}, 10016),
        ({"mid": ",".join("1" * 21), "type": "1", "is_batch": "1"}, 10017),
    ],
)
def test_numbers_are_not_told_for_what_the_contract_refuses(client: Client, query: dict[str, str], number: int) -> None:
    assert code(client.weibo("statuses/queryid", **query)) == number


def test_the_way_to_a_posts_page_needs_no_token(client: Client) -> None:
    mid = str(client.share(f"甲 {PAGE}").json()["idstr"])

    def go(**query: str) -> httpx.Response:
        return client.http.get("/weibo/2/statuses/go", params=query)

    there = go(uid=made.UID, id=mid)
    assert (there.status_code, there.headers["location"]) == (302, f"https://weibo.com/{made.UID}/{code_of(mid)}")
    assert [code(go(uid=OTHER, id=mid)), code(go(uid=made.UID)), code(go(id=mid))] == [20101, 10016, 10016]


def test_a_repost_needs_a_right_that_ordinary_apps_do_not_have(client: Client) -> None:
    reply = repost(client, of_another(client))
    assert (reply.status_code, code(reply)) == (403, 10014)


def test_a_repost_names_what_it_passes_on_and_is_shown_with_it(entitled: Client) -> None:
    mid = of_another(entitled)
    told = repost(entitled, mid, status="请绕行 #荆州交通#", is_comment="3").json()
    assert (told["text"], told["user"]["idstr"]) == ("请绕行 #荆州交通#", made.UID)
    assert (told["retweeted_status"]["idstr"], told["retweeted_status"]["user"]["idstr"]) == (mid, OTHER)
    assert repost(entitled, of_another(entitled, f"又一条 {PAGE}")).json()["text"] == "转发微博"
    page = entitled.http.get(f"/phone/weibo/{made.UID}").text
    assert "@荆州交警" in page
    assert "道路施工" in page


def test_a_repost_is_refused_for_what_its_contract_refuses(entitled: Client) -> None:
    mid, own = of_another(entitled), str(entitled.share(f"甲 {PAGE}").json()["idstr"])
    assert code(repost(entitled, "")) == 20109
    assert code(repost(entitled, "7")) == 20101
    assert code(repost(entitled, own)) == 20103
    assert code(repost(entitled, mid, status="长" * 141)) == 20012
    assert code(repost(entitled, mid, is_comment="4")) == 10017
    assert [code(repost(entitled, mid, status="请绕行")) for _ in range(2)] == [0, 20111]
    assert code(repost(entitled, mid, status="请慢行")) == 0


def test_the_counts_come_in_another_order_and_of_a_hundred_at_most(client: Client) -> None:
    mids = [str(client.share(f"第{number}条 {PAGE}").json()["idstr"]) for number in range(3)]
    told = client.weibo("statuses/count", ids=",".join([*mids, "1"])).json()
    assert sorted(str(one["id"]) for one in told) == sorted(mids)
    assert [str(one["id"]) for one in told] != mids
    assert code(client.weibo("statuses/count", ids=",".join(["1"] * 101))) == 10017


def test_a_right_that_is_not_there_is_named(tmp_path: Path) -> None:
    entry = '{"weibo":[{"uid":"1","token":"t","domain":"a.cn","rights":["upload"]}]}'
    (tmp_path / "accounts.json").write_text(entry, encoding="utf-8")
    with pytest.raises(AccountsUnreadable, match="rights"):
        accounts_in(tmp_path)
