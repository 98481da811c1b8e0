#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""Reading stanzas: small functions over ElementTree elements, shared by every client of the harness."""

import re
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

CLIENT = "jabber:client"
STREAM = "http://etherx.jabber.org/streams"
STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
ROSTER = "jabber:iq:roster"
ROSTERX = "http://jabber.org/protocol/rosterx"
DELAY = "urn:xmpp:delay"
SM = "urn:xmpp:sm:3"
DATA = "jabber:x:data"
MUC = "http://jabber.org/protocol/muc"
MUC_USER = "http://jabber.org/protocol/muc#user"
CONFERENCE = "jabber:x:conference"
WORKGROUP = "http://jabber.org/protocol/workgroup"
JIVE_WORKGROUP = "http://jivesoftware.com/protocol/workgroup"
PRESENCE_STATE = "urn:switchboard:presence:1"
BROADCAST = "urn:switchboard:broadcast:1"
BIZBUDDY = "urn:switchboard:bizbuddy:1"


class Unmet(AssertionError):
    """What a scenario waited for did not come, or something came that must not."""


def local_name(element):
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def namespace(element):
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def child(element, name, ns):
    """The first direct child of that name and namespace, or None."""
    return element.find(f"{{{ns}}}{name}")


def anywhere(element, name, ns):
    """The first descendant of that name and namespace, or None."""
    return next(element.iter(f"{{{ns}}}{name}"), None)


def text_of(element, name, ns=None):
    """The text of a direct child in the stanza's own namespace (`body`, `show`, `status`…), or ""."""
    found = child(element, name, ns or namespace(element))
    return (found.text or "") if found is not None else ""


def all_text(element):
    """Every piece of text and every attribute value below an element: for asking whether a fact is told at all."""
    parts = []
    for node in element.iter():
        parts.extend(value for value in (node.text, node.tail) if value)
        parts.extend(node.attrib.values())
    return " ".join(parts)


def bare(jid):
    return (jid or "").partition("/")[0]


def resource(jid):
    return (jid or "").partition("/")[2]


def error_condition(element):
    """The condition of an error stanza or a stream error, or "" when it holds none."""
    error = element if local_name(element) == "error" else child(element, "error", namespace(element))
    if error is None:
        return ""
    for part in error:
        if namespace(part) in (STANZA_ERRORS, STREAM_ERRORS) and local_name(part) != "text":
            return local_name(part)
    return ""


def serialised(element):
    return ET.tostring(element, encoding="unicode")


def contains(text, wanted):
    """Whether text holds `wanted`: a string (any case) or a compiled pattern."""
    if isinstance(wanted, re.Pattern):
        return wanted.search(text) is not None
    return wanted.lower() in text.lower()


def matcher(name, *, from_=None, to=None, type_=None, id_=None, body=None, has=None, lacks=None, tells=None):
    """A predicate over stanzas and its description.

    `from_` and `to` match the full address when they hold a resource, else the bare one. `body` is a part of the body
    or a pattern. `has` and `lacks` are (name, namespace) pairs of elements at any depth. `tells` lists texts that must
    all occur somewhere in the stanza. `type_` "" asks for a stanza without a type.
    """

    def address_fits(value, wanted):
        value = value or ""
        return value == wanted if "/" in wanted else bare(value) == wanted

    def fits(stanza):
        if local_name(stanza) != name:
            return False
        if from_ is not None and not address_fits(stanza.get("from"), from_):
            return False
        if to is not None and not address_fits(stanza.get("to"), to):
            return False
        if type_ is not None and (stanza.get("type") or "") != type_:
            return False
        if id_ is not None and stanza.get("id") != id_:
            return False
        if body is not None and not contains(text_of(stanza, "body"), body):
            return False
        if has is not None and anywhere(stanza, *has) is None:
            return False
        if lacks is not None and anywhere(stanza, *lacks) is not None:
            return False
        if tells is not None:
            told = all_text(stanza)
            if not all(contains(told, fact) for fact in tells):
                return False
        return True

    asked = {
        "from": from_, "to": to, "type": type_, "id": id_, "body": body, "with": has, "without": lacks, "telling": tells
    }
    described = ", ".join(f"{key} {value!r}" for key, value in asked.items() if value is not None)
    return fits, f"a {name} ({described})" if described else f"a {name}"


def attributes(**values):
    """XML attributes in front of which a space stands; None is left out and a trailing underscore dropped."""
    return "".join(f" {key.rstrip('_')}={quoteattr(str(value))}" for key, value in values.items() if value is not None)


def element_text(name, value):
    return "" if value is None else f"<{name}>{escape(value)}</{name}>"
