"""What platforms count of what was published, against the sandbox: Weibo's counts and WeChat's two generations of figures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from channels.base import Figure, Measurable, Measures, Refused, Unavailable
from channels.sandbox.readers import crowd
from channels.wechat import Wechat
from channels.wechat.measuring import key_of
from channels.weibo import Weibo
from channels.weibo.budgets import Budgets
from content.clock import CHINA, in_china
from content.delivery import Receipt
from content.vocabulary import State
from tests.channels import revisions as made

COUNT, DETAIL = "2/statuses/count.json", "datacube/getarticletotaldetail"
NOON = datetime(2026, 11, 23, 12, tzinfo=CHINA)


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    """The platforms on the morning of a publication, with nothing published."""
    served.forget()
    served.store.clear_faults()
    for table in ("weibos", "publications", "mass_sends", "drafts", "calls", "tokens"):
        served.store.run(f"DELETE FROM {table}")
    served.now = timedelta()
    at(served, NOON)
    return served


def at(box: made.Rehearsal, moment: datetime) -> None:
    """Sets the clocks of the office and of the platforms."""
    box.now += moment - box.clock()
    box.store.move_clock(box.now.total_seconds())


def weibos(box: made.Rehearsal, number: int) -> list[Measurable]:
    """Published a minute ago."""
    since = box.store.clock() - 60
    for mid in range(1, number + 1):
        row = (5_000_000_000_000_000 + mid, made.UID, f"第{mid}条", "", "", since)
        box.store.run("INSERT INTO weibos (mid, uid, text, shown, picture, created) VALUES (?, ?, ?, ?, ?, ?)", *row)
    moment = datetime.fromtimestamp(since, UTC)
    return [
        Measurable(f"d{mid}", Receipt(State.LIVE, str(5_000_000_000_000_000 + mid)), moment)
        for mid in range(1, number + 1)
    ]


def article(box: made.Rehearsal, delivery: str = "d1", **options: object) -> Measurable:
    """Published now through the channel."""
    channel = Wechat(box.wechat(**options), box.bench())
    given = replace(box.delivery("wechat-main"), id=delivery)
    rendition = channel.render(made.ITEM, made.policy())
    receipt = channel.release(given, rendition, channel.prepare(given, rendition))
    for _ in range(3):
        receipt = channel.follow(given, rendition, receipt)
    assert receipt.state is State.LIVE
    return Measurable(delivery, receipt, box.clock())


def measured(channel: Measures, live: Sequence[Measurable]) -> dict[tuple[str, date], Figure]:
    return {(one.delivery, one.day): one for one in channel.measure(live)}


def calls(box: made.Rehearsal, platform: str, name: str) -> int:
    return len(box.store.calls(platform, made.UID if platform == "weibo" else made.APPID, name))


def weibo(box: made.Rehearsal, **options: object) -> Weibo:
    return Weibo(box.weibo(**options), box.bench())


def wechat(box: made.Rehearsal, **options: object) -> Wechat:
    return Wechat(box.wechat(**options), box.bench())


def test_both_channels_measure(box: made.Rehearsal) -> None:
    assert isinstance(weibo(box), Measures)
    assert isinstance(wechat(box), Measures)


def test_a_weibo_is_passed_on_liked_and_commented_on_and_its_reads_are_not_told(box: made.Rehearsal) -> None:
    [one] = weibos(box, 1)
    at(box, NOON + timedelta(days=2))
    [figure] = weibo(box).measure([one])
    come = crowd(5_000_000_000_000_001, box.store.clock() - one.live_at.timestamp())
    counted = figure.reads
    assert (figure.delivery, figure.day) == ("d1", date(2026, 11, 25))
    assert come.shares > 0
    assert (counted.reads, counted.shares, counted.likes, counted.comments) == (
        None,
        come.shares,
        come.likes,
        come.comments,
    )


def test_a_hundred_weibos_take_one_call_and_deleted_ones_are_left_out(box: made.Rehearsal) -> None:
    live = weibos(box, 101)
    box.store.run("UPDATE weibos SET deleted = 1 WHERE mid = ?", 5_000_000_000_000_050)
    figures = {one.delivery for one in weibo(box).measure(live)}
    assert len(figures) == 100
    assert "d50" not in figures
    assert calls(box, "weibo", COUNT) == 2


def test_measuring_takes_only_the_calls_that_publishing_can_spare(box: made.Rehearsal) -> None:
    live = weibos(box, 300)
    channel = weibo(box, calls_a_day=12, calls_left_for_publishing=10)
    figures = []
    with pytest.raises(Unavailable, match="留给发布") as told:
        for one in channel.measure(live):
            figures.append(one.delivery)
    assert len(figures) == 200
    assert calls(box, "weibo", COUNT) == 2
    assert told.value.retry_after == datetime(2026, 11, 24, tzinfo=CHINA)
    assert box.account().quotas.left(Budgets.of(channel.outlet).calls) == 10
    channel.prepare(box.delivery("weibo-main"), channel.render(made.ITEM, made.policy()))


def test_an_old_weibo_is_asked_about_once_in_thirty_days(box: made.Rehearsal) -> None:
    [one] = weibos(box, 1)
    at(box, NOON + timedelta(days=31))
    box.store.authorise_again(box.store.accounts()[-1])
    today = in_china(box.clock()).date()
    assert list(weibo(box).measure([replace(one, kept=today - timedelta(days=1))])) == []
    assert len(list(weibo(box).measure([replace(one, kept=today - timedelta(days=30))]))) == 1
    assert len(list(weibo(box).measure([one]))) == 1
    assert calls(box, "weibo", COUNT) == 2


def test_an_app_that_may_not_count_is_refused_with_the_platforms_code(box: made.Rehearsal) -> None:
    box.fault("weibo", "code", call=COUNT, value=10014)
    with pytest.raises(Refused, match="10014"):
        list(weibo(box).measure(weibos(box, 1)))


@pytest.mark.parametrize("wrong", [-1, "40", True])
def test_a_reserve_that_is_no_number_is_refused_by_its_name(box: made.Rehearsal, wrong: object) -> None:
    with pytest.raises(Refused, match="calls_left_for_publishing"):
        list(weibo(box, calls_left_for_publishing=wrong).measure(weibos(box, 1)))


def test_an_articles_figures_are_there_from_eight_oclock_of_the_next_day(box: made.Rehearsal) -> None:
    one = article(box)
    assert measured(wechat(box), [one]) == {}
    at(box, datetime(2026, 11, 24, 7, 59, tzinfo=CHINA))
    assert measured(wechat(box), [one]) == {}
    assert calls(box, "wechat", DETAIL) == 0, "what cannot be there is not asked for"
    at(box, datetime(2026, 11, 24, 8, 1, tzinfo=CHINA))
    [figure] = measured(wechat(box), [one]).values()
    assert figure.day == date(2026, 11, 23)
    assert figure.reads.reads
    assert None not in (figure.reads.shares, figure.reads.likes, figure.reads.comments)


def test_each_day_is_counted_from_the_publication_on_and_asked_for_once(box: made.Rehearsal) -> None:
    one = article(box)
    at(box, NOON + timedelta(days=3))
    figures = measured(wechat(box), [one])
    assert [day.day for _, day in sorted(figures)] == [23, 24, 25]
    numbers = [figures["d1", day].reads.reads or 0 for _, day in sorted(figures)]
    assert numbers == sorted(set(numbers)), "they only grow"
    assert measured(wechat(box), [one]) == {}
    assert calls(box, "wechat", DETAIL) == 1
    at(box, NOON + timedelta(days=4))
    kept = replace(one, kept=date(2026, 11, 25))
    assert sorted(day.day for _, day in measured(wechat(box), [kept])) == [25, 26]
    assert calls(box, "wechat", DETAIL) == 2


def test_after_thirty_days_the_platform_counts_no_more_and_is_not_asked(box: made.Rehearsal) -> None:
    one = article(box)
    at(box, NOON + timedelta(days=45))
    figures = measured(wechat(box), [one])
    assert max(day for _, day in figures) == date(2026, 12, 23)
    at(box, NOON + timedelta(days=46))
    assert measured(wechat(box), [one]) == {}
    assert calls(box, "wechat", DETAIL) == 1


def test_figures_that_are_not_ready_come_later_and_keep_no_others_back(box: made.Rehearsal) -> None:
    first = article(box)
    at(box, NOON + timedelta(days=1))
    second = article(box, "d2")
    at(box, NOON + timedelta(days=3))
    box.fault("wechat", "code", call=DETAIL, value=61503)
    figures = []
    with pytest.raises(Unavailable, match="稍后") as told:
        for one in wechat(box).measure([first, second]):
            figures.append(one.delivery)
    assert set(figures) == {"d1"}
    assert told.value.retry_after is not None
    assert {delivery for delivery, _ in measured(wechat(box), [first, second])} == {"d2"}


def test_an_account_without_the_permission_is_refused_after_one_call(box: made.Rehearsal) -> None:
    live = [article(box)]
    at(box, NOON + timedelta(days=1))
    live.append(article(box, "d2"))
    at(box, NOON + timedelta(days=3))
    box.fault("wechat", "code", count=None, call=DETAIL, value=48001)
    with pytest.raises(Refused, match="48001"):
        list(wechat(box).measure(live))
    assert calls(box, "wechat", DETAIL) == 1


def test_an_article_that_hardly_anybody_read_has_no_figures(box: made.Rehearsal) -> None:
    one = article(box)
    box.store.run("UPDATE publications SET publish_id = publish_id - (publish_id + 7) % 10 + 10")
    [number] = [row["publish_id"] + 7 for row in box.store.rows("SELECT publish_id FROM publications")]
    one = replace(one, receipt=replace(one.receipt, evidence={**one.receipt.evidence, "msg_data_id": str(number)}))
    at(box, NOON + timedelta(days=3))
    assert measured(wechat(box), [one]) == {}
    assert calls(box, "wechat", DETAIL) == 1


def test_an_article_found_after_a_lost_answer_is_known_by_its_address() -> None:
    url = "http://mp.weixin.qq.com/s?__biz=MzA&mid=2247490098&idx=3&sn=ab#wechat_redirect"
    assert key_of(Receipt(State.LIVE, "a", url)) == "2247490098_3"
    assert key_of(Receipt(State.LIVE, "a", url, evidence={"msg_data_id": "7", "index": "1"})) == "7_1"
    for wrong in ("", "http://mp.weixin.qq.com/s/abc", "http://[", "?mid=１２"):
        assert key_of(Receipt(State.LIVE, "a", wrong)) == ""


def test_a_generation_that_is_not_known_is_refused(box: made.Rehearsal) -> None:
    with pytest.raises(Refused, match="statistics"):
        list(wechat(box, statistics="newest").measure([article(box)]))


def left(channel: Wechat) -> dict[str, int]:
    return {one.name: one.left for one in channel.allowances() if one.name.startswith("datacube/")}


def test_the_calls_of_measuring_are_paid_for_before_they_are_made_and_shown(box: made.Rehearsal) -> None:
    first = article(box)
    at(box, NOON + timedelta(days=1))
    live = [first, article(box, "d2")]
    at(box, NOON + timedelta(days=2))
    channel = wechat(box, calls_a_day={DETAIL: 1})
    assert left(channel) == {DETAIL: 1}
    found: list[Figure] = []
    with pytest.raises(Unavailable, match="阅读数据") as told:
        found.extend(channel.measure(live))
    assert ({one.delivery for one in found}, calls(box, "wechat", DETAIL), left(channel)) == ({"d2"}, 1, {DETAIL: 0})
    assert told.value.retry_after == datetime(2026, 11, 26, 0, 0, tzinfo=CHINA)
    at(box, NOON + timedelta(days=3))
    assert {delivery for delivery, _ in measured(wechat(box), live)} == {"d1", "d2"}
    assert left(wechat(box, measure=False)) == {}
    assert list(left(wechat(box, statistics="old"))) == ["datacube/getarticletotal"]


def test_figures_wait_for_midnight_when_the_platform_has_no_more_calls(box: made.Rehearsal) -> None:
    live = [article(box)]
    at(box, NOON + timedelta(days=2))
    with made.changed(box, box.store.account("wechat", made.APPID), quotas={DETAIL: 1}):
        asked(box, "getarticletotaldetail", "2026-11-23", "2026-11-23")
        with pytest.raises(Unavailable, match="45009") as told:
            list(wechat(box).measure(live))
    assert told.value.retry_after is not None
    assert in_china(told.value.retry_after).date() == date(2026, 11, 26)


def test_the_older_figures_are_of_what_was_sent_to_all_and_end_after_seven_days(box: made.Rehearsal) -> None:
    published, sent = article(box), article(box, "d2", mode="mass")
    at(box, NOON + timedelta(days=20))
    figures = measured(wechat(box, statistics="old"), [published, sent])
    assert {delivery for delivery, _ in figures} == {"d2"}
    assert max(day for _, day in figures) == date(2026, 11, 30)
    counted = figures["d2", date(2026, 11, 30)].reads
    assert counted.reads and counted.shares
    assert (counted.likes, counted.comments) == (None, None)
    assert calls(box, "wechat", "datacube/getarticletotal") == 1


def test_the_newer_figures_are_of_both(box: made.Rehearsal) -> None:
    live = [article(box), article(box, "d2", mode="mass")]
    at(box, NOON + timedelta(days=2))
    assert {delivery for delivery, _ in measured(wechat(box), live)} == {"d1", "d2"}
    listed = asked(box, "getarticletotaldetail", "2026-11-23", "2026-11-23")["list"]
    assert {entry["publish_type"] for entry in listed} == {0, 1}


def test_an_article_seen_live_after_midnight_is_found_on_the_day_before(box: made.Rehearsal) -> None:
    at(box, datetime(2026, 11, 23, 23, 59, tzinfo=CHINA))
    one = article(box)
    late = replace(one, live_at=datetime(2026, 11, 24, 0, 10, tzinfo=CHINA))
    at(box, NOON + timedelta(days=2))
    assert sorted(day.day for _, day in measured(wechat(box), [late])) == [23, 24]


def test_an_article_without_its_messages_number_is_known_by_its_address(box: made.Rehearsal) -> None:
    one = article(box)
    one = replace(one, receipt=replace(one.receipt, evidence={}))
    at(box, NOON + timedelta(days=2))
    assert {delivery for delivery, _ in measured(wechat(box), [one])} == {"d1"}


@pytest.mark.parametrize(
    ("name", "begin", "end", "code"),
    [
        ("getarticletotaldetail", "2026-11-22", "2026-11-22", 0),
        ("getarticletotaldetail", "2026-11-21", "2026-11-22", 61501),
        ("getarticletotaldetail", "2026-11-23", "2026-11-23", 61501),
        ("getarticletotaldetail", "2025-10-31", "2025-10-31", 61501),
        ("getarticletotaldetail", "2026/11/22", "2026-11-22", 61500),
        ("getarticletotaldetail", None, "2026-11-22", 61500),
        ("getarticletotal", "2014-12-01", "2014-12-01", 0),
        ("getarticletotal", "2014-11-30", "2014-11-30", 61501),
        ("getarticlesummary", "2026-11-22", "2026-11-22", 0),
        ("getuserread", "2026-11-22", "2026-11-22", 0),
        ("getarticleread", "2026-11-22", "2026-11-22", 0),
        ("getarticleshare", "2026-11-22", "2026-11-22", 0),
        ("getbizsummary", "2026-10-24", "2026-11-22", 0),
        ("getbizsummary", "2026-10-23", "2026-11-22", 61501),
    ],
)
def test_the_sandbox_holds_to_the_spans_of_the_contract(
    box: made.Rehearsal, name: str, begin: str | None, end: str, code: int
) -> None:
    reply = asked(box, name, begin, end)
    assert reply.get("errcode", 0) == code
    assert ("list" in reply) == (code == 0)


def test_the_sandboxs_figures_of_yesterday_are_not_ready_before_eight(box: made.Rehearsal) -> None:
    at(box, datetime(2026, 11, 24, 7, 30, tzinfo=CHINA))
    assert asked(box, "getbizsummary", "2026-11-20", "2026-11-23")["errcode"] == 61503
    assert "list" in asked(box, "getbizsummary", "2026-11-20", "2026-11-22")


def test_the_sandboxs_days_add_up(box: made.Rehearsal) -> None:
    article(box)
    at(box, NOON + timedelta(days=3))
    total = asked(box, "getarticletotaldetail", "2026-11-23", "2026-11-23")["list"][0]
    by_day = asked(box, "getbizsummary", "2026-11-23", "2026-11-25")["list"]
    assert total["publish_type"] == 1
    assert sum(day["detail"]["read_user"] for day in by_day) == total["detail_list"][-1]["read_user"]
    for number, day in enumerate(("2026-11-23", "2026-11-24", "2026-11-25")):
        read = asked(box, "getarticleread", day, day)["list"][0]
        assert read["detail"]["read_user"] == by_day[number]["detail"]["read_user"]


def asked(box: made.Rehearsal, name: str, begin: str | None, end: str) -> Any:
    import httpx

    body = {"grant_type": "client_credential", "appid": made.APPID, "secret": made.SECRET}
    token = httpx.post(f"{box.url}/wechat/cgi-bin/stable_token", json=body, trust_env=False).json()["access_token"]
    span = {"begin_date": begin, "end_date": end}
    url = f"{box.url}/wechat/datacube/{name}?access_token={token}"
    return httpx.post(url, json=span, trust_env=False).json()
