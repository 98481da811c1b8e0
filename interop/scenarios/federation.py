#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Other servers: Prosody and ejabberd as other domains, each in its own network namespace, with a signed zone."""

import json
import signal

from abroad import on_ejabberd, on_prosody, talk
from peers.federation import (
    DANE, DIALBACK, IDN, MERCURY, PINNED, REFUSED, STRANGER, VENUS, FederatedSwitchboard, missing as missing_here,
)
from peers.s2s import ServerStream
from process import run_tool
from peers.switchboard import BINARY, http_get
from scenarios.administration import command, run, values
from stanza import Unmet, error_condition, serialised
from world import Skip, case

ALICE, DAVE = "alice@acme.example", "dave@acme.example"
FEDERATION = "urn:switchboard:federation:1"


def server(folder, certificates):
    made = FederatedSwitchboard(folder, certificates)
    made.environment["SWITCHBOARD_HOSTS_ACME_EXAMPLE_ADMINISTRATORS"] = DAVE
    return made


def missing():
    return missing_here()


async def _befriend(one, other):
    """`one` asks for the presence of `other`, gets it, and sees it end."""
    one.send_presence(other.address, type_="subscribe")
    await other.presence(from_=one.address, type_="subscribe")
    other.send_presence(one.address, type_="subscribed")
    await one.presence(from_=other.address, type_="subscribed")
    await one.presence(from_=other.full, type_="")
    other.send_presence(show="dnd", status="not now")
    await one.presence(from_=other.full, type_="", tells=["dnd", "not now"])
    await other.disconnect()
    await one.presence(from_=other.full, type_="unavailable")


async def _refusal(sender, to, words):
    """A message that comes back as an error."""
    id_ = sender.send_message(to, words)
    answer = await sender.expect("message", within=60, type_="error", id_=id_)
    return error_condition(answer)


@case
async def chat_with_prosody(world):
    """alice and tom on Prosody talk; each begins once."""
    alice, tom = await world.online(ALICE), await on_prosody(world)
    await talk(alice, tom, "first from here")
    await talk(tom, alice, "first from there")


@case
async def chat_with_ejabberd(world):
    """alice and uma on ejabberd talk; each begins once."""
    alice, uma = await world.online(ALICE), await on_ejabberd(world)
    await talk(uma, alice, "first from there")
    await talk(alice, uma, "first from here")


@case
async def presence_with_prosody(world):
    """Subscriptions in both directions, presence and its end."""
    alice, tom = await world.online(ALICE), await on_prosody(world)
    await _befriend(alice, tom)
    tom = await on_prosody(world)
    await alice.presence(from_=tom.full, type_="")
    await _befriend(tom, alice)


@case
async def presence_with_ejabberd(world):
    """Subscriptions in both directions, presence and its end."""
    bob, uma = await world.online("bob@acme.example"), await on_ejabberd(world)
    await _befriend(bob, uma)
    uma = await on_ejabberd(world)
    await bob.presence(from_=uma.full, type_="")
    await _befriend(uma, bob)


@case
async def blocked_across_servers(world):
    """Who is blocked on another server hears that alice is not there, by messages and presence, until she unblocks him."""
    alice, tom = await world.online(ALICE), await on_prosody(world)
    await talk(tom, alice, "before")
    block = "<{0} xmlns='urn:xmpp:blocking'><item jid='{1}'/></{0}>"
    await alice.iq("set", block.format("block", tom.address))
    condition = await _refusal(tom, alice.address, "while blocked")
    if condition != "service-unavailable":
        raise Unmet(f"tom was told {condition}")
    answer = await tom.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to=alice.full)
    if error_condition(answer) != "service-unavailable":
        raise Unmet(f"a request was answered: {serialised(answer)}")
    condition = await _refusal(alice, tom.address, "to who is blocked")
    if condition != "not-acceptable":
        raise Unmet(f"alice was told {condition}")
    await alice.iq("set", block.format("unblock", tom.address))
    await talk(tom, alice, "after")


@case
async def requests_cross_servers(world):
    """Requests to the other domain and to one of its users are answered, also with errors."""
    alice, tom = await world.online(ALICE), await on_prosody(world)
    disco = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
    for one, domain in ((alice, MERCURY), (alice, VENUS), (tom, "acme.example")):
        answer = await one.iq("get", disco, to=domain)
        if answer.get("type") != "result":
            raise Unmet(f"{one.owner} got {serialised(answer)}")
    answer = await tom.iq("get", "<query xmlns='urn:interop:unknown'/>", to=alice.full)
    if answer.get("type") != "error":
        raise Unmet(f"an unknown request was answered: {serialised(answer)}")


@case
async def keys_in_dns(world):
    """A server whose certificate nobody signed but whose TLSA records name it (DANE) is believed, both ways."""
    alice, tom = await world.online(ALICE), await on_prosody(world, DANE)
    await talk(tom, alice, "named in DNS")
    await talk(alice, tom, "named in DNS, from here")


@case
async def pinned_certificate(world):
    """A server whose certificate is pinned is believed, by direct TLS too, both ways."""
    alice, tom = await world.online(ALICE), await on_prosody(world, PINNED)
    await talk(alice, tom, "pinned")
    await talk(tom, alice, "pinned, from there")


@case
async def called_by_direct_tls(world):
    """home.example takes streams with TLS from the first byte alone (XEP-0368): Prosody and ejabberd find it, and call it so."""
    vic = await world.online("vic@home.example")
    for other in (await on_prosody(world), await on_ejabberd(world)):
        await talk(other, vic, "by direct TLS")


@case
async def called_back(world):
    """A server without a certificate of an authority proves itself by dialback where that is allowed, both ways."""
    alice, tom = await world.online(ALICE), await on_prosody(world, DIALBACK)
    await talk(tom, alice, "called back")
    await talk(alice, tom, "called back, from here")


@case
async def international_name(world):
    """A domain with a name beyond ASCII is found by its A-labels, and proven by a certificate that has them."""
    alice, tom = await world.online(ALICE), await on_prosody(world, IDN)
    await talk(alice, tom, "international")
    await talk(tom, alice, "international, from there")


@case(within=300)
async def refused_certificates(world):
    """Certificates that ended, are for others, signed by nobody or strangers, or not those in DNS: nothing goes out, and
    nothing comes in."""
    alice = await world.online(ALICE)
    for domain in REFUSED:
        condition = await _refusal(alice, f"tom@{domain}", f"to {domain}")
        if condition not in ("remote-server-timeout", "remote-server-not-found", "internal-server-error"):
            raise Unmet(f"a message to {domain} came back with {condition}")
        tom = await on_prosody(world, domain)
        await _refusal(tom, ALICE, f"from {domain}")
        tom.refuse("message", body=f"to {domain}")
        await tom.disconnect()
    await alice.settle()
    for domain in REFUSED:
        alice.refuse("message", body=f"from {domain}", type_="chat")


@case(within=180)
async def domains_that_cannot_be_reached(world):
    """No such name, no service, this machine, ourselves: each is answered with an error, and soon."""
    alice = await world.online(ALICE)
    for domain, expected in (
        ("nonexistent.example", {"remote-server-not-found"}),
        ("closed.example", {"remote-server-not-found"}),
        ("nowhere.example", {"remote-server-not-found"}),
        ("loopback.example", {"remote-server-not-found"}),
        ("mirror.example", {"remote-server-not-found"}),
        ("denied.example", {"not-allowed", "forbidden", "policy-violation"}),
    ):
        if domain == "loopback.example" and world.server.network.is_loopback:
            continue
        condition = await _refusal(alice, f"someone@{domain}", f"to {domain}")
        if condition not in expected:
            raise Unmet(f"a message to {domain} came back with {condition}, not {' or '.join(sorted(expected))}")
    # What is written to a server that may come back waits; only requests are answered.
    waiting = alice.send_message("someone@silent.example", "to silent.example")
    answer = await alice.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to="silent.example", within=60)
    if error_condition(answer) != "remote-server-timeout":
        raise Unmet(f"a request to a server that does not answer: {serialised(answer)}")
    alice.refuse("message", type_="error", id_=waiting)


# Streams without a server behind them


async def _stream(world, domain=DIALBACK, *, proven=False):
    """With `proven`, the stream shows the domain's certificate and authenticates by it."""
    stream = ServerStream(world.server, domain, certificate=proven)
    world._streams.append(stream)
    await stream.secure()
    if proven:
        await stream.authenticate()
    return stream


@case
async def wrong_dialback_key(world):
    """A key that the authoritative server did not make lets nobody in, and no stanza through."""
    alice = await world.online(ALICE)
    stream = await _stream(world)
    result = await stream.dialback("deadbeef" * 8)
    if result is not None and result.get("type") == "valid":
        raise Unmet(f"a made-up key was taken: {serialised(result)}")
    await stream.message(ALICE, "smuggled")
    await alice.settle()
    alice.refuse("message", body="smuggled")


@case
async def nothing_before_proof(world):
    """Stanzas before any proof, and after verdicts that we did not ask for, end the stream and reach nobody."""
    alice = await world.online(ALICE)
    for forged in (
        "",
        f"<db:result from='{DIALBACK}' to='acme.example' type='valid'/>",
        f"<db:verify from='{DIALBACK}' to='acme.example' id='x' type='valid'/>",
    ):
        stream = await _stream(world)
        await stream.send(forged)
        await stream.message(ALICE, "unproven")
        await stream.ended()
    await alice.settle()
    alice.refuse("message", body="unproven")


@case(within=180)
async def names_are_not_confused(world):
    """A stream that proved one name speaks for no other, however alike it looks, and for that name in one spelling."""
    alice = await world.online(ALICE)
    for name in (VENUS, "x.mercury.example", "example", "mercury.example@evil.example", "acme.example",
                 "merc\u0443ry.example", "\u217fercury.example.evil.example"):
        stream = await _stream(world, MERCURY, proven=True)
        await stream.send(f"<message from='tom@{name}' to='{ALICE}' type='chat'><body>as another</body></message>")
        await stream.ended()
    stream = await _stream(world, MERCURY, proven=True)
    for name in ("mercury.example", "MERCURY.Example", "mercury.example.", "mercury\u3002example"):
        await stream.send(f"<message from='tom@{name}' to='{ALICE}' type='chat'><body>as himself</body></message>")
        await alice.message(body="as himself", from_=f"tom@{MERCURY}")
    alice.refuse("message", body="as another")


# What an operator sees


async def _check(world, domain):
    code, output = await run_tool(
        [BINARY, "federation", "check", domain, "--json", "--config", world.server.config],
        environment=world.server.environment)
    try:
        return code, json.loads(output)
    except ValueError:
        raise Unmet(f"federation check {domain} wrote no JSON:\n{output}") from None


@case(within=180)
async def check_explains(world):
    """`switchboard federation check` says of each domain whether it can be reached and proven, and why not."""
    for domain in (MERCURY, VENUS, DANE, PINNED):
        code, report = await _check(world, domain)
        if code != 0 or not report["ok"]:
            raise Unmet(f"{domain} is found wanting:\n{json.dumps(report, indent=1)}")
    for domain, words in {**REFUSED, "closed.example": "takes no streams", "loopback.example": "this machine",
                          "silent.example": "refused"}.items():
        if domain == "loopback.example" and world.server.network.is_loopback:
            continue
        code, report = await _check(world, domain)
        text = json.dumps(report)
        if code != 1 or report["ok"] or words not in text:
            raise Unmet(f"{domain} ended with {code}, and not because of \"{words}\":\n{json.dumps(report, indent=1)}")
        if not any(step.get("remedy") for step in report["steps"]):
            raise Unmet(f"{domain}: no word how to mend it")


async def _connections(world, enter, port):
    """(local, peer) of the connections that a server in its own namespace has accepted on a port."""
    if world.server.network.is_loopback:
        raise Skip("connections are told apart by addresses that only namespaces have")
    code, output = await run_tool([*enter, "ss", "-Htn", "state", "established", f"( sport = :{port} )"])
    if code != 0:
        raise Unmet(f"ss ended with {code}: {output}")
    return [tuple(line.split()[2:4]) for line in output.splitlines() if line.strip()]


@case(within=180)
async def domains_share_a_stream(world):
    """alice of the company and vic of home.example write to Prosody and to ejabberd: all arrives and is answered, and both go by
    one connection, as both servers allow it."""
    server = world.server
    # Streams of the cases before, of which each domain may have its own.
    await server.stop_alone()
    await server.start()
    alice, vic = await world.all_online(ALICE, "vic@home.example")
    for other, peer in ((await on_prosody(world), server.prosody), (await on_ejabberd(world), server.ejabberd)):
        await talk(alice, other, "from the company")
        await talk(vic, other, "from home")
        await talk(alice, other, "from the company again")
        ours = [line for line in await _connections(world, peer.enter, peer.s2s) if f"{server.network.address}:" in line[1]]
        if len(ours) != 1:
            raise Unmet(f"{peer.kind} has {len(ours)} connections from us: {ours}")
    ways = json.loads(await server.command("federation", "status", "--json"))["ways"]
    for domain in (MERCURY, VENUS):
        for local in ("acme.example", "home.example"):
            if not any(way["domain"] == domain and way["from"] == local and way["state"] == "connected" for way in ways):
                raise Unmet(f"no way from {local} to {domain}: {json.dumps(ways, indent=1)}")


@case(within=180)
async def status_tells(world):
    """`switchboard federation status`, and the same by ad-hoc command, tell of streams, of what waits and of what went wrong; an
    ad-hoc command checks a domain; nobody but administrators gets to see it."""
    dave, alice = await world.all_online(DAVE, ALICE)
    tom = await on_prosody(world)
    await talk(alice, tom, "to be seen")
    await _refusal(alice, "somebody@expired.example", "to nobody")
    text = await world.server.command("federation", "status")
    for words in (MERCURY, "connected", "expired.example", "ended on"):
        if words not in text:
            raise Unmet(f"the status does not say {words}:\n{text}")
    report = json.loads(await world.server.command("federation", "status", "--json"))
    failed = [way for way in report["ways"] if way["domain"] == "expired.example"]
    if not failed or "ended on" not in failed[0]["failure"] or failed[0]["state"] == "connected":
        raise Unmet(f"the failure is not told: {json.dumps(report, indent=1)}")
    if not any(way["domain"] == MERCURY and way["state"] == "connected" for way in report["ways"]):
        raise Unmet(f"the way to tom is not told: {json.dumps(report, indent=1)}")
    _, metrics = await http_get(world.server.health, "/metrics")
    counted = [line for line in metrics.splitlines() if line.startswith("switchboard_federation")]
    states = {line.partition('state="')[2].partition('"')[0] for line in counted if line.startswith("switchboard_federation_domains")}
    if states != {"idle", "connecting", "connected", "unreachable"} or any(".example" in line for line in counted):
        raise Unmet("metrics are by state, and never by domain:\n" + "\n".join(counted))
    told = "\n".join(values(await command(dave, f"{FEDERATION}#status"), "report"))
    if MERCURY not in told or "ended on" not in told:
        raise Unmet(f"the command says: {told}")
    checked = await run(dave, f"{FEDERATION}#check", domain=VENUS)
    if VENUS not in "\n".join(values(checked, "report")):
        raise Unmet(f"the check says: {serialised(checked)}")
    for node in ("status", "check"):
        refused = await alice.iq(
            "set", f"<command xmlns='http://jabber.org/protocol/commands' node='{FEDERATION}#{node}'/>", to="acme.example")
        if error_condition(refused) != "forbidden":
            raise Unmet(f"alice gets {serialised(refused)}")


@case(within=180)
async def authorities_are_read_anew(world):
    """An authority that is added to the file of those that are trusted counts from SIGHUP on, both ways."""
    alice, tom = await world.online(ALICE), await on_prosody(world, STRANGER)
    await _refusal(alice, tom.address, "before it is trusted")
    server = world.server
    server.authority.bundle(f"{server.root}/trusted.pem", server.ca, server.authority.certificate("stranger"))
    server.program.process.send_signal(signal.SIGHUP)
    while True:
        # Until the pause after the last attempt is over it comes back.
        alice.send_message(tom.address, "after it is trusted")
        try:
            await tom.message(body="after it is trusted", within=3)
            break
        except Unmet:
            continue
    tom.send_message(ALICE, "trusted here, too")
    await alice.message(body="trusted here, too", within=60)
    tom.refuse("message", body="before it is trusted")
