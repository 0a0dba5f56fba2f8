"""The tools of Itential's MCP server, called as the server calls them, over its own client."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace
from typing import Any

from itential_mcp.platform.client import PlatformClient
from itential_mcp.tools import operations_manager, workflow_engine

from tests.clients.drivers.conversation import converse


class Context:
    """What a tool is given: the platform's client, and where to say what it does."""

    def __init__(self, client: PlatformClient) -> None:
        lifespan = {"client": client}
        self.request_context = SimpleNamespace(lifespan_context=lifespan)

    async def debug(self, message: str) -> None:
        """Nobody listens."""

    async def warning(self, message: str) -> None:
        """A warning of a tool is a failure of ours."""
        raise AssertionError(message)


def connect(host: str, port: int, user: str, password: str) -> None:
    """Say where the platform is, as the server's users do."""
    os.environ |= {
        "ITENTIAL_MCP_PLATFORM_HOST": host,
        "ITENTIAL_MCP_PLATFORM_PORT": str(port),
        "ITENTIAL_MCP_PLATFORM_USER": user,
        "ITENTIAL_MCP_PLATFORM_PASSWORD": password,
        "ITENTIAL_MCP_PLATFORM_DISABLE_TLS": "true",
    }


def use(tool: str, arguments: dict[str, Any]) -> Any:
    """What a tool answers."""
    module = operations_manager if hasattr(operations_manager, tool) else workflow_engine

    async def work() -> Any:
        async with PlatformClient() as client:
            return await getattr(module, tool)(Context(client), **arguments)

    return asyncio.run(work()).model_dump(mode="json", by_alias=True)


def ask(service: str, arguments: dict[str, Any]) -> Any:
    """What a method of the operations manager's service gives."""

    async def work() -> Any:
        async with PlatformClient() as client:
            return await getattr(client.operations_manager, service)(**arguments)

    return asyncio.run(work())


converse(connect, use, ask)
