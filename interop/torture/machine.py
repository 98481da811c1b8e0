#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""The server under torture: its configuration, its process, and the small disk that it lives on."""

import asyncio
import os

from peers.switchboard import BINARY, http_get
from process import HOST, Program, accepts, free_ports, run_tool

DOMAIN = "localhost.example"

CONFIGURATION = """\
data: {data}
hosts:
  {domain}:
    certificate: {certificates}/{domain}.crt
    key: {certificates}/{domain}.key
listeners:
  clients: {{type: c2s-plain, address: {host}, port: {port}}}
  health: {{type: http, address: {host}, port: {health}}}
limits:
  connections_per_address: 10000
  resources_per_account: 100
  offline_messages: 1000000
  offline_bytes: 1073741824
authentication:
  allow_plain_without_tls: true
  scram_iterations: 4096
{extra}
logging:
  level: warning
initial_accounts:
{accounts}
"""


class Machine:
    """A Switchboard with a data folder that survives its deaths."""

    domain = DOMAIN
    #: Archive ids sort in the order of their commits.
    sorted_ids = True

    def __init__(self, folder, certificates, megabytes, extra=""):
        """`megabytes`: the size of its disk, a file system of its own that can be made full; 0: an ordinary folder."""
        self.folder = folder
        self.certificates = certificates
        self.megabytes = megabytes
        self.extra = extra
        self.data = folder / "data"
        self.config = folder / "torture.yaml"
        self.port, self.health = free_ports(2)
        self._mounted = False
        self._program = Program("switchboard", [BINARY, "serve", "--config", self.config], folder / "switchboard.log")

    @property
    def can_fill(self):
        return self._mounted

    async def prepare(self, accounts, password):
        self.data.mkdir(parents=True, exist_ok=True)
        if self.megabytes and os.geteuid() == 0:
            code, _ = await run_tool(
                ["mount", "-t", "tmpfs", "-o", f"size={self.megabytes}m,mode=0700", "none", self.data])
            self._mounted = code == 0
        people = "\n".join(f"  {name}@{DOMAIN}: {{password: {password}}}" for name in accounts)
        self.config.write_text(CONFIGURATION.format(
            data=self.data, domain=DOMAIN, certificates=self.certificates, host=HOST, port=self.port,
            health=self.health, extra=self.extra, accounts=people))

    async def start(self):
        await self._program.start()
        await self._program.ready(self._healthy)

    async def _healthy(self):
        """It answers; that a full disk makes it unwell is no reason to wait."""
        if not await accepts(self.port):
            return False
        try:
            return (await http_get(self.health, "/healthz"))[0] in (200, 503)
        except OSError:
            return False

    @property
    def running(self):
        return self._program.running

    async def kill(self):
        await self._program.kill()

    async def stop(self):
        """A clean stop; its exit code."""
        return await self._program.terminate(60)

    async def fill(self):
        """Takes all space that is left: the file system shrinks to what is used. Whether it is full now."""
        for _ in range(50):
            state = os.statvfs(self.data)
            used = (state.f_blocks - state.f_bfree) * state.f_frsize
            if await self._resize(used):
                return True
            await asyncio.sleep(0.01)
        return False

    async def free(self):
        await self._resize(self.megabytes << 20)

    async def _resize(self, size):
        code, _ = await run_tool(["mount", "-o", f"remount,size={size}", self.data])
        return code == 0

    async def end(self):
        """Stops it for certain and takes its disk away."""
        await self._program.stop()
        if self._mounted:
            await run_tool(["umount", "-l", self.data])
            self._mounted = False

    def tail(self):
        return self._program.tail()

    def complaints(self):
        return self._program.complaints()
