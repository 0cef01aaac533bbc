from __future__ import annotations

from core.errors import ErrorCode

PARAMETER_UNKNOWN = ErrorCode(
    "PARAMETER_UNKNOWN",
    "没有参数 {name}；可查询 parameters 得到全部参数。",
    "There is no parameter {name}; the query parameters lists them all.",
)
PARAMETER_RANGE = ErrorCode(
    "PARAMETER_RANGE",
    "参数 {name} 的值不能是“{value}”；允许：{wanted}。",
    "Parameter {name} cannot be {value}; it takes {wanted}.",
)
PARAMETER_MISSING = ErrorCode(
    "PARAMETER_MISSING",
    "区划 {division} 在 {day} 没有参数 {name} 的值，请先用 setParameter 设定。",
    "Parameter {name} has no value in {division} on {day}; set one with setParameter.",
)
PARAMETER_NOT_SET = ErrorCode(
    "PARAMETER_NOT_SET",
    "区划 {division} 从 {day} 起没有自己设定的 {name} 值，无可终止。",
    "Division {division} has no value of its own for {name} from {day} on; there is nothing to end.",
)
SOURCE_MISSING = ErrorCode(
    "SOURCE_MISSING",
    "请写明依据：法规条款或文号。",
    "Give the source: the article of a law, or the number of a document.",
)
RULE_SET_UNKNOWN = ErrorCode(
    "RULE_SET_UNKNOWN",
    "没有规则集 {name}；可用：{known}。",
    "There is no rule set {name}; known are {known}.",
)
RULE_SET_PARAMETER = ErrorCode(
    "RULE_SET_PARAMETER",
    "规则集 {rule_set} 不使用参数 {name}；它使用：{known}。",
    "Rule set {rule_set} does not use parameter {name}; it uses {known}.",
)
SIMULATION_WROTE = ErrorCode(
    "SIMULATION_WROTE",
    "规则集 {name} 试图写入数据，试算已中止；请联系插件作者。",
    "Rule set {name} tried to write, so the simulation was stopped; tell the author of the plugin.",
)
SIMULATION_SLOW = ErrorCode(
    "SIMULATION_SLOW",
    "试算超过 {seconds} 秒；请缩小区划范围后重试。",
    "The simulation took more than {seconds} seconds; try a smaller division.",
)

PARAMETER_REFUSALS: tuple[ErrorCode, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, ErrorCode)
)
