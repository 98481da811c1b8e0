#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What any XMPP server must do for two people and their clients (RFC 6120, RFC 6121 and the everyday XEPs)."""

import re
import signal

from client import LoginFailed, delayed
from process import Broken
from raw import failure_of
from stanza import CLIENT, SM, Unmet, child, error_condition, local_name, serialised, text_of
from world import PASSWORD, case

TOM, UMA, VIC = "tom@home.example", "uma@home.example", "vic@home.example"


@case(anywhere=True)
async def chat(world):
    """Two people chat, one over STARTTLS and one over direct TLS; text with markup and emoji arrives as it was."""
    tom = await world.online(TOM)
    uma = await world.online(UMA, direct_tls=True)
    text = "1 < 2 && \"quoted\" 'too' ]]> – straße \U0001f44b"
    tom.send_message(uma.full, text)
    message = await uma.message(from_=tom.full)
    if text_of(message, "body") != text:
        raise Unmet(f"the text changed on the way: {serialised(message)}")
    uma.send_message(TOM, "and back")
    await tom.message(from_=uma.full, body="and back", type_="chat")


@case(anywhere=True)
async def slixmpp_defaults(world):
    """slixmpp with its own choice of mechanism logs in."""
    await world.client(TOM, mechanisms=None).connect()


@case(anywhere=True)
async def roster_push(world):
    """A change of the roster is pushed to all of the account's clients that asked for the roster, and is kept."""
    first, second = await world.all_online(f"{TOM}/one", f"{TOM}/two")
    item = "<item jid='xena@home.example' name='Xena &amp; Co'><group>Friends</group></item>"
    await first.request("set", f"<query xmlns='jabber:iq:roster'>{item}</query>")
    await first.roster_push("xena@home.example", subscription="none")
    await second.roster_push("xena@home.example", subscription="none")
    subscription, name, groups, _ = (await second.roster())["xena@home.example"]
    if (subscription, name, groups) != ("none", "Xena & Co", {"Friends"}):
        raise Unmet(f"the roster holds {subscription}, {name}, {groups}")
    removal = "<query xmlns='jabber:iq:roster'><item jid='xena@home.example' subscription='remove'/></query>"
    await second.request("set", removal)
    await first.roster_push("xena@home.example", subscription="remove")
    if "xena@home.example" in await first.roster():
        raise Unmet("a removed contact is still in the roster")


@case(anywhere=True)
async def subscription_handshake(world):
    """Subscribe, approve, and the same the other way: both rosters end in `both`, presence flows, and it ends again."""
    tom, uma = await world.all_online(TOM, UMA)
    await tom.subscribe(UMA)
    await uma.presence(from_=TOM, type_="subscribe")
    uma.send_presence(TOM, type_="subscribed")
    await uma.roster_push(TOM, subscription="from")
    await tom.presence(from_=UMA, type_="subscribed")
    await tom.roster_push(UMA, subscription="to")
    await tom.presence(from_=uma.full, type_="")
    await uma.subscribe(TOM)
    await tom.presence(from_=UMA, type_="subscribe")
    tom.send_presence(UMA, type_="subscribed")
    await tom.roster_push(UMA, subscription="both")
    await uma.roster_push(TOM, subscription="both")
    await uma.presence(from_=tom.full, type_="")
    uma.send_presence(show="dnd", status="writing")
    busy = await tom.presence(from_=uma.full, has=("show", CLIENT))
    if (text_of(busy, "show"), text_of(busy, "status")) != ("dnd", "writing"):
        raise Unmet(f"presence changed on the way: {serialised(busy)}")
    await uma.disconnect()
    await tom.presence(from_=uma.full, type_="unavailable")
    tom.send_presence(UMA, type_="unsubscribe")
    await tom.roster_push(UMA, subscription="from")
    tom.send_presence(UMA, type_="unsubscribed")
    await tom.roster_push(UMA, subscription="none")
    uma = await world.client(UMA).connect()
    subscription = (await uma.roster()).get(TOM, ("none",))[0]
    if subscription != "none":
        raise Unmet(f"uma's roster still says {subscription}")


@case(anywhere=True)
async def subscription_while_away(world):
    """A request to somebody who is offline waits for them."""
    tom = await world.online(TOM)
    await tom.subscribe(VIC)
    vic = await world.online(VIC)
    await vic.presence(from_=TOM, type_="subscribe")
    vic.send_presence(TOM, type_="unsubscribed")
    await tom.presence(from_=VIC, type_="unsubscribed")


@case(anywhere=True)
async def offline_messages(world):
    """Messages to somebody offline wait, arrive once, in order, stamped with the time they were sent (XEP-0203)."""
    tom = await world.online(TOM)
    for number in range(1, 6):
        tom.send_message(UMA, f"while you were out {number}")
    await tom.settle()
    uma = await world.online(UMA)
    for number in range(1, 6):
        message = await uma.message(from_=tom.full)
        if text_of(message, "body") != f"while you were out {number}":
            raise Unmet(f"expected number {number}: {serialised(message)}")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", delayed(message) or ""):
            raise Unmet(f"no XEP-0203 stamp: {serialised(message)}")
    await uma.disconnect()
    uma = await world.online(UMA)
    await uma.settle()
    uma.refuse("message", body="while you were out")


@case(anywhere=True)
async def terminal_client(world):
    """profanity trusts the authority, logs in, shows the roster, chats both ways and sets a status of its own."""
    vic = await world.online(VIC)
    await vic.request("set", "<query xmlns='jabber:iq:roster'><item jid='wendy@home.example' name='Wendy'/></query>")
    wendy = await world.online("wendy@home.example")
    await vic.subscribe("wendy@home.example")
    await wendy.presence(from_=VIC, type_="subscribe")
    wendy.send_presence(VIC, type_="subscribed")
    await vic.presence(from_=wendy.full, type_="")
    await wendy.disconnect()
    terminal = await world.terminal("wendy@home.example")
    seen = await vic.presence(from_="wendy@home.example/profanity", type_="")
    if text_of(seen, "priority") != "5":
        raise Unmet(f"profanity's presence came as {serialised(seen)}")
    await terminal.say(VIC, "hello from a terminal")
    await vic.message(from_="wendy@home.example/profanity", body="hello from a terminal")
    await terminal.type("//not a command of profanity")
    await vic.message(from_="wendy@home.example/profanity", body="/not a command of profanity")
    vic.send_message("wendy@home.example/profanity", "and hello back")
    await terminal.sees("and hello back")
    await terminal.type('/status set away "Gone fishing"')
    seen = await vic.presence(from_="wendy@home.example/profanity", has=("status", CLIENT))
    if (text_of(seen, "show"), text_of(seen, "status")) != ("away", "Gone fishing"):
        raise Unmet(f"profanity's status came as {serialised(seen)}")


@case
async def negative_priority(world):
    """A resource of negative priority gets nothing sent to the bare address, but what is sent to itself."""
    tom = await world.online(TOM)
    uma = await world.online(UMA, priority=-1)
    tom.send_message(UMA, "to whoever is there")
    tom.send_message(uma.full, "to this one")
    await uma.message(from_=tom.full, body="to this one")
    uma.refuse("message", body="to whoever is there")
    uma.send_presence(priority=1)
    await uma.message(from_=tom.full, body="to whoever is there")


@case(anywhere=True)
async def resource_conflict(world):
    """Two sessions never share a full address: the older is closed with conflict or the newer gets another resource."""
    older = await world.online(f"{TOM}/desk")
    newer = await world.online(f"{TOM}/desk")
    if older.full == newer.full:
        await older.closed()
    uma = await world.online(UMA)
    uma.send_message(newer.full, "which one?")
    await newer.message(from_=uma.full)


@case(anywhere=True)
async def unavailable_when_cut(world):
    """A cut connection becomes unavailable presence for whoever got directed presence."""
    tom, uma = await world.all_online(TOM, UMA)
    tom.send_presence(uma.full)
    await uma.presence(from_=tom.full, type_="")
    tom.drop()
    await uma.presence(from_=tom.full, type_="unavailable")


@case(anywhere=True)
async def service_queries(world):
    """Ping, version, time, discovery and vCards are answered; the unknown is refused with the right error."""
    tom, uma = await world.all_online(TOM, UMA)
    await tom.request("get", "<ping xmlns='urn:xmpp:ping'/>", to="home.example")
    version = await tom.request("get", "<query xmlns='jabber:iq:version'/>", to="home.example")
    if not text_of(child(version, "query", "jabber:iq:version"), "name"):
        raise Unmet(f"no name in {serialised(version)}")
    time = await tom.request("get", "<time xmlns='urn:xmpp:time'/>", to="home.example")
    if not text_of(child(time, "time", "urn:xmpp:time"), "utc").endswith("Z"):
        raise Unmet(f"no UTC time in {serialised(time)}")
    disco = "http://jabber.org/protocol/disco#info"
    info = await tom.request("get", f"<query xmlns='{disco}'/>", to="home.example")
    features = {feature.get("var") for feature in info.iter(f"{{{disco}}}feature")}
    identities = {(each.get("category"), each.get("type")) for each in info.iter(f"{{{disco}}}identity")}
    if not {"urn:xmpp:ping", "jabber:iq:version", disco} <= features or ("server", "im") not in identities:
        raise Unmet(f"disco#info tells {sorted(features)} and {identities}")
    await tom.request("set", "<vCard xmlns='vcard-temp'><FN>Tom Customer</FN></vCard>")
    card = await uma.request("get", "<vCard xmlns='vcard-temp'/>", to=TOM)
    if text_of(child(card, "vCard", "vcard-temp"), "FN") != "Tom Customer":
        raise Unmet(f"the vCard came back as {serialised(card)}")
    for to in (None, "home.example"):
        refusal = await tom.iq("get", "<query xmlns='urn:example:nobody-knows-this'/>", to=to)
        if error_condition(refusal) not in ("service-unavailable", "feature-not-implemented"):
            raise Unmet(f"an unknown request was answered with {serialised(refusal)}")
    refusal = await tom.iq("get", "<query xmlns='jabber:iq:version'/>", to="nobody@home.example/x")
    if error_condition(refusal) != "service-unavailable":
        raise Unmet(f"an IQ to nobody was answered with {serialised(refusal)}")


@case(anywhere=True)
async def acknowledgements(world):
    """Stream management (XEP-0198): what is sent is counted and acknowledged; the server's stanzas are, too."""
    uma = await world.online(UMA)
    tom = await world.raw_stream("home.example").logged_in("tom", PASSWORD)
    if child(tom.features, "sm", SM) is None:
        raise Unmet("stream management is not offered")
    await tom.send(f"<enable xmlns='{SM}'/>")
    await tom.until("enabled")
    await tom.send("<presence/>")
    for number in range(3):
        await tom.send(f"<message to='{UMA}' type='chat'><body>counted {number}</body></message>")
    await tom.send(f"<r xmlns='{SM}'/>")
    answer = await tom.until("a")
    if answer.get("h") != "4":
        raise Unmet(f"four stanzas were sent, the server acknowledges {answer.get('h')}")
    for number in range(3):
        await uma.message(body=f"counted {number}")


@case
async def mechanisms(world):
    """SCRAM with all three hashes, with and without channel binding, and PLAIN let in; nothing is offered before TLS."""
    stream = await world.raw()
    await stream.open()
    if stream.mechanisms:
        raise Unmet(f"mechanisms before TLS: {stream.mechanisms}")
    await stream.starttls()
    expected = {
        "SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1",
        "PLAIN"}
    if set(stream.mechanisms) != expected:
        raise Unmet(f"offered under TLS: {stream.mechanisms}")
    for name in expected - {"PLAIN"}:
        stream = await world.raw_stream().secured()
        answer = await stream.scram("alice", PASSWORD, name)
        if local_name(answer) != "success":
            raise Unmet(f"{name} failed: {serialised(answer)}")
        await stream.open()
        await stream.bind()
    stream = await world.raw_stream().secured(direct_tls=True)
    if local_name(await stream.plain("alice", PASSWORD)) != "success":
        raise Unmet("PLAIN failed on direct TLS")


@case
async def channel_binding_counts(world):
    """A wrong channel binding fails although the password is right."""
    stream = await world.raw_stream().secured()
    failure_of(await stream.scram("alice", PASSWORD, "SCRAM-SHA-256-PLUS", tamper_binding=True))


@case
async def no_accounts_betrayed(world):
    """Nobody learns which accounts exist: unknown user and wrong password look the same."""

    async def attempt(user, mechanism):
        stream = await world.raw_stream().secured()
        if mechanism == "PLAIN":
            return failure_of(await stream.plain(user, "wrong")), None
        failure = failure_of(await stream.scram(user, "wrong", mechanism))
        challenge = stream.challenge
        return failure, (challenge["s"], len(challenge["s"]), challenge["i"])

    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"):
        known, known_challenge = await attempt("alice", mechanism)
        unknown, unknown_challenge = await attempt("nobody-here", mechanism)
        if known != unknown or known[0] != "not-authorized":
            raise Unmet(f"{mechanism}: wrong password gives {known}, unknown user {unknown}")
        if known_challenge and known_challenge[1:] != unknown_challenge[1:]:
            raise Unmet(f"{mechanism}: salts and counts differ in form: {known_challenge}, {unknown_challenge}")
        again, again_challenge = await attempt("nobody-here", mechanism)
        if again_challenge != unknown_challenge:
            raise Unmet(f"{mechanism}: an unknown user's salt changes from try to try")


@case(anywhere=True)
async def wrong_password(world):
    """A client with a wrong password is told so and not let in."""
    try:
        await world.client(TOM, password="wrong").connect()
    except LoginFailed:
        return
    raise Unmet("a wrong password was let in")


@case
async def graceful_stop(world):
    """SIGTERM: clients are told system-shutdown, streams and process end well, and a new start knows everything."""
    stream = await world.raw_stream().logged_in("alice", PASSWORD)
    await stream.send("<presence/>")
    tom = await world.online(TOM)
    tom.send_message("erin@acme.example", "kept over the restart")
    await tom.settle()
    world.server.program.signal(signal.SIGTERM)
    await stream.stream_error("system-shutdown")
    code = await world.server.program.exited()
    if code != 0:
        raise Broken(f"the server ended with {code} after SIGTERM")
    await world.server.start()
    erin = await world.online("erin@acme.example")
    await erin.message(from_=tom.full, body="kept over the restart")
