"""Intake: a file that an editor hands in becomes a revision.

Markdown with YAML front matter, plain text and Word (.docx) are taken; fields come from the front matter, from a
sidecar beside the file (``name.toml``, ``name.yaml``) and from the command line, the later ones winning.
"""

from content.intake.errors import IntakeError
from content.intake.reading import Intake, read

__all__ = ["Intake", "IntakeError", "read"]
