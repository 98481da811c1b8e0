#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Proof 3: five customers, one agent: three conversations, two in line who know their place."""

from care import CONTACT, FIRST, SECOND, WORKGROUP_ADDRESS, answered, said, take
from stanza import text_of
from world import case


@case
async def leaving_the_line(world):
    """Who leaves gives the place to the next, and is offered to nobody."""
    wendy, xena = await world.all_online("wendy@home.example", "xena@home.example")
    alice = await world.online("alice@acme.example", status="Busy")
    for customer in (wendy, xena):
        customer.send_message(CONTACT, "hello")
        await answered(customer)
    wendy.forget()
    wendy.send_message(CONTACT, "leave")
    await answered(wendy)
    xena.forget()
    xena.send_message(CONTACT, "position")
    await answered(xena, body=FIRST)
    alice.refuse("message", from_=WORKGROUP_ADDRESS, body="hello")
    xena.forget()
    xena.send_message(CONTACT, "leave")
    await answered(xena)


@case
async def three_at_once_two_in_line(world):
    """The fourth and fifth are told their places; when a conversation closes, the fourth is offered."""
    alice = await world.online("alice@acme.example")
    names = ("tom", "uma", "vic", "wendy", "xena")
    customers = dict(zip(names, await world.all_online(*(f"{name}@home.example" for name in names))))
    rooms = {}
    for name in ("tom", "uma", "vic"):
        customers[name].send_message(CONTACT, f"{name} needs help")
        await answered(customers[name])
        rooms[name] = await take(alice, f"{name} needs help")
    for name, place in (("wendy", FIRST), ("xena", SECOND)):
        customers[name].send_message(CONTACT, f"{name} needs help")
        await answered(customers[name], body=place)
    # Asking is answered, and is not passed on.
    customers["xena"].send_message(CONTACT, " Position ")
    await answered(customers["xena"], body=SECOND)
    await alice.settle()
    alice.refuse("message", from_=WORKGROUP_ADDRESS, body="wendy needs help")
    alice.refuse("message", body="xena needs help")
    said(alice, rooms["uma"], "/close")
    await answered(customers["uma"])
    rooms["wendy"] = await take(alice, "wendy needs help")
    said(alice, rooms["wendy"], "Sorry for the wait")
    await answered(customers["wendy"], body="Sorry for the wait")
    customers["xena"].send_message(CONTACT, "position")
    await answered(customers["xena"], body=FIRST)
    alice.refuse("message", body="xena needs help")
    # The other conversations were never disturbed.
    said(alice, rooms["tom"], "Still with you")
    told = await answered(customers["tom"], body="Still with you")
    assert "wendy" not in text_of(told, "body")
