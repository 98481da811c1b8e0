#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Customer service across servers: tom's account is on Prosody, uma's on ejabberd, and alice serves both from here."""

from abroad import on_ejabberd, on_prosody
from care import (
    CONTACT, accepted, answered, heard, joined, no_agent_named, offered, said, suggested, take, takes_suggestions,
)
from peers.federation import MERCURY_ROOMS, VENUS_ROOMS, FederatedSwitchboard, missing as missing_here
from scenarios.archive import iterated
from scenarios.confidential import nowhere
from stanza import BIZBUDDY, MUC, ROSTERX, Unmet, child, error_condition, local_name, serialised, text_of
from world import case

ALICE, BOB = "alice@acme.example", "bob@acme.example"


def server(folder, certificates):
    return FederatedSwitchboard(folder, certificates)


def missing():
    return missing_here()


async def _subscribes(customer):
    """Puts the contact into the customer's list, as any client does it."""
    customer.send_presence(CONTACT, type_="subscribe")
    await customer.presence(from_=CONTACT, type_="subscribed")
    await customer.roster_push(CONTACT, subscription="to")


async def _sees(customer, state, show):
    """Waits until the contact shows the department like this, in words for people, too."""

    def fits(stanza):
        department = child(stanza, "department", BIZBUDDY)
        return (
            local_name(stanza) == "presence" and stanza.get("from") == CONTACT and stanza.get("type") is None
            and department is not None and department.get("state") == state)

    presence = await customer.wait_for(fits, what=f"{CONTACT} as {state}")
    if text_of(presence, "show") != show or not text_of(presence, "status"):
        raise Unmet(f"{CONTACT}, which is {state}, looks like {serialised(presence)}")


@case(within=180)
async def served_from_here(world):
    """tom on Prosody and uma on ejabberd put support@ into their lists, see it open and close with the department, and are
    both served by alice, who talks with each of them."""
    tom, uma = await on_prosody(world), await on_ejabberd(world)
    for customer in (tom, uma):
        await _subscribes(customer)
        await _sees(customer, "closed", "xa")
    alice = await world.online(ALICE)
    for customer in (tom, uma):
        await _sees(customer, "open", "")
    tom.send_message(CONTACT, "My order has not arrived")
    await answered(tom)
    with_tom = await take(alice, "My order has not arrived", tom.address)
    await heard(alice, with_tom, "My order has not arrived")
    uma.send_message(CONTACT, "Do you sell gizmos?")
    await answered(uma)
    with_uma = await take(alice, "Do you sell gizmos?", uma.address)
    await heard(alice, with_uma, "Do you sell gizmos?")
    for customer, room, words in ((tom, with_tom, "It leaves today"), (uma, with_uma, "In all shades")):
        said(alice, room, words)
        reply = await answered(customer, body=words)
        if reply.get("type") != "chat":
            raise Unmet(f"the answer is no chat message: {serialised(reply)}")
        customer.send_message(CONTACT, f"{words}? Thank you, {customer.domain}")
        await heard(alice, room, f"Thank you, {customer.domain}")
        said(alice, room, "/note stays inside")
    tom.refuse("message", body="shades")
    uma.refuse("message", body="leaves today")
    for customer, room in ((tom, with_tom), (uma, with_uma)):
        customer.forget()
        said(alice, room, "/close solved")
        await answered(customer)
        customer.refuse("message", body="stays inside")
        no_agent_named(customer, alice)
        customer.forget()
    await alice.disconnect()
    for customer in (tom, uma):
        await _sees(customer, "closed", "xa")


@case(within=180)
async def suggested_across_servers(world):
    """tom on Prosody, whose client takes suggestions, is suggested the company's contacts; uma on ejabberd is not."""
    tom, uma = await on_prosody(world, prepare=takes_suggestions), await on_ejabberd(world)
    for customer in (tom, uma):
        if CONTACT not in await customer.roster():
            await _subscribes(customer)
        customer.send_message(CONTACT, "What else have you got?")
        await answered(customer)
    items = await suggested(tom)
    if items.get("sales@acme.example") != ("Acme Sales", {"BizBuddy"}):
        raise Unmet(f"tom was suggested {items}")
    for customer in (tom, uma):
        customer.send_message(CONTACT, "leave")
        await answered(customer, tells=("left",))
    uma.refuse("iq", has=("x", ROSTERX))


@case(within=180)
async def waits_for_each_other(world):
    """uma writes while nobody is there, and goes; alice comes, answers, and uma finds the answer when she is back."""
    uma = await on_ejabberd(world)
    uma.send_message(CONTACT, "Is anybody there?")
    await answered(uma)
    await uma.disconnect()
    alice = await world.online(ALICE)
    room = await take(alice, "Is anybody there?")
    said(alice, room, "Now there is")
    await alice.message(from_=room, body="Now there is", type_="groupchat")
    await alice.settle()
    uma = await on_ejabberd(world)
    await answered(uma, body="Now there is")
    uma.send_message(CONTACT, "Good to know")
    await heard(alice, room, "Good to know")
    uma.forget()
    said(alice, room, "/close")
    await answered(uma)
    if len(uma.saw("message", body="Now there is")) != 1:
        raise Unmet("the answer came more than once")


@case(within=180)
async def passed_on(world):
    """alice passes tom on to bob, and tom notices nothing but another hand."""
    tom, alice = await on_prosody(world), await world.online(ALICE)
    tom.send_message(CONTACT, "My gizmo hums in the night")
    await offered(alice, "hums in the night")
    room = await joined(alice, await accepted(alice))
    bob = await world.online(BOB)
    said(alice, room, "/transfer bob he repairs gizmos")
    await offered(bob, "he repairs gizmos")
    await joined(bob, await accepted(bob))
    said(bob, room, "Which colour is it?")
    await answered(tom, body="Which colour is it?")
    tom.send_message(CONTACT, "Blue")
    await heard(bob, room, "Blue")
    tom.forget()
    said(bob, room, "/close solved")
    await answered(tom)
    no_agent_named(tom, alice, bob)


@case(within=180)
async def conversations_are_closed_to_others(world):
    """Nobody from another server gets into a conversation's room or asks the queue for what only agents may know."""
    tom, alice = await on_prosody(world), await world.online(ALICE)
    tom.send_message(CONTACT, "Let me in")
    room = await take(alice, "Let me in")
    uma = await on_ejabberd(world)
    for stranger in (tom, uma):
        stranger.send_presence(f"{room}/spy", payload=f"<x xmlns='{MUC}'/>")
        refusal = await stranger.presence(from_=f"{room}/spy", type_="error")
        if error_condition(refusal) in (None, "remote-server-not-found", "remote-server-timeout"):
            raise Unmet(f"{stranger.owner} was not refused by us: {serialised(refusal)}")
        stranger.send_message(room, "let me listen", type_="groupchat")
        await stranger.expect("message", from_=room, type_="error")
    said(alice, room, "Among ourselves")
    await answered(tom, body="Among ourselves")
    await uma.settle()
    uma.refuse("message", body="Among ourselves")
    tom.forget()
    said(alice, room, "/close")
    await answered(tom)


@case(within=180)
async def confidential_from_elsewhere(world):
    """tom on Prosody writes a card number and answers what is compared: nobody has either here, neither alice nor a colleague
    nor their archives, and afterwards it is nowhere in the data folder, logs and write-ahead logs included."""
    card, spaced, answer = "4242424242424242", "4242 4242 4242 4242", "b.l.u.e-Bird/7741"
    tom, alice, bob = await on_prosody(world), await world.online(ALICE), await world.online(BOB, status="Busy")
    await world.server.command(
        "customers", "import", str(_customers(world, f"{tom.address},Tom Abroad,9911,Blue Bird 7741")))
    tom.send_message(CONTACT, "My order has not arrived")
    room = await take(alice, "My order has not arrived", "Tom Abroad")
    said(alice, room, "/consult bob is that so?")
    await bob.message(from_=room, tells=("is that so?",))
    bob.send_message(room, "I wonder")
    await alice.message(from_=room, tells=("I wonder",))
    tom.forget()
    tom.send_message(CONTACT, f"Charge {card} or {spaced}")
    await heard(alice, room, "Charge [•••• 4242] or [•••• 4242]")
    await answered(tom, tells=("confidential",))
    said(alice, room, "/verify codeword")
    await tom.message(from_=CONTACT, tells=("Codeword", "/answer"))
    tom.send_message(CONTACT, f"/answer {answer}")
    await alice.message(from_=room, tells=("✓", "Codeword"), type_="groupchat")
    await heard(bob, room, "Charge [•••• 4242] or [•••• 4242]")
    for person in (alice, bob):
        for secret in (card, spaced, answer):
            if any(secret in serialised(stanza) for stanza in person.history) or await iterated(person, secret):
                raise Unmet(f"{person.owner} has seen {secret}, or the archive has it")
    tom.forget()
    said(alice, room, "/close")
    await answered(tom)
    nowhere(world, card, spaced, answer)
    await world.server.crash()
    nowhere(world, card, spaced, answer)
    await world.server.start()
    nowhere(world, card, spaced, answer)


def _customers(world, row):
    file = world.server.folder.parent / "abroad.csv"
    file.write_text(f"address,name,customer,codeword\n{row}\n")
    return file


# Rooms


async def _enters(person, room, nick):
    person.send_presence(f"{room}/{nick}", payload=f"<x xmlns='{MUC}'/>")
    await person.presence(from_=f"{room}/{nick}", type_="")


@case(within=180)
async def rooms_on_other_servers(world):
    """alice, tom and uma meet in a room on Prosody and in one on ejabberd: all hear all, and see each other come and go."""
    alice, tom, uma = await world.online(ALICE), await on_prosody(world), await on_ejabberd(world)
    for room, first, others in (
        (f"lobby@{MERCURY_ROOMS}", tom, (alice, uma)), (f"lobby@{VENUS_ROOMS}", uma, (alice, tom)),
    ):
        people = (first, *others)
        await _enters(first, room, first.domain)
        # A new room of ejabberd waits for its owner.
        first.send(
            f"<iq type='set' to='{room}' id='{first.new_id()}'><query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'/></query></iq>")
        await first.settle()
        for other in others:
            await _enters(other, room, other.domain)
        for speaker in people:
            speaker.send_message(room, f"{speaker.domain} speaks", type_="groupchat")
            for listener in people:
                heard_here = await listener.message(from_=room, body=f"{speaker.domain} speaks", type_="groupchat")
                if heard_here.get("from") != f"{room}/{speaker.domain}":
                    raise Unmet(f"{listener.owner} heard it from {heard_here.get('from')}")
        alice.send_presence(f"{room}/{alice.domain}", type_="unavailable")
        for other in (tom, uma):
            await other.presence(from_=f"{room}/{alice.domain}", type_="unavailable")
