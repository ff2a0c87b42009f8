"""Previews a Python example on the real engine, and prints what would be made, as JSON.

An inline program needs no language host for Python.

usage: previewExample.py EXAMPLE CHARTS
"""

import json
import os
import runpy
import sys

import pulumi
from pulumi import automation

example, charts = sys.argv[1:]


def with_charts(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Takes the charts from a folder, because tests have no network."""
    if args.type_ != "servicemesh:index:ServiceMesh":
        return None
    props = {**args.props, "charts": {"kind": "folder", "path": charts}}
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)


def program() -> None:
    pulumi.runtime.register_resource_transform(with_charts)
    runpy.run_path(os.path.join(example, "__main__.py"))


steps: list[str] = []


def record(event: automation.EngineEvent) -> None:
    if event.resource_pre_event is not None:
        metadata = event.resource_pre_event.metadata
        if metadata.op.value == "create":
            steps.append(metadata.urn)


stack = automation.create_or_select_stack(
    stack_name="dev",
    project_name="example",
    program=program,
    opts=automation.LocalWorkspaceOptions(work_dir=example),
)
stack.preview(on_event=record)
print(json.dumps(steps))
