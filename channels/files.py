"""Files that an outlet shows: the lock on its folder, names that may stand there, room on the disk."""

import fcntl
import os
import shutil
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from channels.base import ChannelError, Refused, Unavailable
from content.assets import AssetAltered, AssetMissing, write_whole

LOCK = ".lock"
PATIENCE_SECONDS = 60.0
NAME_LIMIT_BYTES = 200
_PAUSE_SECONDS = 0.01

# A web server would answer these as pages or run them, under the government's own name.
_ACTIVE_SUFFIXES = frozenset(
    [
        ".html",
        ".htm",
        ".xhtml",
        ".shtml",
        ".svg",
        ".xml",
        ".xsl",
        ".js",
        ".mjs",
        ".css",
        ".php",
        ".jsp",
        ".jspx",
        ".asp",
        ".aspx",
        ".ashx",
        ".cgi",
        ".py",
        ".pl",
        ".exe",
        ".bat",
    ]
)
_NOT_IN_NAMES = frozenset('/\\:*?"<>|')


@contextmanager
def folder_lock(folder: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Holds an outlet's folder against other processes and threads; raises Unavailable after *patience* seconds."""
    with said_as(Unavailable, folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / LOCK).open("ab")
    with handle:
        _acquire(handle, folder, patience)
        yield


@contextmanager
def said_as(kind: type[ChannelError], folder: Path) -> Iterator[None]:
    """Turns a file error into the channel error that fits the step, naming the place and the mend."""
    try:
        yield
    except (AssetMissing, AssetAltered) as problem:
        raise kind(f"{folder} 所用的存储文件缺失或已被改动（{problem}）。请从备份恢复该文件后重试。") from problem
    except OSError as problem:
        place = problem.filename or folder
        reason = problem.strerror or str(problem)
        raise kind(f"无法读写 {place}：{reason}。请检查磁盘空间和该目录的读写权限后重试。") from problem


def keep(target: Path, data: bytes) -> None:
    """Writes the file whole unless it already holds these bytes."""
    if not holds(target, data):
        write_whole(target, data)


def holds(target: Path, data: bytes) -> bool:
    """Whether the file is there with exactly these bytes."""
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except (FileNotFoundError, NotADirectoryError):
        return False


def inside(folder: Path, relative: str) -> Path:
    """The path of *relative* under *folder*; raises Refused for one that leads elsewhere or is no plain path."""
    hidden_or_empty = any(not part or part[0] == "." for part in relative.split("/"))
    if hidden_or_empty or "\\" in relative or unseen(relative):
        raise Refused(f"地址“{relative}”不是站内的文件路径，请检查栏目编号和稿件地址的设置。")
    return folder / relative


def unseen(text: str) -> bool:
    """Whether a text holds control or format characters: no file name needs them, and some turn a name around."""
    if text.isprintable():
        return False
    return any(unicodedata.category(mark) in ("Cc", "Cf", "Cs") for mark in text)


def sweep(folder: Path) -> None:
    """Removes what writers that were killed left aside. Only for folders that the held lock covers."""
    for path in folder.glob(".*"):
        if path.is_file() and path.name != LOCK:
            path.unlink(missing_ok=True)


def name_problem(name: str) -> str:
    """Why an attachment's name cannot be the name of a file on a public server; empty when it can."""
    if not name.strip() or name.strip() != name or name.startswith("."):
        return "名称为空，或以空格、圆点开头"
    if unseen(name) or _NOT_IN_NAMES & set(name):
        return '名称含有不能用于文件名的字符（不可见字符或 / \\ : * ? " < > |）'
    if len(name.encode()) > NAME_LIMIT_BYTES:
        return f"名称超过 {NAME_LIMIT_BYTES} 字节（约 66 个汉字）"
    if any(suffix.lower() in _ACTIVE_SUFFIXES for suffix in PurePosixPath(name).suffixes[-1:]):
        return "这类文件会被网站服务器当作网页或程序"
    return ""


@lru_cache(maxsize=1024)
def segment(name: str) -> str:
    """A name as one segment of an address: what no path may hold is replaced, what is too long is cut."""
    kept = "".join("-" if mark in _NOT_IN_NAMES or unseen(mark) or mark in "#%" else mark for mark in name.strip())
    return kept.lstrip(".").encode()[:NAME_LIMIT_BYTES].decode(errors="ignore") or "-"


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raises Unavailable when the folder cannot be written or its disk lacks *needed_bytes*."""
    with said_as(Unavailable, folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unavailable(f"没有写入 {folder} 的权限，请让系统管理员授予发布程序写权限后重试。")
    if free < needed_bytes:
        raise Unavailable(f"{folder} 所在磁盘只剩 {free} 字节，至少需要 {needed_bytes} 字节，请清理后重试。")


def _acquire(handle: BinaryIO, folder: Path, patience: float) -> None:
    limit = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > limit:
                raise Unavailable(
                    f"{folder} 正被另一个发布进程占用，等待已超过 {patience:.0f} 秒，请稍后重试。"
                ) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
