"""The radio channel: a script to read aloud, with its reading time."""

from typing import ClassVar

from channels.broadcaster import Broadcaster


class Radio(Broadcaster):
    """One radio station; options as in ``Broadcaster``."""

    proof: ClassVar[str] = "播出频率：____________　播出时间：____年__月__日__时__分　栏目：____________"
    medium: ClassVar[str] = "radio"
