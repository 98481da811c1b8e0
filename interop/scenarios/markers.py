#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What clients say to one another beside words (XEP-0085, 0184, 0308, 0333, 0424, 0444, 0461) reaches them as it was, and
nobody is blocked or spared by mistake (XEP-0191, XEP-0352)."""

import xml.etree.ElementTree as ET

from client import delayed
from stanza import (
    CLIENT, Unmet, anywhere, attributes, error_condition, local_name, namespace, serialised, text_of,
)
from world import case

TOM, UMA = "tom@home.example", "uma@home.example"
CHAT_STATES = "http://jabber.org/protocol/chatstates"
RECEIPTS = "urn:xmpp:receipts"
MARKERS = "urn:xmpp:chat-markers:0"
HINTS = "urn:xmpp:hints"
BLOCKING = "urn:xmpp:blocking"

#: What clients send, and what of it says something to somebody who comes back later.
SAYINGS = {
    "request": (f"<body>Hello</body><request xmlns='{RECEIPTS}'/><markable xmlns='{MARKERS}'/>", True),
    "receipt": (f"<received xmlns='{RECEIPTS}' id='a1'/><store xmlns='{HINTS}'/>", True),
    "displayed": (f"<displayed xmlns='{MARKERS}' id='a1'/><store xmlns='{HINTS}'/>", True),
    "composing": (f"<composing xmlns='{CHAT_STATES}'/><no-store xmlns='{HINTS}'/>", False),
    "paused": (f"<paused xmlns='{CHAT_STATES}'/>", False),
    "correction": ("<body>Hello!</body><replace xmlns='urn:xmpp:message-correct:0' id='a1'/>", True),
    "reaction": (
        "<reactions xmlns='urn:xmpp:reactions:0' id='a1'><reaction>\U0001f44b</reaction></reactions>"
        f"<store xmlns='{HINTS}'/>", True),
    "reply": (
        "<body>&gt; Hello\nHi</body><reply xmlns='urn:xmpp:reply:0' to='tom@home.example/a' id='a1'/>"
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='8'/></fallback>", True),
    "retraction": (
        "<retract xmlns='urn:xmpp:message-retract:1' id='a1'/><body>/me retracted a message</body>"
        f"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><store xmlns='{HINTS}'/>", True),
}


def _content(element):
    """What an element says, as a value that can be compared; what the server adds to messages is left out."""
    added = {"urn:xmpp:sid:0", "urn:xmpp:delay"}
    inner = tuple(
        (local_name(part), namespace(part), tuple(sorted(part.attrib.items())), part.text or "", _content(part))
        for part in element if namespace(part) not in added)
    return inner


def _parsed(content):
    return ET.fromstring(f"<message xmlns='{CLIENT}'>{content}</message>")


@case(anywhere=True)
async def pass_as_they_are(world):
    """To somebody who is here everything arrives, in order and unchanged."""
    tom, uma = await world.all_online(TOM, UMA)
    # What waited for her, were there any, comes first.
    await uma.settle()
    for name, (content, _) in SAYINGS.items():
        tom.send(f"<message{attributes(to=uma.full, type_='chat', id=name)}>{content}</message>")
    for name, (content, _) in SAYINGS.items():
        message = await uma.wait_for(lambda stanza: local_name(stanza) == "message", what=f"the {name}")
        if message.get("id") != name:
            raise Unmet(f"{message.get('id')} came in the place of the {name}")
        if _content(message) != _content(_parsed(content)):
            raise Unmet(f"the {name} changed on the way: {serialised(message)}")
    tom.refuse("message", type_="error")


@case
async def wait_if_they_matter(world):
    """Somebody who comes back later gets what matters, and no typing of long ago."""
    tom = await world.online(TOM)
    for name, (content, _) in SAYINGS.items():
        tom.send(f"<message{attributes(to=UMA, type_='chat', id=name)}>{content}</message>")
    await tom.settle()
    tom.refuse("message", type_="error")
    uma = await world.online(UMA)
    for name, (content, is_kept) in SAYINGS.items():
        if not is_kept:
            continue
        message = await uma.wait_for(lambda stanza: local_name(stanza) == "message", what=f"the {name}")
        if message.get("id") != name or delayed(message) is None:
            raise Unmet(f"instead of the {name}: {serialised(message)}")
        if _content(message) != _content(_parsed(content)):
            raise Unmet(f"the {name} changed while it waited: {serialised(message)}")
    await uma.settle()
    for name, (_, is_kept) in SAYINGS.items():
        if not is_kept:
            uma.refuse("message", id_=name)


@case(anywhere=True)
async def blocking(world):
    """Whoever is blocked sees the other go, is not heard, and is let in again; all sessions that asked are told."""
    tom, uma = await world.all_online(TOM, UMA)
    second = await world.online(f"{TOM}/second")
    for client in (tom, second):
        await client.request("get", f"<blocklist xmlns='{BLOCKING}'/>")
    await tom.request("set", f"<block xmlns='{BLOCKING}'><item jid='{UMA}'/></block>")
    for client in (tom, second):
        push = await client.expect("iq", type_="set", has=("block", BLOCKING))
        if anywhere(push, "item", BLOCKING).get("jid") != UMA:
            raise Unmet(f"the push names somebody else: {serialised(push)}")
    id_ = uma.send_message(TOM, "let me in")
    refusal = await uma.expect("message", type_="error", id_=id_)
    if error_condition(refusal) != "service-unavailable":
        raise Unmet(f"who is blocked learns it: {serialised(refusal)}")
    id_ = tom.send_message(UMA, "are you there?")
    refusal = await tom.expect("message", type_="error", id_=id_)
    if error_condition(refusal) != "not-acceptable" or anywhere(refusal, "blocked", f"{BLOCKING}:errors") is None:
        raise Unmet(f"the refusal does not say why: {serialised(refusal)}")
    ping = await uma.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to=tom.full)
    if error_condition(ping) != "service-unavailable":
        raise Unmet(f"an iq reached who does not want it: {serialised(ping)}")
    await second.request("set", f"<unblock xmlns='{BLOCKING}'/>")
    await tom.expect("iq", type_="set", has=("unblock", BLOCKING))
    uma.send_message(TOM, "thank you")
    await tom.message(body="thank you")
    await tom.settle()
    tom.refuse("message", body="let me in")
    uma.refuse("message", body="are you there")


@case
async def inactive_client(world):
    """A client that nobody looks at gets no typing and only each sender's last presence, before what matters."""
    tom, uma = await world.all_online("alice@acme.example/phone", "bob@acme.example/desk")
    tom.send("<inactive xmlns='urn:xmpp:csi:0'/>")
    await tom.settle()
    tom.forget()
    for show in ("away", "xa", "dnd"):
        uma.send_presence(show=show)
    uma.send(f"<message to='{tom.full}' type='chat' id='typing'><composing xmlns='{CHAT_STATES}'/></message>")
    uma.send_message(tom.full, "this matters")
    message = await tom.message(body="this matters")
    before = tom.history[: tom.history.index(message)]
    shows = [text_of(stanza, "show") for stanza in before if stanza.get("from") == uma.full and text_of(stanza, "show")]
    if shows[-1:] != ["dnd"] or {"away", "xa"} & set(shows):
        raise Unmet(f"presence that nobody looked at: {shows}")
    uma.send_presence(show="chat")
    await uma.settle()
    tom.send("<active xmlns='urn:xmpp:csi:0'/>")
    presence = await tom.presence(from_=uma.full, has=("show", CLIENT))
    while text_of(presence, "show") != "chat":
        presence = await tom.presence(from_=uma.full, has=("show", CLIENT))
