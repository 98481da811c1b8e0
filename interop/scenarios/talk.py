#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What passes between a customer and an agent beside words, in the customer's chat and the agent's room."""

from care import CONTACT, answered, heard, no_agent_named, said, take
from stanza import Unmet, child, serialised
from world import case

STATES = "http://jabber.org/protocol/chatstates"
RECEIPTS = "urn:xmpp:receipts"
MARKERS = "urn:xmpp:chat-markers:0"
CORRECTION = "urn:xmpp:message-correct:0"
REACTIONS = "urn:xmpp:reactions:0"
REPLY = "urn:xmpp:reply:0"
LINK = "jabber:x:oob"
TOM, ALICE = "tom@home.example", "alice@acme.example"


def refers(stanza, name, namespace, wanted):
    """The payload of this name, which must refer to that message."""
    payload = child(stanza, name, namespace)
    if payload is None or payload.get("id") != wanted:
        raise Unmet(f"no <{name}/> about {wanted!r}: {serialised(stanza)}")


@case
async def beside_words(world):
    """tom types, corrects, reacts, replies and sends a link; alice sees each as her room's, and the other way round."""
    alice = await world.online(ALICE)
    tom = await world.online(TOM)
    tom.send_message(CONTACT, "My gizmo hmus", id_="t1", payload=f"<request xmlns='{RECEIPTS}'/>")
    receipt = await tom.message(from_=CONTACT, has=("received", RECEIPTS))
    refers(receipt, "received", RECEIPTS, "t1")
    room = await take(alice, "My gizmo hmus")
    first = await heard(alice, room, "My gizmo hmus")
    tom.send_message(CONTACT, payload=f"<composing xmlns='{STATES}'/>")
    await alice.message(from_=None, type_="groupchat", has=("composing", STATES))
    tom.send_message(CONTACT, "My gizmo hums", id_="t2", payload=f"<replace xmlns='{CORRECTION}' id='t1'/>")
    corrected = await heard(alice, room, "My gizmo hums")
    if not child(corrected, "replace", CORRECTION).get("id"):
        raise Unmet(f"replaces nothing: {serialised(corrected)}")
    alice.send_message(room, type_="groupchat", payload=f"<composing xmlns='{STATES}'/>")
    await tom.message(from_=CONTACT, has=("composing", STATES))
    alice.send_message(room, "Which one?", type_="groupchat", id_="a1", payload=f"<markable xmlns='{MARKERS}'/>")
    question = await answered(tom, body="Which one?", has=("markable", MARKERS))
    tom.send_message(CONTACT, payload=f"<displayed xmlns='{MARKERS}' id='{question.get('id')}'/>")
    seen = await alice.message(type_="groupchat", has=("displayed", MARKERS))
    refers(seen, "displayed", MARKERS, "a1")
    tom.send_message(CONTACT, "The red one", id_="t3", payload=f"<reply xmlns='{REPLY}' id='{question.get('id')}'/>")
    reply = await heard(alice, room, "The red one")
    refers(reply, "reply", REPLY, "a1")
    reaction = f"<reactions xmlns='{REACTIONS}' id='{reply.get('id')}'><reaction>👍</reaction></reactions>"
    alice.send_message(room, type_="groupchat", payload=reaction)
    refers(await tom.message(from_=CONTACT, has=("reactions", REACTIONS)), "reactions", REACTIONS, "t3")
    link = "https://files.acme.example/manual.pdf"
    alice.send_message(room, link, type_="groupchat", payload=f"<x xmlns='{LINK}'><url>{link}</url></x>")
    await answered(tom, body=link, has=("x", LINK))
    tom.forget()
    said(alice, room, "/close")
    await answered(tom)
    no_agent_named(tom, alice)
    if first.get("id") is None:
        raise Unmet(f"nothing to refer to: {serialised(first)}")
