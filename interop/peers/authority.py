#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""A test authority: certificates of other servers, good ones and those that must be refused."""

import asyncio
import hashlib
import subprocess
from pathlib import Path

from process import Broken

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    """Makes NAME.crt and NAME.key in a folder with the `openssl` command."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.root = self._authority("root")
        self._authority("stranger")

    def _authority(self, name):
        self._openssl(
            "req", "-x509", *KEY, "-days", "30", "-subj", f"/CN=Test authority {name}", "-addext",
            "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
            "-keyout", self.key(name), "-out", self.certificate(name))
        return self.certificate(name)

    def certificate(self, name):
        return self.folder / f"{name}.crt"

    def key(self, name):
        return self.folder / f"{name}.key"

    def server(self, domain, *names, signer="root", days=30):
        """A certificate for `names`, by default the domain; `signer` None: it signs itself; `days` -1: it has ended."""
        alternatives = ",".join(f"DNS:{name}" for name in names or (domain,))
        request = self.folder / f"{domain}.csr"
        self._openssl(
            "req", "-new", *KEY, "-subj", "/CN=interop", "-addext", f"subjectAltName={alternatives}",
            "-keyout", self.key(domain), "-out", request)
        signature = ["-signkey", self.key(domain)]
        if signer is not None:
            signature = ["-CA", self.certificate(signer), "-CAkey", self.key(signer), "-CAcreateserial"]
        self._openssl(
            "x509", "-req", "-in", request, "-days", days, "-copy_extensions", "copyall", *signature,
            "-out", self.certificate(domain))
        self.key(domain).chmod(0o644)

    def person(self, address, name, signer="root"):
        """A certificate of a person, with the address in it; `signer` None: it signs itself. Its files."""
        signature = [] if signer is None else ["-CA", self.certificate(signer), "-CAkey", self.key(signer)]
        self._openssl(
            "req", "-x509", *KEY, "-days", "30", "-subj", f"/CN={name}", "-addext",
            f"subjectAltName=otherName:1.3.6.1.5.5.7.8.5;UTF8:{address}", "-addext", "basicConstraints=critical,CA:FALSE",
            *signature, "-keyout", self.key(name), "-out", self.certificate(name))
        return self.certificate(name), self.key(name)

    def public_key_digest(self, domain):
        """SHA-256 of the public key, as TLSA records 3 1 1 have it."""
        pem = self._openssl("x509", "-in", self.certificate(domain), "-noout", "-pubkey")
        return hashlib.sha256(self._openssl("pkey", "-pubin", "-outform", "der", stdin=pem)).hexdigest()

    def bundle(self, path, *others):
        """One file with our root and others, for servers that trust both."""
        text = "".join(Path(each).read_text() for each in (self.root, *others))
        Path(path).write_text(text)
        return Path(path)

    @staticmethod
    def _openssl(*arguments, stdin=None):
        result = subprocess.run(
            ["openssl", *(str(each) for each in arguments)], input=stdin, capture_output=True, timeout=60)
        if result.returncode != 0:
            raise Broken(f"openssl {arguments[0]}: {result.stderr.decode(errors='replace')}")
        return result.stdout


async def in_thread(function, *arguments):
    """Runs what takes a while without holding up the other programs."""
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)
