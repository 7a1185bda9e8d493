"""From bytes to text: the encodings that Chinese offices use."""

import re

from content.intake import limits
from content.intake.errors import IntakeError

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(data: bytes, name: str) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or GB 18030, line ends as ``\\n``. Raises IntakeError."""
    text = _decoded(data, name).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise not_text(f"{name} 第{line}行", f"里面有控制字符（U+{ord(found.group()):04X}），不是文本文件。")
    if len(text) > limits.TEXT_CHARACTERS:
        raise IntakeError(
            name, f"正文超过 {limits.TEXT_CHARACTERS:,} 字。", "请分成几篇提交，或把长表作为附件。", "text-too-long"
        )
    if not text.strip():
        raise IntakeError(name, "文件里没有文字。", "请核对后重新提交。", "file-empty")
    return text


def _decoded(data: bytes, name: str) -> str:
    marked = next((codec for mark, codec in _BOMS if data.startswith(mark)), None)
    for codec in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    raise not_text(name, "不是能识别的文本（试过 UTF-8、UTF-16、GB18030）。")


def not_text(place: str, message: str) -> IntakeError:
    """The error for what is no text file."""
    return IntakeError(place, message, "请用记事本打开核对，另存为 UTF-8 编码的文本后再提交。", "not-text")
