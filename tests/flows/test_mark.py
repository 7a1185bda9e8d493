"""Marking a document: signed like any package, shown on website and feeds alone, and counted nowhere."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from content import counts, items, ledger, packages
from content.packages import Package, PackageAltered
from content.people import PersonError
from content.signing import SignOffRefused
from content.vocabulary import Action, Effect, State
from flows import editing, marking, publishing
from flows.editing import NotPossible

REPEALED = "本文件已废止"
PLACES = ("portal", "feeds", "app")


def asked(office: Any, at_work: Any, effect: Effect = Effect.REPEALED, reason: str = "新办法已经施行") -> Package:
    package, _ = marking.mark(office.wired, "1001", effect, reason, at_work.EDITOR, at_work.ask)
    return package


def marked(
    office: Any, at_work: Any, effect: Effect = Effect.REPEALED, reason: str = "新办法已经施行"
) -> dict[str, Any]:
    office.sign(asked(office, at_work, effect, reason))
    document: dict[str, Any] = office.broadcast("1001")
    return document


def effect_of(office: Any) -> str:
    site = office.wired.workspace.settings.site
    with office.wired.database.read() as connection:
        found = items.get(connection, site, "1001")
    assert found is not None
    return found.effect.value


def page(office: Any) -> str:
    [path] = office.pages("1001")
    return str(path.read_text(encoding="utf-8"))


def feed(office: Any) -> str:
    return str((office.public / "feeds" / "all.atom.xml").read_text(encoding="utf-8"))


def marks(office: Any) -> list[tuple[str, str]]:
    return [(r.outlet, r.state.value) for r in office.records() if r.action is Action.MARK]


@pytest.fixture
def out(quiet_office: Any) -> Any:
    """An office whose item is on website, feeds and app, and at the radio."""
    document = quiet_office.broadcast("1001", outlets=[*PLACES, "radio"])
    assert document["state"] == "synchronised", document
    return quiet_office


def test_a_mark_changes_page_lists_and_feeds_and_reaches_nobody_else(out: Any, at_work: Any) -> None:
    before, radio = feed(out), out.drop("radio")
    document = marked(out, at_work)
    assert document["state"] == "synchronised", document
    assert marks(out) == [("feeds", "live"), ("portal", "live")]
    assert REPEALED in page(out) and effect_of(out) == "废止"
    assert "原因：<span>新办法已经施行</span>" in page(out)
    for listing in ("index.html", "zcwj/index.html"):
        assert '<span class="ended">废止</span>' in (out.public / listing).read_text(encoding="utf-8")
    repealed, valid = (out.public / f"catalogue/effect/{name}/index.html" for name in ("废止", "有效"))
    assert "_1001.html" in repealed.read_text(encoding="utf-8")
    assert not valid.exists() or "_1001.html" not in valid.read_text(encoding="utf-8")
    assert "（已废止）" in feed(out) and "（已废止）" not in before
    assert out.drop("radio") == radio
    assert [event["data"]["effect"] for event in out.events("item.marked")] == ["废止"]
    assert out.chain_holds()


def test_nothing_is_shown_before_the_mark_goes_out(out: Any, at_work: Any) -> None:
    package = asked(out, at_work)
    assert "is not signed" in out.broadcast("1001")["problems"][0]
    out.sign(package)
    out.broadcast("1001", at=out.clock() + timedelta(hours=1))
    assert {state for _, state in marks(out)} == {"prepared"}
    assert REPEALED not in page(out) and effect_of(out) == "有效"
    out.clock.forward(hours=2)
    out.resolve()
    assert REPEALED in page(out) and effect_of(out) == "废止"


def test_the_effect_and_who_asked_are_signed(out: Any, at_work: Any) -> None:
    package = asked(out, at_work)
    said = dict(package.manifest["mark"])
    assert said.pop("signature") and said == {"effect": "废止", "number": 1, "by": at_work.EDITOR}
    assert package.manifest["reason"] == "新办法已经施行"
    out.sign(package)
    forged = json.dumps({**package.manifest, "mark": {**package.manifest["mark"], "effect": "失效"}})
    out.alter("UPDATE package SET manifest = :forged WHERE digest = :digest", forged=forged, digest=package.digest)
    with pytest.raises(PackageAltered):
        out.order("1001")
    assert REPEALED not in page(out) and out.events("incident.tampered")


def test_who_asked_for_a_mark_cannot_sign_it(out: Any, at_work: Any) -> None:
    package, _ = marking.mark(out.wired, "1001", Effect.REPEALED, "", at_work.FIRST, at_work.ask)
    with pytest.raises(SignOffRefused, match="asked for this mark"):
        editing.sign(out.wired, "1001", at_work.FIRST, "初审", package.digest, at_work.ask)


def test_nobody_is_named_as_asking_who_did_not(out: Any, at_work: Any) -> None:
    true = asked(out, at_work)
    said = {**true.manifest["mark"], "by": at_work.WITHDRAWER}
    forged, _ = packages.freeze(out.wired.database, {**true.manifest, "mark": said}, true.lines)
    out.sign(forged)
    document = out.broadcast("1001")
    assert document["state"] == "refused" and "did not ask for this mark" in document["problems"][0]
    assert REPEALED not in page(out)


def test_without_the_passphrase_no_mark_is_frozen(out: Any, at_work: Any) -> None:
    with pytest.raises(PersonError):
        marking.mark(out.wired, "1001", Effect.REPEALED, "", at_work.EDITOR, lambda _name: "a guess at it")
    assert [event["data"]["action"] for event in out.events("package.frozen")] == ["publish"]


def test_asking_again_changes_nothing_and_another_reason_is_another_package(out: Any, at_work: Any) -> None:
    first = asked(out, at_work)
    again, fresh = marking.mark(out.wired, "1001", Effect.REPEALED, "新办法已经施行", at_work.EDITOR, at_work.ask)
    assert (again.digest, fresh) == (first.digest, False)
    other = asked(out, at_work, reason="另一个原因")
    assert (other.digest != first.digest, other.turn) == (True, 2)


def test_a_mark_is_taken_back_and_made_again(out: Any, at_work: Any) -> None:
    for number, effect in enumerate([Effect.REPEALED, Effect.VALID, Effect.REPEALED, Effect.LAPSED], 1):
        assert marked(out, at_work, effect)["state"] == "synchronised"
        assert effect_of(out) == effect.value
        assert (REPEALED in page(out), "（已废止）" in feed(out)) == (effect is Effect.REPEALED,) * 2
        assert len(marks(out)) == 2 * number
    assert "本文件已失效" in page(out)


def test_what_nobody_shows_or_what_is_withdrawn_cannot_be_marked(quiet_office: Any, at_work: Any) -> None:
    with pytest.raises(NotPossible, match="nothing to mark"):
        asked(quiet_office, at_work)
    quiet_office.broadcast("1001", outlets=["portal"])
    package = quiet_office.sign(asked(quiet_office, at_work))
    quiet_office.withdraw("1001")
    with pytest.raises(NotPossible, match="nothing to mark"):
        asked(quiet_office, at_work)
    assert "withdrawn since" in "\n".join(reordered(quiet_office, package)["problems"])
    assert REPEALED not in page(quiet_office) and effect_of(quiet_office) == "有效"


def test_a_withdrawal_that_is_not_confirmed_keeps_marks_out_too(out: Any, at_work: Any) -> None:
    public = out.public
    public.rename(public.with_name("aside"))
    public.write_text("no folder")
    out.withdraw("1001")
    with pytest.raises(NotPossible, match="withdrawn"):
        asked(out, at_work)


def test_the_same_effect_again_and_what_has_none_are_refused(out: Any, at_work: Any) -> None:
    with pytest.raises(NotPossible, match="有效 already"):
        asked(out, at_work, Effect.VALID)
    marked(out, at_work)
    with pytest.raises(NotPossible, match="废止 already"):
        asked(out, at_work, reason="又一次")
    out.approve(out.interpretation())
    with pytest.raises(NotPossible, match="only documents"):
        marking.mark(out.wired, "1002", Effect.REPEALED, "", at_work.EDITOR, at_work.ask)


def test_a_mark_lets_no_unsigned_revision_out(out: Any, at_work: Any) -> None:
    out.submit(out.document(words="供水热线改为12345。"), item="1001")
    marked(out, at_work)
    assert REPEALED in page(out) and "12345" not in page(out)


def test_a_correction_after_a_mark_keeps_the_effect(out: Any, at_work: Any, tmp_path: Path) -> None:
    marked(out, at_work)
    path = tmp_path / "corrected.md"
    path.write_text(out.document(words="供水热线改为12345。"), encoding="utf-8")
    _, package = publishing.correct(out.wired, "1001", path, "热线号码有误", at_work.EDITOR, at_work.ask)
    out.sign(package)
    assert out.broadcast("1001")["state"] == "synchronised"
    assert REPEALED in page(out) and "12345" in page(out) and "热线号码有误" in page(out)
    marked(out, at_work, Effect.VALID)
    assert REPEALED not in page(out) and "12345" in page(out) and "热线号码有误" in page(out)


def test_a_marked_document_that_is_published_again_is_marked(out: Any, at_work: Any) -> None:
    marked(out, at_work)
    out.withdraw("1001")
    out.resolve_until(lambda: all(r.state is not State.SENDING for r in out.records()))
    out.sign(out.freeze("1001"))
    out.broadcast("1001", outlets=["portal", "feeds"])
    assert REPEALED in page(out) and "（已废止）" in feed(out)


def test_after_a_mark_the_package_before_it_still_goes_to_further_outlets(out: Any, at_work: Any) -> None:
    marked(out, at_work)
    document = out.broadcast("1001", outlets=["television"])
    assert document["state"] == "synchronised", document
    assert len(out.drop("television")) == 1
    assert REPEALED in page(out)


def test_a_mark_adds_nothing_to_the_figures(out: Any, at_work: Any) -> None:
    year = at_work.today().year
    before = [counts.counts(out.wired.database, year), *counts.counts_by(out.wired.database, year, "outlet")]
    marked(out, at_work)
    assert [counts.counts(out.wired.database, year), *counts.counts_by(out.wired.database, year, "outlet")] == before
    assert counts.counts(out.wired.database, year).items == 1


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """A folder stands where a file should be written; what was there comes back."""
    path.rename(path.with_suffix(".aside"))
    (path / "in the way").mkdir(parents=True)
    yield
    (path / "in the way").rmdir()
    path.rmdir()
    path.with_suffix(".aside").rename(path)


def test_a_mark_that_broke_off_halfway_is_finished_and_then_page_and_ledger_agree(out: Any, at_work: Any) -> None:
    out.sign(asked(out, at_work))
    with unwritable(out.public / "zcwj" / "index.html"):
        assert out.broadcast("1001")["state"] == "partial"
        assert (out.record("portal").state, effect_of(out)) == (State.UNKNOWN, "有效")
        assert out.record("feeds").state is State.PREPARED
    out.resolve_until(lambda: marks(out) == [("feeds", "live"), ("portal", "live")])
    assert REPEALED in page(out) and "（已废止）" in feed(out) and effect_of(out) == "废止"
    assert len(out.events("item.marked")) == 1


def test_an_earlier_mark_never_comes_after_a_later_one(out: Any, at_work: Any) -> None:
    with unwritable(out.public / "feeds" / "all.rss.xml"):
        marked(out, at_work)
        assert marks(out)[0] == ("feeds", "unknown") and effect_of(out) == "废止"
        marked(out, at_work, Effect.LAPSED)
        assert out.record("feeds").state is not State.LIVE and effect_of(out) == "失效"
    out.clock.forward(hours=2)
    out.resolve_until(lambda: marks(out)[2] == ("feeds", "live"))
    assert marks(out) == [("feeds", "cancelled"), ("portal", "live"), ("feeds", "live"), ("portal", "live")]
    out.clock.forward(hours=2)
    out.resolve()
    assert "（已失效）" in feed(out) and "本文件已失效" in page(out) and effect_of(out) == "失效"


def test_what_was_not_sent_of_an_earlier_mark_is_cancelled_by_a_later_one(out: Any, at_work: Any) -> None:
    out.sign(asked(out, at_work))
    out.broadcast("1001", at=out.clock() + timedelta(hours=1))
    marked(out, at_work, Effect.LAPSED)
    assert [state for _, state in marks(out)] == ["cancelled", "cancelled", "live", "live"]
    out.clock.forward(hours=2)
    out.resolve()
    assert "本文件已失效" in page(out) and effect_of(out) == "失效"


def test_an_old_mark_is_refused_once_there_is_a_new_one(out: Any, at_work: Any) -> None:
    old = out.sign(asked(out, at_work))
    marked(out, at_work, Effect.LAPSED)
    assert "marked anew" in "\n".join(reordered(out, old)["problems"])
    with out.wired.database.read() as connection:
        assert ledger.marked_anew(connection, "1001", old.turn)
    assert effect_of(out) == "失效"


def reordered(office: Any, package: Package) -> dict[str, Any]:
    """Orders a package by its digest, as somebody who kept it would."""
    from content import broadcasts
    from content.broadcasts import Order
    from content.people import SignedAct

    order = Order((package.digest,))
    ordered = broadcasts.keep(office.wired.database, order, office.clock(), SignedAct("陈国平", {}, "x"))
    document: dict[str, Any] = office.carry_out(ordered)
    return document
