#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A second connection that asks for a session at the same moment: the device's own, or a thief's of another account."""

import asyncio

from .names import FAILED, FAILURE, RESUMED, SASL, SUCCESS, login_token
from .wire import FEATURES, Gone, Wire


class Rival:
    """Takes nothing of what it gets to heart: whoever resumes after it gets it all again."""

    def __init__(self, field, local):
        self._field = field
        self._local = local
        self._elements = asyncio.Queue()

    async def ask(self, resume, stay):
        """Whether the session was given to it; it keeps it for so many seconds."""
        try:
            wire = await Wire.connect(
                self._field.port, lambda _, element: self._elements.put_nowait(element.tag),
                lambda _: self._elements.put_nowait(None))
        except OSError:
            return False
        try:
            wire.open(self._field.domain)
            await self._next(FEATURES)
            wire.write(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{login_token(self._local)}</auth>")
            if await self._next(SUCCESS, FAILURE) == FAILURE:
                return False
            wire.open(self._field.domain)
            await self._next(FEATURES)
            wire.write(resume)
            if await self._next(RESUMED, FAILED) == FAILED:
                return False
            await asyncio.sleep(stay)
            return True
        except (Gone, asyncio.TimeoutError):
            return False
        finally:
            wire.cut()

    async def _next(self, *tags):
        while True:
            tag = await asyncio.wait_for(self._elements.get(), 10)
            if tag is None:
                raise Gone
            if tag in tags:
                return tag
