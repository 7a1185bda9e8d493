"""The newspaper channel: copy as .docx and as ninjs 2.1 (IPTC), with its pictures for print."""

from typing import ClassVar

from channels.base import CannotRender, Part, Rendition
from channels.copy_docx import MOST_COLUMNS, copy_docx
from channels.earlier import earlier_of
from channels.newspaper_copy import Copy, captions, copy_of, embargo_line, picture_names, printable
from channels.ninjs import ninjs_item
from channels.partner import Partner
from channels.pictures import PictureProblem
from channels.print_body import TableTooWide
from channels.print_pictures import MEDIA_TYPE, Described, PrintPicture, print_picture
from channels.word_file import DOCX
from content.assets import AssetAltered, AssetMissing
from content.canonical import canonical_json
from content.finding import error
from content.item import Item, Picture, Revision
from content.vocabulary import Action


class Newspaper(Partner):
    """One newspaper; options as in ``Partner``."""

    carries_on: ClassVar[str] = "刊发"
    undone: ClassVar[str] = "撤下时间：____年__月__日__时__分　处理情况（未刊发、撤版、撤下电子报等）：____________"
    facts: ClassVar[str] = "item.ninjs.json"
    proof: ClassVar[str] = "刊发日期：____年__月__日　版面：第____版　标题：____________"

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        """``copy.docx``, ``item.ninjs.json`` and ``pictures/…``; a kill notice has no pictures."""
        copy = copy_of(item, revision, action, reason, earlier_of(self.earlier, item))
        pictures = self._pictures(item, revision, copy)
        parts = {
            "copy.docx": Part(DOCX, self._docx(copy, pictures)),
            "item.ninjs.json": Part(
                "application/json", canonical_json(ninjs_item(copy, item, self.bench.office, pictures))
            ),
        }
        for name, picture in pictures.items():
            parts[f"pictures/{name}"] = Part(MEDIA_TYPE, picture.data)
        return self.fitting(Rendition("newspaper", self.outlet.id, parts))

    def _docx(self, copy: Copy, pictures: dict[str, PrintPicture]) -> bytes:
        try:
            return copy_docx(copy, self.bench.office, pictures)
        except TableTooWide as problem:
            raise CannotRender(
                error(
                    "newspaper-table-wide",
                    f"正文第{problem.number}个表格",
                    f"表格有{problem.columns}列，Word 最多容纳{MOST_COLUMNS}列。",
                    "请拆成几个表格，或把表格作为附件。",
                )
            ) from problem

    def _pictures(self, item: Item, revision: Revision, copy: Copy) -> dict[str, PrintPicture]:
        if copy.action is Action.WITHDRAW:
            return {}
        try:
            said = captions(revision.body)
            return {
                name: print_picture(
                    self.bench.assets.get(picture.digest),
                    self._described(item, copy, picture, said.get(picture.digest, "")),
                )
                for picture, name in picture_names(revision.pictures)
            }
        except (AssetMissing, AssetAltered, PictureProblem) as problem:
            place = f"outlet/{self.outlet.id}"
            mend = "请重新提交带图片的原稿；仍有问题请联系管理员核对资料库。"
            raise CannotRender(error("newspaper-picture", place, f"图片文件不可用：{problem}", mend)) from problem

    def _described(self, item: Item, copy: Copy, picture: Picture, caption: str) -> Described:
        """What the picture says of itself wherever it gets to: whose it is, of what, and from when it may be printed."""
        office = self.bench.office
        stamp = "【演练】严禁刊发。" if office.rehearsal else ""
        return Described(
            headline=printable(copy.title),
            caption=printable(caption or picture.alt or copy.title),
            name=printable(picture.name.rpartition(".")[0] or picture.name),
            alt=printable(picture.alt),
            credit=printable(office.organ),
            source=printable(copy.fields.organ or office.organ),
            contact=printable(f"{office.name} {office.phone}"),
            job=printable(item.id),
            keywords=tuple(printable(word) for word in copy.fields.keywords),
            instructions=printable(stamp + embargo_line(copy.fields)),
            created=item.assigned_at,
        )
