#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Copies for one's other devices (XEP-0280), asked for and read by slixmpp's own xep_0280."""

from stanza import CLIENT, Unmet, child, serialised
from world import case

TOM, UMA = "tom@home.example", "uma@home.example"
CARBONS, FORWARD = "urn:xmpp:carbons:2", "urn:xmpp:forward:0"
PRIVATE = f"<private xmlns='{CARBONS}'/><no-copy xmlns='urn:xmpp:hints'/>"


async def enabled(client):
    """The client, with slixmpp's copies as they come: (`sent` or `received`, the body, from, to)."""
    client.xmpp.register_plugin("xep_0280")
    copies = []

    def note(kind):
        def handle(message):
            inner = message[f"carbon_{kind}"]
            copies.append((kind, inner["body"], inner["from"].full, inner["to"].full))
            client.wake()

        return handle

    for kind in ("sent", "received"):
        client.xmpp.add_event_handler(f"carbon_{kind}", note(kind))
    await client.xmpp["xep_0280"].enable()
    return copies


@case(anywhere=True)
async def two_devices_see_the_same_conversation(world):
    """What one device sends and is sent the other one gets as a copy, each once; private messages it does not get."""
    desk, phone, uma = await world.all_online(f"{TOM}/desk", f"{TOM}/phone", UMA)
    on_desk, on_phone = await enabled(desk), await enabled(phone)
    desk.send_message(uma.full, "from the desk")
    await uma.message(from_=desk.full, body="from the desk")
    uma.send_message(desk.full, "to the desk")
    await desk.message(from_=uma.full, body="to the desk")
    desk.send_message(uma.full, "between us", payload=PRIVATE)
    await uma.message(from_=desk.full, body="between us")
    uma.send_message(desk.full, "for you alone", payload=PRIVATE)
    await desk.message(from_=uma.full, body="for you alone")
    phone.send_message(uma.full, "from the phone")
    await uma.message(from_=phone.full, body="from the phone")
    await desk.settle()
    await phone.settle()
    wanted = [
        ("sent", "from the desk", desk.full, uma.full), ("received", "to the desk", uma.full, desk.full),
    ]
    if on_phone != wanted:
        raise Unmet(f"the phone has the copies {on_phone}")
    if on_desk != [("sent", "from the phone", phone.full, uma.full)]:
        raise Unmet(f"the desk has the copies {on_desk}")
    # What goes to the account goes to both anyway, and needs no copy.
    uma.send_message(TOM, "to both")
    await desk.message(from_=uma.full, body="to both")
    await phone.message(from_=uma.full, body="to both")
    await desk.settle()
    await phone.settle()
    if len(on_phone) != 2 or len(on_desk) != 1:
        raise Unmet(f"copies of what both got: {on_phone} {on_desk}")


@case
async def end_when_they_are_no_longer_wanted(world):
    """Who disables copies gets no more; and nobody else can send one."""
    desk, phone, uma = await world.all_online(f"{TOM}/desk", f"{TOM}/phone", UMA)
    copies = await enabled(phone)
    await phone.request("set", f"<disable xmlns='{CARBONS}'/>")
    desk.send_message(uma.full, "no copy")
    await uma.message(from_=desk.full, body="no copy")
    forged = (f"<sent xmlns='{CARBONS}'><forwarded xmlns='{FORWARD}'><message xmlns='{CLIENT}' from='{TOM}/desk' "
              f"to='{UMA}' type='chat'><body>forged</body></message></forwarded></sent>")
    uma.send_message(phone.full, "look", payload=forged)
    got = await phone.message(from_=uma.full, body="look")
    await phone.settle()
    if copies or child(got, "sent", CARBONS) is not None:
        raise Unmet(f"the phone has {copies}, and {serialised(got)}")


@case
async def profanity_shows_what_the_other_device_says(world):
    """profanity with copies switched on shows both sides of a conversation that another device has."""
    desk, uma = await world.all_online(f"{TOM}/desk", UMA)
    terminal = await world.terminal(TOM)
    await terminal.type("/carbons on")
    await terminal.sees("carbons preference enabled")
    desk.send_message(uma.full, "from the desk")
    await uma.message(from_=desk.full, body="from the desk")
    uma.send_message(desk.full, "to the desk")
    await desk.message(from_=uma.full, body="to the desk")
    await terminal.type("/win 2")
    await terminal.sees("from the desk")
    await terminal.sees("to the desk")
