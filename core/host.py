"""The plugin host: finds plugins, refuses what does not fit, and calls their hooks (design 2).

A `Host` is an instance; two can live in one process with different plugins.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy
from pluggy import HookImpl

from core import hookspecs
from core.access.declared import ReaderMap
from core.access.permissions import CORE_PERMISSIONS, Permission, PermissionBook
from core.access.scope import check_every_table
from core.books import Book, D
from core.db import Base
from core.districts import Districts
from core.errors import CodeBook, ErrorCode, StartupError
from core.manifest import Manifest
from core.refusals import CORE_REFUSALS
from core.settings import Settings

if TYPE_CHECKING:
    from core.demo import DemoCity

GROUP = "minzheng.plugins"
BUNDLED_PREFIX = "plugins."
T = TypeVar("T")
_OURS = ("minzheng", "core", "schema", "server", "migrations")


@dataclass(frozen=True)
class Plugin:
    """A plugin that was found and accepted."""

    manifest: Manifest
    module: ModuleType
    distribution: str

    @property
    def name(self) -> str:
        return self.manifest.name


def installed() -> Mapping[str, Sequence[EntryPoint]]:
    """Every plugin that is installed, by name, whether or not it is enabled."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, []).append(point)
    return found


def bundled() -> tuple[str, ...]:
    """The names of the installed plugins that come with minzheng."""
    return tuple(sorted(n for n, points in installed().items() if points[0].value.startswith(BUNDLED_PREFIX)))


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "?"


def _the_one(name: str) -> EntryPoint:
    points = installed().get(name, [])
    if not points:
        known = ", ".join(sorted(installed())) or "none"
        raise StartupError(
            f"插件 {name} 已启用但未安装，已安装的有：{known} / "
            f"plugin {name} is enabled but not installed; installed are: {known}"
        )
    if len({(point.value, _distribution(point)) for point in points}) > 1:
        owners = " and ".join(f"{point.value} ({_distribution(point)})" for point in points)
        raise StartupError(
            f"插件名 {name} 被重复占用：{owners}，请卸载其中之一 / "
            f"plugin {name} is claimed by {owners}: uninstall one of them"
        )
    return points[0]


def _import(name: str, module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:
        raise StartupError(
            f"插件 {name} 无法加载 / "
            f"plugin {name} cannot be loaded: {module}: {type(error).__name__}: {error}"
        ) from error


def _load(name: str) -> Plugin:
    point = _the_one(name)
    package = point.module.rpartition(".")[0]
    manifest = getattr(_import(name, f"{package}.manifest"), "MANIFEST", None)
    if not isinstance(manifest, Manifest):
        raise StartupError(
            f"插件 {name}：{package}/manifest.py 须定义 MANIFEST = Manifest(…) / "
            f"plugin {name}: {package}/manifest.py must define MANIFEST = Manifest(…)"
        )
    manifest.check(name)
    return Plugin(manifest, _import(name, point.module), _distribution(point))


def _in_order(plugins: Mapping[str, Plugin]) -> list[Plugin]:
    """By `requires`, then name.

    Raises:
        StartupError: a required plugin is missing, or plugins require each other in a circle.
    """
    done: dict[str, Plugin] = {}
    waiting = dict(sorted(plugins.items()))
    for plugin in waiting.values():
        for needed in plugin.manifest.requires:
            if needed not in plugins:
                raise StartupError(
                    f"插件 {plugin.name} 依赖插件 {needed}，请一并启用 / "
                    f"plugin {plugin.name} requires plugin {needed}: enable it too"
                )
    while waiting:
        ready = [plugin for plugin in waiting.values() if not (_before(plugin) & waiting.keys())]
        if not ready:
            raise StartupError(
                f"插件 {'、'.join(waiting)} 循环依赖 / "
                f"plugins {', '.join(waiting)} require each other in a circle"
            )
        done[ready[0].name] = waiting.pop(ready[0].name)
    return list(done.values())


def _before(plugin: Plugin) -> set[str]:
    return {*plugin.manifest.requires, *plugin.manifest.optional}


def _refuse_shadowing() -> None:
    """Our folders are import names; another distribution's `schema` or `core` must not stand in front."""
    homes = {}
    for name in _OURS:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.origin:
            raise StartupError(
                f"缺少 minzheng 的包 {name}，请重新安装 minzheng / "
                f"package {name} of minzheng is missing: install minzheng again"
            )
        homes[name] = spec.origin.rsplit("/", 2)[0]
    strangers = {name: home for name, home in homes.items() if home != homes["core"]}
    if strangers:
        places = ", ".join(f"{name} in {home}" for name, home in strangers.items())
        raise StartupError(
            f"其他安装包遮盖了 minzheng 的包（{places}），请使用独立的环境 / "
            f"another distribution shadows minzheng's packages: {places}; use an environment of its own"
        )


def _refuse_odd_hooks(plugin: Plugin) -> None:
    """A hook that pluggy would pass over in silence, or one that is async where it must not be, or not where it must.

    A sync event hook would block the loop; a collecting one that is async would answer a coroutine.
    """
    for name in hookspecs.spec_names():
        function = getattr(plugin.module, name, None)
        if not inspect.isfunction(function):
            continue
        if not hasattr(function, f"{hookspecs.PROJECT}_impl"):
            raise StartupError(
                f"插件 {plugin.name}：钩子 {name} 没有标注 @hookimpl / "
                f"plugin {plugin.name}: the hook {name} is not marked @hookimpl"
            )
        if inspect.iscoroutinefunction(function) != (name in hookspecs.ASYNC_HOOKS):
            needed = "async def" if name in hookspecs.ASYNC_HOOKS else "def"
            raise StartupError(
                f"插件 {plugin.name}：钩子 {name} 应写作 `{needed}` / "
                f"plugin {plugin.name}: the hook {name} must be `{needed}`"
            )


class Host:
    """The enabled plugins of one process.

    Args:
        names: the plugins to load; each must be installed exactly once.

    Raises:
        StartupError: names the plugin and what to change. A broken plugin never vanishes silently.
    """

    def __init__(
        self, names: Iterable[str], *, districts: Districts | None = None, event_seconds: float = 5.0
    ) -> None:
        _refuse_shadowing()
        names = tuple(dict.fromkeys(names))
        self.districts = districts or Districts(frozenset(names))
        self.event_seconds = event_seconds
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self.plugins: dict[str, Plugin] = {}
        self.permissions = PermissionBook()
        self.codes = CodeBook()
        self.permissions.add("core", CORE_PERMISSIONS)
        self.codes.add("core", CORE_REFUSALS)
        self._shown: dict[str, str] = {}
        # Here, not above: what core declares uses its services, and they a host.
        from core.declarations import KINDS, check

        self._books: dict[type, Book[Any]] = {kind.type: Book(kind.hook) for kind in KINDS}
        for kind in KINDS:
            self._declare("core", self._books[kind.type], kind.core)
        for plugin in _in_order({name: _load(name) for name in names}):
            self._register(plugin)
        self._check()
        check(self)

    @classmethod
    def load(cls, settings: Settings) -> Host:
        """The host of the plugins that any district of the settings uses."""
        default = frozenset(bundled() if settings.plugins is None else settings.plugins)
        named = {
            code: frozenset(district.plugins)
            for code, district in settings.districts.items()
            if district.plugins is not None
        }
        districts = Districts(default, named)
        return cls(sorted(districts.everything), districts=districts, event_seconds=settings.hook_seconds)

    def _register(self, plugin: Plugin) -> None:
        _refuse_odd_hooks(plugin)
        try:
            self.manager.register(plugin.module, plugin.name)
        except pluggy.PluginValidationError as error:
            raise StartupError(
                f"插件 {plugin.name} 的钩子与规格不符 / "
                f"plugin {plugin.name}: a hook does not fit its specification: {error}"
            ) from error
        self.plugins[plugin.name] = plugin
        self.permissions.add(plugin.name, self._declared(plugin.name, "permissions", Permission))
        self.codes.add(plugin.name, self._declared(plugin.name, "error_codes", ErrorCode))
        for kind, book in self._books.items():
            self._declare(plugin.name, book, self._declared(plugin.name, book.hook, kind))

    def _declare(self, owner: str, book: Book[Any], declarations: Sequence[Any]) -> None:
        book.add(owner, declarations)
        for declared in declarations:
            self.permissions.add(owner, getattr(declared, "permissions", ()))
            read = getattr(declared, "read", None)
            if read:
                self._require_permission(owner, read)
            shown = (read,) if read and getattr(declared, "shows_rows", True) else ()
            for permission in (*shown, *getattr(declared, "reads", ())):
                self.shows(owner, permission)

    def book(self, kind: type[D]) -> Book[D]:
        """What core and the plugins declare of a kind, such as `host.book(Job)`."""
        return self._books[kind]

    def shows(self, owner: str, permission: str) -> None:
        """Let a permission show what `owner` keeps in the tables of `Declared` rows.

        Raises:
            StartupError: there is no such permission.
        """
        self._require_permission(owner, permission)
        self._shown[permission] = self.permissions.owner_of(permission)

    def _require_permission(self, owner: str, permission: str) -> None:
        if permission not in self.permissions.all:
            raise StartupError(
                f"插件 {owner}：没有声明权限 {permission} / plugin {owner}: there is no permission {permission}"
            )

    @property
    def readers(self) -> ReaderMap:
        """The permissions that show declared rows, with the districts that use their plugin."""
        return self.readers_of(self.plugins)

    def readers_of(self, plugins: Iterable[str]) -> ReaderMap:
        """Those of core and of some plugins."""
        return self._used(self._shown, plugins)

    def actors_of(self, plugins: Iterable[str]) -> ReaderMap:
        """Every permission of core and of some plugins, with the districts that use it: who may do a task."""
        book = self.permissions
        return self._used({name: book.owner_of(name) for name in book.all}, plugins)

    def _used(self, owners: Mapping[str, str], plugins: Iterable[str]) -> ReaderMap:
        wanted = {"core", *plugins}
        return {
            name: (True, ()) if owner == "core" else self.districts.exceptions(owner)
            for name, owner in owners.items()
            if owner in wanted
        }

    def _declared(self, plugin: str, hook: str, kind: type[T]) -> list[T]:
        found = list(self.call(plugin, hook) or ())
        for item in found:
            if not isinstance(item, kind):
                raise StartupError(
                    f"插件 {plugin}：{hook} 给出的 {item!r} 不是 {kind.__name__} / "
                    f"plugin {plugin}: {hook} gave {item!r}, which is no {kind.__name__}"
                )
        return found

    def _check(self) -> None:
        try:
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise StartupError(
                f"插件实现了不存在的钩子，请检查拼写 / a plugin implements an unknown hook (misspelt?): {error}"
            ) from error
        check_every_table(self.tables())

    def tables(self) -> list[Any]:
        """The tables of core and of the enabled plugins."""
        self._refuse_foreign_tables()
        prefixes = tuple(f"{name}_" for name in ("core", *self.plugins))
        return [table for table in Base.metadata.sorted_tables if table.name.startswith(prefixes)]

    def _refuse_foreign_tables(self) -> None:
        """A table with another's prefix would be migrated, exported and purged as the other's."""
        for mapper in Base.registry.mappers:
            owner, name = self._owner_of(mapper.class_), getattr(mapper.local_table, "name", "")
            if owner and not name.startswith(f"{owner}_"):
                raise StartupError(
                    f"插件 {owner}：表名 {name} 须以 {owner}_ 开头 / "
                    f"plugin {owner}: the name of table {name} must start with {owner}_"
                )

    def _owner_of(self, model: type) -> str | None:
        """The enabled plugin whose package declares a model."""
        for name, plugin in self.plugins.items():
            if model.__module__.startswith(plugin.module.__name__.rpartition(".")[0] + "."):
                return name
        return None

    def _implementation(self, plugin: str, hook: str) -> HookImpl | None:
        caller: pluggy.HookCaller = getattr(self.manager.hook, hook)
        return next((impl for impl in caller.get_hookimpls() if impl.plugin_name == plugin), None)

    def call(self, plugin: str, hook: str) -> Any:
        """One plugin's answer to one collecting hook; None when it does not implement it."""
        implementation = self._implementation(plugin, hook)
        if implementation is None:
            return None
        try:
            return implementation.function()
        except Exception as error:
            raise StartupError(
                f"插件 {plugin} 的钩子 {hook} 出错 / "
                f"plugin {plugin} raised in {hook}: {type(error).__name__}: {error}"
            ) from error

    def collected(self, hook: str, plugins: Iterable[str] | None = None) -> dict[str, Any]:
        """Each plugin's answer to a collecting hook, in order of registration."""
        names = [name for name in self.plugins if plugins is None or name in set(plugins)]
        answers = {name: self.call(name, hook) for name in names}
        return {name: answer for name, answer in answers.items() if answer is not None}

    async def fire(self, plugin: str, hook: str, **arguments: Any) -> Any:
        """One plugin's event hook, within its time limit; it gets the arguments it names."""
        implementation = self._implementation(plugin, hook)
        if implementation is None:
            return None
        wanted = {name: arguments[name] for name in implementation.argnames}
        call: Any = implementation.function(**wanted)
        return await asyncio.wait_for(call, self.event_seconds * hookspecs.PATIENCE.get(hook, 1))

    async def demo(self, plugin: str, city: DemoCity) -> None:
        """One plugin's part of the demo city. Somebody waits for it and sees it progress: it has no time limit."""
        implementation = self._implementation(plugin, "demo_data")
        if implementation is not None:
            arguments = {"city": city}
            function: Any = implementation.function
            await function(**{name: arguments[name] for name in implementation.argnames})

    def implementing(self, hook: str) -> list[str]:
        """The enabled plugins that implement a hook, in order."""
        return [name for name in self.plugins if self._implementation(name, hook)]
