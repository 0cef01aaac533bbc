"""Core's refusals that are not about the form of a code (those are in `core/codes/refusals.py`)."""

from __future__ import annotations

from core.codes.months import MONTH_INVALID
from core.codes.refusals import CODES_REFUSALS
from core.documents.refusals import DOCUMENT_REFUSALS
from core.entitlements.refusals import ENTITLEMENT_REFUSALS
from core.errors import ErrorCode
from core.funds.refusals import FUND_REFUSALS
from core.jobs.refusals import JOBS_REFUSALS
from core.measures.refusals import MEASURE_REFUSALS
from core.money import MONEY_AMOUNT
from core.outbox.refusals import OUTBOX_REFUSALS
from core.parameters.refusals import PARAMETER_REFUSALS
from core.payments.refusals import PAYMENT_REFUSALS
from core.projects.refusals import PROJECT_REFUSALS
from core.referrals.refusals import REFERRAL_REFUSALS
from core.signals.refusals import SIGNAL_REFUSALS
from core.workflow.refusals import WORKFLOW_REFUSALS

FORBIDDEN = ErrorCode(
    "FORBIDDEN",
    "您没有权限“{permission}”，请向管理员申请。",
    "You lack the permission {permission}; ask an administrator for it.",
)
FORBIDDEN_SCOPE = ErrorCode(
    "FORBIDDEN_SCOPE",
    "区划 {division} 不在您的管辖范围内。",
    "Division {division} is outside the divisions you work for.",
)
NOT_FOUND = ErrorCode("NOT_FOUND", "没有找到编号为 {id} 的记录。", "There is no record {id}.")
ID_INVALID = ErrorCode(
    "ID_INVALID",
    "“{id}”不是有效的编号，应形如 {expected}。",
    "{id!r} is not an id of this kind; it should look like {expected}.",
)
CURSOR_INVALID = ErrorCode(
    "CURSOR_INVALID",
    "游标不属于这个列表（或排序已改变），请从第一页重新开始。",
    "This cursor belongs to another list or ordering; start again from the first page.",
)
PAGE_SIZE = ErrorCode(
    "PAGE_SIZE",
    "每页条数须在 1 到 {maximum} 之间，first 与 last 不能同时使用。",
    "A page has 1 to {maximum} rows, and takes either first or last.",
)
CONFLICT = ErrorCode(
    "CONFLICT",
    "记录已被他人修改，当前版本为 {version}，请刷新后重试。",
    "Somebody changed this record meanwhile; its version is now {version}. Reload and try again.",
)
IDEMPOTENCY_MISMATCH = ErrorCode(
    "IDEMPOTENCY_MISMATCH",
    "该幂等键已用于不同的输入，请换一个新键。",
    "This idempotency key was used with another input; take a new key.",
)
RATE_LIMITED = ErrorCode(
    "RATE_LIMITED",
    "证件号码精确查询过于频繁，请 {seconds} 秒后再试。",
    "Too many exact searches by id number; try again in {seconds} seconds.",
)
HOOK_FAILED = ErrorCode(
    "HOOK_FAILED",
    "插件 {plugin} 未能处理“{event}”，本次操作已全部撤销。",
    "The plugin {plugin} failed on {event}; nothing was changed.",
)
DISTRICT_UNKNOWN = ErrorCode(
    "DISTRICT_UNKNOWN", "本服务没有名为 {code} 的县级区划。", "This service has no district {code}."
)
TEXT_LENGTH = ErrorCode(
    "TEXT_LENGTH",
    "文本须为 1 到 {maximum} 个字符，且不含控制字符。",
    "This text must have 1 to {maximum} characters and no control characters.",
)
INPUT_EMPTY = ErrorCode("INPUT_EMPTY", "没有要修改的内容。", "There is nothing to change.")

DIV_UNKNOWN = ErrorCode(
    "DIV_UNKNOWN", "没有代码为 {code} 的区划，请先导入。", "There is no division {code}; import it first."
)
DIV_PARENT_MISSING = ErrorCode(
    "DIV_PARENT_MISSING",
    "区划 {code} 的上级 {parent} 不存在，请先导入上级。",
    "The parent {parent} of division {code} is missing; import it first.",
)
DIV_INACTIVE = ErrorCode(
    "DIV_INACTIVE", "区划 {code} 在 {day} 不在有效期内。", "Division {code} is not in force on {day}."
)
DIV_HAS_CHILDREN = ErrorCode(
    "DIV_HAS_CHILDREN",
    "区划 {code} 仍有 {count} 个下级区划，请先撤销下级。",
    "Division {code} still has {count} divisions below it; close those first.",
)
DIV_EXISTS = ErrorCode("DIV_EXISTS", "区划 {code} 已存在。", "Division {code} exists already.")
DIV_TIER = ErrorCode(
    "DIV_TIER", "区划 {code} 应为镇级或村级。", "Division {code} must be a town or a village."
)
DIV_HAS_RESIDENTS = ErrorCode(
    "DIV_HAS_RESIDENTS",
    "{day} 起区划 {code} 仍有常住 {residents} 人、户籍 {registered} 人、{households} 户；"
    "请用 mergeDivisions 并入接续的区划。",
    "From {day} on division {code} still has {residents} residents, {registered} registered persons and "
    "{households} households; merge it with mergeDivisions into the one that takes over.",
)
DIV_MERGE_TIER = ErrorCode(
    "DIV_MERGE_TIER",
    "区划 {code} 与 {into} 层级不同，不能合并。",
    "Divisions {code} and {into} are of different tiers and cannot be merged.",
)
DIV_SPLIT_PARENT = ErrorCode(
    "DIV_SPLIT_PARENT",
    "新区划 {code} 须与 {division} 同属一个乡镇。",
    "The new division {code} must lie in the same town as {division}.",
)
DIV_SPLIT_VILLAGE = ErrorCode(
    "DIV_SPLIT_VILLAGE",
    "只能拆分村级区划；拆分乡镇请先设立新乡镇和新的村，再用 mergeDivisions 逐村并入。",
    "Only villages are split; for a town, open the new town and its villages, then mergeDivisions village by village.",
)
DIV_SPLIT_TWICE = ErrorCode(
    "DIV_SPLIT_TWICE",
    "户 {id} 被列入两次，每户只能归入一个新区划。",
    "Household {id} is named twice; each goes to one new division.",
)

ID_DUPLICATE = ErrorCode("ID_DUPLICATE", "该证件号码已登记。", "This id number is registered already.")
ID_REQUIRED = ErrorCode(
    "ID_REQUIRED",
    "证件类型 {id_type} 需要号码；NONE 不能有号码。",
    "The id type {id_type} needs a number; NONE has none.",
)
BIRTH_FUTURE = ErrorCode("BIRTH_FUTURE", "出生日期不能晚于今天。", "The birth date is in the future.")
PERSON_DECEASED = ErrorCode(
    "PERSON_DECEASED",
    "该人员已死亡，不能办理此事项。",
    "This person has died; that can no longer be recorded.",
)
DATE_FUTURE = ErrorCode(
    "DATE_FUTURE", "日期 {day} 晚于今天 {today}。", "The date {day} is after today, {today}."
)
DATE_ORDER = ErrorCode("DATE_ORDER", "日期 {day} 早于 {earliest}。", "The date {day} is before {earliest}.")
CHANGED_SINCE = ErrorCode(
    "CHANGED_SINCE",
    "此后又有变更（{what}），请先撤销后来的变更。",
    "Something was changed since ({what}); reverse that first.",
)
EVENT_REVERSED = ErrorCode("EVENT_REVERSED", "该事项已被撤销。", "This life event has been reversed already.")
BIRTH_PLACE = ErrorCode(
    "BIRTH_PLACE",
    "请填写父母、所入户或户籍地与常住地，以确定新生儿的区划。",
    "Give a parent, a household or the divisions: they tell where the child belongs.",
)
PARENT_GENDER = ErrorCode(
    "PARENT_GENDER",
    "母亲应为女性，父亲应为男性，请核对人员。",
    "The mother must be female and the father male; check the persons.",
)
RELATION_NEEDED = ErrorCode(
    "RELATION_NEEDED",
    "无法推定与户主的关系，请填写 relation。",
    "The relation to the head does not follow from what is known; give it.",
)
MARRIAGE_PARTIES = ErrorCode(
    "MARRIAGE_PARTIES",
    "结婚登记须为一男一女两人，请核对人员。",
    "A marriage is between a man and a woman; check the persons.",
)
MARRIAGE_AGE = ErrorCode(
    "MARRIAGE_AGE",
    "{day} 未满法定婚龄 {age} 周岁（民法典第1047条）。",
    "On {day} this person is younger than {age}, the age of marriage (Civil Code 1047).",
)
ALREADY_MARRIED = ErrorCode(
    "ALREADY_MARRIED",
    "该人员已有配偶，请先核对婚姻状况。",
    "This person is married already; check the record.",
)
NOT_MARRIED = ErrorCode(
    "NOT_MARRIED",
    "两人不是登记在册的夫妻，请先核对或登记婚姻。",
    "The two are not recorded as married to each other; check or record the marriage first.",
)
DIVORCE_PENDING = ErrorCode(
    "DIVORCE_PENDING",
    "两人已有未办结的离婚登记申请。",
    "The two have an application for divorce that is still open.",
)
DIVORCE_CLOSED = ErrorCode(
    "DIVORCE_CLOSED", "该离婚登记申请已办结或已撤回。", "This application for divorce is closed."
)
COOLING_OFF = ErrorCode(
    "COOLING_OFF",
    "离婚冷静期未满：{first} 至 {last} 可申领离婚证（民法典第1077条）。",
    "The cooling-off period is not over: certificates are issued from {first} to {last} (Civil Code 1077).",
)
WITHDRAWAL_LATE = ErrorCode(
    "WITHDRAWAL_LATE",
    "撤回申请的期限为 {last}，已过期。",
    "The application could be withdrawn until {last}.",
)
DEEMED_WITHDRAWN = ErrorCode(
    "DEEMED_WITHDRAWN",
    "申领离婚证的期限至 {last}，逾期视为撤回申请；如仍要离婚请重新申请。",
    "Certificates were issued until {last}; the application is deemed withdrawn. Apply anew.",
)

MERGE_SAME = ErrorCode("MERGE_SAME", "不能与自身合并。", "A record cannot be merged with itself.")
MERGE_CONFLICT = ErrorCode(
    "MERGE_CONFLICT",
    "两条记录的证件类型相同而号码不同，是两个人；如号码有误请先更正。",
    "The two have different numbers of one kind of id, so they are two persons; correct a wrong number first.",
)
MERGE_LEFTOVER = ErrorCode(
    "MERGE_LEFTOVER",
    "仍有记录挂在被合并的人员上（{what}），相应插件不支持合并。",
    "Something still hangs on the record to be dropped ({what}); its plugin cannot merge persons.",
)
MERGE_UNDONE = ErrorCode("MERGE_UNDONE", "该合并已被撤销。", "This merge has been undone already.")
PERSON_NEEDED = ErrorCode(
    "PERSON_NEEDED",
    "该人员是户主，请先变更户主或销户。",
    "This person heads a household; change the head or close the household first.",
)
DISABILITY_LEVEL = ErrorCode(
    "DISABILITY_LEVEL",
    "残疾等级为 1 到 4 级，且每一类别只登记一次。",
    "A disability level is 1 to 4, and each category is recorded once.",
)

MEMBER_DUPLICATE = ErrorCode(
    "MEMBER_DUPLICATE",
    "该人员已在另一个同类户中（或在本户重复）。",
    "This person is already in an open household of this kind.",
)
HEAD_REQUIRED = ErrorCode(
    "HEAD_REQUIRED", "一户须有且只有一名户主（关系 02）。", "A household has exactly one head (relation 02)."
)
HEAD_LEAVES = ErrorCode(
    "HEAD_LEAVES", "户主不能直接离户，请先变更户主。", "The head cannot leave; change the head first."
)
MEMBER_MISSING = ErrorCode(
    "MEMBER_MISSING", "该人员不是本户的在册成员。", "This person is not an open member of the household."
)
HOUSEHOLD_CLOSED = ErrorCode("HOUSEHOLD_CLOSED", "该户已销户。", "This household is closed.")
HOUSEHOLD_CODE_TAKEN = ErrorCode(
    "HOUSEHOLD_CODE_TAKEN",
    "户编号 {code} 在本县（市、区）已被使用。",
    "The household code {code} is taken in this district.",
)
ADDRESS_FORMAT = ErrorCode(
    "ADDRESS_FORMAT", "地址须为 1 到 200 个字符。", "An address has 1 to 200 characters."
)

USCC_TAKEN = ErrorCode("USCC_TAKEN", "该统一社会信用代码已登记。", "This credit code is registered already.")
DIV_ABOVE_COUNTY = ErrorCode(
    "DIV_ABOVE_COUNTY", "区划 {code} 高于县级，不能登记组织。", "Division {code} lies above the counties."
)
LEGAL_REP = ErrorCode(
    "LEGAL_REP",
    "法定代表人填写在册人员或姓名，只填其一。",
    "Give the legal representative as a registered person or by name, not both.",
)
ORGANIZATION_CLOSED = ErrorCode("ORGANIZATION_CLOSED", "该组织已注销。", "This organization is closed.")
QUALIFICATION_KIND = ErrorCode(
    "QUALIFICATION_KIND",
    "营利性组织不能取得该资格。",
    "An organization that trades for profit cannot have this qualification.",
)
QUALIFICATION_OVERLAP = ErrorCode(
    "QUALIFICATION_OVERLAP",
    "该组织在 {day} 已有同类资格。",
    "The organization has a qualification of this kind on {day}.",
)
QUALIFICATION_OVER = ErrorCode(
    "QUALIFICATION_OVER",
    "该资格在 {day} 无效或已被更正，请刷新后重试。",
    "This qualification does not hold on {day}, or was corrected; reload and try again.",
)
COMMITTEE_DIVISION = ErrorCode(
    "COMMITTEE_DIVISION",
    "区划 {code} 不是村级，不能设立村（居）委会。",
    "Division {code} is no village or community and has no committee.",
)
COMMITTEE_EXISTS = ErrorCode(
    "COMMITTEE_EXISTS", "区划 {code} 已有村（居）委会。", "Division {code} has a committee already."
)
COMMITTEE_CLOSED = ErrorCode("COMMITTEE_CLOSED", "该委员会已撤销。", "This committee is closed.")
COMMITTEE_SIZE = ErrorCode(
    "COMMITTEE_SIZE",
    "该委员会应有 {minimum} 到 {maximum} 名成员，当前为 {count} 名。",
    "A committee of this kind has {minimum} to {maximum} members, not {count}.",
)
COMMITTEE_CHAIR = ErrorCode(
    "COMMITTEE_CHAIR", "委员会须有且只有一名主任。", "A committee has exactly one chair."
)
COMMITTEE_MEMBER_AGE = ErrorCode(
    "COMMITTEE_MEMBER_AGE",
    "委员会成员须年满 {age} 周岁。",
    "Members of a committee are at least {age} years old.",
)
COMMITTEE_MEMBER_TWICE = ErrorCode(
    "COMMITTEE_MEMBER_TWICE",
    "同一人在一届中只能任职一次。",
    "One person has one post in a term of a committee.",
)
COMMITTEE_MEMBER_MISSING = ErrorCode(
    "COMMITTEE_MEMBER_MISSING",
    "该人员不是本届委员会的在任成员。",
    "This person is no present member of the committee.",
)
TERM_MISSING = ErrorCode(
    "TERM_MISSING", "该委员会尚未换届选举。", "This committee has no term yet; record an election first."
)
TERM_OVERLAP = ErrorCode(
    "TERM_OVERLAP",
    "新一届须晚于上一届的起始日 {earliest}。",
    "A new term begins after the former one did, on {earliest}.",
)
SUB_COMMITTEE_EXISTS = ErrorCode(
    "SUB_COMMITTEE_EXISTS",
    "该委员会已有同类或同名的下属委员会。",
    "The committee has a sub-committee of this kind or name.",
)
EXPORT_SHAPE = ErrorCode(
    "EXPORT_SHAPE",
    "导出须为查询，且只选取一个列表（connection）的 edges 和 node，旁边没有其他字段，行内没有其他可翻页的列表。",
    "An export is a query for exactly one connection, its edges and node, with no field beside it and no other "
    "connection inside its rows.",
)
EXPORT_FORMAT = ErrorCode(
    "EXPORT_FORMAT",
    "没有导出格式“{format}”，可用 {known}。",
    "There is no export format {format}; known are {known}.",
)
EXPORT_UNREACHABLE = ErrorCode(
    "EXPORT_UNREACHABLE",
    "列表 {list} 对您不可见，没有可导出的内容。",
    "The list {list} is not there for you: there is nothing to export.",
)
EXPORT_CELL = ErrorCode(
    "EXPORT_CELL",
    "列 {column} 有一格超过工作表单元格的长度，请改用 CSV 或 JSON Lines。",
    "A value of {column} is longer than a cell of a workbook holds; take CSV or JSON Lines.",
)

CORE_REFUSALS: tuple[ErrorCode, ...] = (
    *CODES_REFUSALS,
    *WORKFLOW_REFUSALS,
    *JOBS_REFUSALS,
    *MEASURE_REFUSALS,
    *OUTBOX_REFUSALS,
    *DOCUMENT_REFUSALS,
    *PARAMETER_REFUSALS,
    *PROJECT_REFUSALS,
    *REFERRAL_REFUSALS,
    *SIGNAL_REFUSALS,
    *ENTITLEMENT_REFUSALS,
    *FUND_REFUSALS,
    *PAYMENT_REFUSALS,
    MONTH_INVALID,
    MONEY_AMOUNT,
    *(value for value in list(globals().values()) if isinstance(value, ErrorCode)),
)
