#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""The two sides of customer service as people act them: the customer's chat window and the agent's."""

import re

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from stanza import (
    CLIENT, CONFERENCE, DATA, JIVE_WORKGROUP, MUC, MUC_USER, ROSTERX, WORKGROUP, Unmet, anywhere, bare, child, local_name, namespace,
    serialised,
)

SERVICE = "care.acme.example"
WORKGROUP_ADDRESS = f"support@{SERVICE}"
CONTACT = "support@acme.example"

#: "You are 1st in line", "You are next", "place 1": wording may change, the place may not.
FIRST = re.compile(r"\b(1st|first|next|number 1|place 1|position 1|1 in line)\b", re.I)
SECOND = re.compile(r"\b(2nd|second|number 2|place 2|position 2|2 in line)\b", re.I)


async def offered(agent, *facts, workgroup=WORKGROUP_ADDRESS, **options):
    """Waits for an offer as text that tells all these facts; the message."""
    return await agent.message(from_=workgroup, tells=facts, **options)


async def accepted(agent, *, workgroup=WORKGROUP_ADDRESS, beside=()):
    """Accepts the open offer by text and waits for the invitation; the room's address."""
    agent.send_message(workgroup, "accept")
    return await invited(agent, beside)


async def invited(agent, beside=()):
    """Waits for an invitation to a conversation that is not one of the rooms `beside`; the room's address."""

    def invites(stanza):
        if local_name(stanza) != "message" or bare(stanza.get("from")) in beside:
            return False
        return anywhere(stanza, "invite", MUC_USER) is not None or child(stanza, "x", CONFERENCE) is not None

    invitation = await agent.wait_for(invites, what="an invitation to a conversation")
    direct = child(invitation, "x", CONFERENCE)
    room = direct.get("jid") if direct is not None else bare(invitation.get("from"))
    if not room.endswith(f"@{SERVICE}"):
        raise Unmet(f"invited to {room}, which is no conversation: {serialised(invitation)}")
    return room


async def joined(agent, room):
    """Enters the room (XEP-0045 section 7.2.2) and waits for its own presence there; the room."""
    nick = agent.address.partition("@")[0]
    agent.send_presence(f"{room}/{nick}", payload=f"<x xmlns='{MUC}'><history maxstanzas='20'/></x>")

    def is_me(stanza):
        if local_name(stanza) != "presence" or bare(stanza.get("from")) != room:
            return False
        if stanza.get("type") == "error":
            raise Unmet(f"could not enter {room}: {serialised(stanza)}")
        return any(status.get("code") == "110" for status in stanza.iter(f"{{{MUC_USER}}}status"))

    await agent.wait_for(is_me, what=f"its own presence in {room}")
    return room


def said(agent, room, text):
    """The agent says something in the room."""
    return agent.send_message(room, text, type_="groupchat")


async def heard(agent, room, text, **options):
    """Waits until a text of the customer arrives in the conversation, whichever way: as groupchat or as chat."""

    def fits(stanza):
        if local_name(stanza) != "message" or bare(stanza.get("from")) != room:
            return False
        body = child(stanza, "body", namespace(stanza))
        return body is not None and text in (body.text or "")

    return await agent.wait_for(fits, what=f"{text!r} in the conversation {room}", **options)


async def take(agent, *facts, workgroup=WORKGROUP_ADDRESS, beside=()):
    """From offer to presence in the room: what an agent does with each customer; the room."""
    await offered(agent, *facts, workgroup=workgroup)
    return await joined(agent, await accepted(agent, workgroup=workgroup, beside=beside))


async def answered(customer, contact=CONTACT, **conditions):
    """Waits for a message to the customer, which must come from the contact."""
    return await customer.message(from_=contact, **conditions)


def takes_suggestions(customer):
    """The client says that it takes suggestions for the contact list (XEP-0144), and answers them; before it connects."""
    # slixmpp keeps features by the address that the server has bound.
    customer.xmpp.add_event_handler("session_bind", lambda _: customer.xmpp["xep_0030"].add_feature(ROSTERX))
    path = MatchXPath(f"{{{CLIENT}}}iq/{{{ROSTERX}}}x")
    customer.xmpp.register_handler(Callback("roster exchange", path, lambda iq: iq.reply(clear=True).send()))


async def suggested(customer, contact=CONTACT):
    """Waits for a suggestion of contacts to add; a dictionary from address to (name, set of groups)."""
    request = await customer.expect("iq", from_=contact, type_="set", has=("x", ROSTERX))
    items = {}
    for item in child(request, "x", ROSTERX):
        if item.get("action") != "add":
            raise Unmet(f"not to be added: {serialised(item)}")
        items[item.get("jid")] = (item.get("name"), {group.text for group in item})
    return items


def no_agent_named(customer, *agents):
    """Nothing the customer ever received names an agent's address."""
    for stanza in customer.history:
        for agent in agents:
            if agent.address in serialised(stanza):
                raise Unmet(f"{customer.owner} was shown {agent.address}: {serialised(stanza)}")


def metadata(offer):
    """The names and values that an XEP-0142 offer carries for Fastpath's clients, and those of its data form."""
    values = {}
    for block in offer.iter(f"{{{JIVE_WORKGROUP}}}metadata"):
        values |= {value.get("name"): value.text or "" for value in block}
    for field in offer.iter(f"{{{DATA}}}field"):
        texts = [value.text or "" for value in field.iter(f"{{{DATA}}}value")]
        values[field.get("var") or field.get("label")] = " ".join(texts)
    return values


async def offered_by_workgroup(agent, *, workgroup=WORKGROUP_ADDRESS):
    """Waits for an XEP-0142 offer (the client answers that it owns it); the `<offer/>`."""
    request = await agent.expect("iq", from_=workgroup, type_="set", has=("offer", WORKGROUP))
    return child(request, "offer", WORKGROUP)


async def on_duty_on_foreign_server(agent, workgroup):
    """Lets the bridge see the agent's presence where no shared roster does it: subscribes, and answers likewise."""
    agent.send_presence(workgroup, type_="subscribe")
    await agent.presence(from_=workgroup, type_="subscribed")
    await agent.presence(from_=workgroup, type_="subscribe")
    agent.send_presence(workgroup, type_="subscribed")
    agent.send_presence()
