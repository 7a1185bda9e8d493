"""The others: Hugo, Pelican, a bare Jinja2 loop and bare writes, each given the same items in its own form.

    .venv/bin/python tests/bench/site_rivals.py loop ITEMS.jsonl OUT FILES
    .venv/bin/python tests/bench/site_rivals.py writes OUT ITEMS PAGE_BYTES LISTS LIST_BYTES

runs one of the two loops, so that its time and memory are those of a process of its own.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measured
from site_items import COLUMNS, Sample, column_id, samples

HERE = Path(__file__).parent
BIN = HERE.parent.parent / ".venv" / "rivals" / "bin"
SITE_NAME = "荆州市人民政府门户网站"
URL = "https://www.jingzhou.gov.cn"
PER_LIST = 20


class Missing(Exception):
    """A rival is not installed; the message says how to get it."""


def require(*names: str) -> None:
    lacking = [name for name in names if not (BIN / name).exists()]
    if lacking:
        raise Missing(f"{', '.join(lacking)} not found in {BIN}: run `make bench-site`, which sets them up")


@dataclass(frozen=True)
class Hugo:
    """*catalogue*: with the lists by theme, organ, year, genre, openness and effect too, as taxonomies."""

    folder: Path
    catalogue: bool = False

    def fill(self, count: int) -> None:
        shutil.copytree(HERE / "rivals" / "hugo", self.folder, dirs_exist_ok=True)
        for column, name in enumerate(COLUMNS):
            _write(self.folder / "content" / column_id(column) / "_index.md", _front({"title": name}))
        for item in samples(0, count, count):
            self.add(item)

    def add(self, item: Sample) -> None:
        _write(
            self.folder / "content" / Path(item.address).with_suffix(".md"), _front(_hugo_head(item)) + item.markdown
        )

    def build(self, limit_seconds: float = 3600) -> measured.Run:
        settings = "hugo.yaml,catalogue.yaml" if self.catalogue else "hugo.yaml"
        argv = [BIN / "hugo", "build", "--quiet", "--config", settings, "--noBuildLock"]
        return measured.run([*argv, "--cacheDir", self.folder / "cache"], self.folder, limit_seconds)

    def build_again(self) -> measured.Run:
        return self.build()

    @property
    def output(self) -> Path:
        return self.folder / "public"


@dataclass(frozen=True)
class Pelican:
    folder: Path

    def fill(self, count: int) -> None:
        shutil.copytree(HERE / "rivals" / "pelican", self.folder, dirs_exist_ok=True)
        for item in samples(0, count, count):
            self.add(item)

    def add(self, item: Sample) -> None:
        head = "".join(f"{name}: {value}\n" for name, value in _pelican_head(item).items() if value)
        _write(self.folder / "content" / item.column_id / f"{item.id}.md", f"{head}\n{item.markdown}")

    def build(self, cached: bool = False) -> measured.Run:
        argv = [BIN / "pelican", "content", "-o", "output", "-s", "pelicanconf.py", "--quiet"]
        switch = "true" if cached else "false"
        extra = [f"CACHE_CONTENT={switch}", f"LOAD_CONTENT_CACHE={switch}", 'CACHE_PATH="cache"']
        return measured.run([*argv, "-e", *extra], self.folder)

    def build_again(self) -> measured.Run:
        return self.build(cached=True)

    @property
    def output(self) -> Path:
        return self.folder / "output"


def fill_loop(path: Path, count: int) -> None:
    """The values of every item, one a line, as a programme would read them from its database."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for item in samples(0, count, count):
            stream.write(json.dumps(_plain(item), ensure_ascii=False) + "\n")


def run_loop(items: Path, output: Path, files: int) -> measured.Run:
    return measured.run([sys.executable, __file__, "loop", items, output, str(files)])


def run_writes(output: Path, pages: tuple[int, int], lists: tuple[int, int]) -> measured.Run:
    """*pages* and *lists*: how many, and of how many bytes each."""
    return measured.run([sys.executable, __file__, "writes", output, *map(str, (*pages, *lists))])


def _loop(items: Path, output: Path, files: int) -> None:
    """A page for each item, and as many lists of twenty as make up the number of files."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(HERE / "rivals" / "loop"), autoescape=True, trim_blocks=True)
    page, listed = environment.get_template("item.html"), environment.get_template("list.html")
    recent: list[dict[str, Any]] = []
    written = 0
    for item in _lines(items):
        _put(output / item["address"], page.render(item=item, site=SITE_NAME, url=f"{URL}/{item['address']}"))
        recent = [item, *recent[: PER_LIST - 1]]
        written += 1
    for number in range(files - written):
        path = f"{column_id(number % len(COLUMNS))}/page-{number}.html"
        values = {"name": COLUMNS[number % len(COLUMNS)], "older": f"page-{number - 1}.html", "newer": "index.html"}
        _put(output / path, listed.render(items=recent, site=SITE_NAME, url=f"{URL}/{path}", **values))


def _writes(output: Path, items: int, page_bytes: int, lists: int, list_bytes: int) -> None:
    page, listed = b"\xe5" * page_bytes, b"\xe5" * list_bytes
    folders = [
        output / column_id(column) / f"2024{month:02}" for column in range(len(COLUMNS)) for month in range(1, 13)
    ]
    for folder in folders:
        folder.mkdir(parents=True)
    for number in range(items + lists):
        name = f"t20240101_{number}.html" if number < items else f"page-{number}.html"
        with (folders[number % len(folders)] / name).open("wb") as stream:
            stream.write(page if number < items else listed)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _put(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except FileNotFoundError:
        _write(path, text)


def _plain(item: Sample) -> dict[str, Any]:
    return {
        "title": item.title,
        "number": item.document_number,
        "organ": item.organ,
        "theme": item.theme,
        "genre": item.genre,
        "openness": item.openness,
        "index_number": item.index_number,
        "made_on": f"{item.made_on.year}年{item.made_on.month}月{item.made_on.day}日",
        "day": f"{item.published_at:%Y-%m-%d}",
        "published": f"{item.published_at:%Y-%m-%d %H:%M}",
        "words": "、".join(item.keywords),
        "abstract": item.summary,
        "editor": item.editor,
        "column_id": item.column_id,
        "column_name": COLUMNS[item.column],
        "address": item.address,
        "html": item.html,
    }


def _hugo_head(item: Sample) -> dict[str, Any]:
    values = _plain(item)
    kept = ("title", "number", "organ", "theme", "genre", "openness", "index_number", "made_on", "abstract", "editor")
    return {name: values[name] for name in kept} | {
        "date": item.published_at.isoformat(),
        "words": item.keywords,
        "catalogues": ["全部"],
        "themes": [item.theme.partition("\\")[0]],
        "organs": [item.organ],
        "years": [str(item.made_on.year)],
        "genres": [item.genre],
        "opennesses": [item.openness],
        "effects": ["有效"],
        "chronicles": [f"{item.organ} {item.made_on.year}"] if item.document_number else [],
    }


def _pelican_head(item: Sample) -> dict[str, Any]:
    values = _plain(item)
    kept = ("number", "organ", "theme", "genre", "openness", "index_number", "made_on", "words", "abstract", "editor")
    named = {"Title": item.title, "Date": values["published"], "Category": values["column_name"], "Slug": item.id}
    return named | {name.capitalize(): values[name] for name in kept}


def _front(values: Mapping[str, Any]) -> str:
    """Front matter in YAML, each value as JSON, which is YAML too."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items() if value]
    return f"---\n{''.join(lines)}---\n\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "loop":
        _loop(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        _writes(Path(sys.argv[2]), *map(int, sys.argv[3:]))
