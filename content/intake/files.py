"""Reading files from disk: bounded, and never outside the folder that an item was handed in with."""

from pathlib import Path
from urllib.parse import unquote

from content.intake.errors import IntakeError
from content.intake.limits import MEGABYTE


def read_bytes(path: Path, limit: int, place: str = "") -> bytes:
    """The bytes of a regular file of at most *limit* bytes. Raises IntakeError."""
    shown = place or path.name
    try:
        if not path.is_file():
            reason = "不是文件" if path.exists() else "找不到这个文件"
            raise IntakeError(shown, f"{reason}：{path}。", "请核对文件名和所在文件夹。", "file-missing")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError) as problem:
        raise IntakeError(
            shown, f"读不了这个文件（{problem}）。", "请核对文件的权限和文件名。", "file-unreadable"
        ) from problem
    if len(data) > limit:
        raise IntakeError(
            shown, f"文件超过 {limit // MEGABYTE or 1} MB。", "请压缩图片或把大文件改作附件后再提交。", "file-too-large"
        )
    if not data:
        raise IntakeError(shown, "文件是空的（0 字节）。", "请重新导出或复制后再提交。", "file-empty")
    return data


def beside(folder: Path, reference: str, place: str) -> Path:
    """The file that an item's text names, which must stand in the item's own folder. Raises IntakeError."""
    name = unquote(reference).strip()
    if "://" in name or name.startswith("//") or name.split(":")[0].lower() in ("data", "asset", "file", "blob", "cid"):
        raise IntakeError(
            place,
            f"引用了网上或别处的文件：{_short(name)}。",
            "请把文件下载到稿件所在文件夹，改用文件名引用。",
            "foreign-file",
        )
    if not name or "\x00" in name or "\\" in name or Path(name).is_absolute():
        raise _outside(place, name)
    home = folder.resolve()
    target = (home / name).resolve()
    if not target.is_relative_to(home):
        raise _outside(place, name)
    return target


def _outside(place: str, name: str) -> IntakeError:
    return IntakeError(
        place,
        f"引用了稿件文件夹以外的文件：{_short(name)}。",
        "请把文件放到稿件所在文件夹，只写文件名。",
        "foreign-file",
    )


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:59] + "…"
