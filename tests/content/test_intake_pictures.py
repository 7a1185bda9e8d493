import io
from pathlib import Path

import pytest
from PIL import Image

from content.assets import Assets
from content.intake import IntakeError, read
from content.intake.pictures import fit_to_publish
from content.item import Picture, Revision

GPS = 0x8825
ORIENTATION = 0x0112


def picture(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", exif: Image.Exif | None = None) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, 0).save(stream, kind, **({"exif": exif} if exif else {}))
    return stream.getvalue()


def exif(**tags: int) -> Image.Exif:
    found = Image.Exif()
    if "orientation" in tags:
        found[ORIENTATION] = tags["orientation"]
    if "latitude" in tags:
        found.get_ifd(GPS)[2] = (float(tags["latitude"]), 0.0, 0.0)
        found[0x010F] = "camera"
    return found


def markdown(folder: Path, text: str) -> Revision:
    (folder / "a.md").write_text(f"---\nkind: news\n---\n正文\n\n{text}\n", "utf-8")
    return read(folder / "a.md", Assets(folder / "assets")).revision


def refused(folder: Path, text: str) -> IntakeError:
    with pytest.raises(IntakeError) as caught:
        markdown(folder, text)
    return caught.value


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_a_plain_picture_keeps_its_bytes(kind: str) -> None:
    data = picture(kind)
    assert fit_to_publish(data, "图") == (data, kind, (40, 20))


@pytest.mark.parametrize("kind", ["WEBP", "BMP"])
def test_other_formats_become_png_always_the_same_way(kind: str) -> None:
    data = picture(kind)
    fit, found, size = fit_to_publish(data, "图")
    assert (found, size) == ("PNG", (40, 20))
    assert fit == fit_to_publish(data, "图")[0]


def test_a_picture_that_is_to_be_turned_is_turned() -> None:
    fit, kind, size = fit_to_publish(picture("JPEG", exif=exif(orientation=6)), "图")
    assert (kind, size) == ("JPEG", (20, 40))
    assert not Image.open(io.BytesIO(fit)).getexif()


def test_where_a_picture_was_taken_is_not_published() -> None:
    data = picture("JPEG", exif=exif(latitude=30))
    assert GPS in Image.open(io.BytesIO(data)).getexif()
    fit, _, _ = fit_to_publish(data, "图")
    assert not Image.open(io.BytesIO(fit)).getexif()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "svg"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "svg"),
        (picture("PNG")[:60], "picture"),
        (picture("JPEG", (400, 400))[:-200], "picture"),
        (b"junk" * 50, "picture"),
        (picture("TIFF"), "picture"),
    ],
)
def test_what_is_no_sound_picture_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(IntakeError) as caught:
        fit_to_publish(data, "图片 x")
    assert caught.value.code == code


def test_a_picture_beside_the_text_is_taken_in(tmp_path: Path) -> None:
    (tmp_path / "图 一.png").write_bytes(picture("PNG"))
    found = markdown(tmp_path, "![示意图](<图 一.png>)")
    digest = found.pictures[0].digest
    assert found.pictures == (Picture("图 一.png", digest, "image/png", 40, 20, len(picture("PNG")), "示意图"),)
    assert f'<figure><img src="asset:{digest}" alt="示意图"/></figure>' in found.body


def test_an_html_picture_is_taken_in_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "x.webp").write_bytes(picture("WEBP"))
    found = markdown(tmp_path, '<img src="x.webp" alt="图">')
    assert [(entry.name, entry.media_type) for entry in found.pictures] == [("x.png", "image/png")]


@pytest.mark.parametrize(
    "source",
    [
        "../secret.png",
        "/etc/passwd",
        "http://evil.example/x.png",
        "//evil.example/x.png",
        "data:image/png;base64,AA",
        "asset:" + "0" * 64,
        "file:///etc/passwd",
        "%2e%2e/secret.png",
        "link.png",
        "a%00.png",
        "",
    ],
)
def test_a_picture_from_elsewhere_is_refused(source: str, tmp_path: Path) -> None:
    home = tmp_path / "稿"
    home.mkdir()
    (tmp_path / "secret.png").write_bytes(picture("PNG"))
    (home / "link.png").symlink_to(tmp_path / "secret.png")
    assert refused(home, f'<img src="{source}">').code == "foreign-file"


def test_a_picture_that_is_missing_is_named(tmp_path: Path) -> None:
    problem = refused(tmp_path, "![图](没有.png)")
    assert (problem.code, problem.place) == ("file-missing", "图片 没有.png")


def test_more_than_sixty_pictures_are_refused(tmp_path: Path) -> None:
    for number in range(61):
        (tmp_path / f"{number}.png").write_bytes(picture("PNG", (number + 1, 1)))
    assert refused(tmp_path, "".join(f"![图]({number}.png)" for number in range(61))).code == "pictures"
