"""People, their roles and their keys. Each person has an Ed25519 key pair of their own, encrypted by their own passphrase."""

import base64
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from content.canonical import canonical_json, digest
from content.clock import stamp
from content.database import Database
from content.events import append, of_subject
from content.schema import person

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAME_FORM = re.compile(r"[\w·.\-]{1,40}")
SHORTEST_PASSPHRASE = 8


class PersonError(Exception):
    """A person, a role or a key that does not fit; the message says what to do."""


@dataclass(frozen=True)
class Person:
    name: str
    unit: str
    roles: tuple[str, ...]
    public_key: str
    disabled: bool = False


@dataclass(frozen=True)
class SignedAct:
    """What a person did, in their own signed word: the canonical JSON of *act* under their key (base64)."""

    person: str
    act: Mapping[str, Any]
    signature: str


class Keys:
    """The folder of encrypted private keys, one 0600 file a person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def make(self, name: str, passphrase: str) -> str:
        """Makes the key pair and returns the public key (base64 of 32 bytes). Raises PersonError if a key is there."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise PersonError(f"the passphrase of {name} is shorter than {SHORTEST_PASSPHRASE} characters")
        key = Ed25519PrivateKey.generate()
        self._store(name, _encrypted(key, passphrase))
        return base64.b64encode(key.public_key().public_bytes_raw()).decode()

    def discard(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def unlock(self, name: str, passphrase: str) -> "Ed25519PrivateKey":
        """The private key; raises PersonError for a missing key or a wrong passphrase."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(self.path(name).read_bytes(), passphrase.encode())
        except FileNotFoundError:
            raise PersonError(
                f"there is no key of {name} in {self.folder}: add the person, or restore the key"
            ) from None
        except (ValueError, TypeError):
            raise PersonError(f"the passphrase of {name} is wrong, or the key file is damaged") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise PersonError(f"the key of {name} is not an Ed25519 key")
        return key

    def _store(self, name: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise PersonError(f"a key of {name} is there already: {self.path(name)}") from None
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


def add(database: Database, keys: Keys, name: str, unit: str, roles: tuple[str, ...], passphrase: str) -> Person:
    """Adds a person with a new key pair. Raises PersonError for a name in use or out of form."""
    if not NAME_FORM.fullmatch(name):
        raise PersonError(f"{name!r} cannot be a person's name: letters, digits, ·, . and - only, 40 at most")
    with database.read() as connection:
        if _row(connection, name) is not None:
            raise PersonError(f"{name} is there already")
    public_key = keys.make(name, passphrase)
    added = Person(name, unit, roles, public_key)
    try:
        with database.write() as connection:
            _insert(connection, database, added)
    except BaseException:
        keys.discard(name)
        raise
    return added


def disable(database: Database, name: str, by: str) -> None:
    """Takes away a person's right to act; what they signed stays."""
    find(database, name)
    with database.write() as connection:
        connection.execute(update(person).where(person.c.name == name).values(disabled=True))
        append(connection, database, "person.disabled", f"person/{name}", {"by": by})


def everyone(database: Database) -> list[Person]:
    with database.read() as connection:
        return [_person(row) for row in connection.execute(select(person).order_by(person.c.added_at)).mappings()]


def find(database: Database, name: str) -> Person:
    """The person; raises PersonError when there is none of this name."""
    with database.read() as connection:
        return get(connection, name)


def get(connection: Connection, name: str) -> Person:
    row = _row(connection, name)
    if row is None:
        raise PersonError(missing(name))
    return _person(row)


def missing(name: str) -> str:
    """What there is to say where nobody has this name."""
    return f"there is no person {name}: tongbu person add {name} --unit … --role …"


def named(connection: Connection, names: Collection[str]) -> dict[str, Person]:
    """Those of these names that there are, by name."""
    rows = connection.execute(_BY_NAMES, {"named": list(names)}).mappings()
    return {row["name"]: _person(row) for row in rows}


def act(keys: Keys, who: Person, passphrase: Callable[[], str], statement: Mapping[str, Any]) -> SignedAct:
    """Signs *statement* with the person's key. Raises PersonError when disabled or the passphrase is wrong."""
    if who.disabled:
        raise PersonError(f"{who.name} is disabled and cannot act")
    key = keys.unlock(who.name, passphrase())
    signature = base64.b64encode(key.sign(canonical_json(statement))).decode()
    return SignedAct(who.name, statement, signature)


def signature_holds(public_key: str, statement: Mapping[str, Any], signature: str) -> bool:
    """Whether *signature* is this key's on exactly this statement; anything malformed is simply not."""
    return _holds(public_key, canonical_json(statement), signature)


@lru_cache(maxsize=1024)
def _holds(public_key: str, statement: bytes, signature: str) -> bool:
    """The same three texts give the same answer: a package for many accounts is proved before each of them."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def differences(connection: Connection, who: Person) -> list[str]:
    """Where a person's row differs from what the event log recorded when they were added: a swapped key, a new role."""
    return unlike(who, of_subject(connection, f"person/{who.name}"))


def unlike(who: Person, told: Iterable[Mapping[str, Any]]) -> list[str]:
    """``differences`` by the person's events."""
    added = [entry["data"] for entry in told if entry["kind"] == "person.added"]
    if not added:
        return [f"the event log knows nothing of {who.name}"]
    said = []
    if added[-1]["key"] != fingerprint(who.public_key):
        said.append(f"the key of {who.name} is not the one that was recorded when they were added")
    if tuple(added[-1]["roles"]) != who.roles:
        said.append(f"the roles of {who.name} are not those that were recorded when they were added")
    return said


def fingerprint(public_key: str) -> str:
    return digest(public_key.encode())


def _insert(connection: Connection, database: Database, added: Person) -> None:
    connection.execute(
        insert(person).values(
            name=added.name,
            unit=added.unit,
            roles=json.dumps(added.roles, ensure_ascii=False),
            public_key=added.public_key,
            disabled=False,
            added_at=stamp(database.clock()),
        )
    )
    data = {"unit": added.unit, "roles": list(added.roles), "key": fingerprint(added.public_key)}
    append(connection, database, "person.added", f"person/{added.name}", data)


_BY_NAME = select(person).where(person.c.name == bindparam("named"))
_BY_NAMES = select(person).where(person.c.name.in_(bindparam("named", expanding=True)))


def _row(connection: Connection, name: str) -> RowMapping | None:
    return connection.execute(_BY_NAME, {"named": name}).mappings().first()


def _person(row: RowMapping) -> Person:
    return Person(row["name"], row["unit"], tuple(json.loads(row["roles"])), row["public_key"], row["disabled"])


def _encrypted(key: "Ed25519PrivateKey", passphrase: str) -> bytes:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
