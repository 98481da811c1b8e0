#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Colleagues and supervisors in conversations: invited, asked, following, taking over; typed and by ad-hoc command."""

from care import CONTACT, SERVICE, WORKGROUP_ADDRESS, answered, heard, invited, joined, no_agent_named, offered, said, take
from stanza import Unmet, child, serialised
from world import case

FORM = "jabber:x:data"
COMMANDS = "http://jabber.org/protocol/commands"
ITEMS = "http://jabber.org/protocol/disco#items"
TOM = "tom@home.example"
ALICE, BOB, DAVE = "alice@acme.example", "bob@acme.example", "dave@acme.example"


async def step(client, verb, **fields):
    """One step of a command at the service; the `<command/>` of the answer."""
    inner = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in fields.items())
    form = f"<x xmlns='{FORM}' type='submit'>{inner}</x>" if fields else ""
    payload = f"<command xmlns='{COMMANDS}' node='urn:switchboard:bizbuddy:1#{verb}'>{form}</command>"
    answer = await client.request("set", payload, to=SERVICE)
    return child(answer, "command", COMMANDS)


async def serving(world, agent, customer):
    """The agent has the customer and is in the room; the room."""
    customer.send_message(CONTACT, "My gizmo hums")
    return await take(agent, "My gizmo hums")


@case
async def colleagues(world):
    """alice asks bob among staff, then invites him to speak; tom hears only what is meant for him."""
    alice = await world.online(ALICE)
    tom = await world.online(TOM)
    room = await serving(world, alice, tom)
    bob = await world.online(BOB)
    said(alice, room, "/consult bob which fuse?")
    await bob.message(from_=room, tells=("which fuse?", "stays among staff"), type_="chat")
    await joined(bob, await invited(bob))
    said(bob, room, "The blue one")
    await alice.message(from_=room, tells=("[note] The blue one",), type_="groupchat")
    said(alice, room, "/invite bob please explain it")
    await bob.message(from_=room, tells=("goes to the customer",), type_="groupchat")
    said(bob, room, "Please turn the blue fuse")
    await answered(tom, body="Please turn the blue fuse")
    tom.refuse("message", body="The blue one")
    tom.send_message(CONTACT, "It works")
    await heard(bob, room, "It works")
    await heard(alice, room, "It works")
    tom.forget()
    said(alice, room, "/close solved")
    await answered(tom)
    no_agent_named(tom, alice, bob)


@case
async def supervisor(world):
    """dave lists the conversations, follows one, which tom is told, whispers, and takes it over; bob may not."""
    alice = await world.online(ALICE)
    tom = await world.online(TOM)
    room = await serving(world, alice, tom)
    dave, bob = await world.all_online(DAVE, BOB)
    dave.send_message(WORKGROUP_ADDRESS, "/list")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=("Tom Customer", "alice@acme.example"))
    identifier = room.partition("@")[0]
    dave.send_message(WORKGROUP_ADDRESS, f"/monitor {identifier[:8]}")
    await answered(tom, tells=("supervisor",))
    await joined(dave, await invited(dave))
    said(dave, room, "/whisper offer a refund")
    await alice.message(from_=room, tells=("[note] offer a refund",), type_="groupchat")
    answer = await bob.iq(
        "set", f"<command xmlns='{COMMANDS}' node='urn:switchboard:bizbuddy:1#takeover'/>", to=room)
    if answer.get("type") != "error":
        raise Unmet(f"bob took over: {serialised(answer)}")
    asked = await step(dave, "takeover")
    if asked.get("status") != "executing" or identifier not in serialised(asked):
        raise Unmet(f"no form with the conversation: {serialised(asked)}")
    done = await step(dave, "takeover", conversation=identifier)
    if done.get("status") != "completed":
        raise Unmet(f"not taken over: {serialised(done)}")
    await answered(tom, tells=("Somebody else",))
    said(dave, room, "I will see to it myself")
    await answered(tom, body="I will see to it myself")
    tom.refuse("message", body="refund")
    tom.forget()
    said(dave, room, "/close")
    await answered(tom)
    no_agent_named(tom, alice, dave)


@case
async def commands_are_discovered(world):
    """A client finds what may be asked where it lists an address's commands; a customer finds nothing."""
    dave, tom = await world.all_online(DAVE, TOM)
    query = f"<query xmlns='{ITEMS}' node='{COMMANDS}'/>"
    answer = await dave.request("get", query, to=SERVICE)
    for verb in ("takeover", "board", "state"):
        if f"urn:switchboard:bizbuddy:1#{verb}" not in serialised(answer):
            raise Unmet(f"{verb} is not listed: {serialised(answer)}")
    board = await step(dave, "board")
    if "Support" not in (board.findtext(f"{{{COMMANDS}}}note") or ""):
        raise Unmet(f"no board: {serialised(board)}")
    answer = await tom.request("get", query, to=SERVICE)
    if "urn:switchboard" in serialised(answer):
        raise Unmet(f"a customer sees staff's commands: {serialised(answer)}")
