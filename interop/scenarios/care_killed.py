#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""`kill -9` with customers in every state there is: being asked, waiting to be written to, offered, served, passed on."""

from care import CONTACT, SECOND, SERVICE, WORKGROUP_ADDRESS, answered, heard, offered, said, take
from stanza import bare, local_name, text_of
from world import case

HELLO = "hello@acme.example"
NAMES = ("tom", "uma", "vic", "wendy", "xena")


@case(within=180)
async def killed_in_every_state(world):
    """`kill -9` while tom is being asked, uma waits to be written to, vic is offered, wendy is served with a colleague asked
    about her, and xena is being passed on: all go on from there."""
    alice = await world.online("alice@acme.example")
    people = dict(zip(NAMES, await world.all_online(*(f"{name}@home.example" for name in NAMES))))
    rooms = {}
    for name in ("wendy", "xena"):
        people[name].send_message(CONTACT, f"{name} needs help")
        rooms[name] = await take(alice, f"{name} needs help", beside=tuple(rooms.values()))
    bob, dave = await world.all_online("bob@acme.example", "dave@acme.example")
    said(alice, rooms["wendy"], "/consult dave which fuse?")
    await dave.message(from_=rooms["wendy"], tells=("which fuse?",))
    said(alice, rooms["xena"], "/transfer bob knows fuses")
    await offered(bob, "knows fuses")
    people["vic"].send_message(CONTACT, "vic needs help")
    await offered(alice, "vic needs help")
    people["uma"].send_message(CONTACT, "uma needs help")
    await answered(people["uma"], body=SECOND)
    people["uma"].send_message(CONTACT, "callback")
    await answered(people["uma"], tells=("keep your place",))
    people["tom"].send_message(HELLO, "tom needs help")
    await answered(people["tom"], contact=HELLO, tells=("2 – Support",))
    await world.server.crash()
    await world.server.start()

    people = dict(zip(NAMES, await world.all_online(*(f"{name}@home.example" for name in NAMES))))
    alice = await world.online("alice@acme.example")
    people["tom"].send_message(HELLO, "2")
    await answered(people["tom"], contact=HELLO, tells=("Support",))
    for name in ("wendy", "xena"):
        people[name].send_message(CONTACT, f"{name} is still here")
        await heard(alice, rooms[name], f"{name} is still here", within=30)
        alice.send_message(rooms[name], f"So am I, {name}")
        await answered(people[name], body=f"So am I, {name}")
    await offered(alice, "vic needs help", within=30)
    alice.send_message(WORKGROUP_ADDRESS, "accept")
    vic = await _heard_in(alice, "vic needs help")
    alice.send_message(vic, "/close solved")
    await answered(people["vic"], tells=("closed",))
    await answered(people["uma"], tells=("It is your turn",), within=30)
    people["uma"].send_message(CONTACT, "Here I am")
    left = {"uma needs help", "tom needs help"}
    while left:
        # One of them may have been offered before the other was ready.
        offer = text_of(await offered(alice, "needs help", within=30), "body")
        words = next(words for words in left if words in offer)
        left.remove(words)
        alice.send_message(WORKGROUP_ADDRESS, "accept")
        room = await _heard_in(alice, words)
        alice.send_message(room, "/close solved")
    await answered(people["tom"], contact=HELLO, tells=("closed",))
    for name in ("wendy", "xena"):
        alice.send_message(rooms[name], "/close solved")
        await answered(people[name], tells=("closed",))


async def _heard_in(agent, words):
    """Where a customer's words come from, for an agent who is in no room."""

    def fits(stanza):
        sender = bare(stanza.get("from"))
        return (
            local_name(stanza) == "message" and sender.endswith(f"@{SERVICE}") and sender != WORKGROUP_ADDRESS
            and words in text_of(stanza, "body"))

    return bare((await agent.wait_for(fits, what=f"{words!r} from a conversation")).get("from"))
