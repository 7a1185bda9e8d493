"""Pictures in the sizes that outlets ask for. The same input gives the same bytes; nothing of the camera's data
(place, owner) survives, because every picture is drawn anew from its pixels."""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from channels.lettering import PAPER

if TYPE_CHECKING:
    from PIL.Image import Image

COVER = (900, 383)
SQUARE = (500, 500)
SITE_WIDTHS = (1080, 480)
# A matrix of accounts gets the same pictures, one account after the other.
_KEPT = 4


_SUFFIXES = {"JPEG": "jpg", "PNG": "png"}


class PictureProblem(ValueError):
    """Bytes that are no picture we can read, or that cannot be brought under a limit."""


def site_sizes(data: bytes) -> dict[str, bytes]:
    """The picture for a page, by file name: ``1080.jpg`` and ``480.jpg`` (``.png`` where it has few colours or is
    transparent), at most that many pixels wide and never enlarged. Raises PictureProblem."""
    picture = opened(data)
    kind = "PNG" if _graphic(picture) else "JPEG"
    return {f"{width}.{_SUFFIXES[kind]}": _encoded(_narrowed(picture, width), kind) for width in SITE_WIDTHS}


@lru_cache(maxsize=_KEPT)
def cover(data: bytes | None, title: str, size: tuple[int, int] = COVER) -> bytes:
    """A JPEG cover of exactly *size* pixels: the picture cropped around its centre, or the title as lettering."""
    if data is None:
        from channels.cards import title_card

        return _encoded(title_card(title, size), "JPEG")
    from PIL import ImageOps
    from PIL.Image import Resampling

    return _encoded(ImageOps.fit(_flat(opened(data)), size, Resampling.LANCZOS), "JPEG")


def card(title: str, lines: Sequence[str], footer: str) -> bytes:
    """The picture of a Weibo: 1080 pixels wide, a title, a few key lines and the office's name. JPEG."""
    return _card(title, tuple(lines), footer)


@lru_cache(maxsize=_KEPT)
def _card(title: str, lines: Sequence[str], footer: str) -> bytes:
    from channels.cards import key_card

    return _encoded(key_card(title, lines, footer), "JPEG")


@lru_cache(maxsize=_KEPT)
def within(
    data: bytes, limit_bytes: int, max_side: int, formats: tuple[str, ...] = ("JPEG", "PNG")
) -> tuple[bytes, str]:
    """The picture in one of *formats* (``JPEG``, ``PNG``), under *limit_bytes* and no side above *max_side* pixels.

    Returns the bytes and the file suffix (``jpg`` or ``png``). Quality goes first, then size. Raises PictureProblem.
    """
    picture = _bounded(opened(data), max_side)
    if "PNG" in formats and (_graphic(picture) or "JPEG" not in formats):
        found = _encoded(picture, "PNG")
        if len(found) < limit_bytes:
            return found, "png"
    if "JPEG" not in formats:
        raise PictureProblem(f"图片无法压缩到 {limit_bytes} 字节以内，请换一张较小的图片")
    return _pressed(_flat(picture), limit_bytes), "jpg"


def opened(data: bytes) -> "Image":
    """The first frame, upright, loaded. Raises PictureProblem for what is no picture, cut off or too large."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data)) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise PictureProblem(f"图片无法读取（{problem}），请换一张完好的 JPG 或 PNG 图片") from problem


def _pressed(picture: "Image", limit_bytes: int) -> bytes:
    while True:
        for quality in (88, 80, 70):
            found = _encoded(picture, "JPEG", quality)
            if len(found) < limit_bytes:
                return found
        if max(picture.size) <= 64:
            raise PictureProblem(f"图片无法压缩到 {limit_bytes} 字节以内，请换一张较小的图片")
        picture = _bounded(picture, round(max(picture.size) * 0.8))


def _encoded(picture: "Image", kind: str, quality: int = 86) -> bytes:
    target = BytesIO()
    if kind == "JPEG":
        _flat(picture).save(
            target, "JPEG", quality=quality, progressive=True, optimize=True, exif=b"", icc_profile=None
        )
    else:
        _plain(picture).save(target, "PNG", optimize=True, exif=b"", icc_profile=None)
    return target.getvalue()


def _plain(picture: "Image") -> "Image":
    """The pixels alone, without text chunks and other passengers."""
    if picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    clean = picture.copy()
    clean.info = {name: value for name, value in picture.info.items() if name == "transparency"}
    return clean


def _flat(picture: "Image") -> "Image":
    """RGB on white, in sRGB where the picture brings a colour profile."""
    from PIL import Image

    if picture.has_transparency_data:
        whole = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", whole.size, PAPER), whole).convert("RGB")
    return _in_srgb(picture)


def _in_srgb(picture: "Image") -> "Image":
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "CMYK"):
        return picture.convert("RGB")
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture.convert("RGB")
    return picture.convert("RGB") if turned is None else turned


def _graphic(picture: "Image") -> bool:
    """Whether it is a drawing rather than a photograph: transparent, or few colours."""
    return picture.has_transparency_data or _small(picture).getcolors(256) is not None


def _small(picture: "Image") -> "Image":
    from PIL.Image import Resampling

    scale = max(1, max(picture.size) // 512)
    size = (max(1, picture.width // scale), max(1, picture.height // scale))
    return picture.convert("RGB").resize(size, Resampling.NEAREST)


def _narrowed(picture: "Image", width: int) -> "Image":
    if picture.width <= width:
        return picture
    return _resized(picture, width, max(1, round(picture.height * width / picture.width)))


def _bounded(picture: "Image", side: int) -> "Image":
    longest = max(picture.size)
    if longest <= side:
        return picture
    scale = side / longest
    return _resized(picture, max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))


def _resized(picture: "Image", width: int, height: int) -> "Image":
    from PIL.Image import Resampling

    if picture.mode in ("P", "1"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture.resize((width, height), Resampling.LANCZOS)
