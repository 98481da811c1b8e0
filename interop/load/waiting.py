#!/usr/bin/python3
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A long line of customers in front of `switchboard bridge`, and what it costs.

  interop/load/waiting.py [--waiting 20000] [--agents 200] [--rate 500] [--turns 3000]

This program is the bridge's server (XEP-0114 with acknowledgements): customers come at a rate while one agent is there, then all
agents come and serve while customers go on coming. Told are the processor time of a conversation, the bridge's memory, and how long a message
takes until the bridge has it on disk and says so. $BENCH_BINARY is our program.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
import xml.parsers.expat
from pathlib import Path

DEPARTMENTS = ("support", "sales", "billing", "repairs")
BINARY = os.environ.get("BENCH_BINARY", str(Path(__file__).parents[2] / ".build/release/switchboard"))
TICKS = os.sysconf("SC_CLK_TCK")


def configuration(folder, port, agents):
    lines = [f"data: {folder}/data", "logging: {level: warning}", "contacts:"]
    for name in DEPARTMENTS:
        lines.append(f"  ask-{name}@care.acme.example: {{name: {name}, departments: [{name}]}}")
    lines += ["bridge:", "  domain: care.acme.example", "  secret: a-secret-of-the-load", "  in_process: false",
              f"  server: {{address: 127.0.0.1, port: {port}}}", "  lookup_deadline_milliseconds: 800", "  departments:"]
    for index, name in enumerate(DEPARTMENTS):
        people = ", ".join(f"a{each}@acme.example" for each in range(agents) if each % 4 != index)
        lines.append(f"    {name}: {{name: {name}, agents: [{people}], capacity: 3}}")
    return "\n".join(lines) + "\n"


class Host:
    """The server's side of the component connection."""

    def __init__(self):
        self.writer = None
        self.connected = asyncio.Event()
        self.sent = self.received = 0
        self.sent_at = {}
        self.latencies = []
        self.offers, self.rooms, self.done = {}, {}, set()
        self.parser = None

    async def take(self, reader, writer):
        self.writer = writer
        depth, stack, text = 0, [], []
        parser = xml.parsers.expat.ParserCreate()
        parser.buffer_text = True

        def begin(name, attributes):
            nonlocal depth
            depth += 1
            if depth == 1:
                writer.write(b"<stream:stream xmlns='jabber:component:accept' id='load' from='care.acme.example'"
                             b" xmlns:stream='http://etherx.jabber.org/streams' xmlns:sb='urn:switchboard:component:1' sb:acks='1'>")
            elif depth == 2:
                stack.append((name, attributes))
                text.clear()
            elif depth == 3 and name == "body":
                text.append("")

        def words(data):
            if depth == 3 and text:
                text.append(data)

        def end(_):
            nonlocal depth
            depth -= 1
            if depth == 1:
                self.element(*stack.pop(), "".join(text))

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, words
        while data := await reader.read(1 << 18):
            parser.Parse(data)

    def element(self, name, attributes, body):
        write = self.writer.write
        if name == "handshake":
            write(b"<handshake/>")
        elif name == "enable":
            write(b"<enabled xmlns='urn:xmpp:sm:3'/>")
            self.received = 0
            self.connected.set()
        elif name == "r":
            write(f"<a xmlns='urn:xmpp:sm:3' h='{self.received}'/>".encode())
        elif name == "a":
            now = time.monotonic()
            for number in range(getattr(self, "acknowledged", 0) + 1, int(attributes["h"]) + 1):
                if number in self.sent_at:
                    self.latencies.append(now - self.sent_at.pop(number))
            self.acknowledged = int(attributes["h"])
        elif name in ("message", "presence", "iq"):
            self.received += 1
            sender, to = attributes.get("from", ""), attributes.get("to", "")
            local, _, domain = sender.partition("@")
            if name == "message" and domain.startswith("care.") and to.startswith("a"):
                agent = to.partition("@")[0]
                if local in DEPARTMENTS and "accept" in body:
                    self.offers[agent] = local
                elif local not in DEPARTMENTS and not local.startswith("ask-") and local not in self.done:
                    self.rooms.setdefault(agent, {})[local] = None

    def send(self, xml_text, asks=False):
        self.sent += 1
        if asks:
            self.sent_at[self.sent] = time.monotonic()
            xml_text += "<r xmlns='urn:xmpp:sm:3'/>"
        self.writer.write(xml_text.encode())

    def says(self, sender, to, text, asks=False):
        self.send(f"<message type='chat' id='m{self.sent}' from='{sender}' to='{to}'><body>{text}</body>"
                  f"<stanza-id xmlns='urn:xmpp:sid:0' by='acme.example' id='s{self.sent}'/></message>", asks)

    async def settled(self):
        """Until everything sent is on the bridge's disk."""
        self.writer.write(b"<r xmlns='urn:xmpp:sm:3'/>")
        while getattr(self, "acknowledged", 0) < self.sent:
            await asyncio.sleep(0.05)
            self.writer.write(b"<r xmlns='urn:xmpp:sm:3'/>")


class Usage:
    def __init__(self, pid):
        self.pid = pid
        self.last = self.processor()

    def processor(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text()).group(1)) / 1024

    def since(self):
        now = self.processor()
        used, self.last = now - self.last, now
        return used


def percentiles(values):
    values = sorted(values) or [0]
    return ", ".join(f"p{each} {values[min(len(values) - 1, len(values) * each // 100)] * 1000:.1f} ms"
                     for each in (50, 90, 99)) + f", most {values[-1] * 1000:.1f} ms"


async def paced(count, rate, act):
    start = time.monotonic()
    for number in range(count):
        pause = start + number / rate - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        act(number)
    return time.monotonic() - start


async def run(options):
    host = Host()
    server = await asyncio.start_server(host.take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "waiting.yaml"
        file.write_text(configuration(folder, port, options.agents))
        log = open(Path(folder) / "log", "wb")
        program = await asyncio.create_subprocess_exec(
            BINARY, "bridge", "--config", str(file), stdout=log, stderr=log)
        try:
            await asyncio.wait_for(host.connected.wait(), 30)
            usage = Usage(program.pid)

            def online(agent):
                for name in DEPARTMENTS:
                    host.send(f"<presence from='a{agent}@acme.example/x' to='ask-{name}@care.acme.example'/>")

            online(0)
            await host.settled()
            usage.since()
            empty = usage.memory()

            def arrives(number):
                host.says(f"c{number}@home.example/x", f"ask-{DEPARTMENTS[number % 4]}@care.acme.example",
                          "My gizmo hums", asks=number % 10 == 0)

            took = await paced(options.waiting, options.rate, arrives)
            await host.settled()
            used = usage.since()
            memory = usage.memory()
            print(f"{options.waiting} customers came in {took:.1f} s ({options.waiting / took:.0f}/s): "
                  f"{used / options.waiting * 1e6:.0f} us of processor time each, "
                  f"{(memory - empty) / options.waiting * 1024:.1f} KB of memory each ({empty:.0f} to {memory:.0f} MB)")
            print(f"until on disk: {percentiles(host.latencies)}")

            for agent in range(1, options.agents):
                online(agent)
            await host.settled()
            print(f"{options.agents} agents came: {usage.since():.2f} s of processor time")
            host.latencies.clear()
            served = 0

            def turn(number):
                nonlocal served
                arrives(options.waiting + number)
                for agent, workgroup in list(host.offers.items()):
                    del host.offers[agent]
                    host.says(f"{agent}@acme.example/x", f"{workgroup}@care.acme.example", "accept")
                for agent, rooms in list(host.rooms.items()):
                    while len(rooms) > 2:
                        room = next(iter(rooms))
                        del rooms[room]
                        host.done.add(room)
                        host.says(f"{agent}@acme.example/x", f"{room}@care.acme.example", "Please unplug it")
                        host.says(f"{agent}@acme.example/x", f"{room}@care.acme.example", "/close solved", asks=True)
                        served += 1

            took = await paced(options.turns, options.rate, turn)
            await host.settled()
            used = usage.since()
            print(f"{options.turns} more came in {took:.1f} s while {served} were served to the end: "
                  f"{used:.2f} s of processor time ({used / took * 100:.0f} % of one core), {usage.memory():.0f} MB")
            print(f"until on disk: {percentiles(host.latencies)}")
        finally:
            if program.returncode is None:
                program.terminate()
            await program.wait()
            log.close()
            text = (Path(folder) / "log").read_text(errors="replace")
            if text.strip():
                print(text[-2000:], file=sys.stderr)
    server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("waiting", 20_000), ("agents", 200), ("rate", 500), ("turns", 3_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
