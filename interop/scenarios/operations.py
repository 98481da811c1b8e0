#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""What an operator sees: health, metrics, accounts, backups, reloads, and configuration errors that say how to mend."""

import shutil
import signal

from client import LoginFailed
from peers.switchboard import BINARY, Switchboard, http_get
from process import run_tool
from stanza import Unmet
from world import PASSWORD, case

ERIN = "erin@acme.example"


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
    """A backup is taken while the server runs; a server on it knows accounts and stored messages."""
    dave = await world.online("dave@acme.example")
    dave.send_message(ERIN, "before the backup")
    await dave.settle()
    saved = world.folder / "backup"
    await world.server.command("backup", saved)
    dave.send_message(ERIN, "after the backup")
    await dave.settle()
    restored = Switchboard(world.folder / "restored", world.server.certificates)
    restored.folder.mkdir(parents=True)
    shutil.copytree(saved, restored.data)
    await world.run(restored)
    erin = await world.client(ERIN, server=restored).online()
    await erin.message(body="before the backup")
    await erin.settle()
    erin.refuse("message", body="after the backup")


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
async def missing_key(world):
    """A certificate without its key is a configuration error that names the file."""
    certificates = world.folder / "certificates"
    shutil.copytree(world.server.certificates, certificates)
    (certificates / "acme.example.key").unlink()
    config = world.folder / "keyless.yaml"
    config.write_text(world.server.config.read_text().replace(str(world.server.certificates), str(certificates)))
    code, output = await run_tool(
        [BINARY, "check", "--config", config], environment={"SWITCHBOARD_DATA": str(world.folder / "keyless")})
    if code == 0 or "acme.example.key" not in output:
        raise Unmet(f"check ended with {code}:\n{output}")


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
