//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What one push service must be told for one device, and when (XEP-0357 §7). Pure: whoever holds it sends.
///
/// At most one notification is on its way at a time; what comes meanwhile is told in the next one, with the count of
/// all. A message is told at most once, and told again only if the service said that it had not taken the word.
struct PushNode: Sendable {
    /// What to do now.
    enum Step: Equatable, Sendable {
        case nothing
        case publish
        /// Call ``retry()`` after so many seconds.
        case wait(seconds: Int)
        /// The service has nothing to do with the device any more.
        case remove
    }

    /// What came of a notification.
    enum Answer: Equatable, Sendable {
        case taken
        /// It was not taken, and may be later.
        case refusedForNow
        case refusedForGood
        /// Nobody knows whether it was taken.
        case silence
    }

    private enum State {
        case idle
        /// A notification is waiting for its turn, or for its answer.
        case publishing
        /// After a failure.
        case waiting
    }

    /// The first pause after a failure, in seconds. It doubles with every failure in a row.
    static let firstPause = 10
    /// The longest pause, in seconds.
    static let longestPause = 3600
    /// Refusals in a row that could pass, after which the service has nothing to do with the device any more (XEP-0357 §7):
    /// about a day of them.
    static let refusals = 30
    /// Messages remembered, to tell each once.
    static let remembered = 64

    private var state = State.idle
    /// Something came that no notification has told yet.
    private var hasNews = false
    private var failures = 0
    /// Of these, those that the service, or its server, has said.
    private var refusals = 0
    private var told: [Int] = []
    /// Messages since the device was here last.
    private(set) var count: Int
    private(set) var lastSender: String?
    private(set) var lastBody: String?

    /// Of these, those that the service has been told of, as far as anybody knows.
    private(set) var toldCount: Int
    /// Of these, those in the notification that is on its way.
    private var sending = 0

    /// `count`: messages that had come before the server started; `told`: those of them that the service knows of. If that is
    /// not all, ``retry()`` is due after ``firstPause``.
    init(count: Int = 0, told: Int = 0) {
        self.count = count
        toldCount = min(told, count)
        guard toldCount < count else { return }
        hasNews = true
        state = .waiting
    }

    /// A pause has to pass before anything is told.
    var isWaiting: Bool { state == .waiting }

    /// A message has come that the device has not got; `key` names it, if it has a name.
    mutating func arrived(key: Int?, sender: String? = nil, body: String? = nil) -> Step {
        if let key {
            guard !told.contains(key) else { return .nothing }
            if told.count >= Self.remembered { told.removeFirst() }
            told.append(key)
        }
        count += 1
        lastSender = sender
        lastBody = body
        hasNews = true
        guard state == .idle else { return .nothing }
        return publish()
    }

    /// The device is here: it knows all there is to know.
    mutating func deviceIsHere() {
        count = 0
        toldCount = 0
        sending = 0
        hasNews = false
        lastSender = nil
        lastBody = nil
    }

    /// The client has asked anew: whatever was wrong is past.
    mutating func enabled() {
        failures = 0
        refusals = 0
        deviceIsHere()
    }

    /// The notification is going out: what comes from now on is in the next one. False if there is nothing to tell any more,
    /// as the device has come back meanwhile.
    mutating func begins() -> Bool {
        guard hasNews else {
            state = .idle
            return false
        }
        hasNews = false
        sending = count
        return true
    }

    mutating func finished(_ answer: Answer) -> Step {
        switch answer {
        case .taken:
            failures = 0
            refusals = 0
            state = .idle
            toldCount = max(toldCount, sending)
            return hasNews ? publish() : .nothing
        case .refusedForGood:
            state = .idle
            return .remove
        case .refusedForNow:
            refusals += 1
            guard refusals < Self.refusals else {
                state = .idle
                return .remove
            }
            // Unless the device has come back and there is nothing left to tell.
            hasNews = hasNews || count > 0
        case .silence:
            toldCount = max(toldCount, sending)
        }
        failures += 1
        state = .waiting
        return .wait(seconds: min(Self.longestPause, Self.firstPause << min(failures - 1, 16)))
    }

    /// The pause is over.
    mutating func retry() -> Step {
        guard state == .waiting else { return .nothing }
        state = .idle
        return hasNews ? publish() : .nothing
    }

    private mutating func publish() -> Step {
        state = .publishing
        return .publish
    }
}
