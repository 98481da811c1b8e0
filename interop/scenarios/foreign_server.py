#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Proof 6: the bridge as a process of its own, an ordinary component in front of Debian's Prosody."""

from care import (
    WORKGROUP_ADDRESS, accepted, answered, heard, invited, joined, no_agent_named, offered, offered_by_workgroup,
    on_duty_on_foreign_server, said,
)
from peers.prosody import Prosody
from peers.switchboard import BINARY, Bridge
from stanza import BIZBUDDY, WORKGROUP, Unmet, anywhere, serialised
from world import USERS, case

ALICE, BOB, TOM, UMA = "alice@acme.example", "bob@acme.example", "tom@home.example", "uma@home.example"


def server(folder, certificates):
    return Prosody(folder, certificates, USERS)


def missing():
    return Prosody.missing()


async def _bridge(world):
    if not BINARY.exists():
        raise Unmet(f"{BINARY} is missing: run `make build`")
    return await world.run(Bridge(world.folder, world.server))


@case
async def conversation(world):
    """tom messages the workgroup itself; alice sees who he is before she accepts; they talk; she closes."""
    await _bridge(world)
    alice, tom = await world.all_online(ALICE, TOM)
    await on_duty_on_foreign_server(alice, WORKGROUP_ADDRESS)
    tom.send_presence(WORKGROUP_ADDRESS, type_="subscribe")
    await tom.presence(from_=WORKGROUP_ADDRESS, type_="subscribed")
    await tom.presence(from_=WORKGROUP_ADDRESS, type_="", has=("department", BIZBUDDY))
    tom.send_message(WORKGROUP_ADDRESS, "My order has not arrived")
    await answered(tom, contact=WORKGROUP_ADDRESS)
    await offered(alice, "Tom Customer", "Gold", "4711", "My order has not arrived")
    room = await joined(alice, await accepted(alice))
    await heard(alice, room, "My order has not arrived")
    said(alice, room, "/note checks with the warehouse")
    said(alice, room, "Let me look that up")
    await answered(tom, contact=WORKGROUP_ADDRESS, body="Let me look that up")
    tom.refuse("message", body="warehouse")
    tom.send_message(WORKGROUP_ADDRESS, "Thank you")
    await heard(alice, room, "Thank you")
    tom.forget()
    said(alice, room, "/close")
    await answered(tom, contact=WORKGROUP_ADDRESS)
    no_agent_named(tom, alice)


@case
async def workgroup_client(world):
    """The same for an XEP-0142 client, which says that it is there by directed presence."""
    await _bridge(world)
    bob, uma = await world.all_online(BOB, UMA)
    bob.send_presence(WORKGROUP_ADDRESS, payload=f"<agent-status xmlns='{WORKGROUP}'/>")
    await bob.settle()
    uma.send_message(WORKGROUP_ADDRESS, "Hello from another server")
    offer = await offered_by_workgroup(bob)
    if anywhere(offer, "record", BIZBUDDY) is None:
        raise Unmet(f"no record in {serialised(offer)}")
    await bob.request(
        "set", f"<offer-accept xmlns='{WORKGROUP}' jid='{offer.get('jid')}'/>", to=WORKGROUP_ADDRESS)
    room = await joined(bob, await invited(bob))
    said(bob, room, "Hello to you")
    await answered(uma, contact=WORKGROUP_ADDRESS, body="Hello to you")
