"""WeChat's callbacks: signatures, encryption, XML and replays, by the vectors of the contract (WeChat 6.4, 7.4, 10)."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.callback import MOST_REMEMBERED, WINDOW, Callback
from channels.wechat.callback_crypto import (
    BLOCK,
    CallbackKeys,
    CallbackRefused,
    _cipher,
    aes_key_of,
    is_signed,
    opened,
    sealed,
    signature_of,
)
from channels.wechat.callback_xml import LARGEST_BYTES, JobEnd, encrypted_in, job_end, root_of, value

ACCOUNT = CallbackKeys("wxb11529c136998cb6", "pamtest", aes_key_of("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"))
ENCRYPTED = (
    "rTNFcsut4LfGuAFKEUVVpwcaCOTJzOd9twZdIW910jb3k+iicx2uvhttIZ3Qg9Qgty3BEF2xbOrz6boTfb30dMomcgrkTqdFPwnhqbk+kIQ7rZiwny9D"
    "7NUrTgA5kpX3KsZvrXzUZyP2x9YOlxbgm572lmxKvM7HAQQhIQ/p6HBmoY30bGXFK0BtIu1pW9TjhOYrLQoU18nWYjWqDA1ynkmOytpv7QRI1P1+0Nox"
    "L0q2zO1DgeSvnE8CZGo/o5Ap/WHK5W2RAsinpzN4/LjPnmB6U01I5XCoJoC0GK/yMZycd2Oh8Nq6+wBkC1U85oy0ktOY4nLvsQMLrourmMGdZHuTbqpe"
    "J8Ao/5PRYJ+WBvRUwPfGKBL2+2IKZF49vAJqkcGWSHGE76ZN2erXeuNazf/o9o3lIE3q739o4c8t9QGPe31GT2Go/rOz1BsrASwvauNulCh+++yz+CQz"
    "BIuikA=="
)
STAMP, NONCE, SIGNATURE = "1458300676", "260774613", "4f3ad57b6989f09f4eb392acce4f9e93942ed890"
ENTERPRISE = CallbackKeys("wx49f0ab532d5d035a", "123456", aes_key_of("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"))
TO_US = (
    "RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHCrsTyeDXzF6Bv283dGymzxh6ydJRv"
    "ZsryDyZbLTE7rhnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpXaG4+BiYyolBug/gYNx410cvkKR2/nPwBiT+P4hIiOAQqGp/TywZBtDh1"
    "yCF2KOd0gpiMZ5jSw3e29mTvmUHzkVQiMS6td7vXUaWOMZnYZlF3So2SjHnwh4jYFxdgpkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5t6NMxuGhcUGA"
    "POQipvWTT4dShyqio7mlsl5noTrb++x6En749zCpQVhDpbV6GDnTbcX2e8K9QaNWHp91eBdCRxthuL0="
)
REPLY = """<xml>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[test]]></Content>
<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>
<ToUserName><![CDATA[messense]]></ToUserName>
<AgentID>1</AgentID>
<CreateTime>1411525903</CreateTime>
</xml>"""

PUBLISHED = """<xml><ToUserName><![CDATA[gh_4d00ed8d6399]]></ToUserName><FromUserName><![CDATA[oV5CrjpxgaGXNHIQigzNlgLTnwic]]>
</FromUserName><CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>
<PublishEventInfo><publish_id>{job}</publish_id><publish_status>{status}</publish_status>{more}</PublishEventInfo></xml>"""
THERE = """<article_id><![CDATA[b5O2OUs25HBxRceL7hfReg-U9QGeq9zQjiDvy
 WP4Hq4]]></article_id><article_detail><count>{count}</count>{items}</article_detail>"""
ITEM = "<item><idx>{n}</idx><article_url><![CDATA[http://mp.weixin.qq.com/s?mid={n}]]></article_url></item>"
MASS = """<xml><ToUserName>gh</ToUserName><FromUserName>o1</FromUserName><CreateTime>1481013459</CreateTime><MsgType>event
</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>1000001625</MsgID><Status>{status}</Status><TotalCount>100</TotalCount>
<FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount><ArticleUrlResult>{result}</ArticleUrlResult></xml>"""


def published(items: int = 1, status: str = "0", event: str = "PUBLISHJOBFINISH", at: int = 1481013459) -> bytes:
    more = THERE.format(count=items, items="".join(ITEM.format(n=n) for n in range(1, items + 1)))
    return PUBLISHED.format(at=at, event=event, job="2247503051", status=status, more=more).encode()


def told(data: bytes) -> JobEnd:
    end = job_end(root_of(data))
    assert end is not None
    return end


class Now:
    def __init__(self, seconds: int) -> None:
        self.moment = datetime.fromtimestamp(seconds, UTC)

    def __call__(self) -> datetime:
        return self.moment


# Signatures


def test_the_simplest_signature() -> None:
    assert signature_of("b", "c", "a") == "a9993e364706816aba3e25717850c26c9cd0d89d"


def test_the_check_of_an_address_is_answered_by_its_echo() -> None:
    callback = Callback(CallbackKeys("wx1", "AAAAA"), Now(1714037059))
    query = {"timestamp": "1714037059", "nonce": "486452656", "echostr": "4375120948345356249"}
    query["signature"] = "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert callback.echo(query) == "4375120948345356249"
    for changes in (
        {"nonce": "486452657"},
        {"signature": ""},
        {"signature": "签"},
        {"timestamp": ""},
        {"nonce": "x" * 9},
    ):
        with pytest.raises(CallbackRefused):
            callback.echo(query | changes)


@pytest.mark.parametrize("echo", ["", "a" * 513, "<b>\n", "é"])
def test_only_a_plain_short_word_is_echoed(echo: str) -> None:
    callback = Callback(CallbackKeys("wx1", "t"), Now(1000))
    query = {"timestamp": "1000", "nonce": "1", "signature": signature_of("t", "1000", "1"), "echostr": echo}
    with pytest.raises(CallbackRefused):
        callback.echo(query)


def test_a_signature_is_of_all_its_parts() -> None:
    assert is_signed(SIGNATURE, "pamtest", STAMP, NONCE, ENCRYPTED)
    assert not is_signed(SIGNATURE, "pamtest", STAMP, NONCE)
    assert not is_signed(SIGNATURE.upper(), "pamtest", STAMP, NONCE, ENCRYPTED)


# Encryption


def test_the_official_accounts_vector_whose_padding_is_twenty_one() -> None:
    xml = root_of(opened(ENCRYPTED, ACCOUNT))
    assert (value(xml, "Content"), value(xml, "FromUserName"), value(xml, "CreateTime")) == (
        "hello",
        "asdasdasdsadasd",
        "1234567898",
    )
    assert ACCOUNT.aes_key is not None
    decryptor = _cipher(ACCOUNT.aes_key).decryptor()
    assert (decryptor.update(base64.b64decode(ENCRYPTED)) + decryptor.finalize())[-1] == 21


def test_the_enterprise_vector_whose_key_is_no_canonical_base64() -> None:
    assert is_signed("74d92dfeb87ba7c714f89d98870ae5eb62dff26d", "123456", "1411525903", "461056294", TO_US)
    xml = root_of(opened(TO_US, ENTERPRISE))
    assert (value(xml, "Content"), value(xml, "FromUserName")) == ("test", "messense")


def test_the_vector_of_sealing() -> None:
    encrypted = sealed(REPLY.encode(), ENTERPRISE, b"1234567890123456")
    assert signature_of("123456", "1411525903", "461056294", encrypted) == "407518b7649e86ef23978113f92d27afa9296533"


def test_a_message_for_another_appid_is_refused() -> None:
    with pytest.raises(CallbackRefused, match="appid"):
        opened(ENCRYPTED, replace(ACCOUNT, appid="invalid appid"))


@pytest.mark.parametrize(
    "encrypted", ["", "AAAA", "!!!!", ENCRYPTED[:-4], ENCRYPTED[4:], ENCRYPTED[:-24] + "AAAA" * 6, "A" * 64, "中文"]
)
def test_what_cannot_be_decrypted_is_refused(encrypted: str) -> None:
    with pytest.raises(CallbackRefused):
        opened(encrypted, ACCOUNT)


@given(xml=st.binary(max_size=200), random=st.binary(min_size=16, max_size=16))
def test_what_is_sealed_can_be_opened_whatever_its_length(xml: bytes, random: bytes) -> None:
    assert opened(sealed(xml, ACCOUNT, random), ACCOUNT) == xml


@pytest.mark.parametrize("padding", [0, BLOCK + 1, 255])
def test_a_padding_beyond_the_block_is_refused(padding: int) -> None:
    assert ACCOUNT.aes_key is not None
    encryptor = _cipher(ACCOUNT.aes_key).encryptor()
    data = encryptor.update(bytes(31) + bytes([padding])) + encryptor.finalize()
    with pytest.raises(CallbackRefused):
        opened(base64.b64encode(data).decode(), ACCOUNT)


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "-", "中" * 43])
def test_a_key_that_is_none_is_said_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="43") as caught:
        aes_key_of(key)
    assert not key or key not in str(caught.value)


def test_keys_do_not_show_themselves() -> None:
    assert "pamtest" not in repr(ACCOUNT)
    assert "aes_key" not in repr(ACCOUNT)


# XML


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE x [<!ENTITY a "a">]><xml>&a;</xml>',
        b'<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><xml a="&d;">&d;</xml>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml>&f;</xml>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1:9/">]><xml>&f;</xml>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><xml/>',
        b"<!DOCTYPE xml><xml/>",
        b"",
        b"{}",
        b"<xml>",
        b"<xml>\xff\xfe</xml>",
        b"<xml>&undefined;</xml>",
        b"<xml>\x00</xml>",
        b"<a>" * 10_000 + b"</a>" * 10_000,
        b"PK\x03\x04",
    ],
)
def test_xml_that_is_hostile_or_none_is_refused(data: bytes) -> None:
    with pytest.raises(CallbackRefused):
        root_of(data)


def test_a_huge_message_is_refused_unread() -> None:
    with pytest.raises(CallbackRefused) as caught:
        root_of(b"<xml>" + b" " * LARGEST_BYTES + b"</xml>")
    assert caught.value.status == 413


def test_an_ended_publication_is_read() -> None:
    end = told(published())
    assert (end.kind, end.job, end.at, end.account) == (
        "publication",
        "2247503051",
        1481013459,
        "oV5CrjpxgaGXNHIQigzNlgLTnwic",
    )
    assert (end.status, end.article_id) == ("0", "b5O2OUs25HBxRceL7hfReg-U9QGeq9zQjiDvyWP4Hq4")
    assert end.addresses == {"1": "http://mp.weixin.qq.com/s?mid=1"}
    assert JobEnd.from_values(end.values()) == end


def test_an_item_may_be_one_or_many() -> None:
    assert list(told(published(items=3)).addresses) == ["1", "2", "3"]
    assert told(published(items=0)).addresses == {}
    failed = PUBLISHED.format(at=1, event="PUBLISHJOBFINISH", job="9", status="4", more="<fail_idx>1</fail_idx>" * 2)
    assert told(failed.encode()).failed == [1, 1]
    one = PUBLISHED.format(at=1, event="PUBLISHJOBFINISH", job="9", status="2", more="<fail_idx> 2 </fail_idx>")
    assert (told(one.encode()).failed, told(one.encode()).status) == ([2], "2")


def test_the_other_name_of_the_event_is_known() -> None:
    assert told(published(event="FREEPUBLISHJOBFINISH")).job == "2247503051"


def test_an_ended_mass_send_is_read() -> None:
    item = "<item><ArticleIdx>{n}</ArticleIdx><ArticleUrl>http://mp.weixin.qq.com/s/{n}</ArticleUrl></item>"
    result = f"<Count>2</Count><ResultList>{item.format(n=1)}{item.format(n=2)}</ResultList>"
    end = told(MASS.format(status="send success", result=result).encode())
    assert (end.kind, end.job, end.status) == ("mass", "1000001625", "send success")
    assert end.addresses == {"1": "http://mp.weixin.qq.com/s/1", "2": "http://mp.weixin.qq.com/s/2"}
    assert end.counts == {"TotalCount": 100, "FilterCount": 80, "SentCount": 75, "ErrorCount": 5}
    empty = told(MASS.format(status="err(20013)", result="").encode())
    assert (empty.status, empty.addresses) == ("err(20013)", {})


@pytest.mark.parametrize(
    "data",
    [
        b"<xml><MsgType>text</MsgType><Event>PUBLISHJOBFINISH</Event></xml>",
        b"<xml><MsgType>event</MsgType><Event>subscribe</Event></xml>",
        b"<xml/>",
    ],
)
def test_other_messages_are_not_ours(data: bytes) -> None:
    assert job_end(root_of(data)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"<xml><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><CreateTime>1</CreateTime></xml>",
        published().replace(b"2247503051", b"../../etc"),
        published().replace(b"<publish_status>0<", b"<publish_status>ok<"),
        published().replace(b"1481013459", b"now"),
        published().replace(b"1481013459", b"9" * 17),
        published().replace(b"b5O2", b"b" * 5_000),
    ],
)
def test_such_an_event_without_what_it_must_have_is_refused(data: bytes) -> None:
    with pytest.raises(CallbackRefused):
        job_end(root_of(data))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    try:
        job_end(root_of(data))
    except CallbackRefused:
        return


@given(st.data())
def test_no_change_of_an_event_breaks_the_reading(data: st.DataObject) -> None:
    xml = bytearray(published(items=2))
    for _ in range(data.draw(st.integers(1, 4))):
        xml[data.draw(st.integers(0, len(xml) - 1))] = data.draw(st.integers(0, 255))
    try:
        end = job_end(root_of(bytes(xml)))
    except CallbackRefused:
        return
    assert end is None or JobEnd.from_values(end.values()) is not None


WHOLE = told(published()).values()


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {},
        "x",
        {"kind": 1},
        WHOLE | {"addresses": 3},
        WHOLE | {"addresses": {"first": "http://x"}},
        WHOLE | {"addresses": {"1": 1}},
        WHOLE | {"at": 10**17},
        WHOLE | {"at": True},
        WHOLE | {"failed": None},
        WHOLE | {"more": 1},
    ],
)
def test_kept_values_that_are_no_event_are_none(values: object) -> None:
    assert JobEnd.from_values(values) is None


# Requests


def plain(token: str = "t", at: int = 1000, nonce: str = "n1") -> dict[str, str]:
    return {"timestamp": str(at), "nonce": nonce, "signature": signature_of(token, str(at), nonce)}


def secure(keys: CallbackKeys, xml: bytes, at: int = 1000, nonce: str = "n1") -> tuple[dict[str, str], bytes]:
    encrypted = sealed(xml, keys, b"r" * 16)
    query = plain(keys.token, at, nonce) | {"encrypt_type": "aes"}
    query["msg_signature"] = signature_of(keys.token, str(at), nonce, encrypted)
    return query, f"<xml><ToUserName/><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def test_a_plain_event_is_taken_when_it_is_signed() -> None:
    callback = Callback(CallbackKeys("wx1", "t"), Now(1000))
    end = callback.event(plain(), published())
    assert end is not None and end.job == "2247503051"
    for query in (
        {},
        plain("other"),
        plain() | {"nonce": "n2"},
        plain() | {"timestamp": "1001"},
        plain() | {"signature": "x"},
    ):
        with pytest.raises(CallbackRefused):
            callback.event(query, published())


def test_an_encrypted_event_is_taken_and_a_changed_one_is_not() -> None:
    callback = Callback(ACCOUNT, Now(1000))
    query, body = secure(ACCOUNT, published())
    end = callback.event(query, body)
    assert end is not None and end.status == "0"
    other, _ = secure(ACCOUNT, published(), nonce="n9")
    for wrong in (
        query | {"msg_signature": ""},
        query | {"msg_signature": query["signature"]},
        other | {"nonce": "n8"},
    ):
        with pytest.raises(CallbackRefused):
            callback.event(wrong, body)
    with pytest.raises(CallbackRefused):
        callback.event(query, body.replace(b"A", b"B", 1))


def test_with_a_key_nothing_plain_is_believed() -> None:
    """A well signed plain message, and compatible mode's plain half with another's encrypted one."""
    callback = Callback(ACCOUNT, Now(1000))
    with pytest.raises(CallbackRefused):
        callback.event(plain(ACCOUNT.token), published())
    query, body = secure(ACCOUNT, published(status="4"))
    mixed = published().replace(b"</xml>", body.partition(b"<ToUserName/>")[2])
    end = callback.event(query, mixed)
    assert end is not None and end.status == "4"
    assert encrypted_in(root_of(mixed))


def test_without_a_key_the_plain_half_of_compatible_mode_is_read() -> None:
    query, body = secure(replace(ACCOUNT, token="t"), published(status="4"))
    mixed = published(status="4").replace(b"</xml>", body.partition(b"<ToUserName/>")[2])
    end = Callback(CallbackKeys(ACCOUNT.appid, "t"), Now(1000)).event(query, mixed)
    assert end is not None and end.status == "4"


@pytest.mark.parametrize("apart", [WINDOW + timedelta(seconds=1), -WINDOW - timedelta(seconds=1)])
def test_outside_the_time_window_nothing_is_taken(apart: timedelta) -> None:
    now = Now(10_000)
    callback = Callback(CallbackKeys("wx1", "t"), now)
    now.moment += apart
    with pytest.raises(CallbackRefused, match="timestamp"):
        callback.event(plain(at=10_000), published())
    now.moment -= apart * 0.01
    assert callback.event(plain(at=10_000), published())


def test_a_signature_cannot_be_used_for_another_message() -> None:
    callback = Callback(CallbackKeys("wx1", "t"), Now(1000))
    assert callback.event(plain(), published())
    assert callback.event(plain(), published()), "the platform repeats what it takes for lost"
    with pytest.raises(CallbackRefused, match="came before"):
        callback.event(plain(), published(status="4"))


def test_what_is_remembered_against_replays_does_not_grow_for_ever() -> None:
    now = Now(1000)
    callback = Callback(CallbackKeys("wx1", "t"), now)
    for number in range(50):
        callback.event(plain(nonce=str(number)), published())
    assert len(callback._seen) == 50 < MOST_REMEMBERED
    now.moment += 3 * WINDOW
    callback.event(plain(at=int(now.moment.timestamp())), published())
    assert len(callback._seen) == 1


def test_a_message_that_names_nobody_is_refused() -> None:
    with pytest.raises(CallbackRefused, match="whose"):
        Callback(CallbackKeys("wx1", "t"), Now(1000)).event(plain(), b"<xml><a/></xml>")


def test_a_readers_words_are_taken_and_are_no_event() -> None:
    words = b"<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><Content>hello</Content></xml>"
    assert Callback(CallbackKeys("wx1", "t"), Now(1000)).event(plain(), words) is None


@given(
    query=st.dictionaries(
        st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "echostr"]), st.text(max_size=40)
    ),
    body=st.binary(max_size=200),
    keys=st.sampled_from([ACCOUNT, CallbackKeys("wx1", "t")]),
)
def test_no_request_of_a_stranger_gets_further_than_its_refusal(
    query: dict[str, str], body: bytes, keys: CallbackKeys
) -> None:
    callback = Callback(keys, Now(1000))
    for timely in (query, query | {"timestamp": "1000"}):
        with pytest.raises(CallbackRefused):
            callback.event(timely, body)
        with pytest.raises(CallbackRefused):
            callback.echo(timely)


@given(body=st.binary(max_size=300))
def test_no_signed_bytes_break_the_reading_of_a_request(body: bytes) -> None:
    try:
        Callback(CallbackKeys("wx1", "t"), Now(1000)).event(plain(), body)
    except CallbackRefused as problem:
        assert problem.status in (400, 403, 413)


@given(xml=st.binary(max_size=300))
def test_no_sealed_bytes_break_the_reading_of_a_request(xml: bytes) -> None:
    query, body = secure(ACCOUNT, xml)
    try:
        Callback(ACCOUNT, Now(1000)).event(query, body)
    except CallbackRefused as problem:
        assert problem.status in (400, 403)
