"""The settings' file: read once, checked whole, every error names its place and the mend."""

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels import CHANNELS
from content.vocabulary import WorkspaceKind
from flows.settings import Settings, SettingsError, load, parse, quiet_time, secrets_of

TEXT = files("flows").joinpath("data", "tongbu.toml").read_text(encoding="utf-8")


def changed(change: Callable[[dict[str, Any]], object]) -> Settings:
    values = tomllib.loads(TEXT)
    change(values)
    return parse(values)


def outlet(values: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in values["outlets"] if entry["id"] == name)
    return found


def test_the_settings_of_a_new_workspace_are_right_and_have_every_channel() -> None:
    settings = parse(tomllib.loads(TEXT))
    assert settings.kind is WorkspaceKind.REHEARSAL
    assert {entry.channel for entry in settings.outlets} == set(CHANNELS)
    assert [level.name for level in settings.levels] == ["初审", "终审"]


def test_platforms_are_left_alone_for_minutes_where_the_settings_say_nothing() -> None:
    settings = changed(lambda values: [entry.pop("options", None) for entry in values["outlets"]])
    quiet = {entry.channel: quiet_time(entry).total_seconds() for entry in settings.outlets}
    assert quiet["weibo"] >= 120
    assert quiet["wechat"] >= 600
    assert quiet["website"] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: v["workspace"].pop("kind"), "workspace.kind is missing"),
        (lambda v: v["workspace"].update(kind="test"), "workspace.kind 'test' is not known: rehearsal, production"),
        (lambda v: v["office"].pop("organ_code"), "office.organ_code is missing"),
        (lambda v: v["office"].update(colour="red"), "office.colour is not known"),
        (lambda v: v["office"].update(phone=12345), "office.phone must be a text"),
        (lambda v: v.update(office="荆州"), "office must be a table"),
        (lambda v: v["site"].update(url="www.jingzhou.gov.cn"), "site.url must begin with http"),
        (lambda v: v["site"].update(url="http://www.jingzhou.gov.cn/"), "without a slash"),
        (lambda v: v["signing"].update(levels=[]), "nothing may go out on nobody's signature"),
        (lambda v: v["signing"].update(levels="终审"), "must be written as [[levels]]"),
        (lambda v: v["engine"].update(lease_seconds=-1), "engine.lease_seconds must be a number that is not negative"),
        (lambda v: v["engine"].update(lease_seconds=True), "engine.lease_seconds must be a number"),
        (lambda v: v["engine"].update(retries=3), "engine.retries is not known"),
        (lambda v: v["engine"].update(measure="no"), "engine.measure must be true or false"),
        (lambda v: v["engine"].update(measure_hour=24), "engine.measure_hour must be a whole hour from 0 to 23"),
        (lambda v: v["engine"].update(measure_hour=8.5), "engine.measure_hour must be a whole hour from 0 to 23"),
        (lambda v: v["checks"].update(allowed_hosts="gov.cn"), "checks.allowed_hosts must be a list of texts"),
        (lambda v: outlet(v, "radio").update(channel="telegraph"), "channel 'telegraph' is not known: website"),
        (lambda v: outlet(v, "radio").update(id="../radio"), "id '../radio' may have ASCII letters"),
        (lambda v: outlet(v, "radio").update(id="feeds"), "outlets: feeds stands there twice"),
        (lambda v: outlet(v, "radio").update(required="yes"), "required must be true or false"),
        (lambda v: outlet(v, "radio").update(kinds=["poem"]), "'poem' is not known: policy-document"),
        (lambda v: v.update(outlets=[e for e in v["outlets"] if e["channel"] != "website"]), "must be a website"),
        (lambda v: outlet(v, "gazette").update(options={"masthead": "政报"}), "write it as name in [gazette]"),
        (lambda v: outlet(v, "portal").update(options={"gazette": "政报"}), "gazette must be true or false"),
        (lambda v: v["gazette"].update(masthead="政报"), "gazette.masthead is not known: gazette has name, sections"),
        (lambda v: v["columns"].append(v["columns"][0]), "columns: cwhy stands there twice"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(SettingsError) as problem:
        changed(change)
    assert said in str(problem.value)


@pytest.mark.parametrize(
    "api", ["sandbox", "http://127.0.0.1:8123", "http://localhost/weibo", "127.0.0.9", "http://[::1]:80"]
)
def test_a_production_workspace_refuses_platforms_on_this_machine(api: str) -> None:
    def change(values: dict[str, Any]) -> None:
        values["workspace"]["kind"] = "production"
        for entry in values["outlets"]:
            entry.pop("options", None)
        outlet(values, "weibo-main")["options"] = {"api": api}

    with pytest.raises(SettingsError, match="weibo-main points to a sandbox, which a production workspace refuses"):
        changed(change)


@pytest.mark.parametrize("option", ["webhook", "webhook_status"])
def test_a_production_workspace_tells_no_webhook_on_this_machine(option: str) -> None:
    def change(values: dict[str, Any]) -> None:
        values["workspace"]["kind"] = "production"
        for entry in values["outlets"]:
            entry.pop("options", None)
        outlet(values, "app")["options"] = {option: "https://127.0.0.1:8443/hooks"}

    with pytest.raises(SettingsError, match="app points to this machine"):
        changed(change)


def test_a_file_that_is_no_toml_or_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "tongbu.toml").write_text("[office\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"tongbu\.toml is not TOML"):
        load(tmp_path)
    (tmp_path / "tongbu.toml").write_bytes('[office]\norgan = "荆州"'.encode("gbk"))
    with pytest.raises(SettingsError, match=r"tongbu\.toml cannot be read"):
        load(tmp_path)
    with pytest.raises(SettingsError, match="make one with tongbu --home"):
        load(tmp_path / "nowhere")


def test_credentials_come_from_a_private_file_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    path = folder / "weibo-main.toml"
    path.write_text('access_token = "t1"\nrip = "203.0.113.8"\n')
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600") as problem:
        secrets_of(tmp_path, "weibo-main")
    assert "t1" not in str(problem.value)
    path.chmod(0o600)
    monkeypatch.setenv("TONGBU_SECRET_WEIBO_MAIN_ACCESS_TOKEN", "t2")
    assert secrets_of(tmp_path, "weibo-main") == {"access_token": "t2", "rip": "203.0.113.8"}
    assert secrets_of(tmp_path, "radio") == {}
    path.write_text("access_token: t1")
    with pytest.raises(SettingsError, match="is not TOML") as problem:
        secrets_of(tmp_path, "weibo-main")
    assert "t1" not in str(problem.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TABLES = ["workspace", "office", "site", "checks", "signing", "counts", "engine", "columns", "outlets"]


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.sampled_from(TABLES), JSON)
def test_any_value_in_place_of_a_table_is_taken_or_refused_with_words(table: str, value: object) -> None:
    values = tomllib.loads(TEXT) | {table: value}
    try:
        parse(values)
    except SettingsError as problem:
        assert str(problem)
