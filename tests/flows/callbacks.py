"""What the tests of callbacks share: keys, an address in a thread, and the sandbox told to call it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from channels.wechat.callback import Callback
from channels.wechat.callback_crypto import CallbackKeys, aes_key_of, signature_of
from content.clock import system_clock
from content.inbox import Inbox
from flows.public.callbacks import PATH, Receiver, callback_endpoint
from tests.flows import public_site

OUTLET, TOKEN, AES_KEY = "wechat-main", "t0ken-of-callbacks", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"


def receiver(appid: str, folder: Path, aes_key: str = AES_KEY) -> Receiver:
    keys = CallbackKeys(appid, TOKEN, aes_key_of(aes_key) if aes_key else None)
    return Receiver(Callback(keys, system_clock), Inbox.of(folder, "wechat", appid))


@contextmanager
def receiving(receivers: Mapping[str, Receiver]) -> Iterator[httpx.Client]:
    app = Starlette(routes=[Route(PATH, callback_endpoint(receivers), methods=["GET", "POST"])])
    with public_site.served(app) as client:
        yield client


def tell(sandbox: Path, appid: str, url: str, mode: str = "secure") -> None:
    """What the console's 服务器配置 would be set to."""
    path = sandbox / "accounts.json"
    values = json.loads(path.read_bytes())
    for entry in values["wechat"]:
        if entry["appid"] == appid:
            entry["callback"] = {"url": url, "token": TOKEN, "aes_key": AES_KEY, "mode": mode}
    path.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


def signed(token: str = TOKEN, nonce: str = "1", at: float | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    return {"timestamp": timestamp, "nonce": nonce, "signature": signature_of(token, timestamp, nonce)}


def until(happens: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
