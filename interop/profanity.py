#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""profanity, a real client for the terminal, driven through tmux as a person would use it."""

import asyncio
import re
import shutil

from process import run_tool
from stanza import Unmet

#: Seconds to wait for text on the screen.
PATIENCE = 20.0


class Profanity:
    """One profanity in a tmux session of its own, with a home of its own."""

    def __init__(self, jid, password, endpoint, folder):
        self.jid = jid
        self.domain = jid.partition("@")[2]
        self.password = password
        self.endpoint = endpoint
        self.home = folder / f"profanity-{jid.replace('@', '-')}"
        self.socket = str(self.home / "tmux.sock")
        self.started = False

    @staticmethod
    def missing():
        """The names of programs that are not installed."""
        return [name for name in ("profanity", "tmux", "openssl") if shutil.which(name) is None]

    async def start(self):
        """Starts profanity and waits for its console; it is not connected yet."""
        await self._write_settings()
        environment = {
            "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"), "XDG_CACHE_HOME": str(self.home / "cache"),
            "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8",
        }
        settings = [f"{key}={value}" for key, value in environment.items()]
        code, output = await run_tool([
            "env", "-u", "TMUX", *settings, "tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d",
            "-x", "180", "-y", "60", "profanity", "--log", "WARN"])
        if code != 0:
            raise Unmet(f"tmux did not start profanity: {output}")
        self.started = True
        await self.sees("Profanity")
        return self

    async def _write_settings(self):
        config = self.home / "config" / "profanity"
        data = self.home / "data" / "profanity"
        trusted = self.home / "trusted"
        for folder in (config, data, trusted):
            folder.mkdir(parents=True, exist_ok=True)
        # libstrophe looks authorities up in a folder by OpenSSL's subject hash.
        _, subject = await run_tool(["openssl", "x509", "-in", self.endpoint.ca, "-noout", "-hash"])
        shutil.copy(self.endpoint.ca, trusted / f"{subject.strip()}.0")
        (config / "profrc").write_text(
            "[ui]\nsplash=false\nvercheck=false\nwrap=true\nstatuses.console=all\nstatuses.chat=all\nroster=true\n"
            f"[connection]\ntls.certpath={trusted}\ncertpath={trusted}\nautoping=0\nreconnect=0\n"
            "[notifications]\nmessage=off\nroom=off\ninvite=false\nsub=false\n[presence]\nautoaway.mode=off\n"
            "[omemo]\npolicy=manual\n[logging]\nchlog=false\n[carbons]\n")
        (data / "accounts").write_text(
            f"[{self.jid}]\nenabled=true\njid={self.jid}\nserver={self.endpoint.host}\nport={self.endpoint.c2s}\n"
            f"password={self.password}\nresource=profanity\ntls.policy=force\n"
            f"muc.nick={self.jid.partition('@')[0]}\n"
            "presence.login=online\npresence.last=online\n"
            + "".join(f"priority.{show}=5\n" for show in ("online", "chat", "away", "xa", "dnd")))

    async def connect(self):
        """Logs in with the account's stored settings."""
        await self.start()
        await self.type(f"/connect {self.jid}")
        await self.sees(re.compile(rf"{re.escape(self.jid)}(/\S+)? logged in successfully"))
        return self

    async def type(self, line):
        """Types a line and presses Enter."""
        await self._tmux("send-keys", "-l", "--", line)
        await self._tmux("send-keys", "Enter")

    async def say(self, to, text):
        """Sends a message to an address (opens or switches to its window)."""
        await self.type(f"/msg {to} {text}")

    async def screen(self):
        """The text on the screen, lines joined where profanity wrapped them."""
        return await self._tmux("capture-pane", "-p")

    async def sees(self, wanted, within=PATIENCE):
        """Waits until the screen shows a text (spaces and line breaks alike) or matches a pattern; the screen."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            screen = await self.screen()
            flat = re.sub(r"\s+", " ", screen)
            found = wanted.search(flat) if isinstance(wanted, re.Pattern) else wanted.lower() in flat.lower()
            if found:
                return screen
            if loop.time() > deadline:
                raise Unmet(f"profanity of {self.jid} does not show {wanted!r} after {within:g} s:\n{screen.rstrip()}")
            await asyncio.sleep(0.1)

    async def stop(self):
        """Logs out, so that no session waits for this client to come back, and ends the terminal."""
        if self.started:
            self.started = False
            await self.type("/quit")
            loop = asyncio.get_running_loop()
            deadline = loop.time() + 5
            while loop.time() < deadline and (await run_tool(["tmux", "-S", self.socket, "has-session"]))[0] == 0:
                await asyncio.sleep(0.05)
            await self._tmux("kill-server")

    async def _tmux(self, *arguments):
        _, output = await run_tool(["tmux", "-S", self.socket, *arguments])
        return output
