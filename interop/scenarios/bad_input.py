#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Strangers send what they should not: each gets the error its specification names, and nobody else notices."""

import asyncio

from stanza import CLIENT, STREAM, TLS, Unmet, error_condition, local_name, serialised
from world import PASSWORD, case

#: RFC 6120 names policy-violation for every local limit (section 4.9.3.14).
LIMIT = ("policy-violation",)
MALFORMED = ("not-well-formed",)
RESTRICTED = ("restricted-xml", "not-well-formed")


async def _bystanders(world):
    return await world.all_online("alice@acme.example", "bob@acme.example")


async def _still_chat(alice, bob):
    """The session beside the attack goes on."""
    id_ = alice.send_message(bob.full, "still here?")
    await bob.message(from_=alice.full, id_=id_)


async def _before_authentication(world, data, *conditions):
    """Sends bytes on an open stream that has not authenticated and expects a stream error."""
    stream = await world.raw()
    await stream.open()
    await stream.send(data)
    try:
        await stream.stream_error(*conditions)
    except Unmet as unmet:
        raise Unmet(f"after {data[:80]!r}: {unmet}") from None
    finally:
        await stream.close()


async def _after_authentication(world, data, *conditions):
    """Sends bytes on a bound session and expects a stream error."""
    stream = await world.raw_stream().logged_in("erin", PASSWORD)
    await stream.send(data)
    try:
        await stream.stream_error(*conditions)
    except Unmet as unmet:
        raise Unmet(f"after {data[:80]!r}: {unmet}") from None
    finally:
        await stream.close()


@case
async def broken_header(world):
    """What does not begin as a stream of this server is refused: other protocols, namespaces, hosts, encodings."""
    alice, bob = await _bystanders(world)
    table = [
        ("GET / HTTP/1.1\r\nHost: acme.example\r\n\r\n", MALFORMED + ("bad-format", "invalid-namespace")),
        ("<<<<", MALFORMED),
        (f"<stream:stream to='acme.example' version='1.0' xmlns='{CLIENT}' xmlns:stream='urn:wrong'>",
         ("invalid-namespace",)),
        (f"<stream:stream to='acme.example' version='1.0' xmlns='urn:wrong' xmlns:stream='{STREAM}'>",
         ("invalid-namespace",)),
        (f"<stream:stream to='nowhere.example' version='1.0' xmlns='{CLIENT}' xmlns:stream='{STREAM}'>",
         ("host-unknown",)),
        (f"<other:thing to='acme.example' version='1.0' xmlns='{CLIENT}' xmlns:other='{STREAM}'>",
         ("bad-format", "invalid-namespace", "invalid-xml", "not-well-formed")),
    ]
    for data, conditions in table:
        stream = await world.raw()
        await stream.send(data)
        try:
            await stream.stream_error(*conditions)
        except Unmet as unmet:
            raise Unmet(f"after {data[:80]!r}: {unmet}") from None
    await _still_chat(alice, bob)


@case
async def wrong_encoding(world):
    """A stream in UTF-16 is refused (RFC 6120 section 11.6: UTF-8 only)."""
    stream = await world.raw()
    await stream.send(stream.opening().encode("utf-16"))
    await stream.stream_error("unsupported-encoding", "not-well-formed", "bad-format")


@case(anywhere=True)
async def malformed(world):
    """XML that is none ends the stream with not-well-formed."""
    alice, bob = await _bystanders(world)
    for data in ("<message></presence>", "<message to=bare/>", "<a><b></a></b>", "&;", b"<message>\xff\xfe</message>"):
        await _before_authentication(world, data, *MALFORMED, "unsupported-encoding", "bad-format", "restricted-xml")
    await _before_authentication(world, "<no:prefix/>", "bad-namespace-prefix", "not-well-formed")
    await _still_chat(alice, bob)


@case
async def forbidden_xml(world):
    """Comments, processing instructions, document types and entities are not XMPP (RFC 6120 section 11.1)."""
    alice, bob = await _bystanders(world)
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><message><body>&b;</body></message>"
    for data in ("<!-- hello -->", "<?php echo 1 ?>", bomb, "<message><body>&undefined;</body></message>"):
        await _before_authentication(world, data, *RESTRICTED)
        await _after_authentication(world, data, *RESTRICTED)
    stream = await world.raw()
    await stream.send(f"<?xml version='1.0'?><!DOCTYPE foo [<!ENTITY a 'a'>]>{stream.opening()[21:]}")
    await stream.stream_error(*RESTRICTED)
    await _still_chat(alice, bob)


@case
async def oversize(world):
    """Too many bytes without the end of a stanza: little is allowed to strangers, 256 KB to accounts."""
    alice, bob = await _bystanders(world)
    await _before_authentication(world, f"<message><body>{'x' * 20_000}</body></message>", *LIMIT)
    await _before_authentication(world, f"<message {'x' * 20_000}", *LIMIT)
    await _after_authentication(
        world, f"<message to='bob@acme.example'><body>{'x' * 400_000}</body></message>", *LIMIT)
    stream = await world.raw_stream().logged_in("erin", PASSWORD)
    await stream.send(f"<message to='bob@acme.example' type='chat'><body>{'y' * 60_000}</body></message>")
    await bob.message(from_=stream.full, body="y" * 60_000)
    await _still_chat(alice, bob)


@case
async def too_deep_or_too_wide(world):
    """Nesting, attributes and namespaces have limits."""
    alice, bob = await _bystanders(world)
    await _before_authentication(world, "<a xmlns='urn:x'>" * 500, *LIMIT)
    await _after_authentication(world, "<message to='bob@acme.example'>" + "<a>" * 30_000, *LIMIT)
    many = " ".join(f"a{number}='1'" for number in range(5_000))
    await _after_authentication(world, f"<message {many}/>", *LIMIT)
    spaces = " ".join(f"xmlns:n{number}='urn:{number}'" for number in range(2_000))
    await _after_authentication(world, f"<message {spaces}/>", *LIMIT)
    await _still_chat(alice, bob)


@case
async def stanza_before_authentication(world):
    """Nobody speaks before authenticating, nor before binding (RFC 6120 sections 4.9.3.12 and 7.1)."""
    alice, bob = await _bystanders(world)
    message = "<message to='bob@acme.example' type='chat'><body>from a stranger</body></message>"
    await _before_authentication(world, message, "not-authorized")
    stream = await world.raw_stream().secured()
    await stream.send(message)
    await stream.stream_error("not-authorized")
    stream = await world.raw_stream().secured()
    answer = await stream.scram("erin", PASSWORD)
    if local_name(answer) != "success":
        raise Unmet(f"erin was not let in: {serialised(answer)}")
    await stream.open()
    await stream.send(message)
    answer = await stream.element()
    if error_condition(answer) not in ("not-authorized", "not-allowed"):
        raise Unmet(f"a stanza before binding was answered with {serialised(answer)}")
    await _still_chat(alice, bob)
    bob.refuse("message", body="from a stranger")


@case
async def bytes_after_starttls(world):
    """What follows <starttls/> in the clear is never taken for something said under TLS (CVE-2011-0411)."""
    alice, bob = await _bystanders(world)
    stream = await world.raw()
    await stream.open()
    await stream.send(f"<starttls xmlns='{TLS}'/><iq type='get' id='injected'/>")
    await stream.ended()
    await _still_chat(alice, bob)


@case
async def wrong_from(world):
    """A session speaks only for itself: another's address in `from` ends the stream (RFC 6120 section 8.1.2.1)."""
    alice, bob = await _bystanders(world)
    forged = "<message from='dave@acme.example' to='bob@acme.example' type='chat'><body>forged</body></message>"
    await _after_authentication(world, forged, "invalid-from")
    for sender in ("erin@acme.example/another", "acme.example"):
        await _after_authentication(world, f"<presence from='{sender}'/>", "invalid-from")
    await _still_chat(alice, bob)
    bob.refuse("message", body="forged")


@case
async def bad_addresses(world):
    """An address that is none gets jid-malformed and the session goes on."""
    stream = await world.raw_stream().logged_in("erin", PASSWORD)
    table = (
        "@acme.example", "a b@acme.example", "bob@", "bob@acme.example/", f"{'x' * 1100}@acme.example",
        "a@b@acme..example",
        "bob@acme.example/\u00ad\ue000\ufdd0", "b&quot;b@acme.example",
    )
    for address in table:
        await stream.send(f"<message to=\"{address}\" id='bad' type='chat'><body>x</body></message>")
        answer = await stream.until("message")
        if answer.get("type") != "error" or error_condition(answer) != "jid-malformed":
            raise Unmet(f"a message to {address[:40]!r} was answered with {serialised(answer)}")
    await stream.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to="acme.example")


@case
async def bad_requests(world):
    """IQs without type, with a wrong one, with no or two payloads get bad-request and the session goes on."""
    stream = await world.raw_stream().logged_in("erin", PASSWORD)
    ping = "<ping xmlns='urn:xmpp:ping'/>"
    table = [
        f"<iq id='bad' to='acme.example'>{ping}</iq>",
        f"<iq id='bad' type='put' to='acme.example'>{ping}</iq>",
        "<iq id='bad' type='get' to='acme.example'/>",
        f"<iq id='bad' type='get' to='acme.example'>{ping}{ping}</iq>",
    ]
    for request in table:
        await stream.send(request)
        answer = await stream.until("iq")
        if answer.get("type") != "error" or error_condition(answer) != "bad-request":
            raise Unmet(f"{request} was answered with {serialised(answer)}")
    await stream.iq("get", ping, to="acme.example")


@case(anywhere=True)
async def unknown_stanza(world):
    """A child of the stream that is no stanza ends it with unsupported-stanza-type (RFC 6120 section 4.9.3.24)."""
    await _after_authentication(world, "<pigeon xmlns='urn:example:birds'/>", "unsupported-stanza-type")


@case(anywhere=True)
async def drip_fed(world):
    """A stanza that comes byte by byte is the same stanza."""
    _, bob = await _bystanders(world)
    stream = await world.raw_stream().logged_in("erin", PASSWORD)
    for byte in f"<message to='{bob.full}' type='chat'><body>dr\u00efp</body></message>".encode():
        await stream.send(bytes([byte]))
        await asyncio.sleep(0)
    await bob.message(from_=stream.full, body="dr\u00efp")


@case
async def many_at_once(world):
    """A crowd of broken connections at the same time leaves a conversation alone."""
    alice, bob = await _bystanders(world)

    async def attack(number):
        data = ("<a>" * 5_000, "\x00\x01\x02", "<!DOCTYPE a>", f"<message {'z' * 30_000}")[number % 4]
        stream = await world.raw()
        await stream.open()
        await stream.send(data)
        await stream.ended()

    crowd = asyncio.gather(*(attack(number) for number in range(40)))
    for _ in range(10):
        await _still_chat(alice, bob)
    await crowd
    await _still_chat(alice, bob)
