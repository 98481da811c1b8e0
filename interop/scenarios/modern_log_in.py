#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""SASL2, Bind 2 and FAST (XEP-0388, 0386, 0484) on a raw stream: no client of Debian speaks them yet."""

import base64
import hashlib
import hmac
import secrets
import uuid

from stanza import Unmet, child, local_name, serialised
from world import PASSWORD, case

TOM = "tom@home.example"
SASL2, BIND2, FAST = "urn:xmpp:sasl:2", "urn:xmpp:bind:0", "urn:xmpp:fast:0"
SM, CARBONS, MAM = "urn:xmpp:sm:3", "urn:xmpp:carbons:2", "urn:xmpp:mam:2"
BIND = (f"<bind xmlns='{BIND2}'><tag>Test</tag><enable xmlns='{CARBONS}'/><enable xmlns='{SM}' resume='true'/></bind>")


def said(element):
    return ((element.text if element is not None else None) or "").strip()


def b64(data):
    return base64.b64encode(data).decode()


def agent(device):
    return f"<user-agent id='{device}'><software>interop</software><device>a device</device></user-agent>"


def offered(stream):
    """The mechanisms for passwords and those for tokens."""
    authentication = child(stream.features, "authentication", SASL2)
    inline = child(authentication, "inline", SASL2)
    fast = child(inline, "fast", FAST)
    return ([said(item) for item in authentication if local_name(item) == "mechanism"],
            [said(item) for item in fast if local_name(item) == "mechanism"])


async def with_password(stream, device, more=""):
    """SCRAM-SHA-256 by RFC 5802, with the server's signature checked; the <success/>."""
    nonce = b64(secrets.token_bytes(18))
    first = f"n=tom,r={nonce}"
    await stream.send(
        f"<authenticate xmlns='{SASL2}' mechanism='SCRAM-SHA-256'><initial-response>{b64(f'n,,{first}'.encode())}"
        f"</initial-response>{agent(device)}{more}</authenticate>")
    challenge = base64.b64decode(said(await stream.until("challenge"))).decode()
    values = dict(part.split("=", 1) for part in challenge.split(","))
    final = f"c=biws,r={values['r']}"
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), base64.b64decode(values["s"]), int(values["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signed = f"{first},{challenge},{final}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    await stream.send(f"<response xmlns='{SASL2}'>{b64(f'{final},p={b64(proof)}'.encode())}</response>")
    success = await stream.until("success")
    verifier = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256")
    if said(child(success, "additional-data", SASL2)) != b64(f"v={b64(verifier)}".encode()):
        raise Unmet(f"the server does not prove itself: {serialised(success)}")
    return success


async def with_token(stream, device, token, mechanism, binding=b"", more="", count=None):
    """HT-* by XEP-0484; the <success/>, with the server's answer checked, or the <failure/>."""
    proof = hmac.digest(token.encode(), b"Initiator" + binding, "sha256")
    number = "" if count is None else f" count='{count}'"
    await stream.send(
        f"<authenticate xmlns='{SASL2}' mechanism='{mechanism}'><initial-response>"
        f"{b64(b'tom' + bytes(1) + proof)}</initial-response>{agent(device)}<fast xmlns='{FAST}'{number}/>{more}"
        "</authenticate>")
    while True:
        answer = await stream.element()
        if local_name(answer) not in ("success", "failure"):
            continue
        if local_name(answer) == "success":
            expected = b64(hmac.digest(token.encode(), b"Responder" + binding, "sha256"))
            if said(child(answer, "additional-data", SASL2)) != expected:
                raise Unmet(f"the server does not prove that it knows the token: {serialised(answer)}")
        return answer


async def secured(world):
    return await world.raw_stream("home.example").secured()


def token_in(success):
    found = child(success, "token", FAST)
    if found is None or not found.get("expiry"):
        raise Unmet(f"no token in {serialised(success)}")
    return found.get("token")


def certificate_hash(stream):
    return hashlib.sha256(stream._writer.get_extra_info("ssl_object").getpeercert(binary_form=True)).digest()


@case
async def everything_in_one_go(world):
    """A password for a bound session with stream management and copies; no further round trip, and no second stream."""
    device = uuid.uuid4()
    uma = await world.online("uma@home.example")
    stream = await secured(world)
    passwords, tokens = offered(stream)
    if "SCRAM-SHA-256" not in passwords or not {"HT-SHA-256-NONE", "HT-SHA-256-ENDP", "HT-SHA-256-EXPR"} <= set(tokens):
        raise Unmet(f"offered are {passwords} and {tokens}")
    success = await with_password(stream, device, BIND)
    bound = child(success, "bound", BIND2)
    full = said(child(success, "authorization-identifier", SASL2))
    if not full.startswith(f"{TOM}/Test") or child(bound, "enabled", SM) is None or child(bound, "metadata", MAM) is None:
        raise Unmet(f"bound is {serialised(success)}")
    await stream.send("<presence/>")
    uma.send_message(full, "there already")
    message = await stream.until("message")
    if said(child(message, "body", "jabber:client")) != "there already":
        raise Unmet(f"what comes first is {serialised(message)}")
    resumption = child(bound, "enabled", SM).get("id")
    await stream.close()
    again = await secured(world)
    resumed = await with_password(again, device, f"<resume xmlns='{SM}' previd='{resumption}' h='1'/>")
    if child(resumed, "resumed", SM) is None or said(child(resumed, "authorization-identifier", SASL2)) != full:
        raise Unmet(f"not resumed: {serialised(resumed)}")


@case
async def tokens_let_a_device_in(world):
    """A token of FAST lets its device in by both simple mechanisms, is counted, revoked, and good for one device and connection."""
    device = uuid.uuid4()
    for mechanism in ("HT-SHA-256-ENDP", "HT-SHA-256-NONE"):
        stream = await secured(world)
        wanted = f"<request-token xmlns='{FAST}' mechanism='{mechanism}'/>"
        token = token_in(await with_password(stream, device, wanted + BIND))
        stream = await secured(world)
        binding = certificate_hash(stream) if mechanism.endswith("ENDP") else b""
        answer = await with_token(stream, device, token, mechanism, binding, BIND, count=1)
        if child(answer, "bound", BIND2) is None:
            raise Unmet(f"with {mechanism}: {serialised(answer)}")
        # Played again by somebody who saw it: the count is no higher.
        replayed = await with_token(await secured(world), device, token, mechanism, binding, BIND, count=1)
        if local_name(replayed) != "failure":
            raise Unmet(f"a count that was used lets in: {serialised(replayed)}")
        stranger = await with_token(await secured(world), uuid.uuid4(), token, mechanism, binding, BIND, count=2)
        if local_name(stranger) != "failure":
            raise Unmet(f"another device is let in: {serialised(stranger)}")
        if binding:
            unbound = await with_token(await secured(world), device, token, mechanism, bytes(32), BIND, count=3)
            if local_name(unbound) != "failure":
                raise Unmet(f"a token is taken on another connection: {serialised(unbound)}")
    # The owner's phone is stolen.
    await world.server.command("user", "sign-out", TOM)
    gone = await with_token(await secured(world), device, token, "HT-SHA-256-NONE", more=BIND, count=4)
    if local_name(gone) != "failure":
        raise Unmet(f"a token that was taken back lets in: {serialised(gone)}")
