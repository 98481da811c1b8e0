#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Notifications for phones that have no connection (XEP-0357), told to a push service that is a component."""

from peers.push import PUSH, PushService, told
from peers.switchboard import Switchboard
from stanza import CLIENT, SM, Unmet, anywhere, serialised
from world import PASSWORD, case

TOM, UMA = "tom@home.example", "uma@home.example"
DOMAIN, SECRET = "push.acme.example", "interop-push"
OPTIONS = "http://jabber.org/protocol/pubsub#publish-options"


def server(folder, certificates):
    made = Switchboard(folder, certificates)
    made.more_configuration = f"\ncomponents:\n  {DOMAIN}: {{secret: {SECRET}}}\n"
    return made


async def _service(world):
    return await world.run(PushService(DOMAIN, SECRET, world.server.host, world.server.component_port))


async def _enable(client, node, secret=None):
    form = "" if secret is None else (
        "<x xmlns='jabber:x:data' type='submit'>"
        f"<field var='FORM_TYPE'><value>{OPTIONS}</value></field>"
        f"<field var='secret'><value>{secret}</value></field></x>")
    await client.request("set", f"<enable xmlns='{PUSH}' jid='{DOMAIN}' node='{node}'>{form}</enable>")


async def _disable(client, node=None):
    which = "" if node is None else f" node='{node}'"
    await client.request("set", f"<disable xmlns='{PUSH}' jid='{DOMAIN}'{which}/>")


async def _sent(client, to, *bodies):
    for body in bodies:
        client.send_message(to, body)
    await client.settle()


@case
async def offline(world):
    """A phone that is away is told of each message once, and nothing of what is in it; one that is here is told nothing."""
    service = await _service(world)
    tom, uma = await world.all_online(f"{TOM}/phone", UMA)
    answer = await tom.request("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=TOM)
    if not any(feature.get("var") == PUSH for feature in answer.iter("{http://jabber.org/protocol/disco#info}feature")):
        raise Unmet(f"push is not announced: {serialised(answer)}")
    await _enable(tom, "tom-phone", secret="s3cret")
    await _sent(uma, TOM, "while you look")
    await tom.message(body="while you look")
    await service.settle()
    if service.notifications("tom-phone"):
        raise Unmet("a phone that is connected was told")

    await tom.disconnect()
    uma.send_message(TOM, "confidential words")
    first = await service.notification("tom-phone")
    told(first, message_count=1)
    if first.sender != "home.example" or first.options.get("secret") != "s3cret":
        raise Unmet(f"from {first.sender} with {first.options}")
    # What nobody needs to be woken for
    uma.send_message(TOM, payload="<composing xmlns='http://jabber.org/protocol/chatstates'/>")
    uma.send_message(TOM, payload="<received xmlns='urn:xmpp:receipts' id='1'/>")
    uma.send_message(TOM, "another one")
    second = await service.notification("tom-phone")
    told(second, message_count=2)
    await uma.settle()
    await service.settle()
    if len(service.notifications("tom-phone")) != 2:
        raise Unmet(f"{len(service.notifications('tom-phone'))} notifications of two messages")

    # Back at the phone, the count begins anew.
    tom = await world.online(f"{TOM}/phone")
    await tom.message(body="another one")
    await tom.disconnect()
    uma.send_message(TOM, "and again")
    told(await service.notification("tom-phone"), message_count=1)
    tom = await world.online(f"{TOM}/phone")
    await _disable(tom)
    await tom.disconnect()
    await _sent(uma, TOM, "nobody is told of this")
    await service.settle()
    if len(service.notifications("tom-phone")) != 3:
        raise Unmet("a service that was given up was told")


@case
async def hibernating(world):
    """A session without its connection counts as away, and the message is there when it is resumed."""
    service = await _service(world)
    uma = await world.online(UMA)
    phone = world.raw_stream("home.example")
    await phone.logged_in("tom", PASSWORD, resource="pocket")
    await phone.send(f"<enable xmlns='{SM}' resume='true'/>")
    await phone.until("enabled")
    await phone.iq("set", f"<enable xmlns='{PUSH}' jid='{DOMAIN}' node='tom-pocket'/>")
    await phone.send("<presence/>")
    await phone.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to="home.example")
    await phone.close()
    uma.send_message(TOM, "are you there?")
    told(await service.notification("tom-pocket"), message_count=1)
    await uma.settle()
    await service.settle()
    if len(service.notifications("tom-pocket")) != 1:
        raise Unmet("told more than once")


@case
async def two_devices(world):
    """Each device that is away is told, each once; the one that is here is not."""
    service = await _service(world)
    phone, tablet, uma = await world.all_online(f"{TOM}/phone", f"{TOM}/tablet", UMA)
    await _enable(phone, "two-phone")
    await _enable(tablet, "two-tablet")
    await phone.disconnect()
    uma.send_message(TOM, "to the one that is here")
    await tablet.message(body="to the one that is here")
    told(await service.notification("two-phone"), message_count=1)
    await tablet.disconnect()
    uma.send_message(TOM, "to nobody")
    told(await service.notification("two-phone"), message_count=2)
    told(await service.notification("two-tablet"), message_count=1)
    await uma.settle()
    await service.settle()
    counts = [len(service.notifications(node)) for node in ("two-phone", "two-tablet")]
    if counts != [2, 1]:
        raise Unmet(f"notifications: {counts}")
    tom = await world.online(f"{TOM}/desk")
    await _disable(tom)


@case
async def refused(world):
    """A service that wants no more of a node gets no more; one that is away for a while is not given up."""
    service = await _service(world)
    phone, uma = await world.all_online(f"{TOM}/phone", UMA)
    await _enable(phone, "gone")
    await _enable(phone, "good")
    service.refuses["gone"] = ("cancel", "item-not-found")
    await phone.disconnect()
    uma.send_message(TOM, "the last for one of them")
    await service.notification("gone")
    await service.notification("good")
    # What follows the answer has been dealt with after it.
    await service.settle()
    uma.send_message(TOM, "and this for the other")
    told(await service.notification("good"), message_count=2)
    await service.settle()
    if len(service.notifications("gone")) != 1:
        raise Unmet("a node that was refused for good is told again")
    tom = await world.online(f"{TOM}/desk")
    await _disable(tom)


@case
async def announcement(world):
    """The company's announcements wake phones, too."""
    service = await _service(world)
    erin, dave = await world.all_online("erin@acme.example/phone", "dave@acme.example")
    await _enable(erin, "erin-phone")
    await erin.disconnect()
    urgent = "<priority xmlns='urn:switchboard:broadcast:1'>urgent</priority>"
    dave.send_message("staff@broadcast.acme.example", "Fire in the kitchen", payload=urgent)
    told(await service.notification("erin-phone"), message_count=1)
    erin = await world.online("erin@acme.example/phone")
    message = await erin.message(body="Fire in the kitchen")
    if anywhere(message, "body", CLIENT) is None:
        raise Unmet("the announcement has no words")
    await _disable(erin)
