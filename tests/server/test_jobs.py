"""`minzheng jobs` and the jobs of a serving process, on both databases."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from core.host import Host
from core.jobs.declared import Daily, Job
from core.jobs.models import JobRun
from core.jobs.own import CORE_JOBS
from core.settings import Settings
from core.work import Work
from server.app import create_app
from server.auth import mint
from server.cli import app
from server.runtime import Runtime
from tests.server.places import open_city

RUNNER = CliRunner()
CITY = "410189000000"


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("MINZHENG_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("MINZHENG_PLUGINS", "")
    monkeypatch.setenv("MINZHENG_DATABASE", database_url)
    assert RUNNER.invoke(app, ["keys", "generate"]).exit_code == 0


def run(*arguments: str) -> Result:
    return RUNNER.invoke(app, ["jobs", *arguments], env={"COLUMNS": "200"})


def declare(monkeypatch: pytest.MonkeyPatch, name: str, step: Any) -> None:
    """One more job of core, in every host that is loaded."""
    load = Host.load

    def loaded(settings: Settings) -> Host:
        host = load(settings)
        host.book(Job).add("core", [Job(name, "试", "Trial", Daily(), step)])
        return host

    monkeypatch.setattr(Host, "load", loaded)


def test_the_list_and_a_run() -> None:
    before = run("list")
    assert before.exit_code == 0
    assert "core.birthdays" in before.stdout
    assert "每天 00:10 / daily at 00:10" in before.stdout
    done = run("run")
    assert done.exit_code == 0
    assert done.stdout.count("done: 0") == len(CORE_JOBS)
    assert "DONE (0)" in run("list").stdout
    again = run("run")
    assert (again.exit_code, again.stdout) == (0, "没有到期的任务 / nothing is due\n")


def test_one_job_of_a_day() -> None:
    first = run("run", "core.birthdays", "core.expiries", "--on", "2022-11-30")
    assert first.exit_code == 0
    assert "core.birthdays 2022-11-30：已完成 0 / done: 0\n" in first.stdout
    second = run("run", "core.birthdays", "--on", "2022-11-30")
    assert "此前已完成 / was done before" in second.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("core.nothing",), "There is no job core.nothing"),
        (("--on", "2122-01-01"), "is still to come"),
        (("--on", "yesterday"), "is no date"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], words: str) -> None:
    result = run("run", *arguments)
    assert result.exit_code == 1
    assert words in str(result.exception) + result.output


def test_a_failure_is_told_and_the_rest_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        raise KeyError("13800001234")

    declare(monkeypatch, "core.broken", step)
    result = run("run")
    assert result.exit_code == 1
    assert "failed: KeyError" in result.stderr
    assert result.stdout.count("done: 0") == len(CORE_JOBS)
    assert "13800001234" not in result.output
    assert "FAILED (0) KeyError" in run("list").stdout


def test_another_runner_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    async def step(work: Work, outer: JobRun, cursor: Any) -> Any:
        result = await asyncio.to_thread(run, "run", "core.birthdays")
        assert (result.exit_code, "another runner" in result.stderr) == (3, True)

    declare(monkeypatch, "core.outer", step)
    assert run("run", "core.outer").exit_code == 0


INTERRUPTED = """
import asyncio
from core.host import Host
from core.jobs.declared import Daily, Job
import core.declarations as declarations

async def step(work, run, cursor):
    if cursor == 1:
        print("begun", flush=True)
        await asyncio.sleep(60)
    run.done += 1
    return 1

kinds = declarations.KINDS
declarations.KINDS = (*(k for k in kinds if k.hook != "jobs"), declarations.Kind("jobs", Job, [Job("core.long", "长", "Long", Daily(), step)]))
from server.cli import main
main()
"""  # noqa: E501


def test_ctrl_c_keeps_what_was_done() -> None:
    command = [sys.executable, "-c", INTERRUPTED, "jobs", "run"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
        # A shell that runs the tests in the background lets its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert (process.returncode, "goes on where it stopped" in told) == (130, True), told


# -- serving


@pytest.fixture
async def runtime(database_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    await asyncio.to_thread(open_city, database_url)
    settings = Settings(
        dev=True, database=database_url, var=tmp_path / "var", today=date(2022, 11, 30), plugins=[]
    )
    opened = await Runtime.open(settings)
    yield opened
    await opened.close()


async def ask(runtime: Runtime, query: str) -> Any:
    from schema.request import GraphQLRequest

    claims = await runtime.verifier.verify(mint(runtime.settings, "CITY_OFFICER", CITY))
    request = GraphQLRequest(query, await runtime.principal(claims, None))
    return json.loads((await runtime.graphql.execute(request)).body)["data"]


async def until(runtime: Runtime, query: str, good: Any) -> Any:
    for _ in range(150):
        found = await ask(runtime, query)
        if good(found):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def test_a_serving_process_runs_what_is_due_and_what_is_asked_for(runtime: Runtime) -> None:
    last = "{ jobs { name lastRun { state } } }"
    asked = "{ jobs { name runs { edges { node { day state } } } } }"
    async with create_app(runtime).router.lifespan_context(create_app(runtime)):
        await until(
            runtime, last, lambda found: all(j["lastRun"] == {"state": "DONE"} for j in found["jobs"])
        )
        made = await ask(
            runtime,
            'mutation { runJob(input: {job: "core.expiries", on: "2022-11-01"}) { run { state } errors { code } } }',
        )
        assert made["runJob"] == {"run": {"state": "QUEUED"}, "errors": []}
        done = {"node": {"day": "2022-11-01", "state": "DONE"}}
        await until(runtime, asked, lambda found: done in found["jobs"][1]["runs"]["edges"])


async def test_a_failing_job_does_not_stop_the_service(runtime: Runtime, caplog: Any) -> None:
    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        raise KeyError("13800001234")

    runtime.host.book(Job).add("core", [Job("core.aaa", "坏", "Bad", Daily(), step)])
    async with create_app(runtime).router.lifespan_context(create_app(runtime)):
        query = "{ jobs { name lastRun { state error } } }"
        found = await until(runtime, query, lambda found: all(job["lastRun"] for job in found["jobs"]))
    states = {job["name"]: job["lastRun"] for job in found["jobs"]}
    assert states.pop("core.aaa") == {"state": "FAILED", "error": "KeyError"}
    assert {run["state"] for run in states.values()} <= {"DONE", "RUNNING"}
    assert "13800001234" not in caplog.text
