import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.numbering import (
    DocumentNumber,
    is_index_number,
    make_index_number,
    misprints,
    parse_document_number,
    suggest_document_number,
)

RIGHT = [
    "荆政发〔2012〕27号",
    "荆政办发〔2016〕21号",
    "荆办发〔2016〕29号",
    "荆政办文〔2018〕13号",
    "鄂政办发〔2018〕31号",
    "鄂办发〔2016〕35号",
    "国办公开办函〔2021〕30号",
    "荆州市人民政府令第12号",
    "荆州市人民政府令 第12号",
    "国务院令第711号",
    "中华人民共和国主席令第二十四号",
]
MENDED = [
    ("荆政办发[2016]21号", "荆政办发〔2016〕21号"),
    ("荆政办发［2016］21号", "荆政办发〔2016〕21号"),
    ("荆政办发【2016】21号", "荆政办发〔2016〕21号"),
    ("荆政办发(2016)21号", "荆政办发〔2016〕21号"),
    ("荆政办发（2016）21号", "荆政办发〔2016〕21号"),
    ("宿政办发﹝2017﹞21号", "宿政办发〔2017〕21号"),
    ("荆政办发〔2016〕021号", "荆政办发〔2016〕21号"),
    ("荆政办发〔2016〕第21号", "荆政办发〔2016〕21号"),
    ("荆政办发 〔2016〕 21 号", "荆政办发〔2016〕21号"),
    ("荆政办发〔２０１６〕２１号", "荆政办发〔2016〕21号"),
    ("荆政办发〔2016年〕21号", "荆政办发〔2016〕21号"),
    ("荆政办发〔2016〕21", "荆政办发〔2016〕21号"),
    ("国办秘函[2016]48号", "国办秘函〔2016〕48号"),
    ("荆州市人民政府令（第12号）", "荆州市人民政府令第12号"),
]
INDEX_NUMBERS = [
    "000014349/2017-00110",
    "014416330/2018-04736",
    "00000001/2018-00042",
    "0142768-8/2022-00185",
    "11441700007280420Y/2021-00050",
    "11341702486344515H/202110-00013",
    "6107280000/2024-001005",
    "011337057/2016-00321",
]


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_document_number_is_read_and_left_as_it_is(text: str) -> None:
    assert parse_document_number(text) is not None
    assert suggest_document_number(text) == text


def test_the_parts_of_a_document_number_are_told() -> None:
    assert parse_document_number("荆政办发〔2016〕21号") == DocumentNumber("荆政办发", 2016, 21)
    assert parse_document_number("主席令第二十四号") == DocumentNumber("主席令", None, 24)


@pytest.mark.parametrize(("wrong", "right"), MENDED)
def test_a_wrong_form_is_refused_and_the_right_one_offered(wrong: str, right: str) -> None:
    assert parse_document_number(wrong) is None
    assert suggest_document_number(wrong) == right


@pytest.mark.parametrize(
    "text", ["", "荆政办发", "2016年21号", "荆政办发〔2016〕号", "荆政办发〔2016〕0号", "荆" * 100000, "主席令第十十号"]
)
def test_what_is_no_number_gets_no_guess(text: str) -> None:
    assert parse_document_number(text) is None
    assert suggest_document_number(text) is None


@pytest.mark.parametrize(("wrong", "right"), MENDED[:10])
def test_misprints_in_running_text_are_found_with_the_right_form(wrong: str, right: str) -> None:
    found = list(misprints(f"《通知》（{wrong}）要求"))
    assert [one.right for one in found] == [right]


def test_right_numbers_and_other_brackets_in_running_text_are_left_alone() -> None:
    assert not list(misprints("按照荆政办发〔2016〕21号、（2016）鄂10民终21号和[2016]要求，第（2016）页"))


@pytest.mark.parametrize("text", INDEX_NUMBERS)
def test_index_numbers_that_sites_carry_are_accepted(text: str) -> None:
    assert is_index_number(text)


@pytest.mark.parametrize(
    "text", ["", "011337057/2016-321", "011337057/1816-00321", "011337057/201613-00321", "０11337057/2016-00321"]
)
def test_other_forms_are_no_index_number(text: str) -> None:
    assert not is_index_number(text)


@given(st.from_regex(r"[0-9A-Z]{9}", fullmatch=True), st.integers(1900, 2099), st.integers(1, 99999))
def test_a_made_index_number_has_twenty_characters_and_is_one(code: str, year: int, serial: int) -> None:
    made = make_index_number(code, year, serial)
    assert len(made) == 20
    assert is_index_number(made)


@pytest.mark.parametrize(
    ("code", "year", "serial"),
    [("01133705-7", 2016, 1), ("011337057", 16, 1), ("011337057", 2016, 0), ("011337057", 2016, 100000)],
)
def test_an_index_number_that_cannot_be_is_refused(code: str, year: int, serial: int) -> None:
    with pytest.raises(ValueError, match=r"is not|has not"):
        make_index_number(code, year, serial)


@given(
    st.text("荆政办发函电", min_size=2, max_size=8),
    st.integers(1900, 2099),
    st.integers(1, 99999),
    st.sampled_from(["[]", "［］", "【】", "()", "（）", "﹝﹞"]),
)
def test_any_bracket_leads_back_to_the_same_number(code: str, year: int, serial: int, brackets: str) -> None:
    number = DocumentNumber(code, year, serial)
    assert parse_document_number(str(number)) == number
    assert suggest_document_number(f"{code}{brackets[0]}{year}{brackets[1]}{serial:03d}号") == str(number)


@given(st.text(max_size=200))
def test_whatever_is_offered_is_in_its_right_form(text: str) -> None:
    offered = suggest_document_number(text)
    assert offered is None or parse_document_number(offered) is not None
    assert all(misprint.written != misprint.right for misprint in misprints(text))
