#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Smack, the library that Spark is made of: an agent or a customer that uses its own workgroup classes."""

import asyncio
import os
import shutil
from pathlib import Path

from process import HOST, run_tool
from stanza import Unmet

SOURCE = Path(__file__).parent / "java" / "SmackAgent.java"
PATIENCE = 20.0


class Smack:
    """One program of peers/java, told what to do in lines; `lines` are what it has said, each a list of words."""

    def __init__(self, jid, password, endpoint, workgroup, folder):
        self.jid = jid
        self.arguments = [jid, password, HOST, str(endpoint.c2s), str(endpoint.ca), workgroup]
        self.classes = Path(folder) / "smack"
        self.log = Path(folder) / f"smack-{jid.partition('@')[0]}.log"
        self.lines = []
        self._news = asyncio.Event()
        self._process = self._reader = None

    @staticmethod
    def missing():
        """What is not installed."""
        programs = [name for name in ("java", "javac") if shutil.which(name) is None]
        return programs + ([] if os.environ.get("SMACK_CLASSPATH") else ["Smack ($SMACK_CLASSPATH)"])

    async def start(self):
        libraries = os.environ["SMACK_CLASSPATH"]
        if not self.classes.exists():
            self.classes.mkdir()
            code, output = await run_tool(
                ["javac", "-nowarn", "-encoding", "UTF-8", "-cp", libraries, "-d", self.classes, SOURCE], within=120)
            if code != 0:
                raise Unmet(f"the agent does not compile:\n{output}")
        with open(self.log, "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                "java", "-cp", f"{self.classes}:{libraries}", "SmackAgent", *self.arguments,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log)
        self._reader = asyncio.ensure_future(self._read())
        await self.says("connected", within=60)
        return self

    async def _read(self):
        while line := await self._process.stdout.readline():
            self.lines.append(line.decode().rstrip("\n").split("\t"))
            self._news.set()
        self.lines.append(["ended"])
        self._news.set()

    def does(self, *words):
        """Tells it what to do."""
        self._process.stdin.write(("\t".join(str(word) for word in words) + "\n").encode())

    async def says(self, first, *words, within=PATIENCE):
        """Waits for a line that begins so and holds all these words, which counts once; the line."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            for index, line in enumerate(self.lines):
                if line[0] == first and all(any(word in part for part in line) for word in words):
                    del self.lines[index]
                    return line
                if line[0] in ("failed", "ended"):
                    raise Unmet(f"Smack of {self.jid}: {line}\n{self.tail()}")
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0, deadline - asyncio.get_running_loop().time()))
            except asyncio.TimeoutError:
                raise Unmet(
                    f"Smack of {self.jid} does not say {first!r} with {words}, but {self.lines}\n{self.tail()}") from None

    async def answers(self, *words, end):
        """Does something and waits for its last line; the lines before it."""
        self.does(*words)
        count = 0
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            for index, line in enumerate(self.lines[count:], count):
                if line[0] in ("failed", "ended"):
                    raise Unmet(f"Smack of {self.jid}: {line}")
                if line[0] == end:
                    before = self.lines[:index]
                    del self.lines[:index + 1]
                    return before
            count = len(self.lines)
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0, deadline - asyncio.get_running_loop().time()))
            except asyncio.TimeoutError:
                raise Unmet(f"Smack of {self.jid} does not say {end!r}, but {self.lines}\n{self.tail()}") from None

    def tail(self):
        text = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"  smack: {line[:300]}" for line in text[-12:])

    async def stop(self):
        if self._process is None or self._process.returncode is not None:
            return
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except asyncio.TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader
