#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Customers lose neither word nor place when an agent vanishes, or when they go themselves until it is their turn."""

from care import CONTACT, FIRST, SECOND, WORKGROUP_ADDRESS, answered, heard, said, take
from peers.switchboard import Switchboard
from world import case

NAMES = ("tom", "uma", "vic", "wendy", "xena")
ALICE, BOB = "alice@acme.example", "bob@acme.example"


class Impatient(Switchboard):
    """The demo company, which waits a second for agents who have vanished."""

    def adapt(self, text):
        return text.replace("\nbridge:\n", "\nbridge:\n  agent_grace_seconds: 1\n", 1)


def server(folder, certificates):
    return Impatient(folder, certificates)


def missing():
    return Impatient.missing()


async def _customers(world):
    return dict(zip(NAMES, await world.all_online(*(f"{name}@home.example" for name in NAMES))))


@case(within=180)
async def an_agent_vanishes(world):
    """alice's connection breaks in the middle: tom is told, stands before uma, and bob takes him up where alice was."""
    alice = await world.online(ALICE)
    people = await _customers(world)
    tom, uma = people["tom"], people["uma"]
    tom.send_message(CONTACT, "My gizmo hums")
    room = await take(alice, "My gizmo hums")
    said(alice, room, "Is it warm?")
    await answered(tom, body="Is it warm?")
    alice.send_presence(status="Busy")
    uma.send_message(CONTACT, "Do you sell gizmos?")
    await answered(uma, body=FIRST)
    uma.forget()
    alice.drop()
    await answered(tom, tells=("disconnected", "head of the line"))
    uma.send_message(CONTACT, "position")
    await answered(uma, body=SECOND)
    bob = await world.online(BOB)
    with_tom = await take(bob, "My gizmo hums")
    await heard(bob, with_tom, "Is it warm?")
    tom.send_message(CONTACT, "Quite warm")
    await heard(bob, with_tom, "Quite warm")
    with_uma = await take(bob, "Do you sell gizmos?", beside=(with_tom,))
    for customer, where in ((tom, with_tom), (uma, with_uma)):
        customer.forget()
        said(bob, where, "/close solved")
        await answered(customer, tells=("closed",))


@case(within=180)
async def written_to_when_it_is_their_turn(world):
    """alice has all she can take; wendy asks to be written to, goes, is written to, and is served when she answers."""
    alice = await world.online(ALICE)
    people = await _customers(world)
    rooms = {}
    for name in ("tom", "uma", "vic"):
        people[name].send_message(CONTACT, f"{name} needs help")
        rooms[name] = await take(alice, f"{name} needs help", beside=tuple(rooms.values()))
    wendy = people["wendy"]
    wendy.send_message(CONTACT, "wendy needs help")
    await answered(wendy, body=FIRST)
    wendy.send_message(CONTACT, "callback")
    await answered(wendy, tells=("keep your place",))
    await wendy.disconnect()
    said(alice, rooms["tom"], "/close")
    await answered(people["tom"], tells=("closed",))
    wendy = await world.online("wendy@home.example")
    await answered(wendy, tells=("It is your turn",))
    alice.refuse("message", from_=WORKGROUP_ADDRESS, body="wendy needs help")
    wendy.send_message(CONTACT, "Here I am")
    rooms["wendy"] = await take(alice, "wendy needs help", beside=tuple(rooms.values()))
    await heard(alice, rooms["wendy"], "Here I am")
    for name in ("uma", "vic", "wendy"):
        said(alice, rooms[name], "/close")
    await answered(wendy, tells=("closed",))
