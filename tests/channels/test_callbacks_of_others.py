"""Somebody else's library on the other side of the callbacks: what it seals we open, what the sandbox sends it opens."""

import time

import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from channels.sandbox.callbacks import Mode, Subscriber
from channels.wechat.callback import Callback
from channels.wechat.callback_crypto import CallbackKeys, CallbackRefused, aes_key_of
from channels.wechat.callback_xml import encrypted_in, root_of
from content.clock import system_clock
from tests.channels.test_wechat_callback import published

APPID, TOKEN, AES_KEY = "wx0123456789abcdef", "t0ken", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
KEYS = CallbackKeys(APPID, TOKEN, aes_key_of(AES_KEY))


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("length", range(32))
def test_another_library_reads_what_the_sandbox_sends(mode: Mode, length: int) -> None:
    xml = published().replace(b"gh_4d00ed8d6399", b"g" * (length + 1))
    query, body = Subscriber("http://x/", KEYS, mode).request(xml, "o1", int(time.time()))
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    if mode is not Mode.PLAIN:
        crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
        with pytest.raises(InvalidSignatureException):
            crypto.decrypt_message(body, query["signature"], query["timestamp"], query["nonce"])
        body = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(body)
    assert (message._data["Event"], message.target) == ("PUBLISHJOBFINISH", "g" * (length + 1))
    assert message._data["PublishEventInfo"]["publish_id"] == "2247503051"


@pytest.mark.parametrize("length", range(32))
def test_what_another_library_seals_is_opened(length: int) -> None:
    xml = published().replace(b"gh_4d00ed8d6399", b"g" * (length + 1)).decode()
    now = str(int(time.time()))
    reply = WeChatCrypto(TOKEN, AES_KEY, APPID).encrypt_message(xml, f"n{length}", now).encode()
    signature = root_of(reply).findtext("MsgSignature")
    query = {"timestamp": now, "nonce": f"n{length}", "msg_signature": signature, "encrypt_type": "aes"}
    end = Callback(KEYS, system_clock).event(query, reply)
    assert end is not None
    assert end.job == "2247503051"
    other = CallbackKeys("wxother", TOKEN, KEYS.aes_key)
    with pytest.raises(CallbackRefused, match="appid"):
        Callback(other, system_clock).event(query, reply)
    assert encrypted_in(root_of(reply))
