"""The jobs of core."""

from __future__ import annotations

from datetime import time

from core.jobs import birthdays, due_transitions, expiries, failed_hooks, housekeeping, parameters
from core.jobs.declared import Daily, Hourly, Job
from core.projects import due
from core.signals import scanning

CORE_JOBS = (
    Job(
        "core.birthdays",
        "生日：达到规定年龄的人员",
        "Birthdays: who reaches an age",
        Daily(time(0, 10)),
        birthdays.step,
        catch_up=True,
    ),
    Job(
        "core.expiries",
        "到期：税收资格、村（居）委会届期、用户授权",
        "What ends: tax qualifications, committee terms, grants",
        Daily(time(0, 30)),
        expiries.step,
        reads=expiries.READS,
    ),
    Job(
        "core.due_transitions",
        "自动办理：期满后自动完成的环节",
        "Steps of cases that are made by themselves after a time",
        Daily(time(1, 0)),
        due_transitions.step,
    ),
    Job(
        "core.projects_due",
        "项目：将到期或逾期的节点、问题和项目",
        "Projects: milestones, issues and completions that are due or late",
        Daily(time(1, 30)),
        due.step,
    ),
    Job(
        "core.signals",
        "预警：在登记信息中查找",
        "Early warnings: looks through the register for them",
        Daily(time(2, 30)),
        scanning.step,
    ),
    Job(
        "core.failed_hooks",
        "重试插件未能处理的事项",
        "Calls again what a plugin failed in",
        Hourly(minute=20),
        failed_hooks.step,
    ),
    Job(
        "core.housekeeping",
        "清理过期的幂等键、运行记录和已送达的变更",
        "Deletes idempotency keys, run records and told changes that are old",
        Daily(time(3, 0)),
        housekeeping.step,
    ),
    Job(
        "core.parameters",
        "政策参数：预先设定、今日起生效或失效的值",
        "Parameters: values set ahead that begin or end today",
        Daily(time(0, 5)),
        parameters.step,
        catch_up=True,
    ),
)
