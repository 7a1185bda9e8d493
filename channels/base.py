"""What every channel is: renditions, receipts' errors, and the protocol that the delivery drives.

Errors are grouped by what the caller can do::

    ChannelError
    ├── CannotRender   the item cannot be said here; the editor acts, before the sign-off
    ├── Refused        the outlet will never take this; a person must act
    ├── Unavailable    nothing was sent; try again later
    └── Unknown        it may have been sent; only evidence settles it
        ├── Repeated   the outlet says that it has the same already; that it does not show it proves nothing
        └── SendAgain  nobody can tell, and the outlet drops what it has already: the same may be sent once more
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from content.accounts import SharedAccount
from content.assets import Assets
from content.canonical import digest, digest_of
from content.clock import Clock
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.gazette.contents import Contents
from content.inbox import Inbox
from content.item import Item, Revision
from content.office import Office, Site
from content.outlet import Outlet
from content.reads import Reads
from content.shelf import Shelf
from content.site_files import SiteFiles
from content.vocabulary import Action, Row

if TYPE_CHECKING:
    import httpx

    from content.gazette.issues import Issues


class ChannelError(Exception):
    """Base of what a channel says no with."""


class CannotRender(ChannelError):
    """The item cannot be said at this outlet; *finding* tells the editor what and how to mend it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.place}: {finding.message}")
        self.finding = finding


class Refused(ChannelError):
    """The outlet says no for good. The message holds the platform's code and words. *incident* names the kind of incident
    that it is kept as, beside the delivery; empty for an ordinary no."""

    incident: ClassVar[str] = ""


class Unavailable(ChannelError):
    """Nothing was sent, provably. *retry_after* is when to try again at the earliest, None for the usual back-off."""

    def __init__(self, message: str, retry_after: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unknown(ChannelError):
    """The answer was lost or says nothing: it may have been sent."""


class Repeated(Unknown):
    """The outlet refuses it as a repetition: an earlier attempt may have arrived, and only finding it proves it."""


class SendAgain(Unknown):
    """Nobody can tell what the outlet has, and by its contract it drops what it has already: the very same may be sent once
    more, as the same delivery, which stays unknown meanwhile."""


@dataclass(frozen=True)
class Part:
    """One file of a rendition."""

    media_type: str
    data: bytes


@dataclass(frozen=True)
class Rendition:
    """Exactly what one outlet will carry of one revision. *slots* are the closed list of what is filled at release."""

    channel: str
    outlet: str
    parts: Mapping[str, Part]
    slots: tuple[str, ...] = ()

    def manifest(self) -> dict[str, object]:
        """What the digest covers: every part by name, media type and SHA-256, and the slots."""
        return {
            "channel": self.channel,
            "outlet": self.outlet,
            "parts": {name: [part.media_type, digest(part.data)] for name, part in self.parts.items()},
            "slots": sorted(self.slots),
        }

    @property
    def digest(self) -> str:
        return digest_of(self.manifest())

    def text(self, name: str) -> str:
        """A part as text; raises KeyError where there is none."""
        return self.parts[name].data.decode()


def text_part(text: str, media_type: str = "text/plain; charset=utf-8") -> Part:
    return Part(media_type, text.encode())


class Mirror(Protocol):
    """Where a site's files are carried to when its readers do not get them from the public folder itself."""

    def check(self) -> None:
        """That it answers and is ours. Raises Refused or Unavailable."""

    def ready(self) -> AbstractContextManager[Callable[[], object]]:
        """Connects before anything is written, and gives the act that carries what is pending afterwards.

        Raises Refused and Unavailable before; the act Refused or Unknown."""

    def behind(self, paths: Collection[str], folder: str = "") -> bool:
        """Whether it has yet to carry one of *paths*, or anything under *folder*."""


class NoMirror:
    """A site whose public folder is what readers get."""

    def check(self) -> None:
        """Nothing can be wrong."""

    @contextmanager
    def ready(self) -> Iterator[Callable[[], object]]:
        yield lambda: None

    def behind(self, paths: Collection[str], folder: str = "") -> bool:
        return False


@dataclass(frozen=True)
class Workbench:
    """What a channel is given to work with: built by ``flows.wiring``, by hand in tests.

    *folder* is this outlet's own (the site's pages, the drop). *client* makes an ``httpx.Client`` with the outlet's
    base address and time-outs; only channels that talk HTTP call it. *site_files* is the manifest of the site whose
    folder this is, for channels that write there, and *mirror* where its files are carried to. *secrets* are the account's credentials: never
    in a log, a repr, an error or the ledger. *account* is what processes share about the outlet's account, for channels on
    platforms, and *inbox* what its platform told us of it, None where it tells nothing. *issues* are the print gazette's,
    for the gazette channel and the websites that show them.
    """

    office: Office
    site: Site
    assets: Assets
    shelf: Shelf
    folder: Path
    clock: Clock
    client: "Callable[[], httpx.Client]"
    site_files: SiteFiles
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    issues: "Issues | None" = None
    account: SharedAccount | None = None
    inbox: Inbox | None = None
    mirror: Mirror = field(default_factory=NoMirror)


@runtime_checkable
class Channel(Protocol):
    """One outlet's channel. Built once per outlet and process as ``Channel(outlet, bench)``; used from several threads.

    ``direct`` channels we publish on and prove ourselves; the others are partners. ``row`` is the line of the
    statistics form, None for what counts nowhere (feeds).
    """

    row: ClassVar[Row | None]
    direct: ClassVar[bool]
    outlet: Outlet

    def check(self, revision: Revision) -> Sequence[Finding]:
        """What of this revision the outlet cannot take or an editor should know, in the platform's own unit."""

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        """Pure: the same input gives the same bytes. Raises CannotRender. For CORRECT and WITHDRAW the rendition is
        what readers will see there (the corrected page, a follow-up post, a kill notice) with *reason* in it."""

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Whatever can be done before the hour with nothing public; safe to repeat. Raises Refused, Unavailable."""

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        """The one public act, attempted once per claim, whatever ``delivery.action`` is. Raises Refused, Unavailable
        (provably not sent) or Unknown."""

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """What the outlet has of this delivery, by our own marker. None is proof of absence *now*. Raises Unavailable
        when the outlet cannot be asked, Unknown when it can never tell (a person must), and SendAgain."""


@runtime_checkable
class Addressed(Protocol):
    """A channel whose settings decide whom a rendition reaches; that is signed with it."""

    def not_as_signed(self, rendition: Rendition) -> str:
        """Why it would reach others now than those signed for, for an editor; empty where it would not."""


@dataclass(frozen=True)
class Allowance:
    """How many calls of a kind an account may still make before *again_at*, of how many."""

    name: str
    left: int
    most: int
    again_at: datetime


@runtime_checkable
class Limited(Protocol):
    """A channel whose platform counts the calls."""

    def allowances(self) -> Sequence[Allowance]:
        """What is left now; nothing is asked of the platform. Raises Refused for limits that are set up wrongly."""

    def authorised_until(self) -> datetime | None:
        """When the account's authorisation ends, as far as the platform said lately; None when it does not end or
        nothing is known."""

    def problem_at(self, moment: datetime) -> str:
        """Why nothing more could go out at a planned moment, as far as is known now, for an editor; empty where it can."""


@dataclass(frozen=True)
class Measurable:
    """A live delivery whose readers a platform may count; *kept* is the newest day that its figures are known for."""

    delivery: str
    receipt: Receipt
    live_at: datetime
    kept: date | None = None


@dataclass(frozen=True)
class Figure:
    """What a platform counted of a delivery from its publication to the end of *day* (Asia/Shanghai)."""

    delivery: str
    day: date
    reads: Reads


@runtime_checkable
class Measures(Protocol):
    """A channel whose platform counts readers."""

    def measure(self, live: Sequence[Measurable]) -> Iterator[Figure]:
        """The figures of deliveries, as the platform gives them: what was yielded before an error counts. A delivery that
        it says nothing of has none. Raises Refused where the account may not ask, Unavailable when it is to be asked
        later: figures are not ready, or no calls are left for it."""


@runtime_checkable
class Hears(Protocol):
    """A channel whose platform tells of the end by itself."""

    def heard(self, receipt: Receipt) -> bool:
        """Whether it has told that what was accepted is live: following will prove it without asking."""


@runtime_checkable
class Pushes(Protocol):
    """A channel that carries several items in one act (多图文). The members stand in their order, the headline first; each
    delivery's ``push`` says so too."""

    most_in_push: ClassVar[int]

    def prepare_push(self, members: Sequence[tuple[Delivery, Rendition]]) -> Sequence[Prepared]:
        """``Channel.prepare`` for all of them; one preparation for each, in their order."""

    def release_push(
        self, members: Sequence[tuple[Delivery, Rendition]], prepared: Sequence[Prepared]
    ) -> Sequence[Receipt]:
        """``Channel.release`` for all of them: they go out, or do not, together. One receipt for each, in their order."""


@runtime_checkable
class Follows(Protocol):
    """A channel whose acceptance becomes live later, seen by asking."""

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        """The receipt as it stands now: still ACCEPTED, or LIVE. Raises Refused when the outlet turned it down, Unavailable
        when it cannot be asked now, and Unknown when it can never tell (a person must)."""


@runtime_checkable
class Refers(Protocol):
    """A channel whose corrections and kill notices say what they speak of: when and where it went out."""

    def referring(self, earlier: Sequence[Receipt]) -> Channel:
        """The channel that renders knowing these receipts of the item at the outlet, oldest first."""


@runtime_checkable
class Visits(Protocol):
    """A channel that follows many deliveries over one connection."""

    def visiting(self) -> AbstractContextManager[Channel]:
        """The channel with its connection kept, from the first delivery that it follows to the end of the block."""


@runtime_checkable
class Watches(Protocol):
    """A channel that can tell whether what is live is still there."""

    def vanished(self, receipt: Receipt) -> str:
        """Why readers no longer have it, for an editor; empty while they have it. Raises Refused, and Unavailable when it
        cannot be asked now or the calls are needed for publishing."""


@runtime_checkable
class ShowsIssues(Protocol):
    """A website that has an electronic page for each issue of the print gazette."""

    def show_issue(self, contents: Contents) -> str:
        """Puts the page of a closed issue up, reads it back, and gives its address; safe to repeat. The PDFs stand in the
        assets by the digests of *contents*. Raises Refused, Unavailable and Unknown."""

    def issues_lacking(self) -> Sequence[str]:
        """The ids of closed issues that the site ought to show and does not, oldest first."""


@runtime_checkable
class Answers(Protocol):
    """A channel that can try its other end without publishing."""

    def answers(self) -> str:
        """What the other end answered, for an operator; empty where there is none. Raises Refused, Unavailable and Unknown."""
