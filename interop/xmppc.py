#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""xmppc, a client for the command line on libstrophe, run once per question.

It takes no address and no port: it asks DNS for its domain and goes to port 5222 there. So it runs where names are what we
say – in a mount namespace with a hosts file of its own – and finds a loopback address that passes on to the server.
"""

import asyncio
import os
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

from process import HOST, Broken, run_tool
from stanza import Unmet

PORT = 5222
FORWARDED = re.compile(r"<forwarded .*?</forwarded>", re.DOTALL)
#: Puts files into the places of others, and runs the rest there.
PUT = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'


def unshare():
    """How a mount namespace is made here."""
    return ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]


class XMPPC:
    """One account's xmppc."""

    def __init__(self, jid, password, endpoint, folder):
        self.jid = jid
        self.password = password
        self.endpoint = endpoint
        self.home = folder / f"xmppc-{jid.replace('@', '-')}"

    @staticmethod
    def missing():
        """What it takes and is not there."""
        missing = [name for name in ("xmppc", "unshare") if shutil.which(name) is None]
        if not missing and subprocess.run([*unshare(), "true"], capture_output=True).returncode != 0:
            missing.append("a mount namespace")
        return missing

    async def ask(self, *question):
        """Logs in, asks and logs out; what it prints, with libstrophe's log."""
        relay, address = await self._relay()
        try:
            settings = self.home / ".config"
            settings.mkdir(parents=True, exist_ok=True)
            (settings / "xmppc.conf").write_text(f"[default]\njid={self.jid}\npwd={self.password}\n")
            hosts, resolver = self.home / "hosts", self.home / "resolv.conf"
            hosts.write_text(f"{HOST} localhost\n{address} {self.jid.partition('@')[2]}\n")
            # Nobody answers there.
            resolver.write_text(f"nameserver {address}\n")
            code, output = await run_tool(
                [*unshare(), "sh", "-c", PUT, "sh", hosts, resolver, "xmppc", "-vvvv", "--mode", *question],
                environment={"HOME": str(self.home), "SSL_CERT_FILE": str(self.endpoint.ca)}, within=30)
        finally:
            relay.close()
        if code != 0 or "Secure connection!" not in output:
            raise Unmet(f"xmppc ends with {code}:\n{output}")
        return output

    async def archive(self, peer):
        """Its archive with somebody: what it prints, and (time, text) of the messages in that."""
        output = await self.ask("mam", "list", peer)
        # libstrophe's log, which says the same, goes before the answer's lines.
        _, _, told = output.rpartition("Secure connection!")
        found = []
        for text in FORWARDED.findall(told):
            forwarded = ElementTree.fromstring(text)
            found.append((
                forwarded.find("{urn:xmpp:delay}delay").get("stamp"),
                forwarded.find("{jabber:client}message").findtext("{jabber:client}body")))
        return output, found

    async def _relay(self):
        """Listens on a loopback address of one's own, and passes on to the server."""
        for _ in range(20):
            address = f"127.{random.randint(64, 127)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
            try:
                return await asyncio.start_server(self._pass_on, address, PORT), address
            except OSError:
                continue
        raise Broken(f"no loopback address takes connections on port {PORT}")

    async def _pass_on(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.endpoint.c2s)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except OSError:
            writer.close()


async def _pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
