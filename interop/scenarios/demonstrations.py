#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What customer service was promised to be, step by step: a line of five, an alert from an auction, a call centre's day, and
what a crash leaves in order. (A confidential number from another server is in `customers_elsewhere`.)"""

import re

from care import (
    CONTACT, FIRST, SECOND, WORKGROUP_ADDRESS, accepted, answered, heard, joined, no_agent_named, offered, said, take,
)
from peers.switchboard import Switchboard
from stanza import BIZBUDDY, BROADCAST, ROSTER, Unmet, child, local_name, serialised, text_of
from world import case

ALICE, BOB, CAROL, DAVE, ERIN = (f"{name}@acme.example" for name in ("alice", "bob", "carol", "dave", "erin"))
NAMES = ("tom", "uma", "vic", "wendy", "xena")
ANSWER = "# Do gizmos hum?\n\nEvery gizmo hums while it is warm: https://acme.example/hum\n"


class Company(Switchboard):
    """The demo company, whose agents have four conversations at a time, and which answers a frequent question."""

    def adapt(self, text):
        folder = self.folder / "faq"
        folder.mkdir(exist_ok=True)
        (folder / "hum.md").write_text(ANSWER)
        text = re.sub(r"(?m)^(      capacity:) 3$", r"\1 4", text)
        return text.replace("\nbridge:\n", f"\nbridge:\n  agent_capacity: 4\n  faq_folder: {folder}\n", 1)


def server(folder, certificates):
    return Company(folder, certificates)


def missing():
    return Company.missing()


async def _customers(world):
    return dict(zip(NAMES, await world.all_online(*(f"{name}@home.example" for name in NAMES))))


async def _keeps(customer, contact=CONTACT):
    """Puts the contact into the customer's list, as a link xmpp:CONTACT?roster;name=…;group=BizBuddy does it."""
    await customer.request(
        "set", f"<query xmlns='{ROSTER}'><item jid='{contact}' name='Acme Support'><group>BizBuddy</group></item></query>")
    customer.send_presence(contact, type_="subscribe")
    await customer.presence(from_=contact, type_="subscribed")
    await customer.roster_push(contact, subscription="to")
    if (await customer.roster()).get(contact, ())[1:3] != ("Acme Support", {"BizBuddy"}):
        raise Unmet(f"the list has {await customer.roster()}")


async def _sees(customer, state, *waits, language="en", within=20):
    """Waits until the contact shows this state and one of these waits, in words of the language, too; the words."""

    def fits(stanza):
        department = child(stanza, "department", BIZBUDDY)
        return (
            local_name(stanza) == "presence" and stanza.get("from") == CONTACT and department is not None
            and department.get("state") == state and (not waits or department.get("wait") in waits))

    presence = await customer.wait_for(fits, within, f"{CONTACT} as {state} {waits}")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    words = {
        status.get(lang, presence.get(lang)): status.text for status in presence if local_name(status) == "status"}
    if set(words) != {"en", "de"} or list(words)[0] != language:
        raise Unmet(f"in words: {serialised(presence)}")
    return words[language]


@case(within=240)
async def a_line_of_five(world):
    """tom has the contact under BizBuddy, sees it open, and writes; alice knows who he is before she accepts. She takes three
    more. xena sees how long it takes, is fifth, is told her place and an answer, goes, and is written to when it is her turn."""
    alice = await world.online(ALICE)
    people = await _customers(world)
    tom, xena = people["tom"], people["xena"]
    await _keeps(tom)
    if await _sees(tom, "open") != "Open":
        raise Unmet("tom does not read that it is open")
    rooms = {}
    for name in NAMES[:4]:
        people[name].send_message(CONTACT, f"{name} needs help")
        await offered(alice, f"{name} needs help", *(["Tom Customer", "Gold", "4711"] if name == "tom" else []))
        if not rooms:
            alice.refuse("message", has=("invite", "http://jabber.org/protocol/muc#user"))
        rooms[name] = await _taken(alice, rooms)
    xena.send(f"<presence type='subscribe' to='{CONTACT}' xml:lang='de'/>")
    words = await _sees(xena, "open", "1-3", "3-5", language="de", within=60)
    if not re.fullmatch(r"Geöffnet, [135]-[35] Min. Wartezeit", words):
        raise Unmet(f"xena reads {words!r}")
    xena.forget()
    xena.send("<message type='chat' to='support@acme.example' xml:lang='en'><body>Do gizmos hum?</body></message>")
    await answered(xena, body=FIRST)
    await answered(xena, tells=("hums while it is warm", "Did it?"))
    xena.send_message(CONTACT, "no")
    xena.send_message(CONTACT, "callback")
    await answered(xena, tells=("keep your place",))
    await xena.disconnect()
    said(alice, rooms["vic"], "/close solved")
    await answered(people["vic"], tells=("closed",))
    xena = await world.online("xena@home.example")
    await answered(xena, tells=("It is your turn",))
    xena.send_message(CONTACT, "Here I am")
    await offered(alice, "Do gizmos hum?")
    rooms["xena"] = await _taken(alice, rooms)
    await heard(alice, rooms["xena"], "Here I am")
    said(alice, rooms["xena"], "They do")
    await answered(xena, body="They do")
    no_agent_named(xena, alice)
    for name in ("tom", "uma", "wendy", "xena"):
        said(alice, rooms[name], "/close solved")
    await answered(xena, tells=("closed",))


async def _taken(agent, rooms):
    """From the offer that has been seen to presence in the room."""
    return await joined(agent, await accepted(agent, beside=tuple(rooms.values())))


@case(within=180)
async def an_auction(world):
    """tom says "alert gizmo" and yes; one is published, reaches him, and his bid comes to alice with what it is about; STOP."""
    alice, dave = await world.all_online(ALICE, DAVE)
    tom = await world.online("tom@home.example")
    tom.send_message(CONTACT, "alert gizmo")
    await answered(tom, tells=("Do you want",))
    tom.send_message(CONTACT, "yes")
    await answered(tom, tells=("You will be told",))
    dave.send_message(WORKGROUP_ADDRESS, "/publish gizmo A brass gizmo is at auction")
    await answered(tom, tells=("A brass gizmo is at auction",))
    tom.send_message(CONTACT, "bid 50")
    room = await take(alice, "bid 50", "Tom Customer")
    await alice.message(type_="groupchat", tells=("after the alert: A brass gizmo is at auction",))
    said(alice, room, "/close sold")
    await answered(tom, tells=("closed",))
    tom.send_message(CONTACT, "STOP")
    await answered(tom, tells=("not be told",))
    tom.forget()
    dave.forget()
    dave.send_message(WORKGROUP_ADDRESS, "/publish gizmo A second one")
    await dave.message(from_=WORKGROUP_ADDRESS, body="Told to 0")
    await tom.settle()
    tom.refuse("message", body="A second one")


@case(within=240)
async def a_call_centres_day(world):
    """dave tells everybody of an outage and sees who has read it; bob is in training and is offered nobody; dave sees all on
    his board; carol serves a customer from a terminal, by text alone."""
    address = "all@broadcast.acme.example"
    alice, bob, dave, erin = await world.all_online(ALICE, BOB, DAVE, ERIN)
    carol = await world.terminal(CAROL)
    dave.send_message(
        address, "Mail outage until noon", payload=f"<priority xmlns='{BROADCAST}' ack='true'>urgent</priority>")
    await carol.type(f"/msg {address}")
    await carol.sees("Mail outage until noon")
    for person in (alice, bob, erin):
        copy = await person.message(from_=address, body="Mail outage until noon")
        person.send(
            f"<message to='{address}'><displayed xmlns='urn:xmpp:chat-markers:0' id='{copy.get('id')}'/></message>")
    await carol.say(address, "ok")
    while True:
        report = await dave.message(from_=address, has=("report", BROADCAST), within=60)
        if int(child(report, "report", BROADCAST).get("read")) >= 4:
            break
    if {read.get("jid") for read in report.iter(f"{{{BROADCAST}}}read")} != {ALICE, BOB, CAROL, ERIN}:
        raise Unmet(f"the report says {serialised(report)}")
    bob.send_presence(status="Training")
    alice.send_presence(status="Meeting")
    await alice.presence(from_=bob.full, tells=("Training",))
    uma = await world.online("uma@home.example")
    uma.send_message(CONTACT, "Is the shop open on Sunday?")
    await carol.type(f"/msg {WORKGROUP_ADDRESS}")
    await carol.sees("Is the shop open on Sunday?")
    dave.send_message(WORKGROUP_ADDRESS, "/board")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=("Support: open", "1 in line", "1 on duty"))
    dave.send_message(WORKGROUP_ADDRESS, "/agents")
    await dave.message(
        from_=WORKGROUP_ADDRESS, tells=(f"{BOB}: training", f"{CAROL}: available", f"{ALICE}: meeting"))
    await carol.type("accept")
    await carol.type("/win 1")
    conversation = re.compile(r"/join (\S+@care\.acme\.example)")
    room = conversation.search(await carol.sees(conversation)).group(1)
    # No room is entered: words to its address are the customer's.
    await carol.type(f"/msg {room} From ten to four")
    await answered(uma, body="From ten to four")
    uma.send_message(CONTACT, "Thank you!")
    await carol.sees("Thank you!")
    await carol.type(f"/msg {room} /note a regular")
    await carol.sees("Noted, for staff only")
    dave.send_message(WORKGROUP_ADDRESS, "/list")
    await dave.message(from_=WORKGROUP_ADDRESS, tells=("Uma Underwood", f"with {CAROL}"))
    await carol.type(f"/msg {room} /close solved")
    await answered(uma, tells=("closed",))
    uma.refuse("message", body="a regular")
    for person in (alice, bob):
        person.refuse("message", from_=WORKGROUP_ADDRESS, body="Is the shop open on Sunday?")
    shown = await world.server.command("board", "--once")
    if "Support: " not in shown:
        raise Unmet(f"the board in the terminal: {shown}")


@case(within=180)
async def killed_while_an_agent_is_asked(world):
    """`kill -9` while alice is being asked about tom and two stand behind him: all are where they were, and she is asked again."""
    alice = await world.online(ALICE)
    people = await _customers(world)
    for name, place in (("tom", None), ("uma", SECOND), ("vic", re.compile("3rd in line"))):
        people[name].send_message(CONTACT, f"{name} needs help")
        if place is None:
            await offered(alice, "tom needs help")
        else:
            await answered(people[name], body=place)
    await world.server.crash()
    await world.server.start()
    people = await _customers(world)
    for name, place in (("tom", FIRST), ("uma", SECOND), ("vic", re.compile("3rd in line"))):
        people[name].send_message(CONTACT, "position")
        await answered(people[name], body=place)
    alice = await world.online(ALICE)
    rooms = {}
    for name in ("tom", "uma", "vic"):
        await offered(alice, f"{name} needs help", within=30)
        rooms[name] = await _taken(alice, rooms)
    for name in ("tom", "uma", "vic"):
        # Before she is in the room it comes as chat, and then stands in the room's history under the same name.
        words = alice.saw("message", from_=rooms[name], body=f"{name} needs help")
        ways = [(each.get("type"), each.get("id")) for each in words]
        if len(set(ways)) != len(ways) or len({name.removesuffix("-chat") for _, name in ways}) != 1:
            raise Unmet("not once: " + " ".join(serialised(each) for each in words))
        said(alice, rooms[name], "/close solved")
        await answered(people[name], tells=("closed",))
