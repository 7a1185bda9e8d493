"""Pictures: verified, made fit to publish, kept by digest."""

import io
import warnings
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from content.assets import Assets
from content.body import ASSET
from content.intake import limits
from content.intake.errors import IntakeError
from content.intake.files import beside, read_bytes
from content.item import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif"}
_READ = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
_ORIENTATION = 0x0112
_GPS = 0x8825
_RESAVE = "请用画图软件另存为 PNG 或 JPEG 后重新插入。"


class Gallery:
    """The pictures of one item, in the order of their first use; the same bytes are one picture."""

    def __init__(self, assets: Assets, folder: Path) -> None:
        self.assets = assets
        self.folder = folder
        self._pictures: dict[str, Picture] = {}

    def pictures(self) -> tuple[Picture, ...]:
        return tuple(self._pictures.values())

    def add_file(self, reference: str, alt: str) -> str:
        """Takes in a file beside the item; returns its ``asset:`` address. Raises IntakeError."""
        path = beside(self.folder, reference, f"图片 {PurePath(reference).name}")
        return self.add(read_bytes(path, limits.PICTURE, f"图片 {path.name}"), path.name, alt)

    def add(self, data: bytes, name: str, alt: str) -> str:
        """Takes in a picture's bytes; returns its ``asset:`` address. Raises IntakeError."""
        place = f"图片 {name}"
        if len(data) > limits.PICTURE:
            raise IntakeError(
                place, f"图片超过 {limits.PICTURE // limits.MEGABYTE} MB。", "请压缩后重新插入。", "picture-too-large"
            )
        fit, kind, size = fit_to_publish(data, place)
        digest = self.assets.put(fit)
        if digest not in self._pictures and len(self._pictures) >= limits.PICTURES:
            raise IntakeError(
                place, f"一篇稿件的图片超过 {limits.PICTURES} 张。", "请分成几篇，或把图片打包作为附件。", "pictures"
            )
        entry = Picture(_renamed(name, kind), digest, MEDIA_TYPES[kind], *size, len(fit), " ".join(alt.split()))
        self._pictures.setdefault(digest, entry)
        return ASSET + digest


def place_pictures(html: str, gallery: Gallery) -> str:
    """The HTML with every ``img`` that names a file beside the item pointing to that file in the gallery."""
    if "<img" not in html.lower():
        return html
    from lxml import etree

    from content.cleaning.filtering import parsed
    from content.cleaning.report import Report

    tree = parsed(html, Report())
    for image in tree.iter("img"):
        image.set("src", gallery.add_file(image.get("src") or "", image.get("alt") or ""))
    return str(etree.tostring(tree, encoding="unicode", method="html"))


def fit_to_publish(data: bytes, place: str) -> tuple[bytes, str, tuple[int, int]]:
    """The bytes to publish, their kind (a key of ``MEDIA_TYPES``) and size in pixels. Raises IntakeError.

    JPEG, PNG and GIF stay as they are, unless they say where they were taken or are to be turned; those and WebP and
    BMP are written anew, always the same way. The size is read from the header before anything is decoded.
    """
    from PIL import Image, UnidentifiedImageError

    if _is_svg(data):
        raise IntakeError(place, "不接受 SVG 图片（可以藏脚本）。", _RESAVE, "svg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = Image.open(io.BytesIO(data), formats=_READ)
            _check_pixels(picture.size, place)
            picture.load()
            return _published(data, picture)
        except UnidentifiedImageError as problem:
            raise IntakeError(
                place, "不是能识别的图片（只接受 JPEG、PNG、GIF、WebP、BMP）。", _RESAVE, "picture"
            ) from problem
        except Image.DecompressionBombError as problem:
            raise _too_many_pixels("", place) from problem
        except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError) as problem:
            raise IntakeError(place, "图片已损坏，没有传完或内容不对。", "请换用完好的原图。", "picture") from problem


def _published(data: bytes, picture: "Image") -> tuple[bytes, str, tuple[int, int]]:
    from PIL import ImageOps

    kind = "JPEG" if picture.format == "MPO" else str(picture.format)
    exif = picture.getexif()
    turned = exif.get(_ORIENTATION, 1) not in (0, 1)
    if kind in MEDIA_TYPES and picture.format != "MPO" and not turned and _GPS not in exif:
        return data, kind, picture.size
    upright = ImageOps.exif_transpose(picture)
    kind = kind if kind == "JPEG" else "PNG"
    return _encoded(upright, kind), kind, upright.size


def _encoded(picture: "Image", kind: str) -> bytes:
    """The picture without metadata; the colour profile stays, as colours depend on it."""
    stream = io.BytesIO()
    profile = picture.info.get("icc_profile")
    if kind == "JPEG":
        picture.save(stream, "JPEG", quality=92, subsampling=0, icc_profile=profile, exif=b"")
    else:
        modes = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
        plain = (
            picture if picture.mode in modes else picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        )
        plain.save(stream, "PNG", icc_profile=profile, exif=b"")
    return stream.getvalue()


def _check_pixels(size: tuple[int, int], place: str) -> None:
    width, height = size
    if width * height > limits.PICTURE_PIXELS:
        raise _too_many_pixels(f" {width}×{height} 像素，", place)
    if width < 1 or height < 1:
        raise IntakeError(place, "图片没有尺寸。", "请换用完好的原图。", "picture")


def _too_many_pixels(size: str, place: str) -> IntakeError:
    return IntakeError(
        place,
        f"图片太大：{size}超过 {limits.PICTURE_PIXELS // 10_000} 万像素。",
        "请缩小到宽 4000 像素以内后重新插入。",
        "picture-too-many-pixels",
    )


def _is_svg(data: bytes) -> bool:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(b"<") and (b"<svg" in head or head.startswith((b"<?xml", b"<!doctype")))


def _renamed(name: str, kind: str) -> str:
    """The file name with the extension of what it now is."""
    extensions = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",), "GIF": (".gif",)}[kind]
    path = PurePath(name)
    return path.name if path.suffix.lower() in extensions else f"{path.stem or '图片'}{extensions[0]}"
