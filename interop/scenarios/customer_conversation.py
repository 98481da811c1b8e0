#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Proof 2: a customer messages the company; an agent sees the record before accepting, answers, closes."""

import asyncio
import re

from care import (
    CONTACT, WORKGROUP_ADDRESS, accepted, answered, heard, invited, joined, metadata, no_agent_named, offered,
    offered_by_workgroup, said,
)
from stanza import BIZBUDDY, WORKGROUP, Unmet, anywhere, child, error_condition, serialised, text_of
from world import case

TOM, UMA, WENDY = "tom@home.example", "uma@home.example", "wendy@home.example"
ALICE, BOB = "alice@acme.example", "bob@acme.example"


@case
async def conversation(world):
    """tom sees support open and writes; alice's offer tells who he is; they talk; a note stays inside; she closes."""
    alice = await world.online(ALICE)
    tom = await world.online(TOM)
    tom.send_presence(CONTACT, type_="subscribe")
    await tom.presence(from_=CONTACT, type_="subscribed")
    # The department may be told to open a moment after the answer, when the bridge has heard of alice.
    while True:
        presence = await tom.presence(from_=CONTACT, type_="", has=("department", BIZBUDDY))
        if child(presence, "department", BIZBUDDY).get("state") == "open":
            break
    tom.send_message(CONTACT, "My order has not arrived")
    await answered(tom)
    offer = await offered(alice, "Tom Customer", "Gold", "4711", "My order has not arrived")
    alice.refuse("message", has=("invite", "http://jabber.org/protocol/muc#user"))
    if offer.get("type") != "chat":
        raise Unmet(f"the offer is no chat message: {serialised(offer)}")
    room = await joined(alice, await accepted(alice))
    await heard(alice, room, "My order has not arrived")
    tom.send_message(CONTACT, "It was due on Monday")
    await heard(alice, room, "It was due on Monday")
    said(alice, room, "/note checks with the warehouse")
    said(alice, room, "Let me look that up")
    await answered(tom, body="Let me look that up")
    tom.refuse("message", body="warehouse")
    said(alice, room, "/record")
    await alice.message(from_=room, tells=("Tom Customer", "4711"), type_="groupchat")
    said(alice, room, "/frobnicate")
    said(alice, room, "It leaves today")
    await answered(tom, body="It leaves today")
    tom.refuse("message", body="frobnicate")
    # Keywords are plain text once an agent has accepted.
    tom.send_message(CONTACT, "position")
    await heard(alice, room, "position")
    tom.forget()
    said(alice, room, "/close solved")
    await answered(tom)
    no_agent_named(tom, alice)


@case
async def one_to_one(world):
    """An agent whose client knows no rooms answers at the conversation's own address, with the same effect."""
    alice = await world.online(ALICE)
    uma = await world.online(UMA)
    uma.send_message(CONTACT, "Do you sell gizmos?")
    await offered(alice, "gizmos")
    room = await accepted(alice)
    uma.send_message(CONTACT, "Blue ones?")
    chat = await heard(alice, room, "Blue ones?")
    if chat.get("type") != "chat" or "/" in chat.get("from"):
        raise Unmet(f"before joining, texts come as chat from the room's bare address: {serialised(chat)}")
    alice.send_message(room, "/note asks for blue")
    alice.send_message(room, "Yes, in all colours")
    await answered(uma, body="Yes, in all colours")
    uma.refuse("message", body="asks for blue")
    uma.forget()
    alice.send_message(room, "/close")
    await answered(uma)
    no_agent_named(uma, alice)


@case
async def reject_and_reoffer(world):
    """A rejected offer goes to another free agent."""
    alice, bob = await world.all_online(ALICE, BOB)
    wendy = await world.online(WENDY)
    wendy.send_message(CONTACT, "Anybody there?")

    def is_offer(stanza):
        return stanza.get("from", "").startswith(WORKGROUP_ADDRESS) and "Anybody there?" in text_of(stanza, "body")

    first = await _first_of(is_offer, alice, bob)
    second = bob if first is alice else alice
    second.refuse("message", body="Anybody there?")
    first.send_message(WORKGROUP_ADDRESS, "reject")
    await second.wait_for(is_offer, what="the offer that the other rejected")
    room = await joined(second, await accepted(second))
    said(second, room, "Here I am")
    await answered(wendy, body="Here I am")
    wendy.forget()
    said(second, room, "/close")
    await answered(wendy)


async def _first_of(predicate, *clients):
    """The client that receives such a stanza first."""
    waits = {
        asyncio.ensure_future(
            client.until(lambda client=client: any(map(predicate, client.history)), what="an offer to either agent")
        ): client for client in clients}
    done, others = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    first = done.pop()
    first.result()
    return waits[first]


@case
async def workgroup_client(world):
    """XEP-0142: the offer is an IQ with Fastpath's metadata and our record with a data form; accepting it invites."""
    alice = await world.online(ALICE)
    status = f"<agent-status xmlns='{WORKGROUP}'><max-chats>3</max-chats></agent-status>"
    alice.send_presence(WORKGROUP_ADDRESS, payload=status)
    await alice.settle()
    tom = await world.online(TOM)
    tom.send_message(CONTACT, "A question about my plan")
    offer = await offered_by_workgroup(alice)
    record = anywhere(offer, "record", BIZBUDDY)
    values = metadata(offer)
    told = " ".join(values.values())
    if record is None or record.get("customer") != "4711" or record.get("match") != "exact":
        raise Unmet(f"the offer holds no exact record of 4711: {serialised(offer)}")
    if not all(fact in told for fact in ("Tom Customer", "Gold", "4711")):
        raise Unmet(f"the offer tells {values}")
    acceptance = f"<offer-accept xmlns='{WORKGROUP}' jid='{offer.get('jid')}'/>"
    await alice.request("set", acceptance, to=WORKGROUP_ADDRESS)
    room = await joined(alice, await invited(alice))
    await heard(alice, room, "A question about my plan")
    said(alice, room, "Ask away")
    await answered(tom, body="Ask away")
    tom.forget()
    said(alice, room, "/close")
    await answered(tom)


@case
async def terminal_agent(world):
    """bob works in profanity: the offer, accept, the conversation, and a word to the customer."""
    bob = await world.terminal(BOB)
    uma = await world.online(UMA)
    uma.send_message(CONTACT, "Is the shop open on Sunday?")
    await bob.type(f"/msg {WORKGROUP_ADDRESS}")
    await bob.sees("Is the shop open on Sunday?")
    await bob.type("accept")
    # profanity tells of invitations on its console.
    await bob.type("/win 1")
    invitation = re.compile(r"/join (\S+@care\.acme\.example)")
    room = invitation.search(await bob.sees(invitation)).group(1)
    await bob.type(f"/join {room}")
    await bob.sees("Is the shop open on Sunday?")
    await bob.type("From ten to four")
    await answered(uma, body="From ten to four")
    uma.send_message(CONTACT, "Thank you!")
    await bob.sees("Thank you!")
    uma.forget()
    # profanity takes one slash for a command of its own and sends the rest after two.
    await bob.type("//close")
    await answered(uma)


@case
async def contact_is_the_companys(world):
    """Nobody but the bridge speaks for the contact, and it answers discovery."""
    tom = await world.online(TOM)
    disco = "http://jabber.org/protocol/disco#info"
    info = await tom.request("get", f"<query xmlns='{disco}'/>", to=CONTACT)
    if next(info.iter(f"{{{disco}}}identity"), None) is None:
        raise Unmet(f"the contact has no identity: {serialised(info)}")
    refusal = await tom.iq("get", "<query xmlns='urn:example:unknown'/>", to=CONTACT)
    if error_condition(refusal) not in ("service-unavailable", "feature-not-implemented"):
        raise Unmet(f"an unknown request to the contact was answered with {serialised(refusal)}")
