"""The site's icon: a gate in white on the site's red, drawn from a few shapes. Run as a module it writes the files."""

from io import BytesIO
from pathlib import Path

from channels.website.layout import FAVICON, STATIC

Shape = tuple[tuple[float, float], ...]

RED, PAPER = "#9b1b1e", "#ffffff"
_SIDE = 24
_ROOF: Shape = ((3.0, 9.6), (12.0, 4.0), (21.0, 9.6), (21.0, 11.2), (3.0, 11.2))
_PILLARS: tuple[Shape, ...] = tuple(((x, 12.4), (x + 2.4, 12.4), (x + 2.4, 17.2), (x, 17.2)) for x in (4.8, 10.8, 16.8))
_STEP: Shape = ((3.0, 18.4), (21.0, 18.4), (21.0, 20.4), (3.0, 20.4))
SHAPES: tuple[Shape, ...] = (_ROOF, *_PILLARS, _STEP)


def svg() -> bytes:
    paths = "".join(f"M{'L'.join(f'{x:g} {y:g}' for x, y in shape)}z" for shape in SHAPES)
    body = f'<rect width="{_SIDE}" height="{_SIDE}" rx="3" fill="{RED}"/><path d="{paths}" fill="{PAPER}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">{body}</svg>\n'.encode()


def bitmap(size: int, kind: str, sizes: tuple[int, ...] = ()) -> bytes:
    """The icon as a PNG or ICO of *size* pixels a side; *sizes* are those that an ICO holds."""
    from PIL import Image, ImageDraw

    fine = size * 8
    image = Image.new("RGB", (fine, fine), RED)
    pen = ImageDraw.Draw(image)
    for shape in SHAPES:
        pen.polygon([(x * fine / _SIDE, y * fine / _SIDE) for x, y in shape], fill=PAPER)
    target = BytesIO()
    small = image.resize((size, size), Image.Resampling.LANCZOS).quantize(64)
    small.save(target, kind, **({"sizes": [(side, side) for side in sizes]} if sizes else {"optimize": True}))
    return target.getvalue()


def write(folder: Path) -> None:
    (folder / "icon.svg").write_bytes(svg())
    (folder / "icon.png").write_bytes(bitmap(180, "PNG"))
    (folder / FAVICON).write_bytes(bitmap(32, "ICO", (16, 32)))


if __name__ == "__main__":
    write(STATIC)
