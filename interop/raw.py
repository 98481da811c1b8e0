#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A stream with nothing between the scenario and the socket: for bad input, authentication and stream management."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import ssl
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

from stanza import BIND, CLIENT, SASL, STREAM, TLS, Unmet, child, error_condition, local_name, serialised

PATIENCE = 15.0


class StreamEnded(Exception):
    """The server closed its stream or the connection."""


class RawStream:
    """A client's byte stream, read element by element.

    Nothing is checked and nothing repaired on the way out; what comes in must be XML.
    """

    def __init__(self, endpoint, domain):
        self.endpoint = endpoint
        self.domain = domain
        self.header = None
        self.features = None
        self.closed_stream = False
        self._reader = self._writer = None
        self._context = ssl.create_default_context(cafile=str(endpoint.ca))

    async def connect(self, *, direct_tls=False):
        if direct_tls:
            self._reader, self._writer = await asyncio.open_connection(
                self.endpoint.host, self.endpoint.c2s_tls, ssl=self._context, server_hostname=self.domain)
        else:
            self._reader, self._writer = await asyncio.open_connection(self.endpoint.host, self.endpoint.c2s)
        self._reset()
        return self

    def _reset(self):
        self._parser = ET.XMLPullParser(("start", "end"))
        self._depth = 0
        self._ready = []

    # Bytes

    async def send(self, data):
        """Sends text or bytes as they are; a connection that is gone already is no error: the answer may be there."""
        try:
            self._writer.write(data.encode() if isinstance(data, str) else data)
            await self._writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass

    async def close(self):
        if self._writer is None:
            return
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), 2)
        except (OSError, ssl.SSLError, asyncio.TimeoutError):
            pass

    async def element(self, within=PATIENCE):
        """The next whole child of the stream. Raises StreamEnded when the server closes instead."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while not self._ready:
            if self.closed_stream:
                raise StreamEnded("the server closed its stream")
            try:
                data = await asyncio.wait_for(self._reader.read(65536), max(0.01, deadline - loop.time()))
            except asyncio.TimeoutError:
                raise Unmet(f"nothing came on the raw stream within {within:g} s") from None
            except (ConnectionError, ssl.SSLError) as error:
                raise StreamEnded(f"the connection broke ({error})") from None
            if not data:
                raise StreamEnded("the server closed the connection")
            self._feed(data)
        return self._ready.pop(0)

    def _feed(self, data):
        self._parser.feed(data)
        for event, element in self._parser.read_events():
            if event == "start":
                if self._depth == 0:
                    self.header = element
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth == 1:
                    self._ready.append(element)
                elif self._depth == 0:
                    self.closed_stream = True

    # Streams

    def opening(self, *, to=None, content_namespace=CLIENT, version="1.0"):
        """A stream header."""
        return (
            f"<?xml version='1.0'?><stream:stream to={quoteattr(to or self.domain)} version={quoteattr(version)}"
            f" xmlns={quoteattr(content_namespace)} xmlns:stream='{STREAM}'>")

    async def open(self, **header):
        """Opens a stream and returns the features."""
        self._reset()
        await self.send(self.opening(**header))
        self.features = await self.element()
        if local_name(self.features) != "features":
            raise Unmet(f"expected stream features, got {serialised(self.features)}")
        return self.features

    async def starttls(self):
        """Asks for TLS, makes the handshake, opens the stream anew."""
        await self.send(f"<starttls xmlns='{TLS}'/>")
        answer = await self.element()
        if local_name(answer) != "proceed":
            raise Unmet(f"expected <proceed/>, got {serialised(answer)}")
        await self._writer.start_tls(self._context, server_hostname=self.domain)
        return await self.open()

    async def secured(self, *, direct_tls=False):
        """Connects and goes on to the features under TLS."""
        await self.connect(direct_tls=direct_tls)
        await self.open()
        if not direct_tls:
            await self.starttls()
        return self

    async def logged_in(self, user, password, *, resource=None):
        """Connects, authenticates and binds; returns the stream. `full` is the address bound."""
        await self.secured()
        answer = await self.scram(user, password)
        if local_name(answer) != "success":
            raise Unmet(f"{user} was not let in: {serialised(answer)}")
        await self.open()
        await self.bind(resource)
        return self

    async def bind(self, resource=None):
        inner = f"<resource>{resource}</resource>" if resource else ""
        answer = await self.iq("set", f"<bind xmlns='{BIND}'>{inner}</bind>")
        if answer.get("type") == "error":
            raise Unmet(f"binding failed: {serialised(answer)}")
        self.full = child(child(answer, "bind", BIND), "jid", BIND).text
        return answer

    async def iq(self, type_, payload, to=None):
        """Sends a request; returns its answer and drops what else comes before."""
        id_ = secrets.token_hex(6)
        target = f" to={quoteattr(to)}" if to else ""
        await self.send(f"<iq type='{type_}' id='{id_}'{target}>{payload}</iq>")
        while True:
            answer = await self.element()
            if local_name(answer) == "iq" and answer.get("id") == id_:
                return answer

    async def until(self, name, within=PATIENCE):
        """The next element of that name; others are dropped."""
        while True:
            element = await self.element(within)
            if local_name(element) == name:
                return element

    async def stream_error(self, *conditions, within=PATIENCE):
        """The server must close with a stream error of one of these conditions; returns it.

        RFC 6120 section 4.9.1.1: the error is followed by the end of the stream and of the connection.
        """
        try:
            while True:
                element = await self.element(within)
                if local_name(element) == "error" and element.tag.startswith(f"{{{STREAM}}}"):
                    break
        except StreamEnded as end:
            raise Unmet(f"expected the stream error {'/'.join(conditions)}, but {end}") from None
        condition = error_condition(element)
        if conditions and condition not in conditions:
            raise Unmet(f"expected the stream error {'/'.join(conditions)}, got {serialised(element)}")
        await self.ended(within)
        return condition

    async def ended(self, within=PATIENCE):
        """The server must end the connection without sending another element, a stream error apart."""
        try:
            while True:
                element = await self.element(within)
                if local_name(element) != "error":
                    raise Unmet(f"expected the end of the stream, got {serialised(element)}")
        except StreamEnded:
            return

    # SASL

    @property
    def mechanisms(self):
        """The names of the mechanisms offered."""
        offered = child(self.features, "mechanisms", SASL)
        return [] if offered is None else [(mechanism.text or "").strip() for mechanism in offered
                                           if local_name(mechanism) == "mechanism"]

    async def plain(self, user, password):
        """SASL PLAIN (RFC 4616); returns the success or failure."""
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        await self.send(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{token}</auth>")
        return await self.element()

    async def scram(self, user, password, mechanism="SCRAM-SHA-256", *, tamper_binding=False):
        """SASL SCRAM (RFC 5802) or its -PLUS with `tls-server-end-point` (RFC 5929); returns the success or failure.

        The server's signature is checked. `challenge` keeps the server's first message as a dictionary.
        """
        digest = next(name for bits, name in (("512", "sha512"), ("256", "sha256"), ("SHA-1", "sha1")) if bits in mechanism)
        plus = mechanism.endswith("-PLUS")
        gs2 = "p=tls-server-end-point,," if plus else "n,,"
        binding = gs2.encode()
        if plus:
            certificate = self._writer.get_extra_info("ssl_object").getpeercert(True)
            binding += hashlib.sha256(certificate).digest()
        if tamper_binding:
            binding += b"!"
        nonce = secrets.token_urlsafe(18)
        first_bare = f"n={user},r={nonce}"
        await self.send(f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{_base64(gs2 + first_bare)}</auth>")
        answer = await self.element()
        if local_name(answer) != "challenge":
            return answer
        server_first = base64.b64decode(answer.text or "").decode()
        self.challenge = dict(part.split("=", 1) for part in server_first.split(","))
        if not self.challenge["r"].startswith(nonce):
            raise Unmet("the server's nonce does not begin with ours (RFC 5802 section 5.1)")
        salted = hashlib.pbkdf2_hmac(
            digest, password.encode(), base64.b64decode(self.challenge["s"]), int(self.challenge["i"]))
        final_bare = f"c={base64.b64encode(binding).decode()},r={self.challenge['r']}"
        signed = f"{first_bare},{server_first},{final_bare}".encode()
        client_key = hmac.digest(salted, b"Client Key", digest)
        signature = hmac.digest(hashlib.new(digest, client_key).digest(), signed, digest)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        final = f"{final_bare},p={base64.b64encode(proof).decode()}"
        await self.send(f"<response xmlns='{SASL}'>{_base64(final)}</response>")
        answer = await self.element()
        if local_name(answer) == "success":
            expected = hmac.digest(hmac.digest(salted, b"Server Key", digest), signed, digest)
            if base64.b64decode(answer.text or "").decode() != f"v={base64.b64encode(expected).decode()}":
                raise Unmet("the server's signature is wrong")
        return answer


def _base64(text):
    return base64.b64encode(text.encode()).decode()


def failure_of(element):
    """(condition, text) of a SASL `<failure/>`."""
    if local_name(element) != "failure":
        raise Unmet(f"expected a SASL failure, got {serialised(element)}")
    condition = next((local_name(part) for part in element if local_name(part) != "text"), "")
    text = child(element, "text", SASL)
    return condition, "" if text is None else text.text or ""
