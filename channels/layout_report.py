"""The layout report: what a PDF was set with and what is not as the standard asks, for the office and the printer."""

from collections.abc import Sequence

from channels.imposition import WAYS, blanks
from channels.skins import Skin
from channels.typeset import Faces


def layout_report(
    name: str, skin: Skin, faces: Faces, pages: int, way: str, warnings: Sequence[str], missing: str = ""
) -> str:
    """The report in Chinese, a fact a line. *pages* are those of the reading PDF; *way* how the printer's PDF is imposed."""
    lines = [
        f"排版报告　{name}",
        f"版式：{skin.described}",
        f"页数：阅读版{pages}页；印刷版{pages + blanks(pages)}页"
        + (f"（封底之前补{blanks(pages)}个空白页）" if blanks(pages) else ""),
        f"印刷版：出血3毫米，带裁切线，{WAYS[way]}",
        *(f"字体：{line}" for line in faces.used),
        f"缺字：{missing or '无'}",
        *(f"排版警告：{warning}" for warning in warnings),
    ]
    if faces.report:
        lines.append("因使用替代字体，本期不称符合GB/T 9704—2012；在发布点设置 fonts 中加装相应字体后重新排版即可。")
    return "\n".join(lines) + "\n"
