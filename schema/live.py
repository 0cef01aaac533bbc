"""Subscriptions as they run: each entry of the outbox is answered like a request of its own, under the rights that
the caller has at that moment. How the answers travel is the transport's business.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.access.principal import Principal
from core.errors import Refused
from core.outbox.feed import Feed, Published
from core.outbox.refusals import POSITION_GONE, SUBSCRIPTIONS_MANY
from schema.messages import error_body
from schema.request import GraphQLRequest

if TYPE_CHECKING:
    from schema.service import GraphQLService

# Asked again and again: the caller as the token and the rights are now.
Caller = Callable[[], Awaitable[Principal]]

BEAT_SECONDS = 15.0
_FRESH_SECONDS = 1.0
_EACH = 100


@dataclass(frozen=True)
class Delivery:
    """What a subscription sends.

    Attributes:
        position: after which to go on. body: the answer; None only shows that the line is alive.
    """

    position: int
    body: bytes | None = None


class StreamFailed(Exception):
    """A subscription is refused, or ends with an error.

    Attributes:
        body: `{"errors": […]}` in the caller's language.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        super().__init__("the subscription failed")


class CallerLost(Exception):
    """The token has expired, or its user is known no more: the caller has to sign in again."""

    def __init__(self, refusal: Refused) -> None:
        self.refusal = refusal
        super().__init__(refusal.code.code)


class Streams:
    """The subscriptions of one process."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.running: Counter[str] = Counter()

    @asynccontextmanager
    async def listening(self, subject: str) -> AsyncIterator[int]:
        """Be one more listener; gives the position of now.

        Raises:
            Refused: SUBSCRIPTIONS_MANY.
        """
        if self.running[subject] >= _EACH:
            raise Refused(SUBSCRIPTIONS_MANY, maximum=_EACH)
        self.running[subject] += 1
        try:
            async with self.feed.listening() as position:
                yield position
        finally:
            self.running[subject] -= 1
            self.running += Counter()  # drops who has none left


class Stream:
    """One subscription.

    Attributes:
        position: up to where it has come.

    Args:
        topic: of the outbox. after: the `after` of the field itself; the request's own goes before it.
    """

    def __init__(
        self, service: GraphQLService, request: GraphQLRequest, caller: Caller, topic: str, after: int | None
    ) -> None:
        self._service = service
        self._request = request
        self._caller = caller
        self._topic = topic
        self._after = after if request.after is None else request.after
        self._asked = 0.0
        self._sent = 0.0
        self.position = 0

    @property
    def stopped(self) -> bool:
        """Whether it ended because the process is about to stop: the client should come back."""
        return self._service.streams.feed.closed

    async def deliveries(self) -> AsyncGenerator[Delivery, None]:
        """What happens from now on; the first delivery says that the subscription stands.

        Raises:
            StreamFailed, CallerLost.
        """
        try:
            async with self._service.streams.listening(self._request.principal.subject) as now:
                self.position = self._start(now)
                await self._answer(
                    Published(0, now, self._topic, "", "")
                )  # whatever is wrong is said at once
                self._sent = time.monotonic()
                yield Delivery(self.position)
                async for delivery in self._following():
                    yield delivery
        except Refused as refusal:
            raise StreamFailed(error_body([refusal], self._request.language)) from None

    def _start(self, now: int) -> int:
        if self._after is None:
            return now
        if not 0 <= self._after <= now:
            raise Refused(POSITION_GONE, position=self._after)
        return self._after

    async def _following(self) -> AsyncGenerator[Delivery, None]:
        while not self.stopped:
            found = await self._service.streams.feed.after(self.position, BEAT_SECONDS)
            self._asked = 0.0  # rights that were taken away before these were written count
            for published in found:
                body = await self._heard(published)
                self.position = published.position
                if body is not None:
                    self._sent = time.monotonic()
                    yield Delivery(self.position, body)
            if time.monotonic() - self._sent >= BEAT_SECONDS:
                await self._principal()
                self._sent = time.monotonic()
                yield Delivery(self.position)

    async def _principal(self) -> Principal:
        if time.monotonic() - self._asked > _FRESH_SECONDS:
            try:
                principal = await self._caller()
            except Refused as refusal:
                raise CallerLost(refusal) from None
            self._request = replace(self._request, principal=principal)
            self._asked = time.monotonic()
        return self._request.principal

    async def _heard(self, published: Published) -> bytes | None:
        if published.topic != self._topic:
            return None
        principal = await self._principal()
        # Spares a statement; the statement has the whole test.
        if not principal.scope(published.read).covers(published.division):
            return None
        return await self._answer(published)

    async def _answer(self, published: Published) -> bytes | None:
        answer = await self._service.execute(self._request, happened=published)
        if answer.failed:
            raise StreamFailed(answer.body)
        return None if answer.empty else answer.body
