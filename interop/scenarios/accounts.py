#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Accounts as their owners make, change and remove them (XEP-0077), invitations (XEP-0401, XEP-0445) and one's own sessions."""

import json

from client import LoginFailed
from stanza import Unmet, child, error_condition, serialised
from world import PASSWORD, case

HOST = "acme.example"
ERIN = f"erin@{HOST}"
BOB = f"bob@{HOST}"
REGISTER = "jabber:iq:register"
COMMANDS = "http://jabber.org/protocol/commands"
FORM = "jabber:x:data"


def registration(**fields):
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<query xmlns='{REGISTER}'>{inner}</query>"


async def refused(world, user, password):
    try:
        await world.client(user, password=password).connect()
    except LoginFailed:
        return
    raise Unmet(f"{user} can log in with {password!r}")


async def stranger(world, token):
    """A stream that has shown an invitation and may make an account."""
    stream = await world.raw_stream(HOST).secured()
    if child(stream.features, "register", "urn:xmpp:ibr-token:0") is None:
        raise Unmet(f"registration by invitation is not announced: {serialised(stream.features)}")
    answer = await stream.iq("set", f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/>", to=HOST)
    return stream, answer


def token_of(uri):
    return uri.partition("preauth=")[2].partition(";")[0]


@case
async def password(world):
    """A person changes the password from the client; the old one no longer lets in, and the new one does."""
    erin = await world.online(ERIN)
    short = await erin.iq("set", registration(username="erin", password="short"), to=HOST)
    if error_condition(short) != "not-acceptable":
        raise Unmet(f"a short password gets {serialised(short)}")
    await erin.request("set", registration(username="erin", password="a better one"), to=HOST)
    try:
        await refused(world, ERIN, PASSWORD)
        await world.client(ERIN, password="a better one").connect()
    finally:
        await erin.request("set", registration(username="erin", password=PASSWORD), to=HOST)


@case
async def removal(world):
    """Who removes the account is logged out everywhere, leaves contacts' rosters, and cannot log in again."""
    await world.server.command("user", "add", f"frank@{HOST}", "--password-stdin", stdin="a good password\n")
    erin = await world.online(ERIN)
    first = await world.client(f"frank@{HOST}/one", password="a good password").online()
    second = await world.client(f"frank@{HOST}/two", password="a good password").online()
    first.send_presence(ERIN, type_="subscribe")
    await erin.presence(type_="subscribe", from_=f"frank@{HOST}")
    erin.send_presence(f"frank@{HOST}", type_="subscribed")
    await first.presence(type_="subscribed", from_=ERIN)
    await first.request("set", registration(remove=""))
    await first.closed()
    await second.closed()
    await erin.presence(type_="unsubscribe", from_=f"frank@{HOST}")
    await refused(world, f"frank@{HOST}", "a good password")
    await erin.request(
        "set", f"<query xmlns='jabber:iq:roster'><item jid='frank@{HOST}' subscription='remove'/></query>")


@case
async def invitation(world):
    """An invitation from the command line makes an account without open registration, gives it its first contact, and
    the two chat; it works once."""
    bob = await world.online(BOB)
    invited = json.loads(await world.server.command(
        "invite", "--contact", BOB, "--group", "Newcomers", "--days", "1", "--json"))
    token = token_of(invited["uri"])
    if len(token) < 26 or not invited["uri"].startswith(f"xmpp:{BOB}?roster;preauth="):
        raise Unmet(f"the invitation is {invited}")
    stream, answer = await stranger(world, token)
    if answer.get("type") != "result":
        raise Unmet(f"the invitation is refused: {serialised(answer)}")
    answer = await stream.iq("set", registration(username="grace", password="a good password"))
    if answer.get("type") != "result":
        raise Unmet(f"no account is made: {serialised(answer)}")
    await bob.roster_push(f"grace@{HOST}", subscription="both")
    grace = await world.client(f"grace@{HOST}", password="a good password").online()
    if (await grace.roster()).get(BOB, ("none",))[0] != "both":
        raise Unmet("the inviter is no contact")
    await bob.presence(from_=grace.full, type_="")
    grace.send_message(BOB, "hello, I am new here")
    await bob.message(from_=grace.full, body="hello, I am new here")
    bob.send_message(grace.full, "welcome")
    await grace.message(from_=bob.full, body="welcome")
    _, answer = await stranger(world, token)
    if error_condition(answer) != "item-not-found":
        raise Unmet(f"a used invitation gets {serialised(answer)}")
    if "Newcomers" not in (await bob.roster())[f"grace@{HOST}"][2]:
        raise Unmet("the newcomer is not in the group of the invitation")
    await grace.request("set", registration(remove=""))
    await grace.closed()


@case
async def disabled(world):
    """`user disable` ends the sessions of an account while the server runs and shuts it out; `enable` lets it in."""
    await world.server.command("user", "add", f"heidi@{HOST}", "--password-stdin", stdin="a good password\n")
    heidi = await world.client(f"heidi@{HOST}", password="a good password").online()
    await world.server.command("user", "disable", f"heidi@{HOST}")
    await heidi.closed()
    await refused(world, f"heidi@{HOST}", "a good password")
    await world.server.command("user", "enable", f"heidi@{HOST}")
    heidi = await world.client(f"heidi@{HOST}", password="a good password").online()
    await world.server.command("user", "delete", f"heidi@{HOST}")
    await heidi.closed()


@case
async def own_sessions(world):
    """A person sees all own sessions and ends another one."""
    desk = await world.online(f"{ERIN}/desk")
    phone = await world.online(f"{ERIN}/phone")
    node = "urn:switchboard:sessions:1"
    answer = await desk.request("set", f"<command xmlns='{COMMANDS}' node='{node}#list'/>", to=HOST)
    form = child(child(answer, "command", COMMANDS), "x", FORM)
    rows = [
        {field.get("var"): "".join(field.itertext()) for field in item}
        for item in form if item.tag == f"{{{FORM}}}item"]
    seen = {row["resource"]: (row["tls"], row["mechanism"]) for row in rows}
    if seen.keys() != {"desk", "phone"} or {tls for tls, _ in seen.values()} != {"TLS"}:
        raise Unmet(f"the sessions are {rows}")
    submission = f"<x xmlns='{FORM}' type='submit'><field var='sessions'><value>phone</value></field></x>"
    await desk.request(
        "set", f"<command xmlns='{COMMANDS}' node='{node}#end' action='complete'>{submission}</command>", to=HOST)
    await phone.closed()
    await desk.settle()
