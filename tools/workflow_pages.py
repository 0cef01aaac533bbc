"""`docs/workflows.md`: the diagram and table of every declared workflow.

python -m tools.workflow_pages --write
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.host import Host, bundled
from core.workflow.declared import Workflow
from core.workflow.diagram import mermaid, table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "workflows.md"
_HEAD = """# Workflows · 工作流

Every case that the bundled plugins and core handle, drawn from its declaration by
`python -m tools.workflow_pages --write`; a test keeps page and code equal.
Limits: `d` days, `wd` working days, `m` months.

自带插件与核心的全部办理流程，由声明自动生成。
"""


def page() -> str:
    """The text that the code gives."""
    host = Host(bundled())
    return "\n".join([_HEAD, *(_section(workflow) for workflow in host.book(Workflow))])


def _section(workflow: Workflow) -> str:
    title = f"## {workflow.zh} · {workflow.en} (`{workflow.name}`)"
    return f"{title}\n\n```mermaid\n{mermaid(workflow)}\n```\n\n{table(workflow)}\n"


def main() -> int:
    """Write the page, or say whether it is behind the code."""
    if "--write" in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
    if not same:
        print("docs/workflows.md is behind the code: python -m tools.workflow_pages --write")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
