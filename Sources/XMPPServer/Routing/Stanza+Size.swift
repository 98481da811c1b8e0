//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension Stanza {
    /// The longest that one byte of text may become: `&quot;`.
    private static let longestEscape = 6
    /// What a namespace of the longest kind takes, which each element may have to say anew.
    private static let longestNamespace = 1024

    /// Whether it may be longer than so many bytes when it is written out. A short prefix may have stood for a long
    /// namespace, and a character in CDATA for its escape: few stanzas have so much of it that they have to be written to
    /// know.
    package func mayExceed(bytes: Int) -> Bool {
        let tree = content.tree
        return tree.memorySize * Self.longestEscape + tree.nodeCount * Self.longestNamespace > bytes
    }
}
