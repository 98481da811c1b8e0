#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""The disk is full: nothing is accepted that cannot be kept, everything else goes on, and space is all it takes."""

import contextlib
import os

from care import CONTACT, answered, heard, said, take
from peers.switchboard import Switchboard, http_get
from process import eventually, run_tool
from stanza import Unmet, child, error_condition, namespace, serialised
from world import Skip, case

ALICE, BOB, DAVE, ERIN, TOM, UMA = (
    "alice@acme.example", "bob@acme.example", "dave@acme.example", "erin@acme.example", "tom@home.example",
    "uma@home.example")

#: Room for the databases, their logs and some hundred messages.
MEGABYTES = 16
#: Each message takes so much that a log which has room left over is soon full.
FILLER = "x" * 30_000


@contextlib.asynccontextmanager
async def _small_disk(world):
    """A file system of a few megabytes; its folder. Skips where it cannot be mounted."""
    if os.geteuid() != 0:
        raise Skip("only root may mount a small file system")
    folder = world.folder / "small-disk"
    folder.mkdir()
    code, output = await run_tool(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0700", "none", folder])
    if code != 0:
        raise Skip(f"no small file system can be mounted: {output.strip()}")
    try:
        yield folder
    finally:
        await run_tool(["umount", "-l", folder])


def _fill(folder):
    """Leaves not a byte; the file that does it."""
    file = folder / "filler"
    with open(file, "wb", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while filler.write(b"\0" * size) == size:
                    pass
    return file


async def _kept(sender, to, body):
    """Whether the server took a message over; False when it says that it cannot."""
    id_ = sender.send_message(to, body)
    await sender.settle()
    errors = [stanza for stanza in sender.saw("message", type_="error") if stanza.get("id") == id_]
    if errors and error_condition(errors[0]) != "resource-constraint":
        raise Unmet(f"a full disk is told as {serialised(errors[0])}")
    return not errors


async def _health(server, status, within=30):
    async def holds():
        return (await http_get(server.health, "/healthz"))[0] == status

    await eventually(holds, within, f"/healthz to say {status}")


@case(within=180)
async def only_what_is_kept_is_accepted(world):
    """Messages to keep get an error, the rest goes on, /healthz says 503; with space again all is well."""
    async with _small_disk(world) as disk:
        server = Switchboard(world.folder / "full", world.server.certificates)
        server.data = disk
        server.environment = {"SWITCHBOARD_DATA": str(disk)}
        server.folder.mkdir(parents=True)
        try:
            await world.run(server)
            await _story(world, server, disk)
        finally:
            await server.stop()


async def _story(world, server, disk):
    alice, bob, tom, uma = [await world.client(name, server=server).online() for name in (ALICE, BOB, TOM, UMA)]
    alice.send_message(bob.full, "before")
    await bob.message(body="before")
    bob.send_presence(show="dnd")
    await alice.presence(from_=bob.full, has=("show", "jabber:client"))
    tom.send_message(CONTACT, "I am here before it is full")
    room = await take(alice, "before it is full")
    await heard(alice, room, "before it is full")

    filler = _fill(disk)
    kept = 0
    while await _kept(alice, ERIN, f"kept {kept} {FILLER}"):
        kept += 1
        if kept > 1000 * MEGABYTES // 30:
            raise Unmet("the disk is not full")
    await _health(server, 503)

    # What the archives cannot take reaches nobody, and its sender knows.
    if await _kept(alice, bob.full, "while it is full"):
        raise Unmet("a message is accepted and cannot be archived")
    await bob.settle()
    if bob.saw("message", body="while it is full"):
        raise Unmet("a message that was refused has come")
    # Whatever is not kept goes on, also for who comes now.
    bob.xmpp.send_raw(
        f"<message to='{alice.full}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    await alice.message(from_=bob.full, has=("composing", "http://jabber.org/protocol/chatstates"))
    dave = await world.client(DAVE, server=server).online()
    await dave.settle()
    # A customer is told; what an agent says is told or kept.
    if await _kept(uma, CONTACT, f"lost? {FILLER}"):
        raise Unmet("a customer's message is accepted and cannot be kept")
    answer = said(alice, room, "said while it is full")
    await alice.settle()

    filler.unlink()
    if not await _kept(alice, ERIN, "after"):
        raise Unmet("there is space again, and still messages are refused")
    await _health(server, 200)
    if any(stanza.get("id") == answer for stanza in alice.saw("message", type_="error")):
        said(alice, room, "said while it is full")
    await answered(tom, body="said while it is full")
    tom.send_message(CONTACT, "thank you")
    await heard(alice, room, "thank you")
    if not await _kept(uma, CONTACT, "and now?"):
        raise Unmet("there is space again, and still customers are refused")
    # The service may have begun anew, and then has asked her back into the room that she had.
    await heard(alice, await take(alice, "and now?", beside=[room]), "and now?")

    erin = await world.client(ERIN, server=server).online()
    await erin.message(body="after")
    bodies = [child(stanza, "body", namespace(stanza)).text for stanza in erin.saw("message", body="kept ")]
    if [body.split()[1] for body in bodies] != [str(number) for number in range(kept)]:
        raise Unmet(f"of {kept} messages that were accepted, {len(bodies)} came")
