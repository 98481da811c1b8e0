#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Another server under the same torture: ejabberd or Prosody as `interop/load` configures them, with an archive."""

import asyncio

from process import REPOSITORY, Program, accepts, run_tool

from .wire import FEATURES, IQ, Wire

DOMAIN = "localhost.example"
#: Ports of the configurations in interop/load that take clients without TLS.
PORTS = {"ejabberd": 15224, "prosody": 16222}
VARIANT = "sqlite-mam"


class Peer:
    domain = DOMAIN
    sorted_ids = False
    can_fill = False

    def __init__(self, name, folder, certificates):
        self.name = name
        self.port = PORTS[name]
        self._scripts = REPOSITORY / "interop" / "load" / name
        self._folder = folder
        self._certificates = certificates
        self._environment = {"BENCH_DIR": str(folder), "BENCH_PLAIN": "1"}
        self._program = Program(
            name, [self._scripts / "run.sh", VARIANT], folder / f"{name}.log", environment=self._environment)
        self._accounts = ()

    async def prepare(self, accounts, password):
        cert = self._folder / "cert"
        cert.mkdir(parents=True)
        chain = (self._certificates / f"{DOMAIN}.crt").read_text()
        key = (self._certificates / f"{DOMAIN}.key").read_text()
        for name, text in (("cert.pem", chain), ("key.pem", key), ("both.pem", chain + key)):
            (cert / name).write_text(text)
        await run_tool([self._scripts / "gen.sh", VARIANT], environment=self._environment)
        self._folder.chmod(0o755)
        self._accounts = [(account, password) for account in accounts]

    async def start(self):
        await self._program.start()
        await self._program.ready(lambda: accepts(self.port))
        await asyncio.sleep(1)
        for local, password in self._accounts:
            await self._register(local, password)
        self._accounts = ()

    async def _register(self, local, password):
        elements = asyncio.Queue()
        wire = await Wire.connect(self.port, lambda _, element: elements.put_nowait(element.tag))
        wire.open(DOMAIN)
        while await elements.get() != FEATURES:
            pass
        wire.write(
            f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{local}</username>"
            f"<password>{password}</password></query></iq>")
        while await elements.get() != IQ:
            pass
        wire.cut()

    async def kill(self):
        await self._program.kill()

    async def stop(self):
        await self._program.terminate(60)
        return 0

    async def end(self):
        await self._program.stop()

    def tail(self):
        return self._program.tail()

    def complaints(self):
        return self._program.complaints()
