"""Around every request: its id, the headers every answer has, one log line, and no exception gets out."""

from __future__ import annotations

import logging
import time
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import Refused
from server import headers as wanted
from server.refusals import INTERNAL
from server.replies import refusals

log = logging.getLogger("minzheng.http")

DOCUMENTS = "/documents/"


class Envelope:
    """ASGI middleware. Puts `request_id` and `language` into the request's state."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["request_id"] = wanted.request_id(headers)
        state["language"] = wanted.language(headers)
        await _Exchange(self.app, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.app, self.scope, self.receive, self._send = app, scope, receive, send
        self.request_id: str = scope["state"]["request_id"]
        self.status: int | None = None

    async def run(self) -> None:
        started = time.perf_counter()
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnect:
            self.status = 499
        except Exception as error:
            await self._broken(error)
        finally:
            self._log(time.perf_counter() - started)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            headers["X-Content-Type-Options"] = "nosniff"
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    async def _broken(self, error: Exception) -> None:
        # Where it broke, not the message: database errors quote the values of the statement.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("request %s broke: %s\n%s", self.request_id, type(error).__name__, where)
        if self.status is not None:
            raise error  # the answer has begun; the server must cut it off
        reply = refusals([Refused(INTERNAL, request_id=self.request_id)], self.scope["state"]["language"])
        await reply(self.scope, self.receive, self.send)

    def _log(self, seconds: float) -> None:
        # Without the query string, where a GET carries the operation's variables, and without the token of a link.
        log.info(
            "%s %r %s %.1f ms request=%s",
            self.scope["method"],
            _without_token(self.scope["path"]),
            self.status,
            seconds * 1000,
            self.request_id,
        )


def _without_token(path: str) -> str:
    return f"{DOCUMENTS}…" if path.startswith(DOCUMENTS) else path
