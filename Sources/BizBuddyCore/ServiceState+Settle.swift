//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Conclusions drawn after every command.
extension ServiceState {
    mutating func settle(_ effects: inout [Effect]) {
        withdrawFromUnavailable(&effects)
        dispatch(&effects)
        sendOffers(&effects)
        for department in configuration.departments {
            let isBusy = line(of: department.id).contains { conversations[$0]?.stage == .queued }
            statistics[department.id, default: DepartmentStatistics()].update(isBusy: isBusy, now: now)
        }
        publish(&effects)
        for department in configuration.departments {
            tellPlaces(in: department.id, &effects)
        }
    }

    /// An agent who can no longer take what is offered is not kept waiting for.
    private mutating func withdrawFromUnavailable(_ effects: inout [Effect]) {
        for agent in agentOrder {
            guard let id = agents[agent]?.offer, let conversation = conversations[id], let offer = conversation.offer
            else { continue }
            let department = conversation.department
            let isFull =
                load(of: agent, in: department) > capacity(of: agent, in: department)
                || (agents[agent]?.load ?? 0) > configuration.capacity(of: agent)
            if isFull || !isOnDuty(agent, for: department) {
                withdraw(offer, of: conversation, reason: .agentNotAvailable, &effects)
            }
        }
    }

    /// Lets offers out whose record is there, or whose time for it is over.
    private mutating func sendOffers(_ effects: inout [Effect]) {
        for agent in agentOrder {
            guard let id = agents[agent]?.offer, let conversation = conversations[id],
                var offer = conversation.offer, offer.until == nil, conversation.lookup != .pending
            else { continue }
            let timeout = configuration[department: conversation.department]?.offerTimeout ?? .seconds(30)
            let until = now + timeout
            offer.until = until
            conversations[id]?.stage = .offered(offer)
            if let described = describe(offer, id) {
                effects.append(.offer(described))
            }
            set(.offerTimeout(id, number: offer.number), at: until, &effects)
        }
    }

    // MARK: What customers hear

    private mutating func tellPlaces(in department: DepartmentID, _ effects: inout [Effect]) {
        let line = line(of: department)
        guard !line.isEmpty else { return }
        let isServed = isServed(department)
        let isKnownClosed = published[department]?.status.state == .closed && quietUntil == nil
        for (index, id) in line.enumerated() {
            guard let conversation = conversations[id] else { continue }
            let place = index + 1
            switch (conversation.stage, conversation.told) {
            case (.offered, .nothing), (.offered, .closed):
                conversations[id]?.told = .greeted
                notify(conversation, .greeting, &effects)
            case (.queued, let told) where !isServed:
                // Who has just written is told at once; who stands in line only when it is certain.
                guard told != .closed, told == .nothing || isKnownClosed else { continue }
                conversations[id]?.told = .closed
                notify(conversation, .closed(place: place), &effects)
            case (.queued, let told) where isWorthTelling(place, after: told):
                conversations[id]?.told = .place(place)
                let seconds = wait(in: department, place: place)
                notify(conversation, .place(place, seconds: seconds), &effects)
            default: continue
            }
        }
    }

    private func isWorthTelling(_ place: Int, after told: Conversation.Told) -> Bool {
        guard case .place(let before) = told else { return true }
        guard place != before else { return false }
        return min(place, before) <= Limits.placesToldExactly || abs(place - before) >= Limits.placeStep
    }

    // MARK: What everybody sees

    /// Within hours, and somebody is on duty.
    package func isServed(_ department: DepartmentID) -> Bool {
        guard let settings = configuration[department: department], settings.hours == .always else { return false }
        return settings.agents.contains { isOnDuty($0, for: department) }
    }

    /// Right after a restart, within hours: agents are only coming back, so nobody can say yet that it is closed.
    func isUncertain(_ department: DepartmentID) -> Bool {
        quietUntil != nil && configuration[department: department]?.hours == .always
    }

    /// Seconds until the customer at a place is served; nil while nobody is on duty.
    package func wait(in department: DepartmentID, place: Int) -> Int? {
        guard let settings = configuration[department: department] else { return nil }
        var staff = DepartmentStatistics.Staff()
        for agent in settings.agents where isOnDuty(agent, for: department) {
            let capacity = capacity(of: agent, in: department)
            staff.capacities.append(capacity)
            // Slots that are being offered are still free for the line as a whole.
            let held = agents[agent]?.conversations ?? []
            let heldHere = held.reduce(0) { $0 + (conversations[$1]?.department == department ? 1 : 0) }
            staff.freeSlots += max(0, min(capacity - heldHere, configuration.capacity(of: agent) - held.count))
        }
        return (statistics[department] ?? DepartmentStatistics())
            .wait(place: place, staff: staff, now: now, assumed: configuration.assumedHandlingTime)
    }

    /// What a department would show now, if nothing held it back.
    package func currentStatus(of department: DepartmentConfiguration) -> DepartmentStatus {
        let previous = published[department.id]?.status.wait
        var state = DepartmentStatus.State.closed
        var bucket: WaitBucket?
        if isServed(department.id), let seconds = wait(in: department.id, place: line(of: department.id).count + 1) {
            let wait = WaitBucket(seconds: seconds, previous: previous)
            state = wait < configuration.busyFrom ? .open : .busy
            bucket = wait
        }
        var reopens: Instant?
        if case .closed(let moment) = department.hours {
            reopens = moment
        }
        return DepartmentStatus(
            department: department.id, name: department.name, contacts: department.contacts, state: state,
            wait: bucket, reopens: reopens, text: configuration.texts.status(state, wait: bucket))
    }

    /// Publishes what changed, but not faster than the intervals: a client that reconnects every second must not
    /// reach every customer's buddy list every second.
    private mutating func publish(_ effects: inout [Effect]) {
        for department in configuration.departments {
            let token = TimerToken.publish(department.id)
            let status = currentStatus(of: department)
            if let previous = published[department.id] {
                guard status != previous.status else {
                    cancel(token, &effects)
                    continue
                }
                let isStateChange = status.state != previous.status.state
                let interval = isStateChange ? configuration.stateInterval : configuration.waitInterval
                let isRenamed = status.name != previous.status.name || status.contacts != previous.status.contacts
                let due = previous.at + interval
                guard isRenamed || due <= now else {
                    set(token, at: due, &effects)
                    continue
                }
            }
            cancel(token, &effects)
            // The first word after a start holds no change back: agents are only just being seen.
            let isFirst = published[department.id] == nil
            published[department.id] = Publication(status: status, at: isFirst ? Instant(milliseconds: 0) : now)
            effects.append(.publishDepartment(status))
        }
    }
}
