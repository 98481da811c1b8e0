//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension XMLTree {
    /// About the bytes a tree takes: its text, and its nodes, which may have none.
    package var memorySize: Int { byteCount + nodeCount * MemoryLayout<XMLPackedNode>.stride }
}
