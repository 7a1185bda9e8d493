"""Which columns an outlet has: those of the canonical site, or its own by its options."""

from collections.abc import Mapping
from dataclasses import fields

from channels.base import Refused
from content.office import Column, Site
from content.outlet import Outlet


def columns_of(outlet: Outlet, site: Site) -> tuple[Column, ...]:
    """The option ``columns`` (ids of the site's columns, or tables), else the site's. Raises Refused for a bad one."""
    chosen = outlet.options.get("columns")
    if chosen is None:
        return site.columns
    return tuple(_column(entry, outlet, site) for entry in chosen)


def by_id(columns: tuple[Column, ...]) -> Mapping[str, Column]:
    return {column.id: column for column in columns}


def shown(known: Mapping[str, Column], ids: tuple[str, ...]) -> tuple[Column, ...]:
    """Those of *ids* that are *known*, in the order of *ids*."""
    return tuple(known[name] for name in dict.fromkeys(ids) if name in known)


def _column(entry: object, outlet: Outlet, site: Site) -> Column:
    if isinstance(entry, Column):
        return entry
    if isinstance(entry, Mapping):
        return _from_table(entry, outlet)
    column = site.column(str(entry))
    if column is None:
        raise Refused(f"发布点 {outlet.id} 引用了不存在的栏目 {entry}，请改为站点已设置的栏目编号。")
    return column


def _from_table(entry: Mapping[object, object], outlet: Outlet) -> Column:
    known = {field.name for field in fields(Column)}
    values = {str(name): value for name, value in entry.items() if str(name) in known}
    lacking = [name for name in ("id", "name", "type", "description", "keywords") if not str(values.get(name, ""))]
    if lacking:
        raise Refused(
            f"发布点 {outlet.id} 的栏目 {entry.get('id', '（无编号）')} 缺少：{'、'.join(lacking)}，请补齐设置。"
        )
    organs = values.pop("organs", ())
    named = tuple(map(str, organs)) if isinstance(organs, list | tuple) else ()
    return Column(**{name: str(value) for name, value in values.items()}, organs=named)
