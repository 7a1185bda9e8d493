"""What a reader finds, in which order, and how it is shown."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from content.search import Query, SearchDocument, SearchIndex, SearchReader, State
from tests.content.search_office import NUMBER, START, document, found, policy, shown


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "search" / "index.sqlite"


@pytest.fixture
def reader(path: Path) -> Iterator[SearchReader]:
    made = SearchReader(path)
    yield made
    made.close()


def keep(path: Path, documents: Sequence[SearchDocument]) -> None:
    index = SearchIndex(path)
    for one in documents:
        index.put(one)


@pytest.mark.parametrize(
    "text",
    [
        "医保",
        "医",
        "保和",
        "推进我市医保和政务公开工作",
        "部署，进一步",
        "2016年",
        "年5月",
        "2016年5月的安排",
        "月的",
        "ＧＤＰ",
        "gdp",
        "Jīng",
        "ⅳ",
    ],
)
def test_any_part_of_a_text_is_found(path: Path, reader: SearchReader, text: str) -> None:
    keep(path, [policy(), policy("1002", text="GDP增速，jing，第Ⅳ类。", title="统计公报", number="")])
    assert found(reader, text) == (["1002"] if text in ("ＧＤＰ", "gdp", "Jīng", "ⅳ") else ["1001"])


def test_characters_that_are_not_together_in_the_text_are_not_found_together(path: Path, reader: SearchReader) -> None:
    keep(path, [document("1", "甲", text="荆州，医保。公开政务", organ="")])
    for text in ("州医", "荆医", "政务公开", "保公", "016年"):
        assert found(reader, text) == []


def test_a_reader_of_traditional_characters_finds_the_simplified_text(path: Path, reader: SearchReader) -> None:
    keep(path, [policy(), document("1", "乾隆為後人所記", text="裡面")])
    assert found(reader, "醫保和政務公開") == ["1001"]
    assert found(reader, "荊政辦發〔2016〕21號") == ["1001"]
    assert found(reader, "为后人") == ["1"]
    assert shown(reader.search(Query("里面")).hits[0].snippet) == "[裡面]"
    assert [one.number for one in reader.suggest("荊政辦發")] == [NUMBER]


def test_no_phrase_reaches_from_one_field_into_the_next(path: Path, reader: SearchReader) -> None:
    keep(path, [document("1", "供水公告", text="检修", summary="摘要", organ="水利局")])
    for text in ("公告水利", "公告，水利", "摘要检修", "摘要 检修"):
        assert found(reader, text) == (["1"] if text == "摘要 检修" else [])


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "荆政办发[2016]21号",
        "荆政办发(2016)21号",
        "荆政办发（２０１６）２１号",
        "荆政办发【2016】21号",
        "荆政办发 〔2016〕 21 号",
        "荆政办发〔2016〕第021号",
        "荆政办发201621号",
        "荆政办发2016年第21号",
        "荆政办发〔2016〕21",
        "〔2016〕21号",
        "政办发〔2016〕2",
        "011337057/2026-01001",
    ],
)
def test_a_number_is_found_however_it_is_typed(path: Path, reader: SearchReader, typed: str) -> None:
    others = [policy(str(1001 + n), number=f"荆政办发〔2016〕{n}号", index_number="") for n in (3, 22, 121)]
    keep(path, [policy(), *others])
    assert found(reader, typed)[-1 if typed == "政办发〔2016〕2" else 0] == "1001"


def test_the_document_itself_stands_before_those_that_name_it(path: Path, reader: SearchReader) -> None:
    naming = document("1005", f"《{NUMBER}》解读", text=f"{NUMBER}文件")
    keep(path, [policy(), naming])
    assert found(reader, NUMBER) == ["1001", "1005"]


def test_the_order_is_phrase_in_title_then_words_in_title_then_text_and_the_newest_first(
    path: Path, reader: SearchReader
) -> None:
    keep(
        path,
        [
            document("1", "政务公开要点"),
            document("2", "公开政务"),
            document("3", "别的", text="政务要公开"),
            document("4", "政务公开指南"),
            document("5", "公开的政务"),
            document("6", "再一件", text="公开与政务"),
        ],
    )
    assert found(reader, "政务 公开") == ["4", "1", "5", "2", "6", "3"]
    assert found(reader, "政务 公开", newest=True) == ["6", "5", "4", "3", "2", "1"]


def test_several_words_must_all_occur_and_quotation_marks_make_a_phrase(path: Path, reader: SearchReader) -> None:
    keep(
        path,
        [
            document("1", "甲", text="医保报销"),
            document("2", "乙", text="报销，凭医保卡"),
            document("3", "丙", text="医保"),
        ],
    )
    assert found(reader, "医保 报销") == ["2", "1"]
    assert found(reader, "医保　报销") == ["2", "1"]
    assert found(reader, '"医保报销"') == ["1"]
    assert found(reader, "“医保报销”") == ["1"]
    assert found(reader, '"报销 凭医保" 卡') == ["2"]


def test_filters_combine_with_words_and_with_each_other(path: Path, reader: SearchReader) -> None:
    keep(
        path,
        [
            policy("1"),
            policy("2", genre="意见"),
            policy("3", year="2025", joint_organs=("荆州市财政局",)),
            document("4"),
        ],
    )
    assert found(reader, "", filters={"genre": "通知"}) == ["3", "1"]
    assert found(reader, "", filters={"genre": "通知", "year": "2026"}) == ["1"]
    assert found(reader, "政务公开", filters={"organ": "荆州市财政局"}) == ["3"]
    assert found(reader, "医", filters={"genre": "意见"}) == ["2"]
    assert found(reader, "医 2016", filters={"genre": "意见"}) == ["2"]
    assert found(reader, NUMBER, filters={"genre": "意见"}) == ["2"]
    assert found(reader, "", filters={"theme": "综合政务"}) == ["3", "2", "1"]
    assert found(reader, "", filters={"theme": "综合政务\\政务公开", "kind": "policy-document", "column": "zcwj"}) == [
        "3",
        "2",
        "1",
    ]
    assert found(reader, "", filters={"column": "bmgg", "effect": "有效"}) == []
    assert found(reader, "") == ["4", "3", "2", "1"]


def test_a_value_of_a_filter_is_no_word_of_the_text(path: Path, reader: SearchReader) -> None:
    keep(path, [document("1", "甲", text="通知", genre="公告")])
    assert found(reader, "", filters={"genre": "通知"}) == []
    assert found(reader, "公告") == []


def test_the_values_to_choose_from_are_counted(path: Path, reader: SearchReader) -> None:
    keep(path, [policy("1"), policy("2", year="2025"), document("3", year="2025")])
    SearchIndex(path).put(policy("2", genre="意见", year="2024"))
    facets = reader.facets()
    assert facets["theme"] == [("综合政务", 2)]
    assert facets["genre"] == [("意见", 1), ("通知", 1)]
    assert facets["year"] == [("2026", 1), ("2025", 1), ("2024", 1)]
    assert facets["organ"] == [("荆州市人民政府办公室", 2), ("荆州市水利和湖泊局", 1)]


def test_pages_hold_every_document_once(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).rebuild(document(str(n), text="储水" if n % 2 else "通知") for n in range(1, 54))
    pages = [reader.search(Query("水", page=page, size=20)) for page in (1, 2, 3, 4)]
    items = [hit.document.item for answer in pages for hit in answer.hits]
    assert items == [str(n) for n in range(53, 0, -1)]
    assert [answer.more for answer in pages] == [True, True, False, False]
    assert [answer.total for answer in pages] == [53, 53, 53, 53]


def test_a_long_list_is_estimated_and_says_so(
    path: Path, reader: SearchReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    from content.search import reader as module

    monkeypatch.setattr(module, "COUNTED_ROWS", 50)
    SearchIndex(path).rebuild(document(str(n)) for n in range(1, 401))
    answer = reader.search(Query("储水"))
    assert not answer.exact
    assert 300 <= answer.total <= 400
    assert reader.search(Query("储水", size=100, page=4)).hits[-1].document.item == "1"


def test_what_takes_too_long_is_answered_with_what_there_is(path: Path) -> None:
    SearchIndex(path).rebuild(document(str(n)) for n in range(1, 3001))
    hasty = SearchReader(path, seconds=-1.0)
    answer = hasty.search(Query("储水", page=40))
    assert answer.state is State.PARTIAL
    assert not answer.exact
    hasty.close()


def test_the_words_are_marked_in_the_text_as_it_was_published(path: Path, reader: SearchReader) -> None:
    text = "前言。" * 60 + "进一步推进ＧＤＰ核算与“放管服”改革，㈱字样" + "结尾。" * 60
    keep(path, [document("1", "放管服改革", text=text)])
    hit = reader.search(Query("gdp 放管服 改革")).hits[0]
    assert shown(hit.title) == "[放管服改革]"
    assert "推进[ＧＤＰ]核算与“[放管服]”[改革]，㈱" in shown(hit.snippet)
    assert shown(hit.snippet).startswith("…前言")
    assert shown(hit.snippet).endswith("…")


def test_a_mark_stands_right_behind_characters_that_fold_to_several(path: Path, reader: SearchReader) -> None:
    keep(path, [document("1", "甲", text="㍿㈱ﬁ…荆州医保①号")])
    assert "…荆州[医保]①号" in shown(reader.search(Query("医保")).hits[0].snippet)
    assert "医保[①号]" in shown(reader.search(Query("1号")).hits[0].snippet)


def test_a_latin_word_is_marked_only_as_a_whole(path: Path, reader: SearchReader) -> None:
    keep(path, [document("1", "甲", text="app与happy及5G、15G")])
    assert shown(reader.search(Query("app")).hits[0].snippet).startswith("[app]与happy")
    assert "及[5G]、15G" in shown(reader.search(Query("5g")).hits[0].snippet)


def test_suggestions_begin_with_what_was_typed_and_then_hold_it(path: Path, reader: SearchReader) -> None:
    keep(
        path,
        [
            document("1", "医保报销指南"),
            document("2", "关于医保的通知"),
            document("3", "医保卡"),
            policy("4", title="别的"),
        ],
    )
    assert [one.title for one in reader.suggest("医保")] == ["医保卡", "医保报销指南", "关于医保的通知"]
    assert [one.title for one in reader.suggest("医")] == ["医保卡", "医保报销指南", "关于医保的通知"]
    assert [one.number for one in reader.suggest("荆政办发〔2016〕2")] == [NUMBER]
    assert [one.number for one in reader.suggest("办发(2016)2")] == [NUMBER]
    assert reader.suggest("查无此事") == []


def test_suggestions_are_at_most_eight_and_a_beginning_of_a_latin_word_is_enough(
    path: Path, reader: SearchReader
) -> None:
    keep(path, [document(str(n), f"COVID-19公告{n}") for n in range(1, 12)])
    assert len(reader.suggest("cov")) == 8
    assert len(reader.suggest("COVID-19公")) == 8


def test_a_withdrawn_item_that_comes_back_stands_where_it_stood(path: Path, reader: SearchReader) -> None:
    keep(path, [document("1"), document("2"), document("3")])
    SearchIndex(path).remove("2")
    assert found(reader, "储水") == ["3", "1"]
    SearchIndex(path).put(document("2", act="publish-2", published_at=START + timedelta(minutes=2)))
    assert found(reader, "储水") == ["3", "2", "1"]
    assert found(reader, "") == ["3", "2", "1"]
