"""A finding: one problem of an item, said so that an editor can mend it."""

from dataclasses import asdict, dataclass

from content.vocabulary import Severity


@dataclass(frozen=True)
class Finding:
    """One problem.

    *code* is stable and short (``number-form``); *place* says where (``title``, ``正文第3段``, ``attachments/表.xls``,
    ``outlet/weibo-main``); *message* and *mend* are Chinese, for the editor; *mend* says what to do, with the
    corrected form where there is one.
    """

    code: str
    severity: Severity
    place: str
    message: str
    mend: str

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.ERROR

    def as_dict(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


def error(code: str, place: str, message: str, mend: str) -> Finding:
    return Finding(code, Severity.ERROR, place, message, mend)


def warning(code: str, place: str, message: str, mend: str) -> Finding:
    return Finding(code, Severity.WARNING, place, message, mend)
