"""Whether single items keep the rules of time and of interpretation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from content.clock import in_china
from content.inspection.columns import months_before
from content.inspection.result import Hit
from content.inspection.rules import rules
from content.vocabulary import Kind
from content.workdays import PUBLISH_WITHIN, add_workdays, unknown_years


@dataclass(frozen=True)
class Dated:
    """An item's dates. *page_date* is the page's PubDate as it stands there, None where the page has none.
    *first_live* are the moments between which the ledger says that it came out; None when it does not say."""

    path: str
    made_on: date | None
    published_at: datetime
    page_date: str | None
    first_live: tuple[datetime, datetime] | None


@dataclass(frozen=True)
class Interpreted:
    """A policy document with the moments at which its interpretations came out."""

    path: str
    title: str
    kind: str
    normative: bool
    in_effect: bool
    published_at: datetime
    interpretations: Sequence[datetime]


def date_hits(item: Dated) -> Iterator[Hit]:
    """Back-dating, dates in the wrong order, and lateness by 条例 art. 26."""
    minute = _minute(item.published_at)
    if item.page_date is not None and item.page_date != minute:
        yield Hit("back-dated", item.path, f"页面的发布时间为“{item.page_date[:40]}”，服务器记录为{minute}")
    if item.first_live is not None and not _between(item.published_at, *item.first_live):
        earliest, latest = (_minute(moment) for moment in item.first_live)
        yield Hit("back-dated", item.path, f"网站的发布时间为{minute}，台账记录的首次发布在{earliest}至{latest}之间")
    if item.made_on is not None:
        yield from _order(item.path, item.made_on, in_china(item.published_at).date())


def interpretation_hits(item: Interpreted, now: datetime) -> Iterator[Hit]:
    """A document that needs an interpretation and has none, or got it late."""
    needs = rules()["interpretation"]
    if item.kind not in needs["kinds"] or not item.in_effect or (needs["only_normative"] and not item.normative):
        return
    published = in_china(item.published_at).date()
    due, _ = add_workdays(published, int(needs["workdays"]))
    if not item.interpretations:
        if in_china(now).date() > due:
            yield Hit("interpretation-missing", item.path, f"“{item.title}”{published}发布，应当在{due}以前解读")
        return
    first = in_china(min(item.interpretations)).date()
    if first > due:
        yield Hit("interpretation-late", item.path, f"“{item.title}”{published}发布，解读{first}发布")


def results_hits(path: str, title: str, kind: str, closes_on: date | None, now: datetime) -> Iterator[Hit]:
    """A consultation or survey whose results nobody has published; call it for those that have none."""
    months, today = int(rules()["results"]["months"]), in_china(now).date()
    asks = kind in (Kind.CONSULTATION, Kind.SURVEY)
    if asks and closes_on is not None and closes_on < months_before(today, months):
        yield Hit("results-overdue", path, f"“{title}”{closes_on}结束，已超过{months}个月没有公布结果")


def calendar_hits(first: date, now: datetime) -> Iterator[Hit]:
    """The years in which working days could only be guessed."""
    years = unknown_years(first, in_china(now).date())
    if years:
        yield Hit("calendar-unknown", "index.html", f"{'、'.join(map(str, years))}年")


def _order(path: str, made_on: date, published: date) -> Iterator[Hit]:
    if published < made_on:
        yield Hit("dates-reversed", path, f"成文日期{made_on}晚于发布日期{published}")
        return
    due, _ = add_workdays(made_on, PUBLISH_WITHIN)
    if published > due:
        yield Hit("published-late", path, f"{made_on}成文，应当在{due}以前公开，{published}公开")


def _between(moment: datetime, earliest: datetime, latest: datetime) -> bool:
    return earliest <= moment <= latest


def _minute(moment: datetime) -> str:
    return in_china(moment).strftime("%Y-%m-%d %H:%M")
