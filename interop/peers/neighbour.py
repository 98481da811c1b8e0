#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A second Switchboard as another domain, in its own network namespace."""

from pathlib import Path

from peers.ports import takes_connections
from peers.switchboard import BINARY
from process import Program


class Neighbour:
    """One domain with users, which federates by certificates."""

    kind = "switchboard"

    def __init__(self, folder, enter, address, domain, users, *, authority, bundle, resolver, anchor, port=53,
                 stanzas_per_second=500, more=""):
        """`enter` is the command prefix that runs a program in the namespace, `users` a dictionary name: password."""
        self.folder = Path(folder) / "neighbour"
        self.host = address
        self.domain = domain
        self.users = users
        self.ca = authority.root
        self.authority = authority
        self.bundle = bundle
        self.resolver = resolver
        self.resolver_port = port
        self.anchor = anchor
        self.stanzas_per_second = stanzas_per_second
        self.more = more
        self.c2s, self.s2s = 5222, 5269
        self.config = self.folder / "neighbour.yaml"
        self.enter = enter
        self.program = self._program()

    def _program(self):
        return Program(
            "neighbour", [*self.enter, BINARY, "serve", "--config", self.config], self.folder / "neighbour.log")

    async def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        accounts = "\n".join(f"  {name}@{self.domain}: {{password: {word}}}" for name, word in self.users.items())
        self.config.write_text(f"""
data: {self.folder}/data
hosts:
  {self.domain}:
    certificate: {self.authority.certificate(self.domain)}
    key: {self.authority.key(self.domain)}
listeners:
  c2s: {{type: c2s, address: {self.host}, port: {self.c2s}}}
  s2s: {{type: s2s, address: {self.host}, port: {self.s2s}}}
initial_accounts:
{accounts}
limits:
  offline_messages: 50000
  connections_per_address: 1000
federation:
  enabled: true
  certificate_authorities: {self.bundle}
  resolver: {{servers: [{self.resolver}], port: {self.resolver_port}, dnssec: required, trust_anchor: {self.anchor}, timeout: 5}}
  stanzas_per_second: {self.stanzas_per_second}
  bytes_per_second: {self.stanzas_per_second * 2000}
{self.more}""")
        self.program = self._program()
        await self.program.start()

        async def listens():
            return await takes_connections(self.host, self.c2s) and await takes_connections(self.host, self.s2s)

        await self.program.ready(listens)
        return self

    async def crash(self):
        """Kills the process without warning; `start` brings it back with its data."""
        await self.program.kill()

    async def stop(self):
        await self.program.stop()

    def tail(self):
        return self.program.tail(25)
