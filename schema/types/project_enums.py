"""The code sets of projects as GraphQL enums."""

from __future__ import annotations

from core.codes import projects
from schema.types.enums import described

ProjectLevel = described(projects.ProjectLevel, "民生实事级别。", "Level of the list of livelihood projects.")
ProjectFacility = described(projects.ProjectFacility, "项目设施。", "What is built.")
ProjectState = described(projects.ProjectState, "项目状态。", "State of a project.")
