#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Measures a server: allocations per routed message, bytes of memory per idle session. Standard library only.

    measure.py BINARY WORK THRESHOLDS    WORK: a folder with count_malloc.so, for what the server writes
"""

import base64
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DOMAIN = "localhost.example"
MESSAGES = 2000
BURST = 50
SESSIONS = 200
WARM_UP = 50
PATIENCE = 30
#: A busy machine makes figures worse, never better: the lowest of so many counts.
ROUNDS = 3


class Failed(Exception):
    """Nothing could be measured."""


class Client:
    """A client over a blocking socket, as little of one as measuring needs."""

    def __init__(self, port, name, *, tls=False, register=False):
        self.jid = f"{name}@{DOMAIN}/x"
        self.received = b""
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open()
        if tls:
            self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            self.expect(b"<proceed")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.received = b""
            self.socket = context.wrap_socket(self.socket)
            self.open()
        if register:
            self.send(
                "<iq type='set' id='r'><query xmlns='jabber:iq:register'>"
                f"<username>{name}</username><password>secret</password></query></iq>")
            self.expect(b"type='result'")
        data = base64.b64encode(f"\0{name}\0secret".encode()).decode()
        self.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{data}</auth>")
        self.expect(b"<success")
        self.open()
        self.send(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            "<resource>x</resource></bind></iq>")
        self.expect(b"</iq>")
        self.send("<presence/><iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
        self.expect(b"id='p'")

    def open(self):
        self.send(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
            f"xmlns:stream='http://etherx.jabber.org/streams' to='{DOMAIN}' version='1.0'>")
        self.expect(b"</stream:features>")

    def send(self, text):
        self.socket.sendall(text.encode())

    def expect(self, part, count=1):
        """Reads until so many of `part` have come, and forgets all that was read."""
        while self.received.count(part) < count:
            data = self.socket.recv(65536)
            if not data:
                raise Failed(f"the server closed the connection: {self.received[-500:]!r}")
            self.received += data
        self.received = b""


class Server:
    def __init__(self, binary, work):
        self.work = Path(work)
        self.counts = self.work / "counts"
        self.plain, self.starttls = free_ports(2)
        folder = REPOSITORY / "config"
        text = (folder / "bench.yaml").read_text()
        text = text.replace("17222", str(self.starttls)).replace("17223", str(self.plain))
        text = text.replace("../certs", str(REPOSITORY / "certs"))
        configuration = self.work / "bench.yaml"
        configuration.write_text(text)
        configuration.chmod(0o600)
        (self.work / "data").mkdir(mode=0o700)
        self.log = open(self.work / "log", "wb")
        self.process = subprocess.Popen(
            [str(Path(binary).resolve()), "serve", "--config", str(configuration)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.work,
            env=dict(
                os.environ, DATA=str(self.work / "data"), LD_PRELOAD=str(self.work / "count_malloc.so"),
                ALLOCATIONS_FILE=str(self.counts)))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.starttls), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise Failed("the server does not start:\n" + (self.work / "log").read_text()[-2000:])
                time.sleep(0.05)

    def allocations(self):
        """How many the process has made so far."""
        before = self.counts.stat().st_size if self.counts.exists() else 0
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.counts.exists() and self.counts.stat().st_size > before:
                lines = self.counts.read_text().split("\n")
                if lines[-1] == "":
                    return int(lines[-2])
            time.sleep(0.002)
        raise Failed("the count does not come: is the server linked statically?")

    def resident(self):
        """Bytes of memory of its own, files left out, once it has come to rest."""
        last, same = None, 0
        for _ in range(50):
            text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
            now = 1024 * int(re.search(r"^Anonymous:\s+(\d+) kB", text, re.MULTILINE).group(1))
            same = same + 1 if now == last else 0
            if same == 5:
                break
            last = now
            time.sleep(0.1)
        return now

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def exchange(sender, receiver, count, burst):
    """Sends so many messages, so many at a time, each time waiting until they have arrived."""
    message = f"<message to='{receiver.jid}' type='chat' id='m'><body>How are you today?</body></message>"
    for _ in range(count // burst):
        sender.send(message * burst)
        receiver.expect(b"</message>", burst)


def per_message(server, sender, receiver, burst):
    """Allocations of a message: twice as many messages less once as many, so that all else falls out."""
    exchange(sender, receiver, MESSAGES, burst)
    start = server.allocations()
    exchange(sender, receiver, MESSAGES, burst)
    middle = server.allocations()
    exchange(sender, receiver, 2 * MESSAGES, burst)
    end = server.allocations()
    return ((end - middle) - (middle - start)) / MESSAGES


def bytes_per_session(server, clients, names):
    """Memory of a session: that of the server with so many more clients less that without them. They stay."""
    before = server.resident()
    clients += [Client(server.starttls, name, tls=True) for name in names]
    return (server.resident() - before) / len(names)


def measure(server):
    """Names and functions that measure once."""
    sender = Client(server.plain, "sender", register=True)
    receiver = Client(server.plain, "receiver", register=True)
    yield "allocations_per_message_in_bursts", lambda: per_message(server, sender, receiver, BURST)
    yield "allocations_per_message_one_by_one", lambda: per_message(server, sender, receiver, 1)

    # Accounts are made before, so that only sessions are measured; the first sessions fill caches.
    names = [f"idle{number}" for number in range(WARM_UP + ROUNDS * SESSIONS)]
    for name in names:
        Client(server.plain, name, register=True).socket.close()
    idle = [Client(server.starttls, names.pop(), tls=True) for _ in range(WARM_UP)]
    yield "bytes_per_idle_session", lambda: bytes_per_session(
        server, idle, [names.pop() for _ in range(SESSIONS)])


def lowest(once, limit):
    """The lowest of some measurements; the first that is within the limit will do."""
    best = once()
    for _ in range(ROUNDS - 1):
        if 0 < best <= limit:
            break
        best = min(best, once(), key=lambda value: value if value > 0 else float("inf"))
    return best


def main(binary, work, thresholds):
    lines = [line.split() for line in Path(thresholds).read_text().splitlines() if line and not line.startswith("#")]
    limits = {name: float(value) for name, value in lines}
    passed = failed = 0
    server = None
    try:
        server = Server(binary, work)
        for name, once in measure(server):
            limit = limits.pop(name)
            value = lowest(once, limit)
            # Nothing costs nothing: less than that was not measured.
            good = 0 < value <= limit
            passed += good
            failed += not good
            print(f"{'PASS' if good else 'FAIL'} {name} {value:.1f} (at most {limit:g})", flush=True)
    except (Failed, OSError) as reason:
        failed += 1
        print(f"FAIL allocations: {reason}")
    else:
        for name in limits:
            failed += 1
            print(f"FAIL {name}: nothing measures it")
    finally:
        if server is not None:
            server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
