"""Why a file cannot become an item, said so that an editor can mend it."""


class IntakeError(Exception):
    """A file that is not taken in.

    *place* is a file, field or part (``policy.docx``, ``成文日期``), *message* says what is wrong and *mend* what to do:
    both Chinese, for the editor. *code* is stable and short (``wrong-format``).
    """

    def __init__(self, place: str, message: str, mend: str, code: str = "intake") -> None:
        super().__init__(f"{place}：{message} {mend}")
        self.place = place
        self.message = message
        self.mend = mend
        self.code = code
