"""Channels: one module per kind of outlet. They know content only, never each other."""

from importlib import import_module

from channels.base import Channel

# One line per channel: the word that the settings use, and where its class stands.
CHANNELS: dict[str, str] = {
    "website": "channels.website:Website",
    "feeds": "channels.feeds:Feeds",
    "weibo": "channels.weibo:Weibo",
    "wechat": "channels.wechat:Wechat",
    "app": "channels.app:App",
    "radio": "channels.radio:Radio",
    "television": "channels.television:Television",
    "newspaper": "channels.newspaper:Newspaper",
    "gazette": "channels.gazette:Gazette",
}


def channel_class(name: str) -> type[Channel]:
    """The class of a channel; raises KeyError for a word that is not in the table. Loaded only when it is asked for,
    so that a command that needs no outlet starts fast."""
    module, _, attribute = CHANNELS[name].partition(":")
    found: type[Channel] = getattr(import_module(module), attribute)
    return found
