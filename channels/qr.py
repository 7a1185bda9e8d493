"""Addresses as QR codes."""

from functools import lru_cache
from io import BytesIO


@lru_cache(maxsize=256)
def png_of(address: str, scale: int = 1, border: int = 2) -> bytes:
    """A PNG of *scale* pixels a module, *border* modules around, not compressed, so that every machine makes the same
    bytes."""
    import segno

    target = BytesIO()
    segno.make(address, error="m", micro=False).save(target, kind="png", scale=scale, border=border, compresslevel=0)
    return target.getvalue()


@lru_cache(maxsize=256)
def svg_of(address: str, border: int = 2) -> bytes:
    """The code as one path, for print; *border* modules around."""
    import segno

    target = BytesIO()
    segno.make(address, error="m", micro=False).save(target, kind="svg", border=border, light="white", xmldecl=False)
    return target.getvalue()
