"""Pictures in the sizes that outlets ask for."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from channels.lettering import broken, sans, set_in
from channels.pictures import SQUARE, PictureProblem, card, cover, site_sizes, within
from tests.channels import revisions as made

TITLE = "荆州市人民政府办公室关于印发荆州市2026年重点民生实事项目清单的通知"


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def noise(size: tuple[int, int]) -> bytes:
    target = BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(target, "PNG")
    return target.getvalue()


def test_a_photograph_becomes_progressive_jpeg_in_two_widths() -> None:
    sizes = site_sizes(made.photograph((2400, 1600)))
    assert list(sizes) == ["1080.jpg", "480.jpg"]
    assert [opened(data).size for data in sizes.values()] == [(1080, 720), (480, 320)]
    assert all(opened(data).info.get("progressive") for data in sizes.values())


def test_a_drawing_stays_png_and_is_never_enlarged() -> None:
    sizes = site_sizes(made.drawing())
    assert list(sizes) == ["1080.png", "480.png"]
    assert [opened(data).size for data in sizes.values()] == [(600, 300), (480, 240)]


def test_the_cameras_data_does_not_survive() -> None:
    picture, target = opened(made.photograph()), BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Secret Maker", 6
    picture.save(target, "JPEG", exif=exif)
    data = target.getvalue()
    assert b"Secret Maker" in data
    made_from = [*site_sizes(data).values(), cover(data, ""), within(data, 900_000, 1440)[0]]
    assert not [one for one in made_from if b"Secret" in one or opened(one).getexif()]
    assert opened(site_sizes(data)["1080.jpg"]).size == (420, 640)


@pytest.mark.parametrize("size", [(900, 383), SQUARE])
@pytest.mark.parametrize("data", [None, made.photograph((300, 900)), made.drawing()])
def test_a_cover_has_exactly_its_size(data: bytes | None, size: tuple[int, int]) -> None:
    found = opened(cover(data, TITLE, size))
    assert (found.format, found.size) == ("JPEG", size)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert cover(None, TITLE) == cover(None, TITLE)
    assert card(TITLE, ["一条"], "办公室") == card(TITLE, ["一条"], "办公室")
    assert site_sizes(made.photograph()) == site_sizes(made.photograph())


def test_a_card_is_as_wide_as_a_phone_shows_and_grows_with_its_lines() -> None:
    short, long = (opened(card(TITLE, ["要点"] * count, "办公室")) for count in (1, 4))
    assert short.width == long.width == 1080
    assert short.height < long.height


@pytest.mark.parametrize("limit", [200_000, 60_000, 8_000])
def test_a_picture_is_brought_under_its_limit(limit: int) -> None:
    data, suffix = within(noise((1200, 900)), limit, 1440)
    assert (len(data) < limit, suffix) == (True, "jpg")
    assert max(opened(data).size) <= 1440


def test_a_transparent_picture_stands_on_white_where_only_jpeg_will_do() -> None:
    target = BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(target, "PNG")
    data, suffix = within(target.getvalue(), 100_000, 1440, ("JPEG",))
    assert suffix == "jpg"
    assert opened(data).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK", "RGBA"])
def test_every_kind_of_pixel_is_understood(mode: str) -> None:
    target = BytesIO()
    Image.new(mode, (600, 400)).save(target, "TIFF" if mode == "CMYK" else "PNG")
    assert len(site_sizes(target.getvalue())) == 2
    assert opened(cover(target.getvalue(), "")).mode == "RGB"


@pytest.mark.parametrize("data", [b"", b"<svg/>", made.photograph()[:900], b"GIF89a"])
def test_what_is_no_whole_picture_is_a_clear_problem(data: bytes) -> None:
    with pytest.raises(PictureProblem, match="图片"):
        site_sizes(data)


def test_a_limit_that_cannot_be_met_is_a_clear_problem() -> None:
    with pytest.raises(PictureProblem, match="压缩"):
        within(noise((400, 400)), 200, 1440)


@settings(max_examples=60)
@given(st.text("荆州市A1 ，。（）《》“”中文abc9%", min_size=1, max_size=60), st.integers(60, 600))
def test_breaking_lines_loses_no_character_and_respects_the_edges(text: str, width: int) -> None:
    font = sans(30)
    lines = broken(text, font, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(font.getlength(line) <= width + 30 or len(line) < 3 for line in lines)


def test_no_line_begins_with_a_closing_mark() -> None:
    font = sans(30)
    for width in range(90, 400, 10):
        assert not [
            line for line in broken("市政府（办公室）《通知》，请执行。", font, width)[1:] if line[0] in "）》，。"
        ]


def test_a_long_title_stands_on_the_cover_whole() -> None:
    setting = set_in("长" * 200, 700, 260, 70)
    assert sum(len(line) for line in setting.lines) == 200
    assert setting.height <= 260
