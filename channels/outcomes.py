"""What a platform's codes let us do: the words in which every platform's table is written, and what comes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from channels.base import ChannelError, Refused, Repeated, Unavailable, Unknown
from content.clock import in_china


class Outcome(Enum):
    """What a code lets the caller do."""

    REFUSED = "refused"
    """The platform will never take this."""
    WAIT = "wait"
    """Nothing was done; the same call may be made later."""
    UNKNOWN = "unknown"
    """A call that acts may have acted; one that reads may be made again."""
    REPEATED = "repeated"
    """It was said before: after a lost answer probably by our own attempt."""
    RENEW = "renew"
    """With another access token, which we get ourselves, the call may be made again."""
    AUTHORISE = "authorise"
    """A person must put the account or its authorisation right."""
    DONE = "done"
    """What was asked for is so; who asked knows how to go on."""


@dataclass(frozen=True)
class Meaning:
    """What a code lets us do, what an editor is told, and how long to wait; *daily* waits for the day's reset."""

    outcome: Outcome
    words: str
    wait: timedelta = timedelta(minutes=1)
    daily: bool = False


UNREGISTERED = Meaning(Outcome.REFUSED, "平台返回了未登记的错误")
"""Of every code that stands in no table."""


class Failed(Exception):
    """The platform answered with a code of its own; *error* is what it means for the delivery, *reply* all it said."""

    def __init__(self, code: int, meaning: Meaning, error: ChannelError, reply: Any = None) -> None:
        super().__init__(str(error))
        self.code = code
        self.meaning = meaning
        self.error = error
        self.reply = reply


@contextmanager
def told() -> Iterator[None]:
    """Turns a platform's code into what it means for the delivery."""
    try:
        yield
    except Failed as failed:
        raise failed.error from failed


class Verdict(Refused):
    """The platform turned down what it had accepted, or it was deleted before it was seen."""


@contextmanager
def verdicts_alone() -> Iterator[None]:
    """What was accepted is turned down only by what the platform says of it: a setting that is wrong now, a refused caller,
    an authorisation that has ended or a missing permission says nothing of it, so it is asked about again."""
    try:
        yield
    except Verdict:
        raise
    except Refused as problem:
        raise Unavailable(str(problem)) from problem


def error_of(meaning: Meaning, message: str, now: datetime, *, acts: bool, broken: bool) -> ChannelError:
    """The error that a code is for the caller. *acts*: the call may have done something; *broken*: the answer came with a
    status of 500 or more, whatever its code says."""
    uncertain = meaning.outcome in (Outcome.UNKNOWN, Outcome.REPEATED)
    if acts and (uncertain or broken):
        kind = Repeated if meaning.outcome is Outcome.REPEATED else Unknown
        return kind(f"{message}，结果未知，须先核实")
    if uncertain or meaning.outcome in (Outcome.WAIT, Outcome.RENEW):
        return Unavailable(message, again_at(meaning, now))
    return Refused(f"{message}，请处理并更新该账号的授权后再发" if meaning.outcome is Outcome.AUTHORISE else message)


def again_at(meaning: Meaning, now: datetime) -> datetime:
    """When the platform may be asked again: after the pause, or after midnight in China where the day's calls are used."""
    if not meaning.daily:
        return now + meaning.wait
    day = in_china(now) + timedelta(days=1)
    return day.replace(hour=0, minute=5, second=0, microsecond=0)
