#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Programs under test: started on ports of their own, watched, stopped for certain."""

import asyncio
import collections
import os
import re
import signal
import socket
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
#: A line of the log: time, level, label, details, text.
COMPLAINT = re.compile(r'^\S+ (warning|error|critical) \S+:(?: [\w-]+=(?:"(?:[^"\\]|\\.)*"|\S*))* (.*)$', re.MULTILINE)


class Broken(Exception):
    """The surroundings of a scenario could not be set up: a program did not start or did not stop."""


def free_ports(count):
    """So many ports of the loopback interface that nobody listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


async def accepts(port):
    """Whether something accepts connections on a loopback port."""
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True


async def eventually(condition, within, what, every=0.05):
    """Asks an asynchronous condition again and again until it holds; Broken after so many seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        value = await condition()
        if value:
            return value
        if loop.time() > deadline:
            raise Broken(f"waited {within:g} s for {what}")
        await asyncio.sleep(every)


class Program:
    """A child process in its own process group, its output in a file."""

    def __init__(self, name, arguments, log, *, environment=None, cwd=REPOSITORY):
        self.name = name
        self.arguments = [str(argument) for argument in arguments]
        self.log = Path(log)
        self.environment = {**os.environ, **(environment or {})}
        self.cwd = cwd
        self.process = None

    async def start(self):
        with open(self.log, "ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.arguments, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.cwd,
                env=self.environment, start_new_session=True)

    @property
    def running(self):
        return self.process is not None and self.process.returncode is None

    async def ready(self, condition, within=60):
        """Waits for the condition; a program that ends instead is Broken at once."""

        async def holds():
            if not self.running:
                raise Broken(f"{self.name} ended with {self.process.returncode} at its start:\n{self.tail()}")
            return await condition()

        try:
            await eventually(holds, within, f"{self.name} to be ready")
        except Broken as error:
            raise Broken(f"{error}\n{self.tail()}") from None

    def signal(self, number):
        if self.running:
            os.killpg(self.process.pid, number)

    async def exited(self, within=30):
        """The exit code, within so many seconds."""
        try:
            return await asyncio.wait_for(self.process.wait(), within)
        except asyncio.TimeoutError:
            raise Broken(f"{self.name} did not end within {within} s:\n{self.tail()}") from None

    async def terminate(self, within=30):
        """SIGTERM, as Ctrl-C or systemd would; the exit code."""
        self.signal(signal.SIGTERM)
        return await self.exited(within)

    async def kill(self):
        """SIGKILL: the crash test."""
        self.signal(signal.SIGKILL)
        return await self.exited()

    async def stop(self):
        """Ends it for certain, at the end of a scenario."""
        if not self.running:
            return
        try:
            await self.terminate(10)
        except Broken:
            await self.kill()

    def tail(self, lines=15):
        if not self.log.exists():
            return ""
        text = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"  {self.name}: {line[:400]}" for line in text[-lines:])

    def complaints(self):
        """What the log says at level warning or above, without times and details, and how often."""
        if not self.log.exists():
            return collections.Counter()
        found = COMPLAINT.findall(self.log.read_text(errors="replace"))
        return collections.Counter(f"{level}: {text}" for level, text in found)


async def run_tool(arguments, *, stdin=None, environment=None, cwd=REPOSITORY, within=60):
    """Runs a program to its end; (exit code, output and errors)."""
    process = await asyncio.create_subprocess_exec(
        *[str(argument) for argument in arguments], cwd=cwd, env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        output, _ = await asyncio.wait_for(process.communicate(stdin.encode() if stdin is not None else None), within)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        raise Broken(f"{arguments[0]} took longer than {within} s") from None
    return process.returncode, output.decode(errors="replace")
