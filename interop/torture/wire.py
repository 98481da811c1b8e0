#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A client's connection with nothing around it: text out, elements in, and every way of ending it badly."""

import asyncio
import socket
import struct
import xml.etree.ElementTree as ET
from xml.parsers import expat

CLIENT = "{jabber:client}"
STREAM = "{http://etherx.jabber.org/streams}"
MESSAGE, PRESENCE, IQ = f"{CLIENT}message", f"{CLIENT}presence", f"{CLIENT}iq"
FEATURES, STREAM_ERROR = f"{STREAM}features", f"{STREAM}error"


class Gone(Exception):
    """The connection ended while something was awaited."""


class Wire(asyncio.Protocol):
    """`on_element` is told of every whole child of the stream, `on_lost` of the end, each once and in order; `on_broken`
    of bytes that are no XML stream."""

    def __init__(self, on_element, on_lost, on_broken):
        self._on_element = on_element
        self._on_lost = on_lost
        self._on_broken = on_broken
        self._transport = None
        self._parser = self._root = None
        self._depth = 0
        self.lost = False

    @classmethod
    async def connect(cls, port, on_element, on_lost=lambda wire: None, on_broken=lambda wire, error: None):
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: cls(on_element, on_lost, on_broken), "127.0.0.1", port)
        return wire

    def connection_made(self, transport):
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error):
        if not self.lost:
            self.lost = True
            self._on_lost(self)

    def open(self, domain):
        """Begins a stream; a second time after authentication."""
        self._parser = ET.XMLPullParser(("start", "end"))
        self._root, self._depth = None, 0
        self.write(
            f"<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client'"
            " xmlns:stream='http://etherx.jabber.org/streams'>")

    def write(self, text):
        if not self.lost and not self._transport.is_closing():
            self._transport.write(text.encode())

    def data_received(self, data):
        parser = self._parser
        if parser is None:
            # Read in the same turn in which the connection was cut.
            return
        try:
            self._read(parser, data)
        except ET.ParseError as error:
            if error.code == expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI]:
                # A stream that ends before the client began it anew after authentication (RFC 6120 section 4.9.1.2).
                self.close()
                return
            behind = data.partition(b"</stream:stream>")[2][:24].decode(errors="replace")
            self._on_broken(self, f"{error}; behind the end of the stream: {behind}" if behind else str(error))
            self.cut()

    def _read(self, parser, data):
        parser.feed(data)
        for event, element in parser.read_events():
            if event == "start":
                if self._depth == 0:
                    self._root = element
                self._depth += 1
                continue
            self._depth -= 1
            if self._depth == 1:
                self._on_element(self, element)
                if self.lost or self._parser is not parser:
                    return
                self._root.clear()
            elif self._depth == 0:
                self._transport.close()

    # Ends

    def close(self):
        """What was written still goes out, then the connection ends: the server reads all of it, and the end."""
        self._end(self._transport.close)

    def cut(self):
        """Ends at once; what the kernel has not sent is thrown away and the server sees a reset."""
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._end(self._transport.abort)

    def freeze(self):
        """Reads nothing more and says nothing, as a phone that has left the network; returns how to end it at last."""
        self._transport.pause_reading()
        self.lost = True
        return self._transport.abort

    def _end(self, way):
        if not self.lost:
            self.lost = True
            way()
            self._on_lost(self)
