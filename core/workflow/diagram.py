"""A workflow as a Mermaid state diagram, for the documents."""

from __future__ import annotations

from core.codes.sets import UserRole
from core.workflow.declared import Limit, Transition, Unit, Workflow

_UNITS = {Unit.DAYS: "日", Unit.WORKING_DAYS: "个工作日", Unit.MONTHS: "个月"}


def mermaid(workflow: Workflow) -> str:
    """The states and transitions, in Chinese, as the text of a Mermaid diagram.

    A state shows its limit; a transition who makes it, and what it asks for.
    """
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.zh}{_within(state.limit)}" as {state.name}' for state in workflow.states]
    lines.append(f"    [*] --> {workflow.initial}: 提出{_by(workflow.starts)}")
    for verb in workflow.transitions:
        lines += [f"    {source} --> {verb.target or source}: {_label(verb)}" for source in verb.source]
    lines += [f"    {state.name} --> [*]" for state in workflow.states if state.final]
    return "\n".join(lines)


def _within(limit: Limit | None) -> str:
    return f"（{limit.n} {_UNITS[limit.unit]}内）" if limit else ""


def _by(roles: frozenset[UserRole]) -> str:
    names = "、".join(role.zh for role in UserRole if role in roles)
    return f"（{names}）" if names else "（系统）"


def _label(verb: Transition) -> str:
    more = []
    if verb.four_eyes:
        more.append("须另一人")
    if verb.reason:
        more.append("写明理由")
    if verb.after:
        more.append(f"满 {verb.after.n} {_UNITS[verb.after.unit]}后")
    if verb.auto:
        more.append(f"{verb.auto.n} {_UNITS[verb.auto.unit]}后自动")
    return verb.zh + _by(verb.roles) + (f" {'，'.join(more)}" if more else "")


def table(workflow: Workflow) -> str:
    """The transitions as a Markdown table, in Chinese and English."""
    head = "| 环节 · Verb | 从 · From | 到 · To | 经办 · By | 要求 · Asks |\n|---|---|---|---|---|"
    return "\n".join([head, *(_row(workflow, verb) for verb in workflow.transitions)])


def _row(workflow: Workflow, verb: Transition) -> str:
    states = workflow.by_state
    source = "、".join(states[name].zh for name in verb.source)
    target = states[verb.target].zh if verb.target else "—"
    by = ", ".join(sorted(role.name for role in verb.roles)) or UserRole.SYSTEM.name
    asks = [
        *(["reason"] if verb.reason else []),
        *(f"not who did `{name}`" for name in verb.four_eyes),
        *([f"after {verb.after.n} {verb.after.unit.value}"] if verb.after else []),
        *([f"by itself after {verb.auto.n} {verb.auto.unit.value}"] if verb.auto else []),
    ]
    return f"| `{verb.name}` {verb.zh} · {verb.en} | {source} | {target} | {by} | {'; '.join(asks) or '—'} |"
