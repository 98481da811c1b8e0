#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Switchboard itself: the release build, serving the demo company from a data folder and on ports of its own."""

import asyncio
import os
import re
from pathlib import Path

from process import HOST, REPOSITORY, Broken, Program, accepts, free_ports, run_tool

BINARY = Path(os.environ.get("INTEROP_BINARY", REPOSITORY / ".build" / "release" / "switchboard"))

#: The demo's ports (config/demo.yaml), each replaced by a free one.
PORTS = {
    5222: "c2s", 5223: "c2s_tls", 5269: "s2s", 5270: "s2s_tls", 5347: "component_port", 5443: "https", 5280: "health"
}


def adapted(text, ports, certificates):
    """A configuration with other ports and with paths that hold from any folder."""
    for old, new in ports.items():
        text = re.sub(rf"(?<![\d.]){old}(?!\d)", str(new), text)
    text = re.sub(r"(?<![\w./])(\.\./)?certs/dev", str(certificates), text)
    customers = REPOSITORY / "config" / "demo-customers.csv"
    return re.sub(r"(?<![\w./])(config/)?demo-customers\.csv", str(customers), text)


class Switchboard:
    """`switchboard serve` on a copy of config/demo.yaml."""

    kind = "switchboard"
    component = "care.acme.example"

    def __init__(self, folder, certificates):
        self.folder = Path(folder) / "switchboard"
        self.certificates = Path(certificates)
        self.ca = self.certificates / "ca.crt"
        self.host = HOST
        self.data = self.folder / "data"
        self.config = self.folder / "switchboard.yaml"
        self.environment = {"SWITCHBOARD_DATA": str(self.data)}
        #: Sections that the demo's configuration does not have.
        self.more_configuration = ""
        #: Whether the demo's customers are left out of the configuration.
        self.without_customers = False
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        for default, name in PORTS.items():
            setattr(self, name, self.ports[default])
        self.program = self._program()

    def _program(self):
        return Program(
            "switchboard", [BINARY, "serve", "--config", self.config], self.folder / "switchboard.log",
            environment=self.environment)

    @staticmethod
    def missing():
        """What must be there before a start; scenarios fail without it."""
        demo = REPOSITORY / "config" / "demo.yaml"
        return [str(path) for path in (BINARY, demo) if not path.exists()]

    async def start(self):
        """Writes the configuration, starts, and waits until it takes clients and says that it is healthy."""
        self.data.mkdir(parents=True, exist_ok=True)
        demo = (REPOSITORY / "config" / "demo.yaml").read_text()
        if self.without_customers:
            demo = re.sub(r"(?m)^ *(records|initial_customers):.*\n", "", demo)
        self.config.write_text(adapted(self.adapt(demo), self.ports, self.certificates) + self.more_configuration)
        self.program = self._program()
        await self.program.start()
        await self.program.ready(self._healthy)
        return self

    def adapt(self, text):
        """The demo's configuration as this server is to have it, with the demo's ports."""
        return text

    async def _healthy(self):
        if not (await accepts(self.c2s) and await accepts(self.c2s_tls)):
            return False
        try:
            return (await http_get(self.health, "/healthz"))[0] == 200
        except OSError:
            return False

    async def crash(self):
        """Kills the process without warning (SIGKILL); `start` brings it back on the same ports and data."""
        await self.program.kill()

    async def command(self, *arguments, stdin=None):
        """Runs a subcommand with this server's configuration; its output. Broken when it fails."""
        name = " ".join(str(argument) for argument in arguments)
        code, output = await run_tool(
            [BINARY, *arguments, "--config", self.config], stdin=stdin, environment=self.environment)
        if code != 0:
            raise Broken(f"switchboard {name} ended with {code}:\n{output}")
        return output

    async def stop(self):
        await self.program.stop()

    def tail(self):
        return self.program.tail()


class Bridge:
    """`switchboard bridge` alone, as an ordinary component of another server."""

    def __init__(self, folder, server):
        self.folder = Path(folder) / "bridge"
        self.data = self.folder / "data"
        self.config = self.folder / "bridge.yaml"
        self.server = server
        self.environment = {"SWITCHBOARD_DATA": str(self.data)}
        self.program = Program(
            "bridge", [BINARY, "bridge", "--config", self.config], self.folder / "bridge.log",
            environment=self.environment)

    @staticmethod
    def template():
        return REPOSITORY / "config" / "bridge.yaml"

    async def start(self):
        """Starts it and waits until its component answers through the server in front."""
        self.data.mkdir(parents=True, exist_ok=True)
        text = adapted(self.template().read_text(), {5347: self.server.component_port}, self.server.certificates)
        secret = self.folder / "secret"
        secret.write_text(self.server.secret)
        secret.chmod(0o600)
        text = re.sub(r"(?m)^(\s*secret:\s*).*$", rf"\g<1>{self.server.secret}", text)
        text = re.sub(r"(?m)^(\s*secret-?file:\s*).*$", rf"\g<1>{secret}", text)
        self.config.write_text(text)
        before = self._times_connected()
        await self.program.start()

        async def connected():
            return self._times_connected() > before

        await self.program.ready(connected)
        return self

    def _times_connected(self):
        """How often a component has authenticated, as Prosody's log tells."""
        log = self.server.program.log.read_text(errors="replace")
        return log.count("External component successfully authenticated")

    async def stop(self):
        await self.program.stop()

    def tail(self):
        return self.program.tail()


async def http_get(port, path):
    """(status, body) of a plain HTTP request to the loopback interface."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(-1), 10)
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = head.split()
    return (int(fields[1]) if len(fields) > 1 else 0), body.decode(errors="replace")
