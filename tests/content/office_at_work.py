"""A small office for the ledger's tests: people with keys, an item, a package."""

from dataclasses import dataclass
from pathlib import Path

from content import items, packages, people, signing
from content.assets import Assets
from content.canonical import digest, digest_of
from content.database import Database
from content.item import Fields, Revision
from content.packages import Line, Package
from content.people import Keys
from content.records import Target
from content.signing import Level
from content.vocabulary import Action, Kind
from content.vocabulary import Level as SourceLevel

PASSPHRASE = "correct horse 电池"
LEVELS = (Level("初审", "初审"), Level("终审", "终审"))
WEIBO = Target("weibo-main", "weibo", "weibo", direct=True, required=True)
RADIO = Target("radio", "radio", "other", direct=False, required=True)


@dataclass
class OfficeAtWork:
    database: Database
    folder: Path

    def __post_init__(self) -> None:
        self.keys = Keys(self.folder / "keys")
        self.assets = Assets(self.folder / "assets")
        for name, roles in (("李文", ()), ("周岚", ("初审",)), ("陈国平", ("终审",)), ("赵一", ("初审", "终审"))):
            people.add(self.database, self.keys, name, "市政府办公室", roles, PASSPHRASE)

    def act(self, name: str, statement: dict[str, object]) -> people.SignedAct:
        return people.act(self.keys, people.find(self.database, name), lambda: PASSPHRASE, statement)

    def hand_in(
        self, title: str = "关于做好冬季供水保障工作的通知", by: str = "李文", item_id: str | None = None
    ) -> items.StoredRevision:
        fields = Fields(
            Kind.POLICY_DOCUMENT, title=title, organ="荆州市人民政府", level=SourceLevel.CITY, columns=("zcwj",)
        )
        revision = Revision(fields, f"<p>{title}</p>")
        act = self.act(by, {"act": "hand-in", "revision": revision.digest})
        return items.hand_in(self.database, revision, act, "a.md", (), item_id)[0]

    def line(self, target: Target, content: bytes) -> Line:
        parts = {"text.txt": ("text/plain", self.assets.put(content))}
        listed = {name: list(part) for name, part in parts.items()}
        rendition = digest_of({"channel": target.channel, "outlet": target.outlet, "parts": listed, "slots": []})
        return Line(target.outlet, target.channel, f"account-of-{target.outlet}", rendition, parts, ())

    def freeze(self, stored: items.StoredRevision, *targets: Target, action: Action = Action.PUBLISH) -> Package:
        lines = [self.line(target, digest(target.outlet.encode()).encode()) for target in targets or (WEIBO, RADIO)]
        with self.database.read() as connection:
            number = packages.round_of(connection, stored.item_id)
        manifest = packages.manifest_of(stored, action, "", lines, (), number)
        return packages.freeze(self.database, manifest, lines)[0]

    def sign(self, package: Package, level: str, name: str) -> None:
        act = self.act(name, signing.statement(package, level, name))
        signing.sign(self.database, package, LEVELS, level, act)
