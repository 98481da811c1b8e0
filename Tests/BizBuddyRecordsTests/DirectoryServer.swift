//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit

@testable import BizBuddyRecords

/// A real LDAP server (OpenLDAP's) with three people in it, on a port of this machine.
final class DirectoryServer {
    static let base = "ou=people,dc=acme,dc=example"
    static let reader = "cn=reader,dc=acme,dc=example"
    static let password = "only-for-tests"

    let folder: String
    var port: Int { place.number }
    var authorities: String { folder + "/ca.crt" }
    /// Ours until the server has it, and after that nobody else's.
    private let place: ClosedPort
    private let process: ChildProcess

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/slapd-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder + "/db", withIntermediateDirectories: true)
        place = try ClosedPort(isShared: true)
        try Self.makeCertificates(folder)
        try Self.configuration(folder).write(toFile: folder + "/slapd.conf", atomically: true, encoding: .utf8)
        try Self.people.write(toFile: folder + "/people.ldif", atomically: true, encoding: .utf8)
        try ChildProcess.run("/usr/sbin/slapadd", ["-f", folder + "/slapd.conf", "-l", folder + "/people.ldif"])
        process = try ChildProcess.start(
            "/usr/sbin/slapd",
            // It says that it starts before it listens, and this once it does.
            ["-d", "conns", "-f", folder + "/slapd.conf", "-h", "ldap://127.0.0.1:\(place.number)"],
            saying: "listener=0x")
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func makeCertificates(_ folder: String) throws {
        func openssl(_ arguments: String...) throws { try ChildProcess.run("openssl", arguments) }
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=Test CA", "-keyout", folder + "/ca.key", "-out", folder + "/ca.crt")
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-CA", folder + "/ca.crt",
            "-CAkey",
            folder + "/ca.key", "-keyout", folder + "/server.key", "-out", folder + "/server.crt")
    }

    private static func configuration(_ folder: String) -> String {
        """
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include /etc/ldap/schema/inetorgperson.schema
        attributetype ( 1.3.6.1.4.1.99999.1 NAME 'jabberID' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
        objectclass ( 1.3.6.1.4.1.99999.2 NAME 'jabberUser' SUP top AUXILIARY MAY jabberID )
        modulepath /usr/lib/ldap
        moduleload back_mdb
        pidfile \(folder)/slapd.pid
        TLSCACertificateFile \(folder)/ca.crt
        TLSCertificateFile \(folder)/server.crt
        TLSCertificateKeyFile \(folder)/server.key
        database mdb
        suffix dc=acme,dc=example
        rootdn \(reader)
        rootpw \(password)
        directory \(folder)/db
        access to * by dn.exact="\(reader)" read by anonymous auth
        """
    }

    private static let people = """
        dn: dc=acme,dc=example
        objectClass: dcObject
        objectClass: organization
        o: Acme
        dc: acme

        dn: ou=people,dc=acme,dc=example
        objectClass: organizationalUnit
        ou: people

        dn: ou=elsewhere,ou=people,dc=acme,dc=example
        objectClass: referral
        objectClass: extensibleObject
        ou: elsewhere
        ref: ldap://127.0.0.1:1/ou=people,dc=acme,dc=example

        dn: uid=4711,ou=people,dc=acme,dc=example
        objectClass: inetOrgPerson
        objectClass: jabberUser
        uid: 4711
        cn: Tom Customer
        sn: Customer
        title:: R8O8dGVyIExlaXRlcg==
        mail: tom@mail.example
        mail: tom@work.example
        jabberID: tom@home.example
        jpegPhoto:: /9j/4AAQ

        dn: uid=4822,ou=people,dc=acme,dc=example
        objectClass: inetOrgPerson
        objectClass: jabberUser
        uid: 4822
        cn: Uma (and Co) *
        sn: Uma
        jabberID: family@home.example

        dn: uid=4823,ou=people,dc=acme,dc=example
        objectClass: inetOrgPerson
        objectClass: jabberUser
        uid: 4823
        cn: Una
        sn: Una
        jabberID: family@home.example

        """
}
