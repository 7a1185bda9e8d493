"""The search of a town's site, as it runs in an office: ``tongbu public`` as a process of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.channels import site_bench as given
from tests.site.town import SETTINGS

PORTAL = """
[[outlets]]
id = "portal"
channel = "website"
name = "荆州市人民政府门户网站"
identity = "www.jingzhou.gov.cn"
"""


@contextmanager
def searched(home: Path) -> Iterator[int]:
    """Makes the town's folder a workspace, starts the process on it and gives its port.

    It serves the site's files as well, so that it can be asked more often than a web server lets one visitor.
    """
    (home / "tongbu.toml").write_text(settings(), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("tongbu")), "public", "--home", str(home), "--port", "0", "--static"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert "/search" in told, "the search did not start"
        yield urlsplit(re.findall(r"http://\S+", told)[0]).port or 0
    finally:
        process.terminate()
        process.wait(20)


def settings() -> str:
    """The settings that ``tongbu init`` writes, out of rehearsal, with the portal as the only outlet."""
    text = SETTINGS.read_text(encoding="utf-8").partition("\n# Outlets.")[0]
    changes = {
        'kind = "rehearsal"': 'kind = "production"',
        "鄂ICP备（演练）号": given.SITE.icp,
        "鄂公网安备（演练）号": given.SITE.police_record,
        'url = "http://www.jingzhou.gov.cn"': f"url = {json.dumps(given.SITE.url)}",
    }
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text + PORTAL
