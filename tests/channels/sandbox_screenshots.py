"""Makes the pictures of ``docs/images/sandbox`` from what our own channels publish in a sandbox.

    .venv/bin/python -m tests.channels.sandbox_screenshots

Needs Chromium and a Chinese font on the machine; takes half a minute. Nothing is drawn by hand.
"""

import re
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, sync_playwright

from channels.wechat import Wechat
from channels.weibo import Weibo
from content.item import Fields, Picture, Revision
from content.push import Member, pushes_of
from content.vocabulary import Kind
from tests.channels import revisions as made
from tests.channels.sandbox_client import Client
from tests.chromium import EXECUTABLE, FLAGS
from tests.site.screenshots import with_palette

TARGET = Path(__file__).parent.parent.parent / "docs" / "images" / "sandbox"
WIDTH, HEIGHT = 390, 844
LARGEST_BYTES = 150_000
TABLE = (
    "<table><tr><th>办理事项</th><th>办理时间</th><th>地点</th></tr>"
    "<tr><td>挂失、补卡</td><td>9时至16时</td><td>一楼大厅1至4号窗口</td></tr>"
    "<tr><td>社保待遇查询</td><td>全天</td><td>自助服务区</td></tr>"
    "<tr><td>老年人优待证</td><td>9时至12时</td><td>一楼大厅5号窗口</td></tr></table>"
)
WATER = {"title": "今冬停水了找谁：市水务集团24小时有人接听", "words": {"wechat.title": "今冬停水了找谁"}}
TEXT = (
    "<p>春节期间（正月初一至初七），市民卡服务中心照常办理业务，窗口和自助设备都不休息。</p><h2>一、办什么</h2>"
    f"{TABLE}<h2>二、在哪里办</h2><p>江津西路262号市民之家一楼。带本人身份证即可，代办的另带代办人身份证。</p>"
)


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, made.rehearsal(Path(folder)) as box, sync_playwright() as playwright:
        publish(box)
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        for name, (path, width, height) in pages(box).items():
            keep(shot(browser, f"{box.url}{path}", width, height), name)
        browser.close()


def publish(box: made.Rehearsal) -> None:
    """Two posts with their pictures and two articles, and a call that is refused."""
    hall = service(box)
    for revision in (made.policy(), hall):
        box.forget()
        weibo, delivery = Weibo(box.weibo(), box.bench()), box.delivery("weibo-main")
        rendition = weibo.render(made.ITEM, revision)
        weibo.release(delivery, rendition, weibo.prepare(delivery, rendition))
        wechat, delivery = Wechat(box.wechat(), box.bench()), box.delivery("wechat-main")
        rendition = wechat.render(made.ITEM, revision)
        wechat.release(delivery, rendition, wechat.prepare(delivery, rendition))
    push(box, [hall, made.policy(), replace(made.policy(), fields=replace(made.policy().fields, **WATER))])
    client = Client(box)
    client.share("没有链接的微博")
    client.draft(title="长" * 33)
    client.http.close()


def push(box: made.Rehearsal, revisions: list[Revision]) -> None:
    """Several items in one push, as the newest thing on the account."""
    box.forget()
    wechat = Wechat(box.wechat(), box.bench())
    renditions = [wechat.render(made.ITEM, revision) for revision in revisions]
    pairs = zip(renditions, revisions, strict=True)
    members = [Member(str(n), revision.digest, 1, one.digest) for n, (one, revision) in enumerate(pairs, 1001)]
    deliveries = [replace(box.delivery("wechat-main"), push=place) for place in pushes_of(members)]
    going = list(zip(deliveries, renditions, strict=True))
    wechat.release_push(going, wechat.prepare_push(going))


def service(box: made.Rehearsal) -> Revision:
    """A notice with a table and two pictures."""
    fields = Fields(
        Kind.CONVENIENCE_NOTICE,
        title="春节期间市民卡服务中心不打烊",
        organ="荆州市人民政府办公室",
        summary="初一至初七每天9时至16时照常办理，窗口和自助设备都不休息。",
    )
    drawn = ((hall(), "image/jpeg", "市民之家一楼大厅"), (way(), "image/png", "乘车路线"))
    pictures = tuple(
        Picture(f"{alt}.jpg", box.assets.put(data), kind, 960, 540, len(data), alt) for data, kind, alt in drawn
    )
    figures = "".join(
        f'<figure><img src="asset:{one.digest}" alt="{one.alt}"/><figcaption>{one.alt}</figcaption></figure>'
        for one in pictures
    )
    return Revision(replace(fields), TEXT + figures, pictures)


def hall() -> bytes:
    """A hall in the morning light, as far as a few shapes go."""
    picture = Image.linear_gradient("L").resize((960, 540)).convert("RGB")
    picture = Image.blend(picture, Image.new("RGB", picture.size, "#e8c9a0"), 0.7)
    draw = ImageDraw.Draw(picture)
    for place in range(6):
        draw.polygon(
            [(60 + place * 160, 90), (170 + place * 160, 90), (190 + place * 160, 330), (60 + place * 160, 330)],
            "#f7f3ea",
        )
    draw.rectangle((0, 330, 960, 420), "#8d6f52")
    draw.rectangle((0, 420, 960, 540), "#c8b49a")
    for place in range(4):
        draw.ellipse((150 + place * 200, 250, 200 + place * 200, 300), "#3a3230")
        draw.rounded_rectangle((125 + place * 200, 300, 225 + place * 200, 420), 30, "#4a5d78")
    target = BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.5)).save(target, "JPEG", quality=88)
    return target.getvalue()


def way() -> bytes:
    picture = Image.new("RGB", (960, 540), "#f4f1ea")
    draw = ImageDraw.Draw(picture)
    for place in range(5):
        draw.line((0, 60 + place * 110, 960, 40 + place * 120), "#ffffff", 26)
        draw.line((90 + place * 190, 0, 60 + place * 200, 540), "#ffffff", 26)
    draw.line((40, 500, 300, 300, 620, 280, 860, 90), "#b01f24", 12, "curve")
    for x, y in ((40, 500), (300, 300), (620, 280), (860, 90)):
        draw.ellipse((x - 18, y - 18, x + 18, y + 18), "#ffffff", "#b01f24", 8)
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def pages(box: made.Rehearsal) -> dict[str, tuple[str, int, int]]:
    """The address of each picture, and how wide and at most how high it is."""
    listed = httpx.get(f"{box.url}/phone/wechat/{made.APPID}", trust_env=False).text
    posts = httpx.get(f"{box.url}/phone/weibo/{made.UID}", trust_env=False).text
    article = re.findall(r'href="(/phone/wechat/article/[^"]+)"', listed)[0]
    post = re.findall(r'href="(/phone/weibo/post/[^"]+)"', posts)[-1:]
    return {
        "weibo": (f"/phone/weibo/{made.UID}", WIDTH, 1100),
        **({"post": (post[0], WIDTH, 1100)} if post else {}),
        "wechat": (f"/phone/wechat/{made.APPID}", WIDTH, 1100),
        "article": (article, WIDTH, 1100),
        "log": ("/log", WIDTH, 1100),
        "log-wide": ("/log", 1100, 700),
        "index": ("/", 1000, 640),
    }


def shot(browser: Browser, address: str, width: int, height: int) -> bytes:
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale="zh-CN", device_scale_factor=1.5)
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        sys.exit(f"{address} is {wide} pixels wide at {width}")
    taken = page.screenshot(full_page=True)
    context.close()
    with Image.open(BytesIO(taken)) as whole:
        target = BytesIO()
        whole.crop((0, 0, whole.width, min(whole.height, round(height * 1.5)))).save(target, "PNG")
    return target.getvalue()


def keep(data: bytes, name: str) -> None:
    folder = TARGET if name in ("weibo", "wechat", "article", "log") else Path(tempfile.gettempdir())
    for colours in (128, 64, 48, 32, 24):
        small = with_palette(data, 9999, colours)
        if len(small) <= LARGEST_BYTES:
            (folder / f"{name}.png").write_bytes(small)
            sys.stdout.write(f"{folder / name}.png: {len(small)} bytes, {colours} colours\n")
            return
    sys.exit(f"{name}.png would have more than {LARGEST_BYTES} bytes")


if __name__ == "__main__":
    main()
