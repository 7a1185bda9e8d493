"""Whatever is typed is an answer, and every part of a text finds it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.search import Found, Query, SearchIndex, SearchReader, State
from content.search.document import LAST_PAGE, LONGEST_QUERY
from content.search.tokens import fold, pieces
from tests.content.search_office import document, found, policy

HOSTILE = [
    '"', "'", '""', '"""', "*", "医*", "^医", "医保 OR 1", "医保 AND", "NOT 医保", "NEAR(医 保, 2)", "{title}: 医", "title:医保",
    "-医保", "(医保", "医保)", "+", "a + b", "医保; DROP TABLE document", "\\", "%", "%%_%", "' OR 1=1 --", "\x00医保", "医\x00保",
    "\ud800", "医\udfff保", "\ufffe", "\u202e保医", "﷽" * 60, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤", "𠮷野家", "👨‍👩‍👧", "ﬀ" * 100, "①②③", "\n\r\t\v\f", "　", " " * 5000,
    "医" * 5000, "的 " * 50, "1" * 5000, "〔〕", "〔2016〕", "荆政办发〔２０１６〕", "令第号", "<script>alert(1)</script>", "../../etc/passwd",
    "${jndi:ldap://x}", "{{7*7}}", "bag MATCH 1", "rank", "rowid", "\ue000", "o0123456789ab",
]  # fmt: skip

CHINESE = st.text(
    st.sampled_from(
        "荆州市医保政务公開醫後的一〇々𠮷𡃁豈かガ한，。、“”《》（）〔〕：；—…　 \n2016GDPﬁ①é\u0301\u200b・"
    ),
    min_size=1,
    max_size=80,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile") / "index.sqlite"
    SearchIndex(made).rebuild([policy(), *(document(str(n)) for n in range(2, 50))])
    return made


@pytest.fixture(scope="module")
def reader(path: Path) -> Iterator[SearchReader]:
    made = SearchReader(path)
    yield made
    made.close()


def answered(reader: SearchReader, query: Query) -> Found:
    """The answer, which is none of a failure: a statement that SQLite refused would show as UNUSABLE."""
    answer = reader.search(query)
    assert answer.state is State.COMPLETE
    for hit in answer.hits:
        shown = "".join(part.text for part in hit.title)
        assert shown == hit.document.title
        assert hit.document.text == ""
    return answer


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_answered(reader: SearchReader, text: str) -> None:
    answered(reader, Query(text))
    answered(reader, Query(text, newest=True))
    answered(
        reader, Query("医保", dict.fromkeys(("organ", "theme", "year", "genre", "effect", "column", "kind"), text))
    )
    assert len(reader.suggest(text)) <= 8


def test_operators_of_the_engine_are_words_or_nothing(reader: SearchReader) -> None:
    assert found(reader, "医保*") == ["1001"]
    assert found(reader, "-医保") == ["1001"]
    assert found(reader, "title:医保") == []
    assert found(reader, "医保 OR 检修") == []
    assert found(reader, "查无此词 OR 医保") == []


def test_a_text_without_a_word_finds_nothing_and_says_why(reader: SearchReader) -> None:
    for text in ("，。", '""', "\x00", "<>", "\ue000"):
        answer = answered(reader, Query(text))
        assert answer.wordless
        assert answer.hits == ()
    assert not answered(reader, Query("  ")).wordless


def test_a_long_text_is_cut_and_the_reader_is_told(reader: SearchReader) -> None:
    assert answered(reader, Query("医保" + " " * (LONGEST_QUERY - 2) + "查无此词")).shortened
    assert not answered(reader, Query("医" * LONGEST_QUERY)).shortened


@pytest.mark.parametrize("page", [-(10**30), -1, 0, 51, 10**30])
def test_a_page_out_of_bounds_is_the_nearest(reader: SearchReader, page: int) -> None:
    assert answered(reader, Query("", page=page)).page == (1 if page < 1 else LAST_PAGE)
    assert len(answered(reader, Query("", size=page)).hits) in (1, 49)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=120) | st.text(st.sampled_from('"*^(){}:+-\\ ANDORNEAT医保\x00\ud800'), max_size=40))
def test_no_text_is_an_error(reader: SearchReader, text: str) -> None:
    answered(reader, Query(text, {"organ": text, "year": text}))
    answered(reader, Query(text))
    reader.suggest(text)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "index.sqlite"


@settings(max_examples=300, deadline=None)
@given(text=CHINESE, data=st.data())
def test_every_part_of_a_text_finds_it(scratch: Path, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    if not pieces(part) or _cuts_a_word(text, start, start + len(part)):
        return
    SearchIndex(scratch).put(document("1", "甲", text=text, organ=""))
    reader = SearchReader(scratch)
    answer = answered(reader, Query(part))
    assert [hit.document.item for hit in answer.hits] == ["1"]
    assert any(one.marked for one in answer.hits[0].snippet)
    title = SearchReader(scratch)
    SearchIndex(scratch).put(document("1", text, text="", organ=""))
    assert found(title, part) == ["1"]
    assert [one.title for one in title.suggest(part)] == [text] or '"' in part or " " in part
    reader.close()
    title.close()


def _cuts_a_word(text: str, start: int, end: int) -> bool:
    """Whether the part begins or ends inside a word of Latin letters or digits, which is found only as a whole."""
    words = [piece.text for piece in pieces(text)]
    whole = pieces(text[:start]) + pieces(text[start:end]) + pieces(text[end:])
    latin = [piece.text for piece in whole if not piece.chinese]
    return latin != [word for word, piece in zip(words, pieces(text), strict=True) if not piece.chinese]


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_a_part_of_a_text_folds_to_the_part_of_its_folding(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)
