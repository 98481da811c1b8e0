#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A campaign: accounts and their devices, faults while they talk, quiet at the end, and the verdict."""

import asyncio
import collections
import dataclasses
import random
import time

from .auditor import Auditor
from .device import Device
from .ledger import NEVER_SEEN, Ledger
from .names import PASSWORD

#: Seconds that everything gets to come to rest after the last fault.
CALM = 120
#: Quarters of a second without any news that are taken for rest. A machine with much else to do lets a server pause; and
#: what goes behind waiting messages is given to a client that acknowledges nothing after five seconds.
QUIET = 24
#: What may befall the server, and how often.
BLOWS = {"kill": 3, "stop": 3, "disk": 2}


@dataclasses.dataclass
class Faults:
    """What goes wrong: connections, and the blows that the server takes."""

    connections: bool = True
    blows: tuple = tuple(BLOWS)

    @classmethod
    def named(cls, words):
        """From names: `cut` for connections, and those of `BLOWS`."""
        return cls("cut" in words, tuple(word for word in words if word in BLOWS))


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a device goes about it."""

    #: It has carbons and catches up from the archive; if not, it is the only one of its account and lives on what is
    #: kept for it while it is away.
    syncs: bool
    #: It asks the archive before its first presence, not after.
    query_first: bool
    #: It logs in with SASL2 and Bind 2 where they are offered.
    at_once: bool
    #: It asks for sessions that can be resumed.
    resumes: bool
    #: What its resource begins with; empty: the server chooses one. Who has no archive needs one: a new session under
    #: the same name ends the old one, and what waited there comes to it.
    resource: str
    #: Stanzas it lets wait for acknowledgement.
    window: int


class Account:
    def __init__(self, local, domain):
        self.local = local
        self.bare = f"{local}@{domain}"
        self.devices = []


class Field:
    """Where devices meet: the server they know, what is left to say, and the book that is kept about it."""

    longest_absence = 6.0

    def __init__(self, machine, options):
        self.machine = machine
        self.port, self.domain = machine.port, machine.domain
        self.rng = random.Random(options.seed)
        self.ledger = Ledger()
        self.faults = Faults.named(options.faults)
        self.archives = "archive" not in options.without
        self.carbons = "carbons" not in options.without
        self.mean_connection = options.mean_connection
        self.left = options.messages
        self.rate = options.rate
        self._allowance = 0.0
        self.kills = 0
        self.tally = collections.Counter()
        self.over = False
        self.hurry = asyncio.Event()
        self._tasks = set()
        self._number = 0
        self.accounts = [Account(f"person{number}", self.domain) for number in range(options.accounts)]
        self.devices = []
        for place, account in enumerate(self.accounts):
            alone = not self.archives or place % 4 == 3
            for _ in range(1 if alone else options.devices):
                account.devices.append(self._device(account, alone, options))
        self.names = ["server"] + [device.name for device in self.devices]

    def _device(self, account, alone, options):
        kind = Kind(
            syncs=not alone, query_first=self.rng.random() < 0.6,
            at_once=not alone and "sasl2" not in options.without and self.rng.random() < 0.5,
            resumes="resumption" not in options.without and self.rng.random() < 0.85,
            resource="phone" if alone or self.rng.random() < 0.7 else "", window=self.rng.choice((2, 10, 30)))
        device = Device(self, account, len(self.devices) + 1, kind, random.Random(self.rng.random()))
        self.devices.append(device)
        return device

    # For devices

    def number(self):
        self._number += 1
        return self._number

    def new_message(self, device):
        """The number of a new message to somebody else, or None when everything has been said."""
        if self.left <= 0 or (self.rate and self._allowance < 1):
            return None
        self.left -= 1
        self._allowance -= 1
        rng = device.rng
        account = device.account
        while account is device.account:
            account = rng.choice(self.accounts)
        there = rng.choice(account.devices)
        target = there.full if there.full and rng.random() < 0.15 else account.bare
        return self.ledger.new_message(device.index, self.accounts.index(account), target)

    def text(self, message):
        """The stanza of a message, the same whenever it is sent."""
        target = self.ledger.target[message]
        padding = "x" * (3000 if message % 97 == 0 else message % 61)
        return (
            f"<message to='{target}' type='{'normal' if message % 11 == 0 and '/' not in target else 'chat'}'"
            f" id='t{message}'><body>number {message} {padding}</body>"
            f"<origin-id xmlns='urn:xmpp:sid:0' id='t{message}'/></message>")

    def background(self, work):
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def rest(self):
        """Ends what still goes on in the background."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def grant(self, seconds):
        """So much time has passed: those who have something to say may."""
        if self.rate:
            self._allowance = min(self._allowance + seconds * self.rate, self.rate)
            for device in self.rng.sample(self.devices, len(self.devices)):
                device.pump()

    async def pause(self, seconds):
        """Waits so long, or until the end is near."""
        if self.hurry.is_set():
            await asyncio.sleep(0.05)
            return
        try:
            await asyncio.wait_for(self.hurry.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    # What is expected

    def audience(self, message):
        """The devices that must see a message: the recipient's, and the sender's other ones."""
        sender = self.devices[self.ledger.sender[message] - 1]
        yield from self.accounts[self.ledger.recipient[message]].devices
        if sender.kind.syncs and self.carbons:
            yield from (device for device in sender.account.devices if device is not sender)

    def sees_one(self, message):
        """Whether one device of the recipient is enough: without carbons a message for one goes to it alone, if it is there."""
        return not self.carbons and "/" in self.ledger.target[message]


class Campaign:
    def __init__(self, machine, options, say):
        self.machine = machine
        self.options = options
        self.say = say
        self.strangers = set()

    async def run(self):
        """The ledger with its verdict."""
        options = self.options
        field = self.field = Field(self.machine, options)
        await self.machine.prepare([account.local for account in field.accounts], PASSWORD)
        await self.machine.start()
        # What an earlier scenario left behind in this process is none of ours, whenever it is collected.
        self.strangers = {task.get_name() for task in asyncio.all_tasks()}
        asyncio.get_running_loop().set_exception_handler(self._broken)
        lives = [asyncio.create_task(device.live_on()) for device in field.devices]
        watch = asyncio.create_task(self._report())
        try:
            await self._suffer()
            await self._calm()
            if field.archives:
                await self._judge_archives()
            self._judge_devices()
        finally:
            field.over = True
            watch.cancel()
            asyncio.get_running_loop().set_exception_handler(None)
            for device in field.devices:
                device.drop()
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, watch, return_exceptions=True)
            await field.rest()
            for life in lives:
                if not life.cancelled() and life.exception():
                    raise life.exception()
        return field.ledger

    def _broken(self, loop, context):
        """A mistake of our own must not look like one of the server."""
        if isinstance(context.get("exception"), (OSError, asyncio.CancelledError)):
            return
        task = context.get("task")
        if task is not None and task.get_name() in self.strangers:
            return
        loop.default_exception_handler(context)
        self.field.left = 0
        self.field.ledger.violate("broken", 0, 0, context["message"])

    async def _report(self):
        while True:
            await asyncio.sleep(5)
            field = self.field
            live = sum(device.live for device in field.devices)
            self.say(f"{field.ledger.sent} sent, {live} of {len(field.devices)} devices live, {field.kills} kills;"
                     f" {field.ledger.details()}")

    # Faults

    async def _suffer(self):
        """Blow after blow until everything has been said."""
        field = self.field
        blows = [blow for blow in field.faults.blows if blow != "disk" or self.machine.can_fill]
        if "disk" in field.faults.blows and not self.machine.can_fill:
            self.say("no small file system can be mounted: writes will not fail")
        began = now = time.monotonic()
        next_blow = now + self.options.mean_blow / 2
        blow = None
        while field.left > 0:
            await asyncio.sleep(0.05)
            before, now = now, time.monotonic()
            field.grant(now - before)
            if self.options.seconds and now > began + self.options.seconds:
                field.left = 0
            if blow is not None and blow.done():
                blow.result()
                blow = None
                next_blow = now + field.rng.uniform(0.3, 1.7) * self.options.mean_blow
            if blows and blow is None and now > next_blow:
                chosen = field.rng.choices(blows, [BLOWS[blow] for blow in blows])[0]
                blow = asyncio.create_task(getattr(self, f"_{chosen}")())
        if blow is not None:
            await blow

    async def _kill(self):
        await self.machine.kill()
        self.field.kills += 1
        self.field.ledger.event("killed")
        await self._start_again()

    async def _stop(self):
        code = await self.machine.stop()
        if code != 0:
            self.field.ledger.violate("unclean stop", 0, 0, f"exit code {code}")
        self.field.ledger.event("stopped")
        await self._start_again()

    async def _start_again(self):
        await asyncio.sleep(self.field.rng.uniform(0, 0.5))
        await self.machine.start()
        self.field.ledger.event("started")
        self.field.tally["starts"] += 1

    async def _disk(self):
        if not await self.machine.fill():
            return
        self.field.ledger.event("disk full")
        self.field.tally["full disks"] += 1
        await asyncio.sleep(self.field.rng.uniform(0.5, 2.5))
        await self.machine.free()
        self.field.ledger.event("disk has space")

    # The end

    async def _calm(self):
        """No more faults: everybody comes back, sends what is left, and has received everything."""
        field = self.field
        field.faults.connections = False
        field.hurry.set()
        deadline = time.monotonic() + CALM
        quiet = 0
        before = None
        while quiet < QUIET and time.monotonic() < deadline:
            await asyncio.sleep(0.25)
            state = (sum(len(device.memory.seen) for device in field.devices), sum(field.ledger.acknowledged))
            rest = all(device.settled for device in field.devices) and state == before
            quiet = quiet + 1 if rest else 0
            before = state
        if not quiet:
            for device in field.devices:
                if not device.settled:
                    field.ledger.violate("unsettled", 0, device.index, device.state())

    def _judge_devices(self):
        field = self.field
        ledger = field.ledger
        for message in range(1, ledger.sent + 1):
            if not ledger.acknowledged[message]:
                continue
            audience = list(field.audience(message))
            if field.sees_one(message) and any(message in device.memory.seen for device in audience):
                continue
            for device in audience:
                if message not in device.memory.seen:
                    place = "in" if message in ledger.archives.get(device.index, ()) else "not in"
                    ledger.violate("lost", message, device.index, f"{NEVER_SEEN}, {place} the archive")

    async def _judge_archives(self):
        for place, account in enumerate(self.field.accounts):
            entries = await Auditor(self.field.port, self.field.domain, account.local).entries()
            self._judge_archive(place, account, entries)

    def _judge_archive(self, place, account, entries):
        """Each acknowledged message of the account once, in the order of its sender, by the id that devices saw."""
        field = self.field
        ledger = field.ledger
        own = account.devices[0].index
        indices = {device.index for device in account.devices}
        kept, last, previous = {}, {}, ""
        for id_, message in entries:
            if not message:
                continue
            if self.machine.sorted_ids and id_ <= previous:
                ledger.violate("unsorted", message, own, f"{id_} after {previous}")
            previous = id_
            if message in kept:
                ledger.violate("doubled", message, own, f"in the archive as {kept[message]} and {id_}")
                continue
            kept[message] = id_
            sender = ledger.sender[message]
            if message not in ledger.refused:
                if message < last.get(sender, 0):
                    ledger.violate("misordered", message, own, f"in the archive after t{last[sender]} of its sender")
                last[sender] = message
        for message in range(1, ledger.sent + 1):
            concerned = ledger.recipient[message] == place or ledger.sender[message] in indices
            if concerned and ledger.acknowledged[message] and message not in kept:
                ledger.violate("lost", message, own, "acknowledged and not in the archive")
        for device in account.devices:
            ledger.archives[device.index] = kept
            for message, (id_, _) in device.memory.seen.items():
                if kept.get(message) != id_:
                    ledger.violate("unmarked", message, device.index, f"seen as {id_}, archived as {kept.get(message)}")
