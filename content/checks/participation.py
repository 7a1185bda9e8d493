"""Consultations, surveys and interviews: ways to take part, results published back, who speaks in a transcript."""

from collections.abc import Iterator

from content.checks.case import Case
from content.checks.dates import chinese, day_of
from content.checks.labels import label
from content.checks.reading import shown
from content.finding import Finding, error, warning
from content.kinds import ASKING
from content.speakers import TRANSCRIBED, speakers
from content.vocabulary import KIND_LABELS, Kind


def check_participation(case: Case) -> Iterator[Finding]:
    """What consultations, surveys and their results, interviews and press conferences need beyond their fields."""
    yield from _way(case)
    yield from _results(case)
    yield from _figures(case)
    yield from _recording(case)
    yield from _transcript(case)


def _way(case: Case) -> Iterator[Finding]:
    fields = case.fields
    asks = fields.kind is Kind.CONSULTATION and not fields.results_of
    if asks and not fields.form_link.strip() and not fields.contact.strip():
        message = "民意征集既没有参与链接，也没有联系方式，公众无法提出意见。"
        yield error("way-missing", label("form_link"), message, "请填写网上填报页的地址，或者接收意见的电话、邮箱。")


def _results(case: Case) -> Iterator[Finding]:
    if case.fields.results_of and case.fields.kind not in ASKING:
        message = f"“{KIND_LABELS[case.fields.kind]}”填写了“{label('results_of')}”，不会计入公布结果的期数。"
        mend = "公布征集或调查的结果，请把稿件种类改为“民意征集”或者“网上调查”；不是公布结果的，请删去这一项。"
        yield error("results-kind", label("results_of"), message, mend)
    for reference in case.fields.results_of:
        yield from _target(case, reference)


def _target(case: Case, reference: str) -> Iterator[Finding]:
    asked = case.context.fields_of(reference)
    if asked is None:
        return
    place, name = label("results_of"), shown(reference)
    if asked.kind not in ASKING or asked.results_of:
        what = "也是公布结果的稿件" if asked.results_of else f"是“{KIND_LABELS[asked.kind]}”"
        message = f"“{name}”{what}，不是民意征集或者网上调查。"
        yield error("results-target", place, message, "请填写那一期民意征集或网上调查的索引号或稿件编号。")
    elif asked.closes_on is not None and asked.closes_on >= case.context.today:
        message = f"“{name}”到{chinese(asked.closes_on)}才截止，现在公布的不是最终结果。"
        yield warning(
            "results-early", place, message, "请在截止后公布；确属提前结束或公布阶段性结果的，说明理由后放行。"
        )


def _figures(case: Case) -> Iterator[Finding]:
    fields = case.fields
    if fields.received is not None and fields.adopted is not None and fields.adopted > fields.received:
        message = f"采纳数{fields.adopted}大于收到的{fields.received}。"
        yield error("adopted-exceeds", label("adopted"), message, "请核对两个数：采纳的不会多于收到的。")
    for name in ("received", "adopted"):
        if getattr(fields, name) is not None and not fields.results_of:
            yield _needless(name, f"只有公布征集或调查结果的稿件（填了“{label('results_of')}”的）才计入这个数。")
    if fields.principal is not None and fields.kind not in TRANSCRIBED:
        yield _needless("principal", "只有在线访谈和新闻发布会才统计主要负责同志参加次数。")


def _needless(name: str, message: str) -> Finding:
    return warning("figures-needless", label(name), message, f"请删去“{label(name)}”，或者核对稿件种类。")


def _recording(case: Case) -> Iterator[Finding]:
    written = case.fields.recording.strip()
    if written and not written.lower().startswith("https://"):
        message = f"视频回放“{shown(written)}”不是以https://开头的网址。"
        yield error("recording-link", label("recording"), message, "请填写回放页的完整网址，以https://开头。")


def _transcript(case: Case) -> Iterator[Finding]:
    """An interview that is still to come is announced; only after it is there a transcript."""
    fields, held_at = case.fields, case.fields.held_at
    held = held_at is not None and day_of(held_at) <= case.context.today
    if fields.kind is not Kind.INTERVIEW or not case.chinese or not held:
        return
    said = [passage.text for passage in case.reading.of("body").passages]
    if said and not speakers(said, fields.guests):
        message = "访谈实录中看不出是谁在说话：没有以“主持人：”“嘉宾姓名：”等开头的段落。"
        mend = "请在每段发言前写明发言人和全角冒号；只登消息、没有实录的，说明理由后放行。"
        yield warning("speakers-missing", "正文", message, mend)
