#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""The world of federation: Switchboard twice, Prosody and ejabberd as different domains, a signed zone, a test authority."""

import asyncio
import re

from peers.authority import Authority, in_thread
from peers.ejabberd import Ejabberd
from peers.federated_prosody import FederatedProsody
from peers.knot import Knot
from peers.neighbour import Neighbour
from peers.network import Network
from peers.switchboard import Switchboard

PASSWORD = "peers-password"
#: Everything is right.
MERCURY, VENUS = "mercury.example", "venus.example"
#: A second one of ours.
JUPITER = "jupiter.example"
#: Signed by itself, named by TLSA records.
DANE = "dane.example"
#: A certificate of the trusted authority, and TLSA records for another.
FORGED = "forged.example"
#: Signed by itself, and let in by dialback.
DIALBACK = "dialback.example"
#: Signed by itself, pinned in the configuration.
PINNED = "pinned.example"
#: Of an authority that nobody here trusts.
STRANGER = "stranger.example"
#: All is right but for one thing: TLSA records are asked for, and it has none.
UNNAMED = "unnamed.example"
#: What must be refused, and by which words.
REFUSED = {
    "expired.example": "ended on",
    "wrong.example": "is not for wrong.example",
    "selfsigned.example": "self-signed",
    STRANGER: "trusted here",
    FORGED: "TLSA",
    UNNAMED: "only TLSA records",
}
#: An international name, as it is written and as DNS has it.
IDN, IDN_ASCII = "bücher.example", "xn--bcher-kva.example"
#: Rooms (XEP-0045) that the other servers have.
MERCURY_ROOMS, VENUS_ROOMS = f"rooms.{MERCURY}", f"rooms.{VENUS}"
ON_PROSODY = [MERCURY, DANE, DIALBACK, PINNED, IDN, *REFUSED]


def missing():
    return [*Knot.missing(), *FederatedProsody.missing(), *Ejabberd.missing()]


class FederatedSwitchboard(Switchboard):
    """Switchboard with federation, and the peers that end with it."""

    def __init__(self, folder, certificates, peers=("prosody", "ejabberd", "neighbour")):
        """`peers` are those that are started with it."""
        super().__init__(folder, certificates)
        self.root = folder
        self.peers = peers
        self.network = Network()
        self.authority = self.knot = self.prosody = self.ejabberd = self.neighbour = None

    async def start(self):
        if self.prosody is None:
            try:
                await self._start_peers()
            except BaseException:
                await self.stop()
                raise
        return await super().start()

    async def _start_peers(self):
        folder = self.root
        self.authority = await in_thread(self._certificates)
        bundle = self.authority.bundle(f"{folder}/trusted.pem", self.ca)
        self.network.open()
        prosody_enter, prosody_address = self.network.space("prosody")
        ejabberd_enter, ejabberd_address = self.network.space("ejabberd")
        neighbour_enter, neighbour_address = self.network.space("neighbour")
        records = self._records(prosody_address, ejabberd_address, neighbour_address)
        network = self.network
        self.knot = Knot(folder, network.address, records, network.dns_port)
        await self.knot.start()
        self.prosody = FederatedProsody(
            folder, prosody_enter, prosody_address, {f"tom@{domain}": PASSWORD for domain in ON_PROSODY},
            authority=self.authority, bundle=bundle, anchor=self.knot.anchor,
            resolver=f"{network.address}@{network.dns_port}")
        self.ejabberd = Ejabberd(
            folder, ejabberd_enter, ejabberd_address, VENUS, {"uma": PASSWORD}, authority=self.authority,
            bundle=bundle, resolver=None if network.has_resolver else (network.address, network.dns_port))
        self.neighbour = Neighbour(
            folder, neighbour_enter, neighbour_address, JUPITER, {"vera": PASSWORD}, authority=self.authority,
            bundle=bundle, resolver=network.address, port=network.dns_port, anchor=self.knot.anchor,
            more="  allow_local_addresses: true\n" if network.is_loopback else "")
        await asyncio.gather(*(getattr(self, name).start() for name in self.peers))
        self.more_configuration = f"""
federation:
  enabled: true
  certificate_authorities: {bundle}
  allow_local_addresses: {str(network.is_loopback).lower()}
  resolver: {{servers: [{network.address}], port: {network.dns_port}, dnssec: required, trust_anchor: {self.knot.anchor}, timeout: 5}}
  domains:
    {DIALBACK}: {{authentication: dialback}}
    {DANE}: {{authentication: dane}}
    {UNNAMED}: {{authentication: dane}}
    {PINNED}: {{fingerprint: "{await in_thread(self._fingerprint, PINNED)}"}}
    denied.example: {{allow: false}}
"""

    def _certificates(self):
        authority = Authority(f"{self.root}/authority")
        for domain in (MERCURY, FORGED, UNNAMED, MERCURY_ROOMS, JUPITER):
            authority.server(domain)
        authority.server(VENUS, VENUS, VENUS_ROOMS)
        authority.server(IDN, IDN_ASCII)
        for domain in (DANE, DIALBACK, PINNED, "selfsigned.example"):
            authority.server(domain, signer=None)
        authority.server("expired.example", days=-1)
        authority.server("wrong.example", "other.example", "*.wrong.example")
        authority.server("stranger.example", signer="stranger")
        return authority

    def _fingerprint(self, domain):
        text = self.authority._openssl(
            "x509", "-in", self.authority.certificate(domain), "-noout", "-fingerprint", "-sha256").decode()
        return text.strip().partition("=")[2]

    def _records(self, prosody, ejabberd, neighbour):
        ours = ("acme", "rooms.acme", "broadcast.acme", "care.acme")
        names = [(IDN_ASCII if domain == IDN else domain).removesuffix(".example") for domain in ON_PROSODY]
        digest = self.authority.public_key_digest
        return [
            f"switchboard A {self.network.address}",
            f"prosody A {prosody}",
            f"ejabberd A {ejabberd}",
            f"neighbour A {neighbour}",
            "_xmpp-server._tcp.jupiter SRV 5 0 5269 neighbour",
            *(f"_xmpp-server._tcp.{name} SRV 5 0 {self.s2s} switchboard"
              for name in ours),
            f"_xmpps-server._tcp.acme SRV 10 0 {self.s2s_tls} switchboard",
            # By direct TLS alone.
            f"_xmpps-server._tcp.home SRV 5 0 {self.s2s_tls} switchboard",
            *(f"_xmpp-server._tcp.{name} SRV 5 0 5269 prosody" for name in names if name not in ("dane", "forged", "mercury")),
            # TLSA records are of hosts: one that shows a certificate for each domain needs a name for each.
            "_xmpp-server._tcp.mercury SRV 5 0 5269 mercury-host",
            f"mercury-host A {prosody}",
            f"_5269._tcp.mercury-host TLSA 3 1 1 {digest(MERCURY)}",
            # By direct TLS alone.
            "_xmpps-server._tcp.pinned SRV 1 0 5270 prosody",
            "_xmpp-server._tcp.dane SRV 5 0 5269 dane-host",
            f"dane-host A {prosody}",
            f"_5269._tcp.dane-host TLSA 3 1 1 {digest(DANE)}",
            "_xmpp-server._tcp.forged 60 SRV 1 0 5269 forged-host",
            f"forged-host A {prosody}",
            f"_5269._tcp.forged-host TLSA 3 1 1 {digest(DANE)}",
            "_xmpp-server._tcp.venus SRV 5 0 5269 ejabberd",
            "_xmpp-server._tcp.rooms.mercury SRV 5 0 5269 prosody",
            "_xmpp-server._tcp.rooms.venus SRV 5 0 5269 ejabberd",
            *(() if self.network.has_resolver else self._literals(ours, prosody)),
            # Not offered, nowhere, and in places where nobody is to connect to.
            "_xmpp-server._tcp.closed SRV 0 0 0 .",
            "_xmpp-server._tcp.nowhere SRV 0 0 5269 does-not-exist",
            "_xmpp-server._tcp.loopback SRV 0 0 5269 local",
            "local A 127.0.0.1",
            f"_xmpp-server._tcp.mirror SRV 0 0 {self.s2s} switchboard",
            f"_xmpp-server._tcp.silent SRV 0 0 9 prosody",
        ]

    def _literals(self, ours, prosody):
        """The same places by their addresses, for ejabberd, which asks the system for those."""
        return [
            *(f"_xmpp-server._tcp.{name} SRV 9 0 {self.s2s} {self.network.address}." for name in ours),
            f"_xmpps-server._tcp.home SRV 9 0 {self.s2s_tls} {self.network.address}.",
            *(f"_xmpp-server._tcp.{name} SRV 9 0 5269 {prosody}." for name in ("mercury", "rooms.mercury")),
        ]

    def adapt(self, text):
        """The demo's configuration with listeners for servers."""
        lines = (
            f"  s2s: {{type: s2s, address: {self.network.address}, port: 5269}}\n"
            f"  s2s-tls: {{type: s2s-tls, address: {self.network.address}, port: 5270}}\n")
        return re.sub(r"(?m)^listeners:\n", f"listeners:\n{lines}", text, count=1)

    async def stop_alone(self):
        """Ends this server in good order; its peers go on."""
        await super().stop()

    async def stop(self):
        await super().stop()
        for program in (self.prosody, self.ejabberd, self.neighbour, self.knot):
            if program is not None:
                await program.stop()
        self.network.close()

    def tail(self):
        peers = [each.tail() for each in (self.prosody, self.ejabberd, self.neighbour) if each is not None]
        return "\n".join([super().tail(), *peers])
