#!/usr/bin/env python3
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Connects to a running server and breaks off again, many times, at each state of a stream's negotiation, and checks
that the server's memory does not grow with it.

Run by hand against a release build: `connect_abort.py --start .build/release/switchboard`, or `--pid` for one that
runs already. Exit code 0 means flat."""

import argparse
import asyncio
import base64
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

HOST = "localhost.example"
USER, PASSWORD = "soak", "soak-password"
HEADER = (
    "<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>" % HOST
).encode()
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
LINGER_RESET = struct.pack("ii", 1, 0)


def plain(user, password):
    data = base64.b64encode(("\0%s\0%s" % (user, password)).encode()).decode()
    return ("<auth xmlns='%s' mechanism='PLAIN'>%s</auth>" % (SASL, data)).encode()


def scram_first():
    data = base64.b64encode(("n,,n=%s,r=soaknonce" % USER).encode()).decode()
    return ("<auth xmlns='%s' mechanism='SCRAM-SHA-256'>%s</auth>" % (SASL, data)).encode()


BIND = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
REGISTER = (
    "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>%s</username><password>%s</password>"
    "</query></iq>" % (USER, PASSWORD)
).encode()


class Peer:
    """One connection."""

    def __init__(self, port):
        self.port = port

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    def send(self, data):
        self.writer.write(data)

    async def until(self, *marks):
        """Reads until one of the marks has come."""
        data = b""
        while not any(mark in data for mark in marks):
            more = await asyncio.wait_for(self.reader.read(65536), 30)
            if not more:
                raise ConnectionError("closed after %r" % data[-200:])
            data += more
        return data

    async def header(self):
        self.send(HEADER)
        await self.until(b"</stream:features>", b"</features>")

    async def log_in(self):
        await self.header()
        self.send(plain(USER, PASSWORD))
        await self.until(b"<success")
        await self.header()

    async def start_tls(self):
        await self.header()
        self.send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await self.until(b"<proceed")

    async def handshake(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        await self.writer.start_tls(context, server_hostname=HOST)

    def end(self, reset):
        sock = self.writer.get_extra_info("socket")
        if reset and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        self.writer.transport.abort() if reset else self.writer.close()


# Each state is what a connection does before it breaks off.

async def silent(peer):
    pass


async def half_header(peer):
    peer.send(HEADER[:60])


async def header(peer):
    await peer.header()


async def half_stanza(peer):
    await peer.header()
    peer.send(b"<iq type='get' id='1'><query xmlns='a'><b c='d'>text")


async def not_xml(peer):
    peer.send(b"GET / HTTP/1.1\r\n\r\n")
    await peer.until(b"</stream:error>", b"stream:error")


async def scram_waiting(peer):
    await peer.header()
    peer.send(scram_first())
    await peer.until(b"<challenge")


async def while_hashing(peer):
    await peer.header()
    peer.send(plain(USER, PASSWORD))


async def wrong_password(peer):
    await peer.header()
    peer.send(plain("nobody", "wrong"))
    await peer.until(b"<failure")


async def authenticated(peer):
    await peer.log_in()


async def while_binding(peer):
    await peer.log_in()
    peer.send(BIND)


async def bound(peer):
    await peer.log_in()
    peer.send(BIND)
    await peer.until(b"</iq>")


async def available(peer):
    await bound(peer)
    peer.send(b"<enable xmlns='urn:xmpp:sm:3'/><iq type='get' id='q'><query xmlns='jabber:iq:roster'/></iq><presence/>")
    await peer.until(b"<presence")


async def parked(peer):
    """Breaks off while a message is being written to the store."""
    await bound(peer)
    peer.send(b"<message to='nobody@%s'><body>hi</body></message>" % HOST.encode() * 3)


async def tls_proceed(peer):
    await peer.start_tls()


async def tls_half_hello(peer):
    await peer.start_tls()
    peer.send(bytes.fromhex("16030102000100"))


async def tls_garbage(peer):
    await peer.start_tls()
    peer.send(b"\x16\x03\x01\x00\x05hello" * 4)


async def tls_done(peer):
    await peer.start_tls()
    await peer.handshake()


async def tls_header(peer):
    await tls_done(peer)
    await peer.header()


PLAIN_STATES = [
    silent, half_header, header, half_stanza, not_xml, scram_waiting, while_hashing, wrong_password, authenticated,
    while_binding, bound, available, parked,
]
TLS_STATES = [tls_proceed, tls_half_hello, tls_garbage, tls_done, tls_header]
# A millisecond's hashing or more each: fewer of them show a leak as well.
SLOW = {while_hashing, wrong_password, authenticated, while_binding, bound, available, parked, tls_done, tls_header}


async def cycles(state, port, count, width):
    """Runs `count` cycles, `width` at a time; every second one ends with a reset. Returns how many failed."""
    left = iter(range(count))
    failures = 0

    async def worker():
        nonlocal failures
        for number in left:
            peer = Peer(port)
            try:
                await peer.open()
                await state(peer)
            except (OSError, ConnectionError, asyncio.TimeoutError, ssl.SSLError) as error:
                failures += 1
                if failures == 1:
                    print("   %s: %r" % (state.__name__, error), flush=True)
            finally:
                if hasattr(peer, "writer"):
                    peer.end(number % 2 == 0)

    await asyncio.gather(*(worker() for _ in range(width)))
    return failures


def rss(pid):
    with open("/proc/%d/status" % pid) as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


async def settled(pid, idle):
    """Waits until the server has let go of all connections."""
    for _ in range(100):
        if descriptors(pid) <= idle + 2:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    return rss(pid)


async def register(port):
    peer = await Peer(port).open()
    await peer.header()
    peer.send(REGISTER)
    await peer.until(b"</iq>", b"type='result'", b'type="result"')
    peer.end(False)


async def soak(arguments, pid):
    await register(arguments.plain)
    idle = descriptors(pid) - 1
    states = [(state, arguments.plain) for state in PLAIN_STATES] + [(state, arguments.tls) for state in TLS_STATES]
    if arguments.only:
        states = [entry for entry in states if entry[0].__name__ in arguments.only]
    bad = []
    for state, port in states:
        count = arguments.cycles // 10 if state in SLOW else arguments.cycles
        # The first round fills pools and caches; the two after it must cost nothing.
        failures = await cycles(state, port, max(count // 4, 200), arguments.width)
        first = await settled(pid, idle)
        failures += await cycles(state, port, count // 2, arguments.width)
        middle = await settled(pid, idle)
        failures += await cycles(state, port, count // 2, arguments.width)
        last = await settled(pid, idle)
        open_now = descriptors(pid) - idle
        # What grows in both halves, by more than a few hundred bytes a connection, is kept.
        growth = min(middle - first, last - middle) * 1024 / max(count // 2, 1)
        is_flat = growth < arguments.bytes and open_now <= 2 and failures * 20 <= count
        print(
            "%-15s %6d cycles  RSS %7d %7d %7d KB  %7.1f bytes a cycle  %d open  %d failed  %s"
            % (state.__name__, count, first, middle, last, growth, open_now, failures, "ok" if is_flat else "GROWS"),
            flush=True)
        if not is_flat:
            bad.append(state.__name__)
    return bad


def start(binary, configuration):
    data = tempfile.mkdtemp(prefix="switchboard-soak-")
    log = open(os.path.join(data, "log"), "w")
    server = subprocess.Popen(
        [binary, "serve", "--config", configuration], env=dict(os.environ, DATA=data), stdout=log, stderr=log)
    return server, data


def wait_for(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("nothing listens on port %d" % port)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--start", metavar="BINARY", help="start this server, and stop it at the end")
    parser.add_argument("--config", default="config/bench.yaml")
    parser.add_argument("--pid", type=int, help="a server that runs already")
    parser.add_argument("--plain", type=int, default=17223)
    parser.add_argument("--tls", type=int, default=17222, help="the port with STARTTLS")
    parser.add_argument("--cycles", type=int, default=20000, help="for each state; a tenth where passwords are hashed")
    parser.add_argument("--width", type=int, default=16, help="connections at a time")
    parser.add_argument("--bytes", type=float, default=256, help="growth per cycle that is allowed")
    parser.add_argument("--only", nargs="*", help="names of states")
    arguments = parser.parse_args()
    if not arguments.start and not arguments.pid:
        parser.error("--start or --pid is needed")
    server = None
    if arguments.start:
        server, data = start(arguments.start, arguments.config)
    try:
        wait_for(arguments.plain)
        bad = asyncio.run(soak(arguments, arguments.pid or server.pid))
    finally:
        if server:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
            shutil.rmtree(data, ignore_errors=True)
    if bad:
        sys.exit("memory or connections are kept: " + ", ".join(bad))


if __name__ == "__main__":
    main()
