#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Log-in without a password, by slixmpp: certificates (XEP-0178, XEP-0257) and visitors (XEP-0175)."""

import contextlib
import re

from client import LoginFailed
from peers.authority import Authority
from peers.switchboard import Switchboard
from stanza import Unmet, child, error_condition, serialised
from world import PASSWORD, case

ALICE, BOB, TOM = "alice@acme.example", "bob@acme.example", "tom@home.example"
CERTIFICATES = "urn:xmpp:saslcert:1"


class _Server(Switchboard):
    """The demo company, which takes certificates and has visitors at home.example."""

    listener = ""

    def adapt(self, text):
        text = text.replace("{type: c2s,", "{type: c2s, " + self.listener)
        return text.replace("  home.example:\n", "  home.example:\n    anonymous: true\n", 1)


@contextlib.asynccontextmanager
async def _serving(world, name, listener=""):
    server = _Server(world.folder / name, world.server.certificates)
    server.listener = listener
    server.folder.mkdir(parents=True)
    try:
        await world.run(server)
        yield server
    finally:
        await server.stop()


async def _is_refused(client):
    try:
        await client.connect()
    except LoginFailed:
        return
    raise Unmet(f"{client.full} is let in")


def _with(world, server, address, files):
    return world.client(address, password="no password", server=server, mechanisms=("EXTERNAL",), certificate=files)


@case(within=120)
async def certificates_of_the_companys_authority(world):
    """A certificate of client_ca with one's address lets in, without a password; others are offered no EXTERNAL."""
    authority = Authority(world.folder / "authority")
    own = authority.person(ALICE, "alice")
    forged = authority.person(ALICE, "forged", signer="stranger")
    async with _serving(world, "authority-server", f"client_ca: {authority.root}, ") as server:
        alice = await _with(world, server, ALICE, own).online()
        bob = await world.client(BOB, server=server).online()
        alice.send_message(bob.full, "no password")
        await bob.message(from_=alice.full, body="no password")
        await _is_refused(_with(world, server, ALICE, forged))
        # The certificate says who it is, whatever address the client was given.
        impostor = _with(world, server, BOB, own)
        impostor.xmpp.credentials["authzid"] = BOB.encode()
        await _is_refused(impostor)


@case(within=120)
async def certificates_that_people_name_themselves(world):
    """What is uploaded lets in, until it is revoked or the password is changed."""
    authority = Authority(world.folder / "own")
    first = authority.person(ALICE, "first", signer=None)
    second = authority.person(ALICE, "second", signer=None)
    async with _serving(world, "own-server", "client_certificates: true, ") as server:
        alice = await world.client(ALICE, server=server).online()
        await _is_refused(_with(world, server, ALICE, first))
        for name, files in (("first", first), ("second", second)):
            pem = files[0].read_text()
            der = "".join(re.search("-----BEGIN CERTIFICATE-----(.*)-----END", pem, re.S)[1].split())
            await alice.request(
                "set", f"<append xmlns='{CERTIFICATES}'><name>{name}</name><x509cert>{der}</x509cert></append>")
        phone = await _with(world, server, ALICE, first).online()
        listed = await alice.request("get", f"<items xmlns='{CERTIFICATES}'/>")
        items = {item.findtext(f"{{{CERTIFICATES}}}name"): item for item in child(listed, "items", CERTIFICATES)}
        if set(items) != {"first", "second"} or phone.resource not in serialised(items["first"]):
            raise Unmet(f"the list is {serialised(listed)}")
        await alice.request("set", f"<revoke xmlns='{CERTIFICATES}'><name>first</name></revoke>")
        await phone.closed()
        await _is_refused(_with(world, server, ALICE, first))
        await (await _with(world, server, ALICE, second).online()).disconnect()
        shown = await server.command("user", "certificates", ALICE)
        if not shown.startswith("second  SHA-256 "):
            raise Unmet(f"switchboard user certificates prints {shown}")
        await server.command("user", "passwd", ALICE, "--password-stdin", stdin="a better one\n")
        await _is_refused(_with(world, server, ALICE, second))


@case(within=120)
async def visitors(world):
    """ANONYMOUS gives everybody an address of their own for a while; visitors write to people here, and not elsewhere."""
    async with _serving(world, "visited") as server:
        tom = await world.client(TOM, server=server).online()
        seen = set()
        for _ in range(2):
            visitor = world.client("somebody@home.example", server=server, mechanisms=("ANONYMOUS",))
            await visitor.online()
            visitor.send_message(tom.full, "who am I?")
            asked = await tom.message(from_=visitor.full, body="who am I?")
            tom.send_message(asked.get("from"), "a visitor")
            await visitor.message(from_=tom.full, body="a visitor")
            answer = await visitor.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to="elsewhere.example")
            if error_condition(answer) != "not-allowed":
                raise Unmet(f"a visitor's request to another server gets {serialised(answer)}")
            seen.add(visitor.full.partition("/")[0])
            await visitor.disconnect()
        if len(seen) != 2 or "somebody@home.example" in seen:
            raise Unmet(f"visitors were called {seen}")
        await _is_refused(world.client("somebody@acme.example", server=server, mechanisms=("ANONYMOUS",)))
