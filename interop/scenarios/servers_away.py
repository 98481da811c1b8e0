#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Servers that are away, and servers that die while messages are on their way: all arrive, once and in order."""

import re

from abroad import on_ejabberd, on_neighbour
from peers.federation import JUPITER, VENUS, FederatedSwitchboard, missing as missing_here
from peers.switchboard import http_get
from process import eventually
from stanza import SM, Unmet, serialised, text_of
from world import PASSWORD as ALICE_PASSWORD, case


def server(folder, certificates):
    return FederatedSwitchboard(folder, certificates)


def missing():
    return missing_here()


async def logged_in(world):
    alice = await world.raw_stream("acme.example").logged_in("alice", ALICE_PASSWORD)
    await alice.send(f"<enable xmlns='{SM}'/>")
    await alice.until("enabled")
    return alice


async def write(alice, to, numbers, words):
    """Sends so many messages, and waits until the server has taken care of them all."""
    for number in numbers:
        await alice.send(
            f"<message to='{to}' type='chat' id='{words}{number}'><body>{words} {number:05}</body></message>")


async def acknowledged(alice, count):
    await alice.send(f"<r xmlns='{SM}'/>")
    answer = await alice.until("a", within=60)
    while int(answer.get("h")) < count:
        await alice.send(f"<r xmlns='{SM}'/>")
        answer = await alice.until("a", within=60)


async def all_come(client, count, words, *, first_within=60, look=lambda message: None):
    """Each once, in order, and nothing after them; `look` sees each."""
    for number in range(count):
        message = await client.message(body=f"{words} ", within=60 if number else first_within)
        look(message)
        if text_of(message, "body") != f"{words} {number:05}":
            raise Unmet(f"expected number {number}: {serialised(message)}")
    await client.settle()
    if len(client.saw("message", body=f"{words} ")) != count:
        raise Unmet("a message came twice")


@case(within=240)
async def waits_for_ejabberd(world):
    """500 messages to an ejabberd that is down, and ours is killed meanwhile: as ejabberd acknowledges nothing it is asked, and the
    outbox gets empty."""
    server = world.server
    await server.ejabberd.stop()
    alice = await logged_in(world)
    await write(alice, f"uma@{VENUS}", range(500), "patient")
    await acknowledged(alice, 500)
    await server.crash()
    await server.ejabberd.start()
    uma = await on_ejabberd(world)
    await server.start()
    await all_come(uma, 500, "patient")
    # What was not removed from the outbox would come again.
    await server.stop_alone()
    await server.start()
    alice = await world.online("alice@acme.example")
    alice.send_message(uma.address, "the last")
    await uma.message(body="the last")
    if len(uma.saw("message", body="patient ")) != 500:
        raise Unmet("messages came again after a restart")


async def _sent(server):
    """How many stanzas this process has sent to other servers."""
    _, text = await http_get(server.health, "/metrics")
    found = re.search(r'(?m)^switchboard_federation_stanzas\w*\{[^}]*direction="out"[^}]*\} (\d+)', text)
    return int(found.group(1)) if found else 0


@case(within=300)
async def both_die_on_the_way(world):
    """Two of ours: while thousands of messages flow, now one of the two and now the other is killed, several times."""
    server, total, part = world.server, 0, 1500
    for victim in ("receiver", "sender", "receiver", "sender"):
        await server.neighbour.crash()
        alice = await logged_in(world)
        await write(alice, f"vera@{JUPITER}", range(total, total + part), "flows")
        await acknowledged(alice, part)
        total += part
        before = await _sent(server)

        async def flows():
            return await _sent(server) > before + 64

        await server.neighbour.start()
        await eventually(flows, 60, "messages on their way", every=0.005)
        if victim == "receiver":
            await server.neighbour.crash()
            await server.neighbour.start()
        else:
            await server.crash()
            await server.start()
    vera = await on_neighbour(world)
    await all_come(vera, total, "flows")
