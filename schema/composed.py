"""The schema of one plugin set: core's types with the fields that plugins add, without touching any global (design 2).

strawberry asks `get_fields` for the fields of every type; we answer with copies, core's and the plugins'.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from core.errors import StartupError
from core.host import Host
from schema.error_enum import error_code_enum
from schema.mutation import Mutation
from schema.query import Query
from schema.sql.fields import SqlField
from schema.sql.mappings import Namespace
from schema.subscription import Subscription
from schema.types.errors import UserError
from schema.types.registry import NODES
from schema.types.scalars import SCALARS

Extensions = Mapping[str, Mapping[type, type]]
# The roots without namespaces.
_FLAT: Mapping[type, tuple[str, str]] = {
    Mutation: ("变更", "mutation"),
    Subscription: ("订阅", "subscription"),
}


class PassingFragments(StrawberryGraphQLCoreExecutionContext):
    """Lets planned values through: they are complete already."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        if type(result) is orjson.Fragment:
            return result
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


def extensions_of(host: Host, plugins: Iterable[str]) -> Extensions:
    """What each plugin adds to which core type, by plugin."""
    return {name: dict(added) for name, added in host.collected("type_extensions", plugins).items()}


def _own_fields(cls: type) -> list[StrawberryField]:
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    return list(definition.fields)


def _name(field: StrawberryField) -> str:
    return field.graphql_name or to_camel_case(field.python_name)


def _startup_error(error: BaseException) -> BaseException:
    """The refusal behind what graphql-core raised, or the error itself."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, StartupError):
        cause = cause.__cause__ or cause.__context__
    return cause or error


def _carries(name: str, plugin: str) -> bool:
    """Whether a type's name starts with the plugin's; a mutation's input and payload start with its verb."""
    own, name = plugin.replace("_", ""), name.lower()
    return name.startswith(own) or (name.endswith(("input", "payload")) and own in name)


class ComposedSchema(strawberry.Schema):
    """Core plus a plugin set.

    Args:
        host: the loaded plugins. plugins: those whose fields this schema has.

    Raises:
        StartupError: a name that two owners claim, an extension of a type that is not core's, a field with neither
            resolver nor SQL, a wrong prefix.
    """

    def __init__(self, host: Host, plugins: Iterable[str]) -> None:
        self.host = host
        self.plugins = frozenset(plugins)
        self._extensions = extensions_of(host, self.plugins)
        self._applied: set[tuple[str, type]] = set()
        self._codes = error_code_enum(host.codes)
        added = self._plugin_types()
        types = [*NODES.values(), *(cls for classes in added.values() for cls in classes)]
        self.nodes = {cls.__prefix__: cls for cls in types if getattr(cls, "__prefix__", None)}
        self._refuse_foreign_prefixes(added)
        try:
            super().__init__(
                query=Query,
                mutation=Mutation,
                subscription=Subscription,
                types=types,
                config=StrawberryConfig(scalar_map=SCALARS),
                execution_context_class=PassingFragments,
            )
        except TypeError as error:  # graphql-core wraps what we raise while it asks for fields
            raise _startup_error(error) from error
        self._schema.extensions["minzheng-nodes"] = self.nodes
        self._check()

    def _plugin_types(self) -> dict[str, list[type]]:
        added = self.host.collected("schema_types", self.plugins)
        return {plugin: list(classes) for plugin, classes in added.items()}

    def _refuse_foreign_prefixes(self, added: Mapping[str, Iterable[type]]) -> None:
        """An id's prefix says whose type it is; a plugin must not stand in for another's."""
        for plugin, classes in added.items():
            for cls in classes:
                prefix = getattr(cls, "__prefix__", None)
                if prefix and not f"{prefix}_".startswith(f"{plugin}_"):
                    raise StartupError(
                        f"插件 {plugin}：编号前缀 {prefix} 须以 {plugin}_ 开头 / "
                        f"plugin {plugin}: id prefix {prefix} must start with {plugin}_"
                    )

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Copies of the type's own fields and of those that plugins add to it."""
        origin = type_definition.origin
        fields = [copy.copy(field) for field in type_definition.fields]
        if origin is UserError:
            self._type_codes(fields)
        for plugin, added in self._extensions.items():
            for target in origin.__mro__ if isinstance(origin, type) else ():
                if target in added:
                    fields += self._added(plugin, target, added[target], type_definition)
        self._refuse_collisions(type_definition, fields)
        return fields

    def _type_codes(self, fields: Sequence[StrawberryField]) -> None:
        for field in fields:
            if field.python_name == "code":
                field.type = self._codes

    def _added(
        self, plugin: str, target: type, extension: type, definition: StrawberryObjectDefinition
    ) -> list[StrawberryField]:
        if definition.is_input:
            raise StartupError(
                f"插件 {plugin} 扩展了输入类型 {definition.name}，输入类型不可扩展 / "
                f"plugin {plugin} extends the input {definition.name}: inputs cannot be extended"
            )
        self._applied.add((plugin, target))
        fields = [copy.copy(field) for field in _own_fields(extension)]
        for field in fields:
            self._refuse_field(plugin, target, field)
        return fields

    def _refuse_field(self, plugin: str, target: type, field: StrawberryField) -> None:
        name = _name(field)
        if not isinstance(field, SqlField) and field.base_resolver is None:
            raise StartupError(
                f"插件 {plugin}：字段 {name} 既无解析函数也无 SQL / "
                f"plugin {plugin}: field {name} has neither a resolver nor SQL"
            )
        own = to_camel_case(plugin)
        if target in _FLAT:
            if own.lower() not in name.lower():
                zh, en = _FLAT[target]
                raise StartupError(
                    f"插件 {plugin}：{zh} {name} 的名称须含插件名 / "
                    f"plugin {plugin}: {en} {name} must carry the plugin's name"
                )
        elif name != own:
            raise StartupError(
                f"插件 {plugin} 给 {target.__name__} 增加了 {name}，只能增加一个字段 {own} / "
                f"plugin {plugin} adds {name} to {target.__name__}: it may add only one field, {own}"
            )
        # The mapping gives null in districts that do not use the plugin it names.
        if isinstance(field, SqlField) and isinstance(field.mapping, Namespace):
            named = field.mapping.plugin
            if named != plugin and not (named is None and target is Query):
                raise StartupError(
                    f"插件 {plugin}：{target.__name__} 上的 {name} 须写明 plugin={plugin!r} / "
                    f"plugin {plugin}: the namespace {name} on {target.__name__} must say plugin={plugin!r}, "
                    f"it says {named!r}"
                )

    def _refuse_collisions(
        self, definition: StrawberryObjectDefinition, fields: Sequence[StrawberryField]
    ) -> None:
        seen: dict[str, StrawberryField] = {}
        for field in fields:
            name = _name(field)
            if name in seen:
                owners = f"{_owner(seen[name])} and {_owner(field)}"
                raise StartupError(
                    f"{definition.name}.{name} 重复声明 / "
                    f"{definition.name}.{name} is declared twice, by {owners}"
                )
            seen[name] = field

    def _check(self) -> None:
        for plugin, added in self._extensions.items():
            left = [target.__name__ for target in added if (plugin, target) not in self._applied]
            if left:
                raise StartupError(
                    f"插件 {plugin} 扩展的 {'、'.join(left)} 不在此模式中 / "
                    f"plugin {plugin} extends {', '.join(left)}, which this schema does not have"
                )
        self._refuse_foreign_type_names()

    def _refuse_foreign_type_names(self) -> None:
        for name in self._schema.type_map:
            plugin = self._plugin_of(self._module_of(name))
            if plugin and not _carries(name, plugin):
                raise StartupError(
                    f"插件 {plugin}：类型名 {name} 须以插件名开头 / "
                    f"plugin {plugin}: type {name} must start with the plugin's name"
                )

    def _module_of(self, name: str) -> str:
        """Where the Python class behind a type was declared."""
        definition = getattr(self.schema_converter.type_map.get(name), "definition", None)
        made = getattr(definition, "origin", None) or getattr(definition, "wrapped_cls", None)
        return str(getattr(made, "__module__", ""))

    def _plugin_of(self, module: str) -> str | None:
        for name in self.plugins:
            package = self.host.plugins[name].module.__name__.rpartition(".")[0]
            if module.startswith(package + "."):
                return name
        return None

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Errors are worded and logged at the edge; strawberry's own log would print their text."""


def _owner(field: StrawberryField) -> str:
    return getattr(field.origin, "__module__", "core") or "core"
