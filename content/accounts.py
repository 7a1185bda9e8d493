"""What all processes share about one account at a platform."""

from dataclasses import dataclass

from content.account_facts import Facts
from content.database import Database
from content.quotas import Quotas
from content.sealing import Sealing
from content.shared_tokens import SharedTokens
from content.uploads import Uploads


def account_name(channel: str, identity: str) -> str:
    """What an account is called in the tables: one name for all outlets that share it."""
    return f"{channel}:{identity}"


@dataclass(frozen=True)
class SharedAccount:
    """The account's token, its quotas, what was uploaded to it, and what the platform said of it."""

    tokens: SharedTokens
    quotas: Quotas
    uploads: Uploads
    facts: Facts

    @classmethod
    def of(cls, database: Database, channel: str, identity: str, sealing: Sealing) -> "SharedAccount":
        """The account *identity* (uid, appid) at the channel's platform; outlets that share it share this."""
        name = account_name(channel, identity)
        return cls(
            SharedTokens(database, name, sealing),
            Quotas(database, name),
            Uploads(database, name),
            Facts(database, name),
        )
