"""Standard output whose reader may leave early, as in ``tongbu counts 2026 | head -1``."""

import io
import sys
from typing import Any, TextIO


def let_readers_leave() -> None:
    """From now on what nobody reads any more is dropped, and the command goes on to its end with its own exit code: a
    broadcast is not cut off in the middle because somebody has seen enough of its lines. Every line goes out at once: a
    command may run for hours after it.

    Not by way of the signal SIGPIPE, which would also end the process when an outlet closes a connection.
    """
    sys.stdout, sys.stderr = _patient(sys.stdout), _patient(sys.stderr)


class _Pipe(io.FileIO):
    """A file descriptor of somebody else's. What is written after its reader left counts as written."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _patient(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # None where the shell closed it
        return stream
    pipe = _Pipe(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(pipe), encoding=stream.encoding, errors=stream.errors, line_buffering=True
    )
