"""The website: static pages written by the outlet itself, read back as proof."""

from channels.website.channel import Website

__all__ = ["Website"]
