"""The engine's Unix socket: JSON lines, one request after another, several clients at once.

A client sends ``{"do": …}`` and reads ``{"progress": {…}}`` lines, ``{"alive": true}`` every few seconds of silence,
and at last one ``{"result": {…}}`` or ``{"error": "…"}``. It may leave at any time; what it asked for goes on.
"""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from flows.processes import listen_at, peer_of

SOCKET_FILE = "engine.sock"
LINE_LIMIT = 65_536  # bytes of a request
READ_LIMIT = 600.0  # seconds that an idle client may stay
SEND_LIMIT = 5.0  # seconds that a client may take to read what it is sent
ALIVE_EVERY = 5.0

Request = dict[str, object]
Report = Callable[[dict[str, object]], None]
Answer = Callable[[Request, Report], Mapping[str, object]]


class RequestError(Exception):
    """A request that is not answered; the message tells the client why."""


class Conversation:
    """One client. ``send`` may be called from any thread and never raises: a client that has left is not told."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._gone = False

    def send(self, line: Mapping[str, object]) -> None:
        data = json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n"
        with self._sending:
            if self._gone:
                return
            try:
                self._connection.sendall(data)
            except OSError:
                self._gone = True

    def requests(self) -> Iterator[Request]:
        """The requests as they come, until the client leaves. Raises RequestError for one that cannot be read."""
        with self._connection.makefile("rb") as stream:
            while line := _read_line(stream.readline):
                yield _parse(line)


class Listener:
    """Answers clients, each in a thread of its own. *answer* gives the result's document and raises RequestError."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        self._folder = folder
        self._answer = answer
        self._socket = listen_at(folder, SOCKET_FILE)

    def begin(self) -> None:
        threading.Thread(target=self._accept, name="engine socket", daemon=True).start()

    def close(self) -> None:
        """Takes no more clients; those who are there are answered to the end."""
        (self._folder / SOCKET_FILE).unlink(missing_ok=True)
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
        finally:
            self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), name="engine client", daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(READ_LIMIT)
        conversation = Conversation(connection)
        with connection:
            try:
                _check_peer(connection)
                for request in conversation.requests():
                    _answer_one(conversation, request, self._answer)
            except RequestError as problem:
                conversation.send({"error": str(problem)})
            except OSError:
                return


def _answer_one(conversation: Conversation, request: Request, answer: Answer) -> None:
    """Answers in a thread of its own, so that silence can be told from death."""
    lines: list[Mapping[str, object]] = []
    worker = threading.Thread(target=lambda: lines.append(_line(answer, request, conversation)), daemon=True)
    worker.start()
    worker.join(ALIVE_EVERY)
    while worker.is_alive():
        conversation.send({"alive": True})
        worker.join(ALIVE_EVERY)
    conversation.send(lines[0] if lines else {"error": "the request broke off; see run/engine.log"})


def _line(answer: Answer, request: Request, conversation: Conversation) -> Mapping[str, object]:
    try:
        return {"result": answer(request, lambda event: conversation.send({"progress": event}))}
    except RequestError as problem:
        return {"error": str(problem)}


def _check_peer(connection: socket.socket) -> None:
    _, uid = peer_of(connection)
    if uid not in (os.getuid(), 0):
        raise RequestError("only the user who started the engine may use it")


def _read_line(readline: Callable[[int], bytes]) -> bytes:
    line = readline(LINE_LIMIT + 1)
    if len(line) > LINE_LIMIT:
        raise RequestError(f"the request is too long: a line has at most {LINE_LIMIT} bytes")
    return line


def _parse(line: bytes) -> Request:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise RequestError("the request is no line of JSON") from None
    if not isinstance(request, dict) or not isinstance(request.get("do"), str):
        raise RequestError('a request is a JSON object with a text "do"')
    return request
