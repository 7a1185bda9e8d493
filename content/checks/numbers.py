"""Document numbers (文号): in the field an error with the right form offered, in the texts a warning."""

from collections.abc import Iterator

from content.checks.case import Case, by_subject
from content.checks.labels import label
from content.checks.reading import shown
from content.finding import Finding, error, warning
from content.numbering import misprints, parse_document_number, suggest_document_number


def check_numbers(case: Case) -> Iterator[Finding]:
    """Form by GB/T 9704-2012: 机关代字〔四位年份〕序号号, without 第 and without leading zeros; orders ××令第N号."""
    yield from _field(case)
    yield from _texts(case)


def _field(case: Case) -> Iterator[Finding]:
    written = case.fields.document_number
    if not written.strip():
        return
    number = parse_document_number(written)
    if number is None:
        right = suggest_document_number(written)
        mend = f"请改为“{right}”。" if right else "请写成“机关代字〔四位年份〕序号号”，如“荆政办发〔2016〕21号”。"
        message = f"发文字号“{shown(written)}”不规范：年份用六角括号〔〕，序号不加“第”、不编虚位。"
        yield error("number-form", label("document_number"), message, mend)
    elif number.year and case.fields.made_on and number.year != case.fields.made_on.year:
        message = f"发文字号的年份是{number.year}年，成文日期却在{case.fields.made_on.year}年。"
        yield warning("number-year", label("document_number"), message, "请核对发文字号和成文日期。")


def _texts(case: Case) -> Iterator[Finding]:
    reading = case.reading.without("document_number")
    hits = []
    for found in misprints(reading.text):
        hits.append((f"{found.written}\n{found.right}", reading.at(found.start).place))
    for pair, where in by_subject(hits).items():
        written, _, right = pair.partition("\n")
        message = f"文中的发文字号“{written}”不规范：年份用六角括号〔〕，序号不加“第”、不编虚位。"
        yield warning("number-in-text", where, message, f"请改为“{right}”。")
