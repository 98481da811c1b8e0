#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""An ordinary XMPP client for scenarios: slixmpp with an inbox in front."""

import asyncio
import itertools
import logging
import ssl

from slixmpp import ClientXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from inbox import PATIENCE, Inbox
from stanza import (
    CLIENT, DELAY, ROSTER, WORKGROUP, Unmet, attributes, bare, child, element_text, error_condition, local_name,
    resource, serialised,
)

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)

#: slixmpp 1.8 binds SCRAM-*-PLUS to `tls-unique` even on TLS 1.3, where that type does not exist (RFC 9266); the raw
#: client tests -PLUS instead. With a mechanism pinned it must not claim support (`y`): that is what a client says whose
#: view of the offer was stripped, and the server refuses it (RFC 5802 §6). A scenario may pass `mechanisms=None` for slixmpp's own choice.
MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-1")


class LoginFailed(Exception):
    """The server refused the stream, the password or the resource."""


class _Slix(ClientXMPP):
    """slixmpp without DNS (the address is given, the certificate is checked for the domain) and with every stanza
    shown to the inbox before slixmpp handles it."""

    def __init__(self, jid, password, on_stanza, **options):
        super().__init__(jid, password, **options)
        self._on_stanza = on_stanza

    async def _pick_dns_answer(self, domain, port=None):
        return None

    def incoming_filter(self, xml):
        self._on_stanza(xml)
        return xml

    def exception(self, exception):
        logging.getLogger("interop").debug("slixmpp: %r", exception)


class Client(Inbox):
    """One session of one account."""

    _ids = itertools.count(1)

    def __init__(self, jid, password, endpoint, *, direct_tls=False, mechanisms=MECHANISMS, certificate=None):
        """`endpoint` says where the server listens: `.host`, `.c2s`, `.c2s_tls`, and `.ca`, the trusted authority.
        `certificate`: files of a certificate and its key, to show to the server."""
        super().__init__(jid)
        self.address = bare(jid)
        self.domain = self.address.partition("@")[2]
        self.endpoint = endpoint
        self.direct_tls = direct_tls
        self.connected = False
        self._failure = None
        config = {"feature_mechanisms": {"use_mechs": set(mechanisms)}} if mechanisms else {}
        self.xmpp = _Slix(jid, password, self._received, plugin_config=config)
        if mechanisms:
            plugin = self.xmpp["feature_mechanisms"]
            plugin.use_mechs = set(mechanisms)
            standard = plugin.sasl_callback
            plugin.sasl_callback = lambda *wanted: {**standard(*wanted), "channel_binding": None}
        self.xmpp.default_domain = self.domain
        context = ssl.create_default_context(cafile=str(endpoint.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate:
            context.load_cert_chain(*certificate)
            self.xmpp.credentials["authzid"] = b""
        self.xmpp.ssl_context = context
        self.xmpp.ca_certs = endpoint.ca
        self.xmpp.auto_authorize = None
        self.xmpp.auto_subscribe = False
        self.xmpp.register_plugin("xep_0030")
        self.xmpp.register_plugin("xep_0199")
        for event, failure in (
            ("failed_all_auth", "no mechanism let the account in"),
            ("connection_failed", "no connection"),
            ("ssl_invalid_chain", "the certificate is not trusted"),
            ("stream_error", "the server closed the stream with an error"),
            ("disconnected", "the connection closed"),
        ):
            self.xmpp.add_event_handler(event, lambda data, failure=failure: self._failed(failure, data))
        self.xmpp.add_event_handler("session_start", self._started)
        for name in ("offer", "offer-revoke"):
            path = MatchXPath(f"{{{CLIENT}}}iq/{{{WORKGROUP}}}{name}")
            self.xmpp.register_handler(Callback(f"workgroup {name}", path, self._acknowledge))

    # Connection

    async def connect(self, within=PATIENCE * 2):
        """Connects, authenticates and binds; no presence is sent. Raises LoginFailed."""
        self._failure = None
        port = self.endpoint.c2s_tls if self.direct_tls else self.endpoint.c2s
        self.xmpp.connect(
            (self.endpoint.host, port), use_ssl=self.direct_tls, force_starttls=not self.direct_tls,
            disable_starttls=self.direct_tls)
        await self.until(lambda: self.connected or self._failure is not None, within, "its session")
        if not self.connected:
            raise LoginFailed(f"{self.owner}: {self._failure}")
        return self

    async def online(self, **presence):
        """Connects, asks for the roster and sends initial presence: what a person's client does. `presence` as in
        `send_presence`."""
        await self.connect()
        await self.roster()
        self.send_presence(**presence)
        await self.expect("presence", from_=self.full, type_="")
        return self

    async def disconnect(self):
        """Closes the stream as a client should; returns when the connection is gone."""
        if not self.connected:
            return
        self.xmpp.disconnect(wait=5)
        await self.until(lambda: not self.connected, 10, "the end of its stream")

    def drop(self):
        """Cuts the connection without a word; nothing happens when it is gone already."""
        try:
            self.xmpp.abort()
        except AttributeError:
            # asyncio's TLS transport forgets its protocol when the peer was first to close: there is nothing to cut.
            if self.xmpp.transport is not None and not self.xmpp.transport.is_closing():
                raise

    async def closed(self, within=PATIENCE):
        """Waits until the server has closed the connection."""
        await self.until(lambda: not self.connected, within, "the end of the connection")

    @property
    def full(self):
        """The full address that the server bound."""
        return self.xmpp.boundjid.full

    @property
    def resource(self):
        return resource(self.full)

    # Sending

    def send(self, xml):
        """Sends text as it is."""
        self.xmpp.send_raw(xml)

    def new_id(self):
        return f"interop-{next(self._ids)}"

    def send_message(self, to, body=None, *, type_="chat", id_=None, payload=""):
        id_ = id_ or self.new_id()
        head = attributes(to=to, type_=type_, id=id_)
        self.send(f"<message{head}>{element_text('body', body)}{payload}</message>")
        return id_

    def send_presence(self, to=None, *, type_=None, show=None, status=None, priority=None, payload=""):
        priority = None if priority is None else str(priority)
        inner = element_text("show", show) + element_text("status", status) + element_text("priority", priority)
        self.send(f"<presence{attributes(to=to, type_=type_)}>{inner}{payload}</presence>")

    async def iq(self, type_, payload, to=None, within=PATIENCE):
        """Sends a request and returns the answer, of type result or error."""
        id_ = self.new_id()
        self.send(f"<iq{attributes(type_=type_, to=to, id=id_)}>{payload}</iq>")

        def answers(stanza):
            return local_name(stanza) == "iq" and stanza.get("id") == id_ and stanza.get("type") in ("result", "error")

        return await self.wait_for(answers, within, f"the answer to {payload[:120]}")

    async def request(self, type_, payload, to=None, within=PATIENCE):
        """As `iq`, but an error fails the scenario."""
        answer = await self.iq(type_, payload, to, within)
        if answer.get("type") == "error":
            raise Unmet(f"{self.owner} got {error_condition(answer)} for {payload}: {serialised(answer)}")
        return answer

    async def settle(self):
        """A round trip to the server: whatever it sent to this session before has been received after this."""
        await self.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to=self.domain)

    # What people do

    async def roster(self):
        """The roster as a dictionary from bare address to (subscription, name, set of groups, ask)."""
        answer = await self.request("get", f"<query xmlns='{ROSTER}'/>")
        query = child(answer, "query", ROSTER)
        items = query if query is not None else []
        return {item.get("jid"): roster_item(item) for item in items}

    async def subscribe(self, to):
        """Asks for another's presence and waits for the roster push that says so."""
        self.send_presence(to, type_="subscribe")
        await self.roster_push(to, ask="subscribe")

    async def roster_push(self, jid, *, subscription=None, ask=None, within=PATIENCE):
        """Waits for a roster push for that contact, with that subscription (and `ask`) when given."""

        def fits(stanza):
            query = child(stanza, "query", ROSTER)
            if local_name(stanza) != "iq" or stanza.get("type") != "set" or query is None:
                return False
            return any(
                item.get("jid") == jid
                and (subscription is None or item.get("subscription", "none") == subscription)
                and (ask is None or item.get("ask") == ask)
                for item in query)

        described = f"a roster push for {jid} (subscription {subscription}, ask {ask})"
        return await self.wait_for(fits, within, described)

    async def message(self, **conditions):
        """Waits for a message with a body unless `has` asks for something else; see `stanza.matcher`."""
        if not {"has", "body", "tells"} & conditions.keys():
            conditions["has"] = ("body", CLIENT)
        return await self.expect("message", **conditions)

    async def presence(self, **conditions):
        return await self.expect("presence", **conditions)

    # slixmpp's events

    def _received(self, xml):
        self.add(xml)

    def _started(self, _):
        self.connected = True
        self.wake()

    def _failed(self, failure, data):
        if failure == "the connection closed":
            self.connected = False
        detail = "" if data in (None, {}, "") else f" ({data})"
        self._failure = self._failure or failure + detail
        self.xmpp.cancel_connection_attempt()
        self.wake()

    @staticmethod
    def _acknowledge(iq):
        """An offer is owned by answering it with an empty result (XEP-0142 section 4.3.2)."""
        iq.reply(clear=True).send()


def roster_item(item):
    """(subscription, name, groups, ask) of a roster `<item/>`."""
    groups = {group.text or "" for group in item}
    return item.get("subscription", "none"), item.get("name"), groups, item.get("ask")


def delayed(stanza):
    """The XEP-0203 stamp of a stanza, or None."""
    found = child(stanza, "delay", DELAY)
    return None if found is None else found.get("stamp")


async def all_of(*awaitables):
    """Runs scenario steps side by side and fails with the first failure."""
    return await asyncio.gather(*awaitables)
