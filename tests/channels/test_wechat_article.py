"""What a WeChat article is made of, and how a draft that was read back is compared with it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from channels.base import CannotRender, Rendition
from channels.wechat import Wechat
from channels.wechat.markup import converted, filled, slots_in
from channels.wechat.normal import difference, normal_form
from channels.wechat.rendering import pictures_in
from content.assets import Assets
from content.canonical import digest
from content.item import Item, Revision
from content.vocabulary import Action
from tests.channels import revisions as made

DIGEST = "0123456789abcdef" * 4


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    return Assets(tmp_path / "assets")


def channel(assets: Assets) -> Wechat:
    box = made.Rehearsal("http://127.0.0.1:1", None, assets.folder, assets)  # type: ignore[arg-type]
    return Wechat(box.wechat(), box.bench())


def rendered(assets: Assets, revision: Revision, item: Item = made.ITEM) -> Rendition:
    return channel(assets).render(item, revision)


def test_the_golden_articles_are_as_they_were(assets: Assets, golden: Callable[[str, bytes], None]) -> None:
    policy, notice = rendered(assets, made.policy()), rendered(assets, made.notice(assets))
    golden("wechat/policy.json", policy.parts["article.json"].data)
    golden("wechat/notice.json", notice.parts["article.json"].data)
    corrected = channel(assets).render(made.ITEM, made.policy(), Action.CORRECT, "时间有误")
    golden("wechat/correction.json", corrected.parts["article.json"].data)


def test_the_same_revision_gives_the_same_digest(assets: Assets) -> None:
    assert rendered(assets, made.notice(assets)).digest == rendered(assets, made.notice(assets)).digest


def test_pictures_are_slots_and_parts_under_the_limit(assets: Assets) -> None:
    rendition = rendered(assets, made.notice(assets))
    digests = slots_in(json.loads(rendition.text("article.json"))["content"])
    assert rendition.slots == tuple(f"picture:{digest}" for digest in digests)
    assert list(pictures_in(rendition)) == digests
    assert all(len(rendition.parts[name].data) < 1_000_000 for name in pictures_in(rendition).values())
    for name, size in (("cover.jpg", (900, 383)), ("cover-square.jpg", (500, 500))):
        (assets.folder / name).write_bytes(rendition.parts[name].data)
        assert Image.open(assets.folder / name).size == size


def test_style_is_inline_and_no_class_id_or_foreign_link_is_left(assets: Assets) -> None:
    content = json.loads(rendered(assets, made.policy()).text("article.json"))["content"]
    assert not re.search(r"\b(class|id)=", content)
    assert re.findall(r'<a [^>]*href="([^"]+)"', content) == ["https://mp.weixin.qq.com/s/abc"]
    assert "[1] https://www.hubei.gov.cn/help?a=1&amp;b=2" in content
    assert "任务分工表.xlsx" in content
    assert "&quot;" not in content


def test_the_items_page_is_reached_by_a_code_where_no_link_may_lead(assets: Assets) -> None:
    rendition = rendered(assets, made.policy())
    [name] = pictures_in(rendition).values()
    content = json.loads(rendition.text("article.json"))["content"]
    assert content.count("<img ") == 1
    assert rendition.parts[name].media_type == "image/png"
    assert digest(rendition.parts[name].data) == slots_in(content)[0]
    picture = Image.open(BytesIO(rendition.parts[name].data))
    assert picture.width == picture.height >= 300
    other = replace(made.ITEM, url=f"https://{made.DOMAIN}/zcwj/202611/t20261123_1002.html")
    assert slots_in(json.loads(rendered(assets, made.policy(), other).text("article.json"))["content"]) != [
        digest(rendition.parts[name].data)
    ]


def test_the_address_of_a_preview_is_no_link_since_the_platform_refuses_it(assets: Assets) -> None:
    preview = "https://mp.weixin.qq.com/s?tempkey=MTIz&amp;chksm=4#rd"
    revision = replace(made.policy(), body=f'<p>见<a href="{preview}">预览</a>。</p>')
    content = json.loads(rendered(assets, revision).text("article.json"))["content"]
    assert "<a " not in content
    assert f"[1] {preview}" in content


def test_a_title_beyond_the_limit_is_said_and_never_cut(assets: Assets) -> None:
    revision = made.policy(words={})
    revision = replace(revision, fields=replace(revision.fields, title="长" * 33))
    findings = channel(assets).check(revision)
    assert [(finding.code, finding.blocks) for finding in findings] == [("wechat-title-too-long", True)]
    assert "words.wechat.title" in findings[0].mend
    with pytest.raises(CannotRender, match="超过32字"):
        rendered(assets, revision)


def test_all_problems_are_said_at_once(assets: Assets) -> None:
    revision = made.policy(words={}, summary="摘" * 121, organ="市" * 17, title="题" * 40)
    codes = [finding.code for finding in channel(assets).check(revision)]
    assert codes == ["wechat-title-too-long", "wechat-digest-too-long", "wechat-author-too-long"]


def test_long_content_is_a_warning_and_more_than_a_megabyte_an_error(assets: Assets) -> None:
    long = replace(made.policy(), body="<p>" + "字" * 20_000 + "</p>")
    huge = replace(made.policy(), body="<p>" + "字" * 340_000 + "</p>")
    assert [finding.code for finding in channel(assets).check(long)] == ["wechat-content-long"]
    assert [finding.code for finding in channel(assets).check(huge)] == ["wechat-content-too-long"]


def test_every_revision_action_and_reason_has_a_marker_of_its_own(assets: Assets) -> None:
    makes = channel(assets)
    renditions = [
        makes.render(made.ITEM, made.policy()),
        makes.render(made.ITEM, made.policy(summary="改了。")),
        makes.render(made.ITEM, made.policy(), Action.CORRECT, "甲"),
        makes.render(made.ITEM, made.policy(), Action.CORRECT, "乙"),
    ]
    markers = {json.loads(one.text("article.json"))["content_source_url"] for one in renditions}
    assert len(markers) == 4
    assert all(re.fullmatch(re.escape(made.ITEM.url) + r"\?w=[0-9a-f]{12}", marker) for marker in markers)


def test_links_become_numbered_notes_and_anchors_disappear() -> None:
    body = '<p>见<a href="http://a.cn">甲</a>、<a href="http://b.cn">乙</a>、<a href="http://a.cn">丙</a><a id="n1">。</a></p>'
    html, notes = converted(body)
    assert html == "<p>见甲<sup>[1]</sup>、乙<sup>[2]</sup>、丙<sup>[1]</sup>。</p>"
    assert notes.addresses == ["http://a.cn", "http://b.cn"]


def test_an_address_shown_as_its_own_link_needs_no_note() -> None:
    html, notes = converted('<p><a href="http://a.cn/x">http://a.cn/x</a>；<a href="#n1">1</a></p>')
    assert html == "<p>http://a.cn/x；1</p>"
    assert notes.addresses == []


def test_a_slot_is_filled_as_an_attribute() -> None:
    html, _ = converted(f'<figure><img src="asset:{DIGEST}" alt="图"/></figure>')
    assert filled(html, {DIGEST: 'http://mmbiz.qpic.cn/a b?x=1&y="2"'}).count("&amp;y=&quot;2&quot;") == 1
    with pytest.raises(KeyError):
        filled(html, {})


def article(content: str, **more: str) -> dict[str, str]:
    return {
        "title": "甲",
        "author": "乙",
        "digest": "",
        "content_source_url": "https://a.cn?w=1",
        "content": content,
        **more,
    }


def test_what_the_platform_rewrites_is_no_difference() -> None:
    ours = article(
        '<section style="margin:0"><p style="color:red">一 二</p><img src="http://mmbiz.qpic.cn/a/0?wx_fmt=png"></section>'
    )
    theirs = article(
        '<p style="color: red;">一&nbsp;二</p>\n<img data-src="https://mmbiz.qpic.cn/a/0" class="rich">\u200b'
    )
    assert difference(ours, theirs) == ""


@pytest.mark.parametrize(
    "theirs",
    [
        article("<p>一</p><img src='http://mmbiz.qpic.cn/b/0'><p>二</p>"),
        article("<p>一</p><p>二</p>"),
        article("<img src='http://mmbiz.qpic.cn/a/0'><p>一</p><p>二</p>"),
        article("<p>一</p><img src='http://mmbiz.qpic.cn/a/0'><p>三</p>"),
        article("<p>一</p><img src='http://mmbiz.qpic.cn/a/0'><p><a href='http://x.cn'>二</a></p>"),
        article("<p>一</p><img src='http://mmbiz.qpic.cn/a/0'><p>二</p>", title="丙"),
        article(""),
    ],
)
def test_what_readers_would_see_otherwise_is_a_difference(theirs: dict[str, str]) -> None:
    ours = article("<p>一</p><img src='http://mmbiz.qpic.cn/a/0'><p>二</p>")
    assert difference(ours, theirs)
    assert difference(theirs, ours)


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_normal_form_never_fails_and_equals_itself(left: str, right: str) -> None:
    assert difference(article(left), article(left)) == ""
    assert (normal_form(article(left)) == normal_form(article(right))) == (
        difference(article(left), article(right)) == ""
    )
