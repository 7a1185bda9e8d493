"""How fast the site's search is, and how large its index.

    .venv/bin/python tests/bench/bench_search.py [items]

Makes items of 1,500 Chinese characters (10,000; 100,000 takes some minutes), builds the index, and prints medians of
nine, each as a ratio against reading one row by its key with bare SQLite and, for words, against a LIKE scan of the same
texts in the same run; then one item more, and fifty requests at once to ``tongbu public`` as its own process.
"""

import pickle
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import httpx

from content.search import Query, SearchDocument, SearchIndex, SearchReader
from flows.settings import SETTINGS_FILE

LENGTH = 1_500
ORGANS = [f"荆州市第{number}管理局" for number in range(1, 61)]
THEMES = ["综合政务", "财政、金融、审计", "卫生、体育", "科技、教育", "城乡建设、环境保护", "民政、扶贫、救灾"]
GENRES = ["通知", "意见", "公告", "批复", "函"]
COLUMNS = [f"lm{number}" for number in range(40)]
RARE, FREQUENT, PHRASE = "赤壁矶头灯会", "人民政府", "贯彻落实国务院部署"
WORDS = [
    "荆州市",
    "人民政府",
    "办公室",
    "关于",
    "做好",
    "政务公开",
    "政府网站",
    "建设",
    "管理",
    "工作",
    "通知",
    "各县市区",
    "有关部门",
    "贯彻落实",
    "国务院",
    "部署",
    "推进",
    "医疗保障",
    "医保",
    "报销",
    "社区",
    "卫生",
    "服务",
    "中心",
    "居民",
    "企业",
    "项目",
    "资金",
    "安排",
    "审计",
    "监督",
    "检查",
    "考核",
    "指标",
    "完成",
    "时限",
    "责任",
    "单位",
    "牵头",
    "配合",
    "教育",
    "学校",
    "招生",
    "公告",
    "停水",
    "检修",
    "供水",
    "管网",
    "道路",
    "交通",
    "安全",
    "生产",
    "应急",
    "预案",
    "防汛",
    "抗旱",
    "长江",
    "堤防",
    "农业",
    "农村",
    "粮食",
    "种植",
    "补贴",
    "申请",
    "材料",
    "窗口",
    "办理",
    "流程",
    "期限",
    "咨询",
    "电话",
    "地址",
    "时间",
    "结果",
    "公示",
    "名单",
    "人员",
    "招聘",
    "岗位",
    "条件",
    "报名",
    "考试",
    "成绩",
    "面试",
    "体检",
]
START = datetime(2010, 1, 1, tzinfo=UTC)


def documents(number: int) -> Iterator[SearchDocument]:
    """Items as a site has them: most words come from a small stock, and any character may follow another."""
    dice = random.Random(3)
    characters = [chr(0x4E00 + dice.randrange(20_000)) for _ in range(3_000)]
    weights = [1 / (place + 10) for place in range(len(characters))]
    loose = ["".join(dice.choices(characters, weights, k=4)) for _ in range(20_000)]
    for serial in range(number):
        yield _document(dice, serial, loose)


def _document(dice: random.Random, serial: int, loose: list[str]) -> SearchDocument:
    words: list[str] = []
    length = 0
    while length < LENGTH:
        word = dice.choice(WORDS if dice.random() < 0.5 else loose)
        words.append(word + ("，" if dice.random() < 0.12 else "。\n" if dice.random() < 0.05 else ""))
        length += len(words[-1])
    if serial % 1_000 == 7:
        words.insert(len(words) // 2, RARE)
    if serial % 10 == 3:
        words.insert(len(words) // 3, PHRASE)
    at = START + timedelta(minutes=83 * serial)
    organ = dice.choice(ORGANS)
    title = f"{organ}关于{''.join(dice.sample(WORDS, 4))}的{dice.choice(GENRES)}"
    return SearchDocument(
        item=str(1001 + serial),
        act="publish-1",
        address=f"{COLUMNS[serial % 40]}/{at:%Y%m}/t{at:%Y%m%d}_{1001 + serial}.html",
        title=title,
        published_at=at,
        number=f"荆政办发〔{at:%Y}〕{serial % 400 + 1}号" if serial % 3 == 0 else "",
        index_number=f"011337057/{at:%Y}-{serial % 99_999 + 1:05d}",
        organ=organ,
        theme=dice.choice(THEMES),
        genre=dice.choice(GENRES),
        year=f"{at:%Y}",
        effect="有效" if serial % 9 else "失效",
        kind="policy-document",
        columns=(COLUMNS[serial % 40],),
        text=f"荆州市人民政府{''.join(words)}",
    )


def main(number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        path = home / "outlets" / "portal" / "search" / "index.sqlite"
        plain, making = _timed_plain(home / "plain.sqlite", number)
        taken = _timed(lambda: SearchIndex(path).rebuild(_kept(plain))) / 1000
        size = path.resolve().stat().st_size
        print(
            f"{number} items of {LENGTH} characters: index built in {taken:.1f} s ({number / taken:.0f} a second;",
            end="",
        )
        print(f" the same as a plain table, made and written: {making:.1f} s), {size / 1e6:.0f} MB,", end="")
        print(f" {size / number / 1000:.1f} KB an item, largest memory {_memory():.0f} MB", flush=True)
        _measure(path, plain, number)
        _measure_writing(path)
        _measure_service(home)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _measure(path: Path, plain: sqlite3.Connection, number: int) -> None:
    reader = SearchReader(path)
    ids = [str(1001 + place) for place in random.Random(1).sample(range(number), 200)]
    row = _median(
        lambda: [plain.execute("SELECT id, title, text FROM item WHERE id = ?", (one,)).fetchone() for one in ids]
    ) / len(ids)
    like = {
        word: _median(
            lambda word=word: plain.execute("SELECT id FROM item WHERE text LIKE ?", (f"%{word}%",)).fetchall(), 3
        )
        for word in (RARE, FREQUENT, PHRASE)
    }
    print(f"  {'one row by its key, bare SQLite':44} {row:9.3f} ms")
    for name, query, scan in (
        ("a rare word", Query(RARE), RARE),
        ("a frequent word", Query(FREQUENT), FREQUENT),
        ("a frequent word, page 50", Query(FREQUENT, page=50), FREQUENT),
        ("a phrase", Query(f'"{PHRASE}"'), PHRASE),
        ("three frequent words", Query("人民政府 办公室 通知"), None),
        ("one character", Query("医"), None),
        ("frequent pairs that never meet in this order", Query("政府关于 公室通知知做好"), None),
        ("a document number", Query("荆政办发[2010]31号"), None),
        (
            "a frequent word and three filters",
            Query(FREQUENT, {"organ": ORGANS[5], "theme": THEMES[2], "year": "2010"}),
            None,
        ),
        ("filters only", Query("", {"organ": ORGANS[5], "theme": THEMES[2]}), None),
        ("one frequent filter only", Query("", {"effect": "有效"}), None),
    ):
        found = reader.search(query)
        taken = _median(lambda query=query: reader.search(query))
        against = f", {taken / like[scan]:6.3f} × LIKE scan" if scan else ""
        about = "" if found.exact else "about "
        print(
            f"  {name:44} {taken:9.3f} ms  {taken / row:8.0f} × one row{against}  ({about}{found.total} found, {found.state})"
        )
    for text in ("荆州市第5", "政务公开", "办发〔2010〕3", "医"):
        taken = _median(lambda text=text: reader.suggest(text))
        print(
            f"  {'suggestions for ' + text:44} {taken:9.3f} ms  {taken / row:8.0f} × one row  ({len(reader.suggest(text))})"
        )
    taken = _median(reader.facets)
    print(f"  {'the values of all filters':44} {taken:9.3f} ms  {taken / row:8.0f} × one row")


def _measure_writing(path: Path) -> None:
    index = SearchIndex(path)
    more = list(documents(30))
    added = [_timed(lambda one=one, place=place: index.put(_as(one, f"n{place}"))) for place, one in enumerate(more)]
    changed = [
        _timed(lambda one=one, place=place: index.put(_as(one, f"n{place}", act="correct-1")))
        for place, one in enumerate(more)
    ]
    print(f"  {'one item more':44} {statistics.median(added):9.3f} ms  (at most {max(added):.1f})")
    print(f"  {'one item corrected':44} {statistics.median(changed):9.3f} ms  (at most {max(changed):.1f})")


def _as(document: SearchDocument, item: str, act: str = "publish-1") -> SearchDocument:
    return replace(document, item=item, act=act, published_at=datetime(2040, 1, 1, tzinfo=UTC))


def _measure_service(home: Path) -> None:
    command = Path(sys.executable).parent / "tongbu"
    text = files("flows").joinpath("data", SETTINGS_FILE).read_text(encoding="utf-8")
    (home / SETTINGS_FILE).write_text(text, encoding="utf-8")
    process = subprocess.Popen([command, "--home", home, "public", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base = process.stdout.readline().split()[-1].rpartition("/")[0]
        _fifty(base)
    finally:
        process.terminate()
        process.wait(10)


def _fifty(base: str) -> None:
    asked = [
        "",
        RARE,
        FREQUENT,
        f'"{PHRASE}"',
        "医保 报销",
        "荆政办发[2010]31号",
        "停水公告",
        "医",
        "长江 堤防 防汛",
        "招聘",
    ]
    with httpx.Client(trust_env=False) as client:
        alone = _median(lambda: client.get(f"{base}/search?q={quote('医保 报销')}"))
    print(f"  {'one request to the process':44} {alone:9.3f} ms")
    taken: list[float] = []
    bad: list[int] = []

    def ask(place: int) -> None:
        with httpx.Client(trust_env=False, timeout=30) as client:
            ready.wait()
            began = time.perf_counter()
            answer = client.get(f"{base}/search?q={quote(asked[place % len(asked)])}")
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                bad.append(answer.status_code)

    ready = threading.Barrier(51)
    threads = [threading.Thread(target=ask, args=(place,)) for place in range(50)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    all_of_them = (time.perf_counter() - began) * 1000
    print(
        f"  {'fifty at once, all answered after':44} {all_of_them:9.0f} ms  {all_of_them / alone:8.1f} × one request",
        end="",
    )
    print(f"  (median {statistics.median(taken):.0f} ms, slowest {max(taken):.0f} ms, not answered {len(bad)})")


def _timed_plain(path: Path, number: int) -> tuple[sqlite3.Connection, float]:
    """The same documents as an ordinary table, and the seconds that it took."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE item (id TEXT PRIMARY KEY, title TEXT, text TEXT, data BLOB)")
    rows = ((one.item, one.title, one.text, pickle.dumps(replace(one, text=""))) for one in documents(number))
    began = time.perf_counter()
    with connection:
        connection.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", rows)
    return connection, time.perf_counter() - began


def _kept(plain: sqlite3.Connection) -> Iterator[SearchDocument]:
    for text, data in plain.execute("SELECT text, data FROM item"):
        yield replace(pickle.loads(data), text=text)


def _median(act: Callable[[], object], times: int = 9) -> float:
    return statistics.median(_timed(act) for _ in range(times))


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
