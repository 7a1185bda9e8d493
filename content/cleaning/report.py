"""What the cleaning removed, counted by kind, with a few excerpts."""

from collections import Counter, defaultdict

EXCERPTS = 3
EXCERPT_LENGTH = 40

SENTENCES = {
    "hidden": "删除了隐藏文字：{excerpts}（共 {count} 处）",
    "invisible": "删除了看不见的字符 {count} 个：{excerpts}",
    "struck": "删除了带删除线的文字：{excerpts}（共 {count} 处）",
    "script": "删除了脚本 {count} 处",
    "event": "删除了事件代码 {count} 处：{excerpts}",
    "style": "删除了样式表 {count} 处",
    "frame": "删除了内嵌网页 {count} 处：{excerpts}",
    "object": "删除了内嵌对象 {count} 处",
    "form": "删除了表单控件 {count} 处",
    "media": "删除了音频或视频 {count} 处",
    "drawing": "删除了矢量图 {count} 处",
    "formula": "删除了公式 {count} 处",
    "picture": "删除了未随稿提交的图片 {count} 张：{excerpts}",
    "link": "删除了不允许的链接 {count} 处，文字保留：{excerpts}",
    "anchor": "删除了找不到位置的页内链接 {count} 处，文字保留：{excerpts}",
    "table": "把表格里套着的表格展开为文字 {count} 处",
    "depth": "把嵌套过深的内容展开 {count} 处",
}
ATTACKS = ("hidden", "invisible")


class Report:
    """Counts by kind, the kinds in the order of ``SENTENCES``; each kind keeps its first few different excerpts."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._excerpts: defaultdict[str, list[str]] = defaultdict(list)

    def note(self, kind: str, excerpt: str = "", count: int = 1) -> None:
        self._counts[kind] += count
        shown = shortened(excerpt)
        kept = self._excerpts[kind]
        if shown and shown not in kept and len(kept) < EXCERPTS:
            kept.append(shown)

    def sentences(self) -> tuple[str, ...]:
        return tuple(self._sentence(kind) for kind in SENTENCES if self._counts[kind])

    def hidden_sentences(self) -> tuple[str, ...]:
        return tuple(self._sentence(kind) for kind in ATTACKS if self._counts[kind])

    def _sentence(self, kind: str) -> str:
        excerpts = "、".join(f"“{text}”" for text in self._excerpts[kind]) or "（无文字）"
        return SENTENCES[kind].format(count=self._counts[kind], excerpts=excerpts)


def shortened(text: str) -> str:
    """One line, at most ``EXCERPT_LENGTH`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_LENGTH else line[: EXCERPT_LENGTH - 1] + "…"
