"""`minzheng serve`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer

from core.errors import StartupError
from core.settings import Settings
from server.cli.common import DatabaseOption, PluginsOption, complain, say, settings_of

_GRACE_SECONDS = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="启动服务 / Start the service")(serve)


def serve(
    context: typer.Context,
    database: DatabaseOption = None,
    host: Annotated[str, typer.Option(help="监听地址 / The address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / The port", min=0, max=65535)] = 8000,
    dev: Annotated[
        bool | None, typer.Option("--dev/--no-dev", help="开发模式：接受开发令牌 / Accept development tokens")
    ] = None,
    today: Annotated[
        str | None, typer.Option(help="固定业务日期（仅开发模式）/ A fixed business date (with --dev)")
    ] = None,
    plugins: PluginsOption = None,
) -> None:
    settings = settings_of(context, database=database, dev=dev, today=today, plugins=plugins)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # readiness asks it again and again
    if settings.dev:
        complain(
            "开发模式：任何持有本机开发密钥的人都能进入 / development mode: do not use it with real data"
        )
    run(settings, host, port)


def run(settings: Settings, host: str, port: int, announce: str | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then finish what runs.

    Args:
        announce: a line to print once the address answers, after the address itself.

    Raises:
        StartupError: says what to change.
    """
    from server.runtime import Runtime

    # uvicorn raises the signal again once it has stopped; SIGTERM would end us before the runtime is closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runtime = runner.run(Runtime.open(settings))
        try:
            listening = _listen(host, port)
            say(f"GraphQL: http://{_address(listening)}/graphql")
            if announce:
                say(announce)
            with suppress(KeyboardInterrupt):
                runner.run(_server(runtime).serve(sockets=[listening]))
        finally:
            runner.run(runtime.close())


def _server(runtime: Any) -> Any:
    import uvicorn

    from server.app import create_app
    from server.sockets import MAXIMUM_BYTES

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            runtime.graphql.stop_streams()  # connections that are waited for would never end
            await super().shutdown(sockets)

    return Server(
        uvicorn.Config(
            create_app(runtime),
            ws="websockets-sansio",
            ws_max_size=MAXIMUM_BYTES,
            ws_per_message_deflate=False,  # messages are small, and each connection would keep two windows
            lifespan="on",
            server_header=False,
            access_log=False,  # it would log query strings
            log_config=None,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # Not `strerror`, to which the socket module adds the address once more.
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise StartupError(
            f"无法监听 {host}:{port}，请换一个 --port / "
            f"cannot listen on {host}:{port} ({reason}): choose another --port"
        ) from None


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
