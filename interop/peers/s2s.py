#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A stream from another server with no server behind it: for what only attackers send."""

import asyncio
import ssl
from xml.sax.saxutils import escape, quoteattr

from raw import RawStream, StreamEnded
from stanza import Unmet, local_name


class ServerStream(RawStream):
    """Opened in the name of `domain`, without its certificate unless asked to show it."""

    def __init__(self, server, domain, to="acme.example", *, certificate=False):
        super().__init__(server, to)
        self.claimed = domain
        self._server = server
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        if certificate:
            self._context.load_cert_chain(server.authority.certificate(domain), server.authority.key(domain))

    async def secure(self):
        """Connects, and goes through STARTTLS up to the features behind it."""
        self._reader, self._writer = await asyncio.open_connection(
            self._server.network.address, self._server.s2s)
        self._reset()
        await self._open()
        await self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        answer = await self.element()
        if local_name(answer) != "proceed":
            raise Unmet(f"no <proceed/> but {local_name(answer)}")
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(
            self._writer.transport, self._writer.transport.get_protocol(), self._context, server_hostname=self.domain)
        self._writer._transport = transport
        self._reader._transport = transport
        self._reset()
        await self._open()
        return self

    async def _open(self):
        await self.send(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
            f"xmlns:db='jabber:server:dialback' from={quoteattr(self.claimed)} to={quoteattr(self.domain)} version='1.0'>")
        return await self.element()

    async def authenticate(self):
        """By the certificate (SASL EXTERNAL)."""
        await self.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
        answer = await self.element()
        if local_name(answer) != "success":
            raise Unmet(f"EXTERNAL ended with {local_name(answer)}")
        self._reset()
        await self._open()

    async def dialback(self, key):
        """Offers a key; the verdict, or None if the stream ends instead."""
        await self.send(
            f"<db:result from={quoteattr(self.claimed)} to={quoteattr(self.domain)}>{escape(key)}</db:result>")
        try:
            while True:
                element = await self.element(within=30)
                if local_name(element) == "result":
                    return element
        except StreamEnded:
            return None

    async def message(self, to, body):
        await self.send(
            f"<message from='tom@{self.claimed}' to={quoteattr(to)} type='chat'><body>{escape(body)}</body></message>")

    async def ended(self):
        """Waits for the end of the stream."""
        try:
            while True:
                await self.element(within=30)
        except StreamEnded:
            return
