"""Threads that read the index, each with a reader of its own, and a bound on how much may wait for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from threading import local
from typing import TypeVar

from content.search import SearchReader

T = TypeVar("T")

THREADS = min(4, cpu_count() or 1)
MOST_WAITING = 200
ANSWER_SECONDS = 8.0


class Overloaded(Exception):
    """Too many are waiting, or the answer did not come in time; try again later."""


class Readers:
    """Asks the index of one site on behalf of many visitors at once."""

    def __init__(self, path: Path, *, waiting: int = MOST_WAITING, seconds: float = ANSWER_SECONDS) -> None:
        self._path = path
        self._most, self._seconds = waiting, seconds
        self._waiting = 0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="search")
        self._own = local()

    async def ask(self, work: Callable[[SearchReader], T]) -> T:
        """What *work* makes of a reader. Raises Overloaded."""
        if self._waiting >= self._most:
            raise Overloaded
        self._waiting += 1
        future = self._threads.submit(lambda: work(self._reader()))
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise Overloaded from None

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _done(self) -> None:
        self._waiting -= 1

    def _reader(self) -> SearchReader:
        if not hasattr(self._own, "reader"):
            self._own.reader = SearchReader(self._path)
        reader: SearchReader = self._own.reader
        return reader
