"""The table of each platform's codes, against the classes of its contract, and every code over real HTTP (contracts: Weibo
2, 8; WeChat 2.2, 4–8, 11)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import pytest

from channels.base import ChannelError, Refused, Repeated, Unavailable, Unknown
from channels.outcomes import UNREGISTERED, Failed, Outcome
from channels.wechat import Wechat
from channels.wechat import outcomes as wechat_outcomes
from channels.wechat.api import Api as WechatApi
from channels.weibo import Weibo
from channels.weibo import outcomes as weibo_outcomes
from channels.weibo.api import Api as WeiboApi
from content.clock import in_china
from tests.channels import revisions as made

UNHEARD_OF = 29999
Codes = Mapping[str, tuple[int, ...]]

# As the contract classes them; "ambiguous" is what a call that acts may have done all the same.
WEIBO: Codes = {
    "retry": (10002, 10009, 21331),
    "ambiguous": (10001, 10003, 10010, 10011),
    "repeated": (20017, 20019, 20111),
    "window": (10022, 10023, 10024, 20016),
    "human": (
        *(20014, 20015, 20022, 20023, 20031, 20033, 21301, 21315, 21316, 21317, 21319, 21321, 21327, 21332),
        *(21322, 21324, 21325, 21326, 21330, 21337),
    ),
    "permanent": (
        *(10004, 10005, 10006, 10007, 10008, 10012, 10013, 10014, 10016, 10017, 10018, 10020, 10021, 10025),
        *(20005, 20006, 20007, 20008, 20012, 20013, 20018, 20020, 20021, 20101, 20102, 20103, 20104, 20109, 20112),
        *(21323, 21328, 21329, 21335, 21501, 21502, 21503, 21504, 21602),
    ),
    "done": (20032,),
}
WECHAT: Codes = {
    "renew": (40001, 40014, 42001),
    "minute": (45011, 45066),
    "ten minutes": (89501, 89503),
    "hour": (53501, 61503, 89507),
    "day": (45009, 45028, 89506),
    # 40007: a draft that is gone may have been published; 40059: so may a job; 89504, 89505: a person is being asked.
    "ambiguous": (-1, 40007, 40059, 89504, 89505),
    "done": (45065, 53600),
    "human": (40164, 40243, 41040, 48001, 48003, 48004, 48021, 48022, 50002, 50004, 50007, 53500, 53503, 53504, 53505),
    "permanent": (
        *(40002, 40004, 40005, 40006, 40009, 40013, 40032, 40033, 40114, 40125, 40130, 40137, 40152, 40215),
        *(41001, 41002, 41004, 41005, 41039, 43002, 44002, 44003, 44004, 45001, 45002, 45003, 45004, 45062, 45067),
        *(45083, 45084, 45110, 45113, 45162, 45166, 47001, 48006, 53402, 53404, 53405, 53406, 53502, 61500, 61501),
        88000,
    ),
}
# What a class is for a call that acts, and for one that reads. What is done comes back as a refusal that its caller knows.
ACTING: Mapping[str, type[ChannelError]] = {
    **dict.fromkeys(("retry", "window", "minute", "ten minutes", "hour", "day", "renew"), Unavailable),
    **dict.fromkeys(("human", "permanent", "done"), Refused),
    "ambiguous": Unknown,
    "repeated": Repeated,
}
READING: Mapping[str, type[ChannelError]] = {**ACTING, "ambiguous": Unavailable, "repeated": Unavailable}
# At the earliest; the windows of Weibo are an hour, or for too many posts a quarter of one.
WAITS = {"window": 900, "minute": 60, "ten minutes": 600, "hour": 3600, "retry": 60}
DAYS_RESET = frozenset({45009, 45028})
EVERY_WEIBO = sorted((code, kind) for kind, codes in WEIBO.items() for code in codes)
EVERY_WECHAT = sorted((code, kind) for kind, codes in WECHAT.items() for code in codes)


def failure(call: Callable[[], object]) -> ChannelError:
    with pytest.raises(Failed) as caught:
        call()
    return caught.value.error


@pytest.fixture(scope="module")
def box(served_for_outcomes: made.Rehearsal) -> made.Rehearsal:
    return served_for_outcomes


@pytest.fixture(scope="module")
def served_for_outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[made.Rehearsal]:
    with made.rehearsal(tmp_path_factory.mktemp("outcomes")) as found:
        account = found.store.account("weibo", made.UID)
        with made.changed(found, account, limit=0, posts=0):
            yield found


@pytest.fixture(scope="module")
def weibo(box: made.Rehearsal) -> WeiboApi:
    channel = Weibo(box.weibo(calls_a_day=10_000, posts_an_hour=10_000), box.bench())
    return channel._account.api(box.delivery("weibo-main"))


@pytest.fixture(scope="module")
def wechat(box: made.Rehearsal) -> WechatApi:
    plenty = {"freepublish/submit": 10_000, "draft/get": 10_000}
    channel = Wechat(box.wechat(calls_a_day=plenty), box.bench())
    return channel._account.api(box.delivery("wechat-main"))


def test_every_code_of_the_contracts_stands_in_one_table_and_nothing_else_does() -> None:
    for named, table in ((EVERY_WEIBO, weibo_outcomes.OUTCOMES), (EVERY_WECHAT, wechat_outcomes.OUTCOMES)):
        codes = [code for code, _ in named]
        assert len(codes) == len(set(codes))
        assert set(codes) == set(table)
        assert all(meaning.words and meaning is not UNREGISTERED for meaning in table.values())


@pytest.mark.parametrize(("code", "kind"), EVERY_WEIBO)
def test_what_a_code_of_weibo_means(box: made.Rehearsal, weibo: WeiboApi, code: int, kind: str) -> None:
    before = box.clock()
    box.fault("weibo", "code", value=code)
    acting = failure(lambda: weibo.share("甲", "121.62.0.1"))
    box.fault("weibo", "code", value=code, call="2/statuses/user_timeline.json")
    reading = failure(weibo.own_timeline)
    _proved(code, kind, acting, reading, before)
    assert box.store.published("weibo", made.UID) == []


@pytest.mark.parametrize(("code", "kind"), [one for one in EVERY_WECHAT if one[1] != "renew"])
def test_what_a_code_of_wechat_means(box: made.Rehearsal, wechat: WechatApi, code: int, kind: str) -> None:
    box.forget()  # a code may have said that all calls of the day are used up
    before = box.clock()
    box.fault("wechat", "code", value=code)
    acting = failure(lambda: wechat.submit("m"))
    box.fault("wechat", "code", value=code, call="cgi-bin/draft/get")
    reading = failure(lambda: wechat.draft("m"))
    _proved(code, kind, acting, reading, before)
    assert box.store.published("wechat", made.APPID) == []


@pytest.mark.parametrize("code", WECHAT["renew"])
def test_a_token_is_renewed_once_and_the_call_made_once_more(box: made.Rehearsal, wechat: WechatApi, code: int) -> None:
    def asked() -> int:
        return len(box.store.calls("wechat", made.APPID, "cgi-bin/freepublish/submit"))

    before = asked()
    box.fault("wechat", "code", value=code)
    assert "40007" in str(failure(lambda: wechat.submit("m")))
    assert asked() - before == 2
    box.fault("wechat", "code", count=2, value=code)
    assert type(failure(lambda: wechat.submit("m"))) is Unavailable
    assert asked() - before == 4


def test_a_wrong_secret_at_the_token_endpoint_is_refused_for_good(box: made.Rehearsal) -> None:
    channel = Wechat(box.wechat(), box.bench())
    box.forget()
    box.fault("wechat", "code", value=40001, call="cgi-bin/stable_token")
    with pytest.raises(Refused, match="secret"):
        channel._account.api(box.delivery("wechat-main")).draft("m")


def test_a_code_that_nobody_has_heard_of_is_refused_and_kept_with_the_platforms_words(
    box: made.Rehearsal, weibo: WeiboApi, wechat: WechatApi
) -> None:
    for platform, call in (("weibo", lambda: weibo.share("甲", "121.62.0.1")), ("wechat", lambda: wechat.submit("m"))):
        box.fault(platform, "code", value=UNHEARD_OF)
        error = failure(call)
        assert (type(error), str(UNHEARD_OF) in str(error), "scripted error" in str(error)) == (Refused, True, True)
    box.fault("wechat", "code", value=UNHEARD_OF)
    assert "rid: " in str(failure(lambda: wechat.submit("m")))


def _proved(code: int, kind: str, acting: ChannelError, reading: ChannelError, before: datetime) -> None:
    assert (type(acting), type(reading)) == (ACTING[kind], READING[kind])
    assert str(code) in str(acting)
    assert str(code) in str(reading)
    if code in DAYS_RESET:
        assert isinstance(acting, Unavailable)
        assert acting.retry_after is not None
        assert in_china(acting.retry_after).date() == in_china(before).date() + timedelta(days=1)
    elif isinstance(acting, Unavailable):
        assert acting.retry_after is not None
        assert acting.retry_after >= before + timedelta(seconds=WAITS.get(kind, 86_400))


def test_the_words_of_the_tables_are_those_of_outcomes() -> None:
    every = {meaning.outcome for meaning in weibo_outcomes.OUTCOMES.values()}
    every |= {meaning.outcome for meaning in wechat_outcomes.OUTCOMES.values()}
    assert every == set(Outcome)
