"""The mirror of a site: its public files carried to where readers get them, only what changed, and resumable."""

from channels.mirror.carrying import Carried, SiteMirror
from channels.mirror.comparing import Difference

__all__ = ["Carried", "Difference", "SiteMirror"]
