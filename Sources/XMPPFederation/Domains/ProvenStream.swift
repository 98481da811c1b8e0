//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// A stream that another server has made and proven, as whoever counts streams sees it.
final class ProvenStream: Sendable {
    let id: UInt64
    private let lastHeard: Atomic<UInt64>
    /// Ends it; from any thread.
    let end: @Sendable () -> Void

    init(id: UInt64, now: NIODeadline, end: @escaping @Sendable () -> Void) {
        self.id = id
        lastHeard = Atomic(now.uptimeNanoseconds)
        self.end = end
    }

    /// Something has come by it.
    func heard(_ now: NIODeadline) { lastHeard.store(now.uptimeNanoseconds, ordering: .relaxed) }

    var heardAt: NIODeadline { .uptimeNanoseconds(lastHeard.load(ordering: .relaxed)) }
}

/// The streams that others have proven, by pair of domains.
final class ProvenStreams: Sendable {
    private let streams = Mutex<[DomainPair: [ProvenStream]]>([:])

    /// Counts a stream.
    ///
    /// - Returns: the one to end for it if there are too many: that which has been silent the longest. Its peer may have
    ///   gone without a word, and must not be kept from coming back.
    func admit(_ stream: ProvenStream, for pair: DomainPair, limit: Int) -> ProvenStream? {
        streams.withLock { streams in
            var list = streams[pair] ?? []
            var quietest: ProvenStream?
            if list.count >= limit {
                quietest = list.min { $0.heardAt < $1.heardAt }
                list.removeAll { $0 === quietest }
            }
            list.append(stream)
            streams[pair] = list
            return quietest
        }
    }

    func release(_ stream: ProvenStream, for pair: DomainPair) {
        streams.withLock { streams in
            streams[pair]?.removeAll { $0 === stream }
            if streams[pair]?.isEmpty ?? false { streams[pair] = nil }
        }
    }

    /// How many there are by domain of others; one that is proven for several of ours is one.
    var byDomain: [(domain: String, streams: Int)] {
        streams.withLock { streams in
            Dictionary(grouping: streams, by: \.key.remote).map { domain, entries in
                (domain: domain, streams: Set(entries.flatMap { $0.value.map(\.id) }).count)
            }
        }
    }

    /// All of them, each once.
    var count: Int { streams.withLock { Set($0.values.joined().map(\.id)).count } }

    func count(for pair: DomainPair) -> Int { streams.withLock { $0[pair]?.count ?? 0 } }
}
