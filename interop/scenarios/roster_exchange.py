#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""The company's contacts come into customers' contact lists: as a suggestion (XEP-0144), or as a link in the greeting."""

from care import CONTACT, answered, suggested, takes_suggestions
from peers.switchboard import Switchboard
from stanza import ROSTERX, Unmet, serialised
from world import case

TOM, UMA, VIC, WENDY = "tom@home.example", "uma@home.example", "vic@home.example", "wendy@home.example"
LINK = "xmpp:support@acme.example?roster;name=Acme%20Support;group=BizBuddy"


class Linking(Switchboard):
    """The demo with links in greetings."""

    def adapt(self, text):
        return text.replace("bridge:\n", "bridge:\n  link_in_greeting: true\n", 1)


def server(folder, certificates):
    return Linking(folder, certificates)


async def _subscribed(world, user, *, knows):
    customer = world.client(user)
    if knows:
        takes_suggestions(customer)
    await customer.online()
    customer.send_presence(CONTACT, type_="subscribe")
    await customer.presence(from_=CONTACT, type_="subscribed")
    return customer


def _no_link(customer):
    for stanza in customer.history:
        if "xmpp:support" in serialised(stanza):
            raise Unmet(f"{customer.owner} got a link: {serialised(stanza)}")


@case
async def suggested_once(world):
    """tom, whose client takes suggestions, has support@ in his list and is suggested all contacts, once: not from another
    client, not after the server was killed, and with no link besides."""
    tom = await _subscribed(world, TOM, knows=True)
    tom.send_message(CONTACT, "Hello")
    await answered(tom)
    items = await suggested(tom)
    if items != {
        "support@acme.example": ("Acme Support", {"BizBuddy"}), "sales@acme.example": ("Acme Sales", {"BizBuddy"}),
        "hello@acme.example": ("Acme", {"BizBuddy"}),
    }:
        raise Unmet(f"tom was suggested {items}")
    await tom.settle()
    _no_link(tom)
    await tom.disconnect()
    await world.server.crash()
    await world.server.start()
    tom = world.client(f"{TOM}/other")
    takes_suggestions(tom)
    await tom.online()
    tom.send_message(CONTACT, "leave")
    await answered(tom)
    tom.send_message(CONTACT, "Hello again")
    await answered(tom)
    await tom.settle()
    tom.refuse("iq", has=("x", ROSTERX))
    _no_link(tom)


@case
async def nothing_for_other_clients(world):
    """uma's client knows nothing of suggestions and gets none; her next greeting has the link, and no other after it."""
    uma = await _subscribed(world, UMA, knows=False)
    for words, has_link in (("One", False), ("Two", True), ("Three", False)):
        uma.forget()
        uma.send_message(CONTACT, words)
        greeting = await answered(uma)
        if (LINK in serialised(greeting).replace("&amp;", "&")) != has_link:
            raise Unmet(f"the greeting after {words} is {serialised(greeting)}")
        # Her client has said what it can do before she goes on.
        await uma.settle()
        uma.send_message(CONTACT, "leave")
        await answered(uma, tells=("left",))
    uma.refuse("iq", has=("x", ROSTERX))


@case
async def a_link_for_strangers(world):
    """wendy, who has no contact of the company's in her list, finds the link in her first greeting."""
    wendy = await world.online(WENDY)
    wendy.send_message(CONTACT, "Hello")
    await answered(wendy, tells=(LINK,))
    wendy.refuse("iq", has=("x", ROSTERX))
