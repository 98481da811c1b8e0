#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What a client has received, and waiting for more of it with a deadline."""

import asyncio

from stanza import CLIENT, Unmet, matcher, namespace, serialised

#: Seconds a scenario waits for one stanza. Generous: two cores may be building at the same time.
PATIENCE = 15.0


class Inbox:
    """Received stanzas in order. A stanza that was waited for is consumed: the next wait does not see it again."""

    def __init__(self, owner):
        self.owner = owner
        self.history = []
        self._waiting = []
        self._wakers = set()

    def add(self, stanza):
        self.history.append(stanza)
        self._waiting.append(stanza)
        self.wake()

    def wake(self):
        """Lets waiters look again, at a new stanza or at a changed state of their client."""
        for waker in list(self._wakers):
            if not waker.done():
                waker.set_result(None)

    async def until(self, condition, within=PATIENCE, what="a condition"):
        """Waits until `condition()` is true (anything but None and False) and returns its value."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            value = condition()
            if value is not None and value is not False:
                return value
            left = deadline - loop.time()
            if left <= 0:
                raise Unmet(f"{self.owner} waited {within:g} s for {what}.\n{self.recent()}")
            waker = loop.create_future()
            self._wakers.add(waker)
            try:
                await asyncio.wait_for(waker, left)
            except asyncio.TimeoutError:
                pass
            finally:
                self._wakers.discard(waker)

    async def wait_for(self, predicate, within=PATIENCE, what="a stanza"):
        """The first stanza not yet consumed that fits, now or within so many seconds."""

        def take():
            for index, stanza in enumerate(self._waiting):
                if predicate(stanza):
                    return self._waiting.pop(index)
            return None

        return await self.until(take, within, what)

    async def expect(self, name, within=PATIENCE, **conditions):
        """Waits for a stanza that `stanza.matcher` describes."""
        fits, described = matcher(name, **conditions)
        return await self.wait_for(fits, within, described)

    def saw(self, name, **conditions):
        """Every stanza received so far, consumed or not, that fits."""
        fits, _ = matcher(name, **conditions)
        return [stanza for stanza in self.history if fits(stanza)]

    def refuse(self, name, **conditions):
        """Fails when such a stanza has come. Meant for after a later stanza or `Client.settle` has come through."""
        fits, described = matcher(name, **conditions)
        for stanza in self.history:
            if fits(stanza):
                raise Unmet(f"{self.owner} must not receive {described}, but did:\n{serialised(stanza)}")

    def forget(self):
        """Consumes everything received so far; the history stays."""
        self._waiting.clear()

    def recent(self, count=12):
        lines = [serialised(stanza) for stanza in self.history if namespace(stanza) == CLIENT][-count:]
        return f"Last received by {self.owner}:\n" + ("\n".join(f"  {line[:1500]}" for line in lines) or "  nothing")
