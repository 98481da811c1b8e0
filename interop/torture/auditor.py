#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Reads a whole archive over a connection of its own, as a new device of the account would."""

import asyncio

from .names import FAILURE, FIN, MAM, RESULT, RSM, SASL, SUCCESS, condition, login_token, number_of
from .wire import FEATURES, IQ, MESSAGE, Wire

#: Entries a page.
PAGE = 250


class Auditor:
    def __init__(self, port, domain, local):
        self._port = port
        self._domain = domain
        self._local = local
        self._elements = asyncio.Queue()

    async def entries(self):
        """(archive id, number of the message or 0) of every entry, in the order the archive gives them."""
        wire = await Wire.connect(self._port, lambda _, element: self._elements.put_nowait(element))
        try:
            await self._log_in(wire)
            return await self._read(wire)
        finally:
            wire.cut()

    async def _log_in(self, wire):
        wire.open(self._domain)
        await self._next(FEATURES)
        wire.write(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{login_token(self._local)}</auth>")
        if (await self._next(SUCCESS, FAILURE)).tag == FAILURE:
            raise AssertionError("the auditor is not let in")
        wire.open(self._domain)
        await self._next(FEATURES)
        wire.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        await self._next(IQ)

    async def _read(self, wire):
        found, after = [], ""
        while True:
            wire.write(
                f"<iq type='set' id='page'><query xmlns='{MAM}'><set xmlns='{RSM}'><max>{PAGE}</max>{after}</set>"
                "</query></iq>")
            while (element := await self._next(MESSAGE, IQ)).tag == MESSAGE:
                result = element.find(RESULT)
                if result is not None:
                    found.append((result.get("id"), number_of(result[0].find(MESSAGE).get("id"))))
            if element.get("type") == "error":
                raise AssertionError(f"the archive cannot be read: {condition(element)}")
            fin = element.find(FIN)
            if fin.get("complete") == "true":
                return found
            after = f"<after>{fin.find(f'{{{RSM}}}set/{{{RSM}}}last').text}</after>"

    async def _next(self, *tags):
        while True:
            element = await asyncio.wait_for(self._elements.get(), 60)
            if element.tag in tags:
                return element
