"""The mutations of a workflow, made from its declaration: one `<verb><Noun>` for each bare transition."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from core.work import Work
from core.workflow.declared import Transition, Workflow
from core.workflow.service import advance
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform, written
from schema.sql.fields import both


def transition_mutations(workflow: Workflow, target: type, noun: str, *, field: str | None = None) -> type:
    """A class of mutations, for `Mutation` or a plugin's extension of it to inherit.

    Args:
        target: the GraphQL type of the cases. noun: ends the verbs, such as `PetsLicence` in `approvePetsLicence`.
        field: of inputs and payloads, for the case; the noun without the plugin's name by default.
    """
    name = field or field_of(workflow, noun)
    members = {
        f"{verb.name}_{_snake(noun)}": _verb(workflow, verb, target, noun, name)
        for verb in workflow.transitions
        if verb.bare and verb.roles
    }
    made = type(f"{noun}Transitions", (), {**members, "__module__": target.__module__})
    return strawberry.type(
        made, description=both(f"{workflow.zh}的环节。", f"Transitions: {workflow.en.lower()}.")
    )


def field_of(workflow: Workflow, noun: str) -> str:
    """The field of inputs and payloads for a case: the noun without the plugin's name, in Python's spelling."""
    plugin = to_camel_case(workflow.name.partition(".")[0])
    own = noun[len(plugin) :] if noun.lower().startswith(plugin.lower()) else noun
    return _snake(own)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _pascal(verb: str) -> str:
    return "".join(part.capitalize() for part in verb.split("_"))


def _verb(workflow: Workflow, verb: Transition, target: type, noun: str, field: str) -> Any:
    stem = f"{_pascal(verb.name)}{noun}"
    given = _input(workflow, verb, stem, field, target.__module__)
    answered = _payload(workflow, stem, field, target)

    async def resolve(info: strawberry.Info, input: Any) -> Any:
        async def act(work: Work) -> Any:
            id = getattr(input, field)
            row = await found(work, id, to_camel_case(field), workflow.model, workflow.prefix)
            on = input.on if verb.dated else None
            more = {"reason": input.reason, "on": on, "expected_version": input.expected_version}
            return await advance(work, workflow, row, verb.name, **more)

        return await perform(info, answered, input, act)

    resolve.__name__ = f"{verb.name}_{_snake(noun)}"
    resolve.__annotations__ = {"info": strawberry.Info, "input": given, "return": answered}
    return mutation(f"{workflow.zh}：{verb.zh}。", f"{workflow.en}: {verb.en.lower()}.")(resolve)


def _input(workflow: Workflow, verb: Transition, stem: str, field: str, module: str) -> type:
    reason: Any = {"description": both("理由。", "The reason.")}
    annotations: dict[str, Any] = {field: strawberry.ID, "reason": str if verb.reason else str | None}
    members: dict[str, Any] = {
        "__annotations__": annotations,
        "__module__": module,
        field: strawberry.field(description=both("编号。", "Its id.")),
        "reason": strawberry.field(**reason if verb.reason else {**reason, "default": None}),
    }
    if verb.dated:
        annotations["on"] = date | None
        members["on"] = strawberry.field(
            default=None, description=both("办理日期，默认今天。", "The day it was made, today by default.")
        )
    made = type(f"{stem}Input", (UpdateInput,), members)
    return strawberry.input(
        made, description=both(f"{workflow.zh}：{verb.zh}。", f"{workflow.en}: {verb.en.lower()}.")
    )


def _payload(workflow: Workflow, stem: str, field: str, target: type) -> type:
    shown: Callable[[], type] = lambda: target  # noqa: E731
    members = {
        "__annotations__": {field: target | None},
        "__module__": target.__module__,
        field: written(shown, f"{workflow.zh}。", f"{workflow.en}."),
    }
    return payload("写入结果。", "What was written.")(type(f"{stem}Payload", (Payload,), members))
