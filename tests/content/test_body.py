import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import body
from content.cleaning import clean, with_headings

PICTURE = "asset:" + "0123456789abcdef" * 4

TAGS = [
    *sorted(body.ELEMENTS),
    *["h1", "h6", "div", "span", "b", "i", "font", "center", "pre", "del", "dl", "dt", "hr", "script"],
]
VALUES = ["right", "center", "footnotes", "a1", "b2", "#a1", "#b2", "#none", "http://www.jingzhou.gov.cn/a?b=1&c=2"]
VALUES += ["javascript:alert(1)", "mailto:a@b.cn", PICTURE, "x.png", "2", "0", "display:none", "color:#fff"]
NAMES = ["class", "id", "name", "href", "src", "alt", "style", "colspan", "rowspan", "align", "onclick"]
WORDS = [
    "政府",
    "一、总则",
    "text",
    " ",
    "　　",
    "\n",
    "&nbsp;",
    "\u200b",
    "&",
    "<",
    "3<5",
    "2026年",
    "\x00",
    "&#1;",
    "“引”",
]


@st.composite
def elements(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    tag = draw(st.sampled_from(TAGS))
    pairs = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=2))
    attributes = "".join(f' {name}="{value}"' for name, value in pairs)
    end = draw(st.sampled_from([f"</{tag}>", f"</{tag}>", f"</{tag}>", ""]))
    return f"<{tag}{attributes}>{draw(inside)}{end}"


words = st.one_of(st.sampled_from(WORDS), st.text(string.ascii_letters + " <>&\"'=/\n中。", max_size=6))
markup = st.recursive(
    words, lambda inner: st.one_of(elements(inner), st.lists(inner, max_size=4).map("".join)), max_leaves=25
)


def assert_closed(text: str) -> None:
    for element in body.tree(text).iterdescendants():
        tag = element.tag
        assert tag in body.ELEMENTS
        assert set(element.attrib) <= body.ATTRIBUTES.get(str(tag), frozenset())
        assert set(element.get("class", "").split()) <= body.CLASSES.get(str(tag), frozenset())
        if tag == "img":
            assert re.fullmatch(r"asset:[0-9a-f]{64}", element.get("src", ""))
        if tag == "a":
            assert re.match(r"(https?://|mailto:|tel:|#)", element.get("href", "#"))


def assert_no_loose_text(text: str) -> None:
    homes = {"body", "ul", "ol", "blockquote", "section", "table", "thead", "tbody", "tr"}
    root = body.tree(text)
    for element in root.iter():
        children = list(element)
        if element.tag in homes or any(child.tag in body.BLOCKS for child in children):
            assert not (element.text or "").strip()
            assert not any((child.tail or "").strip() for child in children)


@settings(max_examples=400, deadline=None)
@given(markup)
def test_cleaning_is_closed_and_cleaning_twice_is_cleaning_once(html: str) -> None:
    once = clean(html)
    assert_closed(once.body)
    assert_no_loose_text(once.body)
    again = clean(once.body)
    assert again.body == once.body
    assert again.removed == ()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_cleaned_without_an_error(text: str) -> None:
    cleaned = clean(text)
    assert_closed(cleaned.body)
    assert clean(cleaned.body).body == cleaned.body


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["一、总则", "（一）目标", "1.甲", "（1）乙", "正文。", "1.身份证；", "二、罚则"]), max_size=8
    )
)
def test_finding_headings_twice_finds_nothing_more(lines: list[str]) -> None:
    text = "".join(f"<p>{line}</p>" for line in lines)
    once = with_headings(text)
    assert body.plain_text(once) == body.plain_text(text)
    assert with_headings(once) == once
    assert clean(once).body == once


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("散落的<b>文字</b><p>一段", "<p>散落的<strong>文字</strong></p><p>一段</p>"),
        ("<h1>甲</h1><h2>乙</h2><h6>丙</h6>", "<h2>甲</h2><h3>乙</h3><h5>丙</h5>"),
        ("<h2>甲</h2><h6>丙</h6>", "<h2>甲</h2><h5>丙</h5>"),
        ("<p>　　甲&nbsp;</p><p> </p><p><br></p>", "<p>甲</p>"),
        ("<p>　　甲<br>　　乙</p>", "<p>甲</p><p>乙</p>"),
        ("<p>甲<br><br>乙<br>丙</p>", "<p>甲</p><p>乙<br/>丙</p>"),
        ("<p>第一行\n第二行 word\nword</p>", "<p>第一行第二行 word word</p>"),
        ("<div align=right>荆州市人民政府</div>", '<p class="right">荆州市人民政府</p>'),
        ("<h2><b>一、甲</b></h2>", "<h2>一、甲</h2>"),
        ("<b>甲</b><strong>乙</strong>", "<p><strong>甲乙</strong></p>"),
        ("<ul><li>甲<ul><li>乙</ul></ul>", "<ul><li><p>甲</p><ul><li>乙</li></ul></li></ul>"),
        ("<ul><li>甲</li>乙<p>丙</p></ul>", "<ul><li>甲</li><li><p>乙</p><p>丙</p></li></ul>"),
        (
            "<table><tr><th>渠道<th>条数<tr><td><p>网站</p><td colspan=2>1</table>",
            "<table><thead><tr><th>渠道</th><th>条数</th></tr></thead><tbody><tr><td>网站</td>"
            '<td colspan="2">1</td></tr></tbody></table>',
        ),
        (f'<p><img src="{PICTURE}" alt="图"></p>', f'<figure><img src="{PICTURE}" alt="图"/></figure>'),
        (f'<p>见<img src="{PICTURE}"></p>', f'<p>见<img src="{PICTURE}" alt=""/></p>'),
        ("<p>5 < 6 & 7</p>", "<p>5 &lt; 6 &amp; 7</p>"),
        ("<a href='http://a.cn'><em>甲</em></a><em>乙</em>", '<p><a href="http://a.cn"><em>甲</em></a><em>乙</em></p>'),
    ],
)
def test_html_becomes_the_closed_subset(html: str, expected: str) -> None:
    assert clean(html).body == expected


def test_an_anchor_stays_where_something_points_to_it() -> None:
    note = '<p>正文<sup><a href="#fn1" id="ref1">[1]</a></sup></p><section class="footnotes"><ol><li id="fn1">注</li></ol></section>'
    cleaned = clean(note)
    assert cleaned.body.count('id="fn1"') == 1
    assert 'href="#fn1" id="ref1"' in cleaned.body
    assert clean('<p><a id="toc1">目录</a></p>').body == "<p>目录</p>"
    assert clean('<p><a href="#gone">去</a></p>').removed == ("删除了找不到位置的页内链接 1 处，文字保留：“#gone”",)


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none !important",
        "display:/**/none",
        "visibility:hidden",
        "font-size:0",
        "font-size:1px",
        "color:#fff",
        "color: rgb(255, 255, 255)",
        "color:rgba(0,0,0,0)",
        "opacity:0",
        "position:absolute;left:-9999px",
        "height:0;overflow:hidden",
    ],
)
def test_hidden_text_is_removed_and_reported_as_an_attack(style: str) -> None:
    cleaned = clean(f'<p>公开<span style="{style}">博彩</span>的文字</p>')
    assert cleaned.body == "<p>公开的文字</p>"
    assert cleaned.hidden == cleaned.removed == ("删除了隐藏文字：“博彩”（共 1 处）",)


@pytest.mark.parametrize(
    "html",
    [
        '<p style="font-size:12px;color:#000">看得见</p>',
        '<table><tr><td style="background:#003366"><font color=white>看得见</font></td></tr></table>',
        '<div style="font-size:0"><span style="font-size:16px">看得见</span></div>',
        '<p style="opacity:0.9">看得见</p>',
        '<p style="visibility:hidden"><span style="visibility:visible">看得见</span></p>',
    ],
)
def test_text_that_a_reader_sees_stays(html: str) -> None:
    cleaned = clean(html)
    assert "看得见" in cleaned.body
    assert cleaned.hidden == ()


def test_invisible_characters_are_removed_and_named() -> None:
    cleaned = clean("<p>荆\u200b州\ufeff市&#8238;人民政府</p>")
    assert cleaned.body == "<p>荆州市人民政府</p>"
    assert cleaned.hidden == ("删除了看不见的字符 3 个：“U+200B”、“U+FEFF”、“U+202E”",)


def test_everything_that_does_not_come_through_is_reported() -> None:
    cleaned = clean(
        "<script>x</script><p onclick=x>甲<a href='javascript:y'>乙</a><a href='/inner'>丙</a></p><iframe src='http://e.cn'>"
        "</iframe><img src='data:image/png;base64,AA'><svg><text>丁</text></svg><form><input></form><s>戊</s>"
    )
    assert cleaned.body == "<p>甲乙丙</p>"
    assert cleaned.removed == (
        "删除了带删除线的文字：“戊”（共 1 处）",
        "删除了脚本 1 处",
        "删除了事件代码 1 处：“onclick”",
        "删除了内嵌网页 1 处：“http://e.cn”",
        "删除了表单控件 1 处",
        "删除了矢量图 1 处",
        "删除了未随稿提交的图片 1 张：“data:image/png;base64,AA”",
        "删除了不允许的链接 2 处，文字保留：“javascript:y”、“/inner”",
    )
    assert cleaned.hidden == ()


def test_a_table_in_a_table_is_unfolded_into_lines() -> None:
    cleaned = clean("<table><tr><td>甲<td><table><tr><td>乙<td>丙<tr><td>丁<td>戊</table></table>")
    assert "<td><p>乙　丙</p><p>丁　戊</p></td>" in cleaned.body
    assert cleaned.removed == ("把表格里套着的表格展开为文字 1 处",)


@pytest.mark.parametrize(
    "opening", ["<div>", "<b>", "<ul><li>", "<blockquote>", "<table><tr><td>", "<p><font color=1>", "<a href=x>"]
)
def test_bottomless_nesting_costs_neither_time_nor_text(opening: str) -> None:
    cleaned = clean(opening * 3000 + "底")
    assert body.plain_text(cleaned.body).endswith("底")
    assert clean(cleaned.body).body == cleaned.body


def test_numbered_lines_become_headings_only_where_something_stands_under_them() -> None:
    lines = [
        "一、总体要求",
        "为做好工作，通知如下。",
        "（一）加强组织领导,确保到位。市政府十分重视。",
        "（二）工作目标",
        "1.指标",
        "到2027年。",
    ]
    lines += ["二、所需材料", "1.身份证", "2.户口簿", "三、张三同志任局长；", "2016.5万元", "说明"]
    text = with_headings("".join(f"<p>{line}</p>" for line in lines))
    found = re.findall(r"<(h\d)>(.*?)</", text)
    assert found == [("h2", "一、总体要求"), ("h3", "（二）工作目标"), ("h4", "1.指标"), ("h2", "二、所需材料")]


def test_the_list_of_attachments_holds_no_headings() -> None:
    lines = ("附件：1.任务分工表", "2.联系人名单", "荆州市人民政府办公室")
    body = "".join(f"<p>{line}</p>" for line in lines)
    assert with_headings(f"<p>一、措施</p><p>请执行。</p>{body}") == f"<h2>一、措施</h2><p>请执行。</p>{body}"


def test_a_body_with_headings_keeps_its_paragraphs() -> None:
    text = "<h2>总则</h2><p>一、甲</p><p>乙</p>"
    assert with_headings(text) == text


@pytest.mark.parametrize(
    ("text", "running", "marked"),
    [
        ('增长96.23%<sup><a href="#fn1">1</a></sup>。', "增长96.23%。", "增长96.23%［1］。"),
        ('共5<a href="#fn1" id="r1"><sup>[1]</sup></a>件', "共5件", "共5［1］件"),
        ('共5<sup>[<a href="#fn1">1</a>]</sup>件', "共5件", "共5［1］件"),
        ('共5<strong><sup><a href="#fn1"><em>①</em></a></sup></strong>件', "共5件", "共5［①］件"),
        ('共5<sup><a href="#fn1">1</a>、<a href="#fn2">2</a></sup>件', "共5件", "共5［1］［2］件"),
        ('共5<a href="#fn1">〔12〕</a>件', "共5件", "共5［12］件"),
        ('共5m<sup>2<a href="#fn1">[1]</a></sup>。', "共5m2。", "共5m2［1］。"),
        ('甲<sup>注意<a href="#fn1">1</a></sup>', "甲注意", "甲注意［1］"),
        ('注文。<a href="#r1">↩\ufe0e</a>', "注文。", "注文。"),
    ],
)
def test_marks_of_notes_are_no_running_text_unless_they_are_asked_for(text: str, running: str, marked: str) -> None:
    paragraph = f"<p>{text}</p>"
    assert body.paragraphs(paragraph) == [running]
    assert body.plain_text(paragraph, "［{}］") == marked


@pytest.mark.parametrize(
    "text",
    [
        '见附件<a href="#fj">1</a>',
        '见<a href="#fj">附件1</a>',
        '第五条第<a href="#x">（一）</a>项',
        '荆政发<a href="#x">〔2026〕</a>3号',
        "m<sup>2</sup>",
        '甲<sup><a href="#x">www.jingzhou.gov.cn</a></sup>',
        '甲<sup><a href="http://www.jingzhou.gov.cn/">1</a></sup>',
    ],
)
def test_all_other_links_and_raised_text_are_running_text(text: str) -> None:
    assert body.paragraphs(f"<p>{text}</p>") == [re.sub(r"<[^>]*>", "", text)]


def test_nothing_becomes_empty_because_it_holds_only_a_mark() -> None:
    mark = '<sup><a href="#fn1">[1]</a></sup>'
    assert body.paragraphs(f"<p>甲</p><p>{mark}</p><p>乙</p>") == ["甲", "[1]", "乙"]
    assert body.paragraphs(f"<table><tr><td>5{mark}</td><td>{mark}</td></tr></table>") == ["5\t[1]"]


def test_the_notes_themselves_are_text() -> None:
    text = (
        '<p>甲<sup><a href="#fn1">1</a></sup></p><section class="footnotes"><ol><li id="fn1">注文。</li></ol></section>'
    )
    assert body.paragraphs(text) == ["甲", "注文。"]


@settings(max_examples=200, deadline=None)
@given(markup)
def test_marks_change_neither_the_running_text_nor_the_number_of_paragraphs(html: str) -> None:
    mark = '<sup><a href="#a1">1</a></sup>'
    cleaned = clean(html).body
    behind_words = cleaned.replace("政府", f"政府{mark}")
    assert body.paragraphs(behind_words) == body.paragraphs(cleaned)
    anywhere = re.sub(r"(?=</(?:p|h\d|td|strong)>)", mark, cleaned)
    assert len(body.paragraphs(anywhere)) == len(body.paragraphs(anywhere, "{}"))
