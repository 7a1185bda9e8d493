"""A web server of ours that ends when it is told to, and then returns: for the sandbox and for the public process."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from uvicorn import Server


class EndingServer(Server):
    """Ends on SIGTERM and SIGINT and returns, where the parent class would raise the signal again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        try:
            before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        except ValueError:  # signals belong to the main thread
            before = {}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
