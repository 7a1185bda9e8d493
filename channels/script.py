"""The script that radio and television are handed: spoken paragraphs, their reading time, and the forms of correction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from channels.earlier import NOTHING_KNOWN, Earlier
from channels.script_body import written_paragraphs
from channels.script_versions import SHORT_VERSIONS, short_paragraphs
from channels.speech import reading_seconds, spoken
from channels.speech_words import with_short_names
from content.body import without_first
from content.item import Fields, Revision
from content.office import Site
from content.vocabulary import Action

LISTENERS = {"radio": "听众", "television": "观众"}


@dataclass(frozen=True)
class Station:
    """What a script is made for. *medium* is ``radio`` or ``television``, *pace* characters a minute, *most* the longest
    full script in seconds (0: no limit), *versions* the short ones wanted, in seconds."""

    medium: str
    pace: int
    most: int
    versions: tuple[int, ...]
    site: Site


@dataclass(frozen=True)
class Version:
    """One text to read. *name* is ``full``, ``60``, ``20`` or ``notice``; *limit* is in seconds, 0 for none; *own* is
    the editor's own words for it, by their name. The title is read before the full text only."""

    name: str
    label: str
    title: str
    paragraphs: tuple[str, ...]
    pace: int
    limit: int = 0
    own: str = ""

    @property
    def seconds(self) -> int:
        return reading_seconds(self.title + "".join(self.paragraphs), self.pace)

    @property
    def too_long(self) -> bool:
        return bool(self.limit) and self.seconds > self.limit


@dataclass(frozen=True)
class Script:
    """What a station is handed: *heading* says which form it is (更正稿, 撤稿通知 or nothing), *orders* is for the desk and
    never read aloud. A kill notice has orders alone."""

    heading: str
    title: str
    orders: tuple[str, ...]
    versions: tuple[Version, ...]


def script_of(
    revision: Revision, action: Action, reason: str, station: Station, earlier: Earlier = NOTHING_KNOWN
) -> Script:
    """The script for a station; a correction and a kill notice speak of what went out *earlier*.

    The editor's own words are taken where given: ``<medium>.title``, and ``radio.text``, ``radio.minute`` and
    ``radio.brief`` for both media, since both read them aloud.
    """
    fields = revision.fields
    title = _line(fields.word(f"{station.medium}.title", fields.title), station.site)
    if action is Action.WITHDRAW:
        return Script("撤稿通知", title, tuple(_kill_orders(fields, reason, earlier)), ())
    said = tuple(_paragraphs(_full_text(revision), station.site))
    full = Version("full", "全文稿", title, said, station.pace, station.most, "radio.text")
    if action is Action.CORRECT:
        return _corrected(fields, reason, station, full, earlier)
    return Script("", title, (), (full, *_short_versions(revision, station)))


def _full_text(revision: Revision) -> Iterable[str]:
    own = revision.fields.word("radio.text")
    return own.split("\n") if own else written_paragraphs(without_first(revision.body, revision.fields.addressee))


def _short_versions(revision: Revision, station: Station) -> Iterator[Version]:
    for short in SHORT_VERSIONS:
        if short.seconds in station.versions:
            own = revision.fields.word(short.own)
            most = short.seconds * station.pace // 60
            said = (
                own.split("\n")
                if own
                else short_paragraphs(revision, short.seconds, most, station.medium, station.site)
            )
            paragraphs = tuple(_paragraphs(said, station.site))
            yield Version(str(short.seconds), short.label, "", paragraphs, station.pace, short.seconds, short.own)


def _corrected(fields: Fields, reason: str, station: Station, full: Version, earlier: Earlier) -> Script:
    """更正稿: the notice alone, and the notice with the whole corrected text. Both take the time that they take, but for
    the station's own limit."""
    told = LISTENERS[station.medium]
    title = _line(f"我台{earlier.said('播出', '此前播出')}{fields.title}", station.site)
    because = [f"更正说明：{_line(reason, station.site).rstrip('。')}。"] if reason else []
    notice = (
        "现在播送一则更正。",
        f"{title}，内容有误，现根据{_makers(fields)}提供的更正稿予以更正。",
        *because,
        f"请各位{told}以更正后的内容为准。",
    )
    whole = (*notice[:-1], "更正后的内容如下。", *full.paragraphs, f"特此更正，请各位{told}以本次播出的内容为准。")
    orders = (
        "请在原播出频率（频道）、原栏目尽快播出本更正稿；时间不够播出全文的，至少播出更正启事。",
        "回放、点播和新媒体账号中的原稿，请同时替换为更正后的内容。",
    )
    versions = (
        Version("full", "更正全文稿", "", whole, full.pace, full.limit, full.own),
        Version("notice", "更正启事", "", notice, full.pace),
    )
    return Script("更正稿", full.title, orders, versions)


def _kill_orders(fields: Fields, reason: str, earlier: Earlier) -> Iterator[str]:
    yield f"请立即停止播出下列稿件：《{' '.join(fields.title.split())}》（{_makers(fields)}）。"
    yield from earlier.kill_lines("播出")
    yield "尚未播出的，不得播出；正在播出的，立即停播；已经播出的，不再重播，并从回放、点播和新媒体账号中撤下。"
    if reason:
        yield f"撤稿原因：{reason.strip().rstrip('。')}。"
    yield "本通知供编辑部执行，不播出。已收到的口播稿、提示器页面和字幕请一并删除。"
    yield "处理完毕后，请填写回执交回。"


def _makers(fields: Fields) -> str:
    return "、".join([fields.organ, *fields.joint_organs])


def _paragraphs(written: Iterable[str], site: Site) -> Iterator[str]:
    for text in with_short_names(written):
        line = _line(text, site).replace("；", "。")
        if line:
            yield line if line[-1] in "。！？：”" else line.rstrip("，、：；") + "。"


def _line(text: str, site: Site) -> str:
    return spoken(" ".join(text.split()), site.name or "政府门户网站", site.domain)
