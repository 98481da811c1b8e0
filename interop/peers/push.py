#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A push service (XEP-0357) as others run them: a slixmpp component that takes notifications and answers as it is told."""

import asyncio
import logging
import xml.etree.ElementTree as ET

from slixmpp import ComponentXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from inbox import PATIENCE, Inbox
from stanza import Unmet, anywhere, serialised

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)

COMPONENT = "jabber:component:accept"
PUSH = "urn:xmpp:push:0"
PUBSUB = "http://jabber.org/protocol/pubsub"
FORM = "jabber:x:data"


class Notification:
    """A publish request, read."""

    def __init__(self, stanza):
        self.stanza = stanza
        self.sender = stanza.get("from")
        self.node = anywhere(stanza, "publish", PUBSUB).get("node")
        self.summary = _fields(anywhere(stanza, "notification", PUSH))
        options = anywhere(stanza, "publish-options", PUBSUB)
        self.options = {} if options is None else _fields(options)

    @property
    def count(self):
        return int(self.summary.get("message-count", "0"))


class PushService(Inbox):
    """The service at its domain. Notifications wait in order; `refuses` holds the answers to nodes it does not want:
    (type of error, condition)."""

    def __init__(self, domain, secret, host, port):
        super().__init__(domain)
        self.refuses = {}
        #: Nodes that get no answer at all.
        self.ignores = set()
        self.connected = False
        self._address = (host, port)
        self.xmpp = _Component(domain, secret, host, port, self.add)
        self.xmpp.add_event_handler("session_start", self._started)
        path = MatchXPath(f"{{{COMPONENT}}}iq/{{{PUBSUB}}}pubsub")
        self.xmpp.register_handler(Callback("publish", path, self._answer))

    async def start(self):
        self.xmpp.connect(*self._address)
        await self.until(lambda: self.connected, PATIENCE, "its handshake")
        return self

    async def stop(self):
        self.xmpp.disconnect(wait=1)
        self.xmpp.abort()

    def tail(self):
        return self.recent()

    async def notification(self, node=None, within=PATIENCE):
        """The next notification, of one node if it is given."""

        def fits(stanza):
            publish = anywhere(stanza, "publish", PUBSUB)
            return publish is not None and (node is None or publish.get("node") == node)

        return Notification(await self.wait_for(fits, within, f"a notification for {node or 'any node'}"))

    def notifications(self, node):
        """All that have come for a node so far."""
        publishes = (stanza for stanza in self.history if anywhere(stanza, "publish", PUBSUB) is not None)
        return [found for found in map(Notification, publishes) if found.node == node]

    async def settle(self):
        """A round trip to the server: what it sent before has been received after this."""
        iq = self.xmpp.make_iq_get(ito="acme.example", ifrom=self.xmpp.boundjid.bare)
        iq.append(ET.fromstring("<ping xmlns='urn:xmpp:ping'/>"))
        try:
            await iq.send(timeout=PATIENCE)
        except asyncio.TimeoutError as error:
            raise Unmet("the server does not answer the push service") from error

    def _started(self, _):
        self.connected = True
        self.wake()

    def _answer(self, iq):
        node = anywhere(iq.xml, "publish", PUBSUB).get("node")
        if node in self.ignores:
            return
        answer = iq.reply(clear=True)
        if node in self.refuses:
            kind, condition = self.refuses[node]
            answer["type"] = "error"
            answer["error"]["type"] = kind
            answer["error"]["condition"] = condition
        answer.send()


class _Component(ComponentXMPP):
    def __init__(self, domain, secret, host, port, on_stanza):
        super().__init__(domain, secret, host, port)
        self._on_stanza = on_stanza

    def incoming_filter(self, xml):
        # Before slixmpp gives everything the namespace of components.
        self._on_stanza(xml)
        return xml


def _fields(element):
    """The fields of the form in an element."""
    form = anywhere(element, "x", FORM)
    if form is None:
        return {}
    pairs = {}
    for field in form.iter(f"{{{FORM}}}field"):
        value = field.find(f"{{{FORM}}}value")
        pairs[field.get("var")] = "" if value is None else value.text or ""
    return pairs


def told(notification, **wanted):
    """Fails unless the summary is exactly this (`-` written as `_`) beside its type."""
    expected = {name.replace("_", "-"): str(value) for name, value in wanted.items()}
    found = {name: value for name, value in notification.summary.items() if name != "FORM_TYPE"}
    if found != expected:
        raise Unmet(f"the summary tells {found}, not {expected}: {serialised(notification.stanza)}")
