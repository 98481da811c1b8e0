#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A company's own web service says where customers go; when it is slow, wrong or down, they are served all the same."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from care import CONTACT, SERVICE, WORKGROUP_ADDRESS, accepted, answered, heard, joined, offered, said
from peers.switchboard import Switchboard, http_get
from stanza import Unmet
from world import case

ALICE, BOB = "alice@acme.example", "bob@acme.example"
TOM, UMA, VIC, WENDY, XENA = (f"{name}@home.example" for name in ("tom", "uma", "vic", "wendy", "xena"))
KEY = "a key that both sides know"


class Service:
    """The web service: answers as it is told to, and checks what it is asked."""

    def __init__(self):
        self.status, self.answer, self.delay = 204, "", 0
        self.questions, self.faults, self.deliveries = [], [], set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.check(self.headers, body)
                status, answer, delay = outer.status, outer.answer.encode(), outer.delay
                time.sleep(delay)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass  # nobody waits any more

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def check(self, headers, body):
        stamp, delivery = headers["X-Timestamp"], headers["X-Delivery"]
        signed = f"{stamp}.{delivery}.".encode() + body
        expected = "sha256=" + hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
        if headers["X-Signature"] != expected:
            self.faults.append("a wrong signature")
        if abs(time.time() - int(stamp)) > 60:
            self.faults.append(f"an old time stamp {stamp}")
        if delivery in self.deliveries:
            self.faults.append(f"a second delivery {delivery}")
        self.deliveries.add(delivery)
        self.questions.append(json.loads(body))

    def says(self, answer="", status=200, delay=0):
        self.status, self.delay = status, delay
        self.answer = json.dumps(answer) if isinstance(answer, dict) else answer


class Company(Switchboard):
    """The demo company with a web service that has a say."""

    def adapt(self, text):
        self.service = Service()
        key = self.folder / "route-key"
        key.write_text(KEY)
        hook = (f"bridge:\n  lookup_deadline_milliseconds: 3000\n  routing_hook:\n"
                f"    url: \"http://127.0.0.1:{self.service.port}/route\"\n    signing_key_file: {key}\n"
                f"    timeout_milliseconds: 1500\n")
        return text.replace("bridge:\n", hook, 1)


def server(folder, certificates):
    return Company(folder, certificates)


def missing():
    return Company.missing()


async def _served(agent, customer, words, workgroup=WORKGROUP_ADDRESS):
    customer.send_message(CONTACT, words)
    await offered(agent, words, workgroup=workgroup)
    room = await joined(agent, await accepted(agent, workgroup=workgroup))
    await heard(agent, room, words)
    said(agent, room, "/close solved")
    await answered(customer, tells=("closed",))


@case
async def has_a_say(world):
    """The service names bob, then sales: bob is asked although alice is first, then alice for sales."""
    service = world.server.service
    alice, bob, tom, uma, xena = await world.all_online(ALICE, BOB, TOM, UMA, XENA)
    service.says({"agent": BOB, "priority": 3})
    await _served(bob, tom, "My gizmo hums")
    service.says({"department": "sales"})
    await _served(alice, uma, "I want another gizmo", workgroup=f"sales@{SERVICE}")
    # Both have served by now, so the bridge has seen that they are there; the first customer may have been faster.
    service.says({"agent": BOB})
    await _served(bob, xena, "And a gadget")
    if service.faults:
        raise Unmet("; ".join(service.faults))
    question = service.questions[0]
    if question["buddy"] != CONTACT or question["addresses"] != [{"scheme": "xmpp", "value": TOM}]:
        raise Unmet(f"it was asked {question}")
    support = next(each for each in service.questions[2]["departments"] if each["id"] == "support")
    if not support["open"] or {agent["id"] for agent in support["agents"]} < {ALICE, BOB}:
        raise Unmet(f"it was told {support}")


@case
async def may_be_wrong_slow_or_down(world):
    """Nonsense, errors, silence, and nobody there: each customer is offered to somebody all the same."""
    service = world.server.service
    alice, vic, wendy, tom, uma = await world.all_online(ALICE, VIC, WENDY, TOM, UMA)
    service.says({"agent": "nobody@nowhere.example", "department": "none", "skills": ["klingon"]})
    await _served(alice, vic, "Nonsense is passed over")
    service.says("{not JSON")
    await _served(alice, wendy, "Errors are passed over")
    service.says({"department": "sales"}, delay=20)
    await _served(alice, tom, "Silence is passed over")
    service.server.shutdown()
    service.server.server_close()
    await _served(alice, uma, "Nobody there is passed over")
    _, text = await http_get(world.server.health, "/metrics")
    failures = [line for line in text.splitlines() if line.startswith("bizbuddy_routing_hook_failures_total ")]
    if not failures or int(failures[0].split()[1]) < 3:
        raise Unmet(f"the metrics say {failures}")
    for name in ("customers_arrived", "customers_answered", "customers_answered_in_time"):
        if f'bizbuddy_{name}_total{{department="support"}}' not in text:
            raise Unmet(f"the metrics lack {name}")
    if 'bizbuddy_handle_seconds_count{department="support"}' not in text:
        raise Unmet("the metrics lack how long conversations took")
