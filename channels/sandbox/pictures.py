"""What kind of picture some bytes are, by their first ones, as the platforms look at them."""

_SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}


def picture_type(data: bytes) -> str:
    """The media type, empty for what is no JPEG, PNG, GIF or BMP."""
    return next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), "")
