#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Proof 4: everybody is at lunch; the contact shows it, messages wait, and the first one back gets them."""

from care import CONTACT, WORKGROUP_ADDRESS, answered, offered, said, take
from stanza import BIZBUDDY, Unmet, child, serialised, text_of
from world import case


@case
async def messages_wait_for_the_end_of_lunch(world):
    """The contact shows closed or a long wait; a message is answered and waits; alice comes back and gets the offer."""
    alice, bob = await world.all_online("alice@acme.example", "bob@acme.example")
    tom = await world.online("tom@home.example")
    tom.send_presence(CONTACT, type_="subscribe")
    await tom.presence(from_=CONTACT, type_="", has=("department", BIZBUDDY))
    tom.forget()
    alice.send_presence(status="At Lunch")
    bob.send_presence(show="dnd", status="Meeting")

    def not_open(stanza):
        return stanza.get("from") == CONTACT and text_of(stanza, "show") in ("away", "xa")

    shown = await tom.wait_for(not_open, what="the contact to show that nobody is there")
    if child(shown, "department", BIZBUDDY).get("state") == "open":
        raise Unmet(f"nobody is there, and yet: {serialised(shown)}")
    tom.send_message(CONTACT, "Anybody in?")
    await answered(tom)
    await alice.settle()
    alice.refuse("message", from_=WORKGROUP_ADDRESS, body="Anybody in?")
    bob.refuse("message", from_=WORKGROUP_ADDRESS, body="Anybody in?")
    tom.forget()
    alice.send_presence()
    room = await take(alice, "Tom Customer", "Anybody in?")
    said(alice, room, "Back again")
    await answered(tom, body="Back again")
    opened = await tom.presence(from_=CONTACT, has=("department", BIZBUDDY))
    if text_of(opened, "show") == "xa":
        raise Unmet(f"alice is back, and yet: {serialised(opened)}")


@case
async def duty_overrides(world):
    """`/duty off` stops offers while the state says available; `/duty on` brings the waiting one."""
    alice = await world.online("alice@acme.example")
    alice.send_message(WORKGROUP_ADDRESS, "/duty off")
    await alice.message(from_=WORKGROUP_ADDRESS)
    uma = await world.online("uma@home.example")
    uma.send_message(CONTACT, "Are you on duty?")
    await answered(uma)
    alice.refuse("message", body="Are you on duty?")
    alice.send_message(WORKGROUP_ADDRESS, "/duty on")
    await offered(alice, "Are you on duty?")
