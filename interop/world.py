#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What a scenario is given: a running server, clients that are closed for it, and a folder that is removed after it."""

import asyncio

from client import Client
from profanity import Profanity
from raw import RawStream
from xmppc import XMPPC

#: The password of every demo account (config/demo.yaml).
PASSWORD = "switchboard-demo"

STAFF = ("alice", "bob", "carol", "dave", "erin")
CUSTOMERS = ("tom", "uma", "vic", "wendy", "xena")
USERS = {f"{name}@acme.example": PASSWORD for name in STAFF} | {f"{name}@home.example": PASSWORD for name in CUSTOMERS}


class Skip(Exception):
    """Something that this scenario needs is not installed here."""


def case(function=None, *, anywhere=False, within=120):
    """Marks a coroutine function as one case of its scenario, `async def name(world)`; its docstring says what holds.

    `anywhere` says that it needs nothing of Switchboard's own and must also hold against other servers.
    `within` is the time limit in seconds.
    """

    def mark(function):
        function.is_case = True
        function.anywhere = anywhere
        function.within = within
        return function

    return mark if function is None else mark(function)


class World:
    """One server and the clients of one case."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.clients = []
        self._terminals = []
        self._streams = []
        self._programs = []

    def client(self, user, **options):
        """A client that is not yet connected; `user` may hold a resource (`alice@acme.example/desk`)."""
        client = Client(user, options.pop("password", PASSWORD), options.pop("server", self.server), **options)
        self.clients.append(client)
        return client

    async def online(self, user, *, direct_tls=False, **presence):
        """A client that is connected and available; `presence` as in `Client.send_presence`."""
        return await self.client(user, direct_tls=direct_tls).online(**presence)

    async def all_online(self, *users):
        return await asyncio.gather(*(self.online(user) for user in users))

    async def terminal(self, user):
        """profanity, logged in. Skips the scenario when it is not installed."""
        missing = Profanity.missing()
        if missing:
            raise Skip(f"{', '.join(missing)} not installed")
        terminal = Profanity(user, PASSWORD, self.server, self.folder)
        self._terminals.append(terminal)
        return await terminal.connect()

    def command_line(self, user):
        """xmppc of an account. Skips the scenario when it cannot be run."""
        missing = XMPPC.missing()
        if missing:
            raise Skip(f"{', '.join(missing)} not installed")
        return XMPPC(user, PASSWORD, self.server, self.folder)

    async def raw(self, domain="acme.example", **options):
        """A raw stream, connected but not opened."""
        stream = RawStream(self.server, domain)
        self._streams.append(stream)
        return await stream.connect(**options)

    def raw_stream(self, domain="acme.example"):
        """A raw stream that is not connected."""
        stream = RawStream(self.server, domain)
        self._streams.append(stream)
        return stream

    async def run(self, program):
        """Starts another program (a bridge, a peer) that ends with this case."""
        self._programs.append(program)
        return await program.start()

    def tails(self):
        """The ends of the logs of all programs of this case."""
        return "\n".join(program.tail() for program in [self.server, *self._programs] if program is not None)

    async def close(self):
        """Ends everything but the server, whatever state it is in."""
        for terminal in self._terminals:
            await _quietly(terminal.stop())
        for client in self.clients:
            await _quietly(client.disconnect())
            await _quietly(_dropped(client))
        for stream in self._streams:
            await _quietly(stream.close())
        for program in reversed(self._programs):
            await _quietly(program.stop())


async def _dropped(client):
    client.drop()


async def _quietly(ending):
    try:
        await asyncio.wait_for(ending, 15)
    except Exception as error:  # noqa: BLE001: closing must not hide why the case failed
        print(f"  while closing: {error!r}"[:300])
