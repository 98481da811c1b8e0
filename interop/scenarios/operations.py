#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What an operator sees: health, metrics, accounts, backups, reloads, and configuration errors that say how to mend."""

import asyncio
import os
import shutil
import signal
import ssl
import tempfile
from pathlib import Path

from care import CONTACT, answered, heard, offered, said, take
from client import LoginFailed
from peers.switchboard import BINARY, Switchboard, http_get
from process import REPOSITORY, eventually, run_tool
from stanza import Unmet
from world import PASSWORD, case

ERIN = "erin@acme.example"

#: What a data folder, and so a backup, holds.
DATABASES = ("switchboard.sqlite", "bridge.sqlite", "customers.sqlite")


@case
async def health_and_metrics(world):
    """/healthz says 200, /metrics speaks Prometheus' text format."""
    await world.online(ERIN)
    status, _ = await http_get(world.server.health, "/healthz")
    if status != 200:
        raise Unmet(f"/healthz answers {status}")
    status, text = await http_get(world.server.health, "/metrics")
    if status != 200 or "# TYPE " not in text:
        raise Unmet(f"/metrics answers {status}:\n{text[:500]}")
    status, _ = await http_get(world.server.health, "/nothing-here")
    if status != 404:
        raise Unmet(f"an unknown page answers {status}")


@case
async def accounts(world):
    """`user add` with the password on standard input makes an account that can log in; `user delete` ends it."""
    await world.server.command("user", "add", "frank@acme.example", "--password-stdin", stdin="a good password\n")
    listing = await world.server.command("user", "list")
    if "frank@acme.example" not in listing:
        raise Unmet(f"frank is not listed:\n{listing}")
    frank = await world.client("frank@acme.example", password="a good password").connect()
    await frank.disconnect()
    await world.server.command("user", "delete", "frank@acme.example")
    try:
        await world.client("frank@acme.example", password="a good password").connect()
    except LoginFailed:
        return
    raise Unmet("a deleted account can log in")


@case
async def backup_and_restore(world):
    """A backup is taken while the server runs; a server on it knows accounts, stored messages, conversations, customers."""
    dave = await world.online("dave@acme.example")
    alice = await world.online("alice@acme.example")
    uma = await world.online("uma@home.example")
    dave.send_message(ERIN, "before the backup")
    await dave.settle()
    uma.send_message(CONTACT, "a question before the backup")
    room = await take(alice, "a question before the backup")
    saved = world.folder / "backup"
    await world.server.command("backup", saved)
    if missing := [name for name in DATABASES if not (saved / name).is_file()]:
        raise Unmet(f"the backup has no {', '.join(missing)}")
    dave.send_message(ERIN, "after the backup")
    await dave.settle()
    said(alice, room, "/close")
    await answered(uma, body="closed")

    restored = Switchboard(world.folder / "restored", world.server.certificates)
    restored.folder.mkdir(parents=True)
    shutil.copytree(saved, restored.data)
    # No customers to import: what is known of them comes from the backup.
    restored.without_customers = True
    await world.run(restored)
    erin = await world.client(ERIN, server=restored).online()
    await erin.message(body="before the backup")
    await erin.settle()
    erin.refuse("message", body="after the backup")
    alice = await world.client("alice@acme.example", server=restored).online()
    uma = await world.client("uma@home.example", server=restored).online()
    uma.send_message(CONTACT, "the same question")
    await heard(alice, room, "the same question")
    tom = await world.client("tom@home.example", server=restored).online()
    tom.send_message(CONTACT, "who am I?")
    await offered(alice, "Tom Customer", "4711")


@case
async def reload(world):
    """SIGHUP reloads while sessions stay."""
    erin = await world.online(ERIN)
    world.server.program.process.send_signal(signal.SIGHUP)
    await erin.settle()
    again = await world.online(f"{ERIN}/again", direct_tls=True)
    again.send_message(erin.full, "still here")
    await erin.message(body="still here")


@case
async def reload_certificates(world):
    """SIGHUP: new connections get a renewed certificate, old sessions go on; what is broken changes nothing."""
    server, certificates = await _with_own_certificates(world, "renewed")
    erin = await world.client(ERIN, server=server).online()
    first = await _certificate(server)
    for kind in ("crt", "key"):
        (certificates / f"acme.example.{kind}").unlink()
    await _issue(certificates)
    server.program.process.send_signal(signal.SIGHUP)

    async def renewed():
        return await _certificate(server) != first

    await eventually(renewed, 10, "new connections to get the new certificate")
    await _goes_on(world, server, erin, "renewed")
    second = await _certificate(server)

    # A key that is none, then a configuration that is none: each is said, and all stays as it was.
    key = certificates / "acme.example.key"
    good = key.read_text()
    key.write_text("rubbish")
    await _reloaded(server, refused=("acme.example.key",))
    await _goes_on(world, server, erin, "with a broken key")
    key.write_text(good)
    text = server.config.read_text()
    server.config.write_text(text + "\nhostz: {}\n")
    await _reloaded(server, refused=("hostz", "hosts"))
    await _goes_on(world, server, erin, "with a broken configuration")
    if await _certificate(server) != second:
        raise Unmet("a reload that was refused changed the certificate")
    server.config.write_text(text)
    await _reloaded(server)
    await _goes_on(world, server, erin, "mended")


@case
async def unknown_key(world):
    """A misspelt key ends the start with exit code 78 and says file, line, key and what was meant."""
    config = world.folder / "misspelt.yaml"
    config.write_text(world.server.config.read_text() + "\nhostz: {}\n")
    line = len(config.read_text().splitlines())
    for verb in ("serve", "check"):
        code, output = await run_tool(
            [BINARY, verb, "--config", config], environment={"SWITCHBOARD_DATA": str(world.folder / "nowhere")})
        if code != 78 or not all(part in output for part in ("misspelt.yaml", str(line), "hostz", "hosts")):
            raise Unmet(f"{verb} ended with {code}:\n{output}")


@case
async def occupied_port(world):
    """A second server on the same ports says which port is taken and ends with 1."""
    code, output = await run_tool(
        [BINARY, "serve", "--config", world.server.config],
        environment={"SWITCHBOARD_DATA": str(world.folder / "second")})
    ports = [str(port) for port in world.server.ports.values()]
    if code != 1 or not any(port in output for port in ports):
        raise Unmet(f"it ended with {code}:\n{output}")
    await (await world.online(ERIN)).settle()


@case
async def bad_keys(world):
    """A key that is missing, not readable, garbage or another certificate's: `check` and `serve` name file and remedy."""
    table = {
        "missing": (lambda key: key.unlink(), "Check the path"),
        "garbage": (lambda key: key.write_text("rubbish\n"), "BEGIN PRIVATE KEY"),
        "another's": (lambda key: shutil.copy(key.with_name("home.example.key"), key), "is not the key of"),
        "not readable": (lambda key: key.chmod(0o000), "may read the file"),
    }
    with tempfile.TemporaryDirectory(prefix="switchboard-keys-") as name:
        folder = Path(name)
        # Open to the user that must not read the key.
        folder.chmod(0o755)
        for fault, (break_it, remedy) in table.items():
            certificates = _certificates_for_all(world, folder / fault.replace(" ", "-"))
            key = certificates / "acme.example.key"
            break_it(key)
            config = certificates / "switchboard.yaml"
            config.write_text(_config_with(world, certificates))
            config.chmod(0o644)
            data = certificates / "data"
            data.mkdir()
            data.chmod(0o777)
            for verb in ("check", "serve"):
                code, output = await run_tool(
                    [*_nobody(fault), BINARY, verb, "--config", config],
                    environment={"SWITCHBOARD_DATA": str(data)}, within=30)
                if code != 1 or str(key) not in output or remedy not in output:
                    raise Unmet(f"{verb} with a key that is {fault} ended with {code}:\n{output}")
    await (await world.online(ERIN)).settle()


@case
async def no_passwords_in_the_log(world):
    """Neither passwords nor what people write is logged."""
    erin = await world.online(ERIN)
    erin.send_message("bob@acme.example", "a very private matter")
    await erin.settle()
    log = world.server.program.log.read_text(errors="replace")
    for secret in (PASSWORD, "a very private matter"):
        if secret in log:
            raise Unmet(f"the log holds {secret!r}")


# What the cases above are made of

def _certificates_for_all(world, folder):
    """A copy of the certificates with keys that every user may read; its folder."""
    shutil.copytree(world.server.certificates, folder)
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder


def _config_with(world, certificates):
    """The server's configuration with certificates from another folder."""
    return world.server.config.read_text().replace(str(world.server.certificates), str(certificates))


def _nobody(fault):
    """What a command starts with to run as a user who may not read the key; nothing where we may not either."""
    if fault != "not readable" or os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


async def _with_own_certificates(world, name):
    """A server of its own whose certificates may be changed, and their folder."""
    certificates = world.folder / f"{name}-certificates"
    shutil.copytree(world.server.certificates, certificates)
    server = Switchboard(world.folder / name, certificates)
    server.folder.mkdir(parents=True)
    await world.run(server)
    return server, certificates


async def _issue(certificates):
    """New certificates of the same authority for those that are not there."""
    code, output = await run_tool([REPOSITORY / "certs" / "make-dev-certs.sh", "--quiet", certificates])
    if code != 0:
        raise Unmet(f"no certificate was made:\n{output}")


async def _certificate(server):
    """The certificate that a new connection is shown (DER)."""
    context = ssl.create_default_context(cafile=str(server.ca))
    _, writer = await asyncio.open_connection(
        server.host, server.c2s_tls, ssl=context, server_hostname="acme.example")
    try:
        return writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()


async def _reloaded(server, *, refused=()):
    """Sends SIGHUP and waits until the log says that it was carried out, or refused with these words."""
    before = len(server.program.log.read_text(errors="replace"))
    server.program.process.send_signal(signal.SIGHUP)

    async def said_so():
        new = server.program.log.read_text(errors="replace")[before:]
        if not refused:
            return "Reloaded: " in new
        return "Not reloaded" in new and all(word in new for word in refused)

    await eventually(said_so, 10, f"the log to say that a reload was {'refused' if refused else 'carried out'}")


async def _goes_on(world, server, session, text):
    """An old session and a new one talk to each other."""
    other = await world.client(f"{ERIN}/other", server=server).online()
    other.send_message(session.full, text)
    await session.message(body=text)
    await other.disconnect()
