#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What administrators do from their clients, what people keep on the server, and accounts on their way out and in."""

import asyncio
import re

from client import LoginFailed
from peers.switchboard import Switchboard
from stanza import Unmet, child, error_condition, serialised, text_of
from world import PASSWORD, case

ACME = "acme.example"
ADMIN = "http://jabber.org/protocol/admin"
COMMANDS = "http://jabber.org/protocol/commands"
FORM = "jabber:x:data"
BROADCAST = "urn:switchboard:broadcast:1"
ALICE, BOB, CAROL, DAVE, ERIN = (f"{name}@acme.example" for name in ("alice", "bob", "carol", "dave", "erin"))


def server(folder, certificates):
    """The demo company, administered by dave, with an address for abuse."""
    made = Switchboard(folder, certificates)
    made.environment["SWITCHBOARD_HOSTS_ACME_EXAMPLE_ADMINISTRATORS"] = DAVE
    made.environment["SWITCHBOARD_HOSTS_ACME_EXAMPLE_CONTACT_ADDRESSES_ABUSE"] = "mailto:abuse@acme.example"
    return made


def filled(**fields):
    """A form filled in; underscores stand for hyphens where the field has them."""
    inner = ""
    for name, values in fields.items():
        values = values if isinstance(values, (list, tuple)) else [values]
        name = {"password_verify": "password-verify"}.get(name, name)
        inner += f"<field var='{name}'>" + "".join(f"<value>{value}</value>" for value in values) + "</field>"
    return f"<x xmlns='{FORM}' type='submit'>{inner}</x>"


async def command(client, node, form="", session=None):
    """One step of a command at the company's host; the `<command/>` of the answer."""
    session = f" sessionid='{session}'" if session else ""
    node = node if ":" in node else f"{ADMIN}#{node}"
    answer = await client.request("set", f"<command xmlns='{COMMANDS}' node='{node}'{session}>{form}</command>", to=ACME)
    return child(answer, "command", COMMANDS)


async def run(client, node, **fields):
    """A command as a person runs it: the form, then the form filled in."""
    asked = await command(client, node)
    if asked.get("status") != "executing":
        raise Unmet(f"{node} asks nothing: {serialised(asked)}")
    done = await command(client, node, filled(**fields), asked.get("sessionid"))
    if done.get("status") != "completed":
        raise Unmet(f"{node} is not completed: {serialised(done)}")
    return done


def values(answer, field):
    """The values of a field of a command's result."""
    form = child(answer, "x", FORM)
    for each in form if form is not None else []:
        if each.get("var") == field:
            return [value.text for value in each.findall(f"{{{FORM}}}value")]
    raise Unmet(f"there is no {field} in {serialised(answer)}")


@case
async def users_by_command(world):
    """An administrator adds a user, sees her online, ends her session, disables, enables and deletes her; others cannot."""
    dave, bob = await world.all_online(DAVE, BOB)
    refusal = await bob.iq("set", f"<command xmlns='{COMMANDS}' node='{ADMIN}#add-user'/>", to=ACME)
    if error_condition(refusal) != "forbidden":
        raise Unmet(f"bob is offered {serialised(refusal)}")
    items = await bob.request(
        "get", f"<query xmlns='http://jabber.org/protocol/disco#items' node='{COMMANDS}'/>", to=ACME)
    if ADMIN in serialised(items):
        raise Unmet(f"bob sees {serialised(items)}")
    grace = "grace@acme.example"
    await run(dave, "add-user", accountjid=grace, password="first password", password_verify="first password")
    client = await world.client(grace, password="first password").online()
    if grace not in values(await run(dave, "get-online-users-list", max_items="none"), "onlineuserjids"):
        raise Unmet("grace is not among those online")
    await run(dave, "end-user-session", accountjids=grace)
    await client.closed()
    await run(dave, "change-user-password", accountjid=grace, password="second password")
    client = await world.client(grace, password="second password").connect()
    await client.disconnect()
    await run(dave, "disable-user", accountjids=grace)
    try:
        await world.client(grace, password="second password").connect()
        raise Unmet("a disabled account can log in")
    except LoginFailed:
        pass
    await run(dave, "reenable-user", accountjids=grace)
    await (await world.client(grace, password="second password").connect()).disconnect()
    seen = values(await run(dave, "get-user-lastlogin", accountjids=grace), "lastlogin")
    if len(seen) != 1 or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", seen[0]):
        raise Unmet(f"grace's last log-in is {seen}")
    await run(dave, "delete-user", accountjids=[grace])
    if grace in await world.server.command("user", "list"):
        raise Unmet("a deleted account is still there")


@case
async def acknowledged_broadcast(world):
    """Whoever reads an urgent broadcast says so by a marker or by `ok`; its sender is told who has, and who has not."""
    dave, alice, bob = await world.all_online(DAVE, ALICE, BOB)
    priority = f"<priority xmlns='{BROADCAST}' ack='true'>urgent</priority>"
    address = "support@broadcast.acme.example"
    dave.send_message(address, "Fire drill at noon", payload=priority)
    copy = await alice.message(from_=address, body="Fire drill at noon")
    alice.send(
        f"<message to='{address}'><displayed xmlns='urn:xmpp:chat-markers:0' id='{copy.get('id')}'/></message>")
    report = await dave.message(from_=address, has=("report", BROADCAST))
    if ALICE not in text_of(report, "body").split("Not yet")[0] or BOB not in text_of(report, "body"):
        raise Unmet(f"the report says {serialised(report)}")
    await bob.message(from_=address, body="Fire drill at noon")
    bob.send_message(address, "ok")
    carol = await world.online(CAROL)
    await carol.message(from_=address, body="Fire drill at noon")
    carol.send_message(address, "OK")
    while True:
        report = await dave.message(from_=address, has=("report", BROADCAST), within=60)
        if child(report, "report", BROADCAST).get("read") == "3":
            break
    carol.send_message(address, "What drill?")
    refusal = await carol.expect("message", type_="error")
    if error_condition(refusal) != "forbidden":
        raise Unmet(f"carol's broadcast was answered with {serialised(refusal)}")


@case
async def message_of_the_day(world):
    """The message of the day comes at once, or at the next log-in, and once only."""
    dave, bob = await world.all_online(DAVE, BOB)
    await run(dave, "set-motd", motd=["Lunch is", "on us"])
    await bob.message(body="Lunch is\non us")
    erin = await world.online(ERIN)
    await erin.message(body="Lunch is\non us")
    await erin.disconnect()
    erin = await world.online(ERIN)
    await erin.settle()
    erin.refuse("message", body="Lunch is\non us")
    await command(dave, "delete-motd")


@case
async def kept_for_clients(world):
    """Private XML, last activity, contact addresses and the picture in presence."""
    alice, bob = await world.all_online(ALICE, BOB)
    notes = "<storage xmlns='storage:rosternotes'><note jid='bob@acme.example'>tall</note></storage>"
    await alice.request("set", f"<query xmlns='jabber:iq:private'>{notes}</query>")
    kept = await alice.request(
        "get", "<query xmlns='jabber:iq:private'><storage xmlns='storage:rosternotes'/></query>")
    if "tall" not in serialised(kept):
        raise Unmet(f"what was kept came back as {serialised(kept)}")
    refusal = await bob.iq("get", f"<query xmlns='jabber:iq:private'>{notes}</query>", to=ALICE)
    if error_condition(refusal) != "forbidden":
        raise Unmet(f"bob reads alice's notes: {serialised(refusal)}")
    info = await alice.request("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=ACME)
    if "mailto:abuse@acme.example" not in serialised(info):
        raise Unmet(f"nobody to write to in {serialised(info)}")
    photo = "<PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO>"
    await bob.request("set", f"<vCard xmlns='vcard-temp'><FN>Bob</FN>{photo}</vCard>")
    seen = await alice.presence(from_=bob.full, has=("x", "vcard-temp:x:update"))
    if text_of(child(seen, "x", "vcard-temp:x:update"), "photo") != "4caece539b039b16e16206ea2478f8c5ffb2ca05":
        raise Unmet(f"the picture's hash is not in {serialised(seen)}")
    bob.send_presence(type_="unavailable", status="Heading home")
    await bob.disconnect()
    await alice.presence(from_=bob.full, type_="unavailable")
    last = child(await alice.request("get", "<query xmlns='jabber:iq:last'/>", to=BOB), "query", "jabber:iq:last")
    if last.text != "Heading home" or not 0 <= int(last.get("seconds")) < 60:
        raise Unmet(f"bob was last seen {serialised(last)}")
    refusal = await (await world.online("tom@home.example")).iq("get", "<query xmlns='jabber:iq:last'/>", to=BOB)
    if error_condition(refusal) != "forbidden":
        raise Unmet(f"a customer learns when bob was there: {serialised(refusal)}")


@case
async def moves_accounts(world):
    """An account is exported while the server runs, deleted, and imported again: password, contacts, messages are there."""
    uma, vic = "uma@home.example", "vic@home.example"
    client, other = await world.all_online(uma, vic)
    await client.request(
        "set", f"<query xmlns='jabber:iq:roster'><item jid='{vic}' name='Vic'><group>Friends</group></item></query>")
    await client.request("set", "<vCard xmlns='vcard-temp'><FN>Uma</FN></vCard>")
    await client.request("set", "<query xmlns='jabber:iq:private'><n xmlns='urn:n'>mine</n></query>")
    await client.disconnect()
    other.send_message(uma, "read this later")
    await other.settle()
    path = world.server.folder / "uma.xml"
    await world.server.command("export", "--account", uma, "--output", str(path))
    if path.stat().st_mode & 0o077:
        raise Unmet("others can read the export")
    if PASSWORD in path.read_text():
        raise Unmet("the password is in the export")
    await world.server.command("user", "delete", uma)
    told = await world.server.command("import", str(path), "--dry-run")
    if "1 accounts" not in told or uma in await world.server.command("user", "list"):
        raise Unmet(f"a dry run does something, or says: {told}")
    await world.server.command("import", str(path))
    client = await world.client(uma).connect()
    roster = await client.roster()
    if roster.get(vic, (None,) * 4)[1:3] != ("Vic", {"Friends"}):
        raise Unmet(f"the roster came back as {roster}")
    for payload, word in (
        ("<vCard xmlns='vcard-temp'/>", "Uma"),
        ("<query xmlns='jabber:iq:private'><n xmlns='urn:n'/></query>", "mine"),
    ):
        answer = await client.request("get", payload)
        if word not in serialised(answer):
            raise Unmet(f"{payload} came back as {serialised(answer)}")
    client.send_presence()
    await client.message(from_=other.full, body="read this later")


async def by_library(client, name, **fields):
    """A command as slixmpp's own xep_0133 runs it: begun, its form filled in, completed; the last answer."""
    client.xmpp.register_plugin("xep_0133")
    library, forms = client.xmpp["xep_0050"], client.xmpp["xep_0004"]
    done = asyncio.get_running_loop().create_future()

    def failed(iq, session):
        if not done.done():
            done.set_exception(Unmet(f"{name} is refused: {serialised(iq.xml)}"))

    def answered(iq, session):
        if iq["command"]["status"] == "completed":
            if not done.done():
                done.set_result(iq.xml)
            return
        asked = iq["command"]["form"]
        missing = [var for var, field in asked.get_fields().items() if field["required"] and var not in filled_in]
        if missing:
            done.set_exception(Unmet(f"{name} also asks for {missing}"))
            return
        form = forms.make_form(ftype="submit")
        for var, value in filled_in.items():
            form.add_field(var=var, value=value)
        session["payload"] = form
        library.complete_command(session)

    filled_in = {var.replace("password_verify", "password-verify"): value for var, value in fields.items()}
    client.xmpp["xep_0133"].__getattribute__(name.replace("-", "_"))(ACME, {"next": answered, "error": failed})
    answer = await asyncio.wait_for(done, 20)
    return child(answer, "command", COMMANDS)


@case
async def commands_of_the_client_library(world):
    """slixmpp's xep_0133 does all of it: adds, looks at, locks, ends, and deletes a user, and makes announcements."""
    dave, erin = await world.all_online(DAVE, ERIN)
    heidi = "heidi@acme.example"
    await by_library(
        dave, "add-user", accountjid=heidi, password="first password", password_verify="first password",
        email="heidi@acme.example", given_name="Heidi", surname="H")
    client = await world.client(heidi, password="first password").online()
    for name, field in (("online", "onlineusersnum"), ("registered", "registeredusersnum"), ("active", "activeusersnum")):
        count = int(values(await by_library(dave, f"get-{name}-users-num"), field)[0])
        if count < 3:
            raise Unmet(f"{count} {name} users")
    for name in ("disabled", "idle"):
        if values(await by_library(dave, f"get-{name}-users-num"), f"{name}usersnum") != ["0"]:
            raise Unmet(f"there are {name} users")
    if heidi not in values(await by_library(dave, "get-online-users-list", max_items="none"), "onlineuserjids"):
        raise Unmet("heidi is not among those online")
    if heidi not in values(await by_library(dave, "get-active-users", max_items="none"), "activeuserjids"):
        raise Unmet("heidi is not among those who are active")
    statistics = await by_library(dave, "user-stats", accountjid=heidi)
    if values(statistics, "onlineresources") != [client.resource] or not values(statistics, "ipaddresses"):
        raise Unmet(f"statistics of heidi: {serialised(statistics)}")
    await by_library(dave, "change-user-password", accountjid=heidi, password="second password")
    await by_library(dave, "end-user-session", accountjids=[heidi])
    await client.closed()
    await (await world.client(heidi, password="second password").connect()).disconnect()
    await by_library(dave, "disable-user", accountjids=[heidi])
    if values(await by_library(dave, "get-disabled-users-list", max_items="25"), "disableduserjids") != [heidi]:
        raise Unmet("heidi is not among those who are disabled")
    await by_library(dave, "reenable-user", accountjids=[heidi])
    if len(values(await by_library(dave, "get-user-lastlogin", accountjids=[heidi]), "lastlogin")) != 1:
        raise Unmet("when heidi logged in last is not known")
    await by_library(dave, "delete-user", accountjids=[heidi])
    if heidi in values(await by_library(dave, "get-registered-users-list", max_items="none"), "registereduserjids"):
        raise Unmet("a deleted account is still there")
    await by_library(dave, "announce", announcement="The lift is out of order")
    await erin.message(body="The lift is out of order")
    await by_library(dave, "set-motd", motd="Cake at four")
    await erin.message(body="Cake at four")
    await by_library(dave, "edit-motd", motd="Cake at five")
    await by_library(dave, "delete-motd")


@case
async def own_devices(world):
    """People see the devices that log in without their password, by command and on the command line."""
    alice = await world.online(ALICE)
    listed = await command(alice, "urn:switchboard:devices:1#list")
    if listed.get("status") != "completed" or child(listed, "x", FORM) is None:
        raise Unmet(f"alice's devices: {serialised(listed)}")
    if (await world.server.command("user", "devices", ALICE)).strip():
        raise Unmet("a client without a device has one")
    if "signed out: 0" not in await world.server.command("user", "sign-out", ALICE):
        raise Unmet("something was signed out")
