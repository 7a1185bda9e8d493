"""Plain HTTP against the sandbox, for the tests of the sandbox itself."""

import httpx

from tests.channels import revisions as made

PAGE = f"https://{made.DOMAIN}/a.html"


class Client:
    """Plain HTTP, as any client of the platforms would speak it."""

    def __init__(self, box: made.Rehearsal) -> None:
        self.box = box
        self.http = httpx.Client(base_url=box.url, trust_env=False, timeout=5)

    def share(self, status: str, **more: object) -> httpx.Response:
        form = {"access_token": made.TOKEN, "rip": "121.62.0.1", "status": status, **more}
        return self.http.post("/weibo/2/statuses/share.json", data={k: v for k, v in form.items() if v})

    def weibo(self, call: str, **query: str) -> httpx.Response:
        return self.http.get(f"/weibo/2/{call}.json", params=query, headers={"Authorization": f"OAuth2 {made.TOKEN}"})

    def token(self, **more: object) -> dict[str, object]:
        body = {"grant_type": "client_credential", "appid": made.APPID, "secret": made.SECRET, **more}
        return self.http.post("/wechat/cgi-bin/stable_token", json=body).json()

    def wechat(self, call: str, body: object, **query: str) -> dict[str, object]:
        query = {"access_token": str(self.token()["access_token"]), **query}
        return self.http.post(f"/wechat/cgi-bin/{call}", params=query, json=body).json()

    def thumb(self) -> str:
        query = {"access_token": str(self.token()["access_token"]), "type": "image"}
        files = {"media": ("a.jpg", made.photograph(), "image/jpeg")}
        return str(
            self.http.post("/wechat/cgi-bin/material/add_material", params=query, files=files).json()["media_id"]
        )

    def draft(self, **changes: object) -> dict[str, object]:
        article = {"title": "甲", "content": "<p>乙</p>", "thumb_media_id": self.thumb(), **changes}
        return self.wechat("draft/add", {"articles": [article]})

    def upload(self, call: str, data: bytes, name: str = "a.jpg", **query: str) -> dict[str, object]:
        query = {"access_token": str(self.token()["access_token"]), **query}
        files = {"media": (name, data, "image/jpeg")}
        return self.http.post(f"/wechat/cgi-bin/{call}", params=query, files=files).json()

    def published(self) -> dict[str, object]:
        """What ``freepublish/submit`` answers to a fresh draft."""
        return self.wechat("freepublish/submit", {"media_id": self.draft(content_source_url=PAGE)["media_id"]})

    def status(self, publish_id: object) -> object:
        return self.wechat("freepublish/get", {"publish_id": publish_id})["publish_status"]

    def switch(self, platform: str, fault: str, **more: object) -> None:
        """Switches a fault on, for always unless a count is given."""
        self.box.fault(platform, fault, **{"count": None, **more})

    def ahead(self, seconds: float) -> None:
        """Moves the sandbox's clock."""
        self.http.post("/admin/clock", json={"ahead": seconds}).raise_for_status()
