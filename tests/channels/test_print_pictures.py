"""Pictures for print: all pixels, a size, and IPTC's description inside."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, IptcImagePlugin

from channels.pictures import PictureProblem
from channels.print_pictures import Described, PrintPicture, print_picture

SAID = Described(
    headline="标题 & <通知>",
    caption="图1 办理流程",
    name="流程",
    alt="从左到右三步",
    credit="荆州市人民政府",
    source="荆州市人民政府办公室",
    contact="0716-8278407",
    job="1001",
    keywords=("政务公开", "标准化"),
    instructions="★ 禁止早于 9时00分 刊发 ★",
    created=datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def noise(mode: str = "RGB", size: tuple[int, int] = (160, 90)) -> Image.Image:
    return Image.effect_noise(size, 90).convert(mode)


def looked_at(made: PrintPicture) -> Image.Image:
    picture = Image.open(BytesIO(made.data))
    picture.load()
    return picture


def fields(made: PrintPicture) -> dict[Any, Any]:
    with Image.open(BytesIO(made.data)) as picture:
        return dict(IptcImagePlugin.getiptcinfo(picture) or {})


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_keeps_every_pixel(mode: str, progressive: bool) -> None:
    data = encoded(noise(mode), "JPEG", quality=90, progressive=progressive, dpi=(72, 72))
    made = print_picture(data, SAID)
    before = Image.open(BytesIO(data))
    assert ImageChops.difference(before.convert("RGB"), looked_at(made).convert("RGB")).getbbox() is None
    assert looked_at(made).mode == mode
    assert looked_at(made).info["dpi"] == (300, 300)
    assert (made.width, made.height, made.millimetres) == (160, 90, 13)


def test_its_colour_profile_stays() -> None:
    profile = b"a profile " * 40
    made = print_picture(encoded(noise(), "JPEG", icc_profile=profile), SAID)
    assert looked_at(made).info["icc_profile"] == profile


def test_an_earlier_description_is_replaced_and_not_said_twice() -> None:
    first = print_picture(encoded(noise(), "JPEG"), replace(SAID, headline="旧标题"))
    made = print_picture(first.data, SAID)
    assert "旧标题".encode() not in made.data
    assert print_picture(made.data, SAID).data == made.data


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP"])
def test_any_other_picture_becomes_a_jpeg_that_looks_the_same(kind: str) -> None:
    plain = Image.new("RGB", (64, 40), (200, 30, 30))
    made = print_picture(encoded(plain, kind), SAID)
    assert looked_at(made).format == "JPEG"
    assert max(abs(a - b) for a, b in zip(looked_at(made).getpixel((9, 9)), (200, 30, 30), strict=True)) < 6


def test_what_is_transparent_is_white_on_paper() -> None:
    made = print_picture(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"), SAID)
    assert looked_at(made).getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_that_lies_on_its_side_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = print_picture(encoded(noise(size=(90, 40)), "JPEG", exif=exif), SAID)
    assert (made.width, made.height) == (40, 90)
    assert looked_at(made).size == (40, 90)


def test_every_field_is_read_back_as_it_was_given() -> None:
    found = fields(print_picture(encoded(noise(), "PNG"), SAID))
    assert found[(1, 90)] == b"\x1b%G"
    assert found[(2, 105)].decode() == SAID.headline
    assert found[(2, 120)].decode() == SAID.caption
    assert [word.decode() for word in found[(2, 25)]] == list(SAID.keywords)
    assert found[(2, 40)].decode() == SAID.instructions
    assert found[(2, 55)] == b"20261124"
    assert found[(2, 103)] == b"1001"


def test_the_same_stands_in_xmp() -> None:
    with Image.open(BytesIO(print_picture(encoded(noise(), "PNG"), SAID).data)) as picture:
        said = picture.getxmp()["xmpmeta"]["RDF"]["Description"]
    assert said["Headline"] == SAID.headline
    assert said["description"]["Alt"]["li"]["text"] == SAID.caption
    assert said["AltTextAccessibility"]["Alt"]["li"]["text"] == SAID.alt
    assert said["subject"]["Bag"]["li"] == list(SAID.keywords)


def test_what_is_too_long_for_a_field_is_left_out_there_and_never_cut() -> None:
    long = "荆州市人民政府办公室政务公开科"
    made = print_picture(encoded(noise(), "PNG"), replace(SAID, credit=long))
    assert (2, 110) not in fields(made)
    assert long.encode() in made.data


def test_the_same_picture_gives_the_same_bytes() -> None:
    data = encoded(noise(), "PNG")
    assert print_picture(data, SAID) == print_picture(data, SAID)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"x" * 99]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureProblem):
        print_picture(data, SAID)


def test_a_jpeg_that_is_cut_off_is_refused() -> None:
    data = encoded(noise(), "JPEG")
    for size in (300, 700, len(data) // 2):
        with pytest.raises(PictureProblem):
            print_picture(data[:size], SAID)
