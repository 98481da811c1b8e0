//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Conclusions drawn after every command.
extension ServiceState {
    mutating func settle(_ effects: inout [Effect]) {
        let edited = inOrder(derived.edited)
        derived.edited = []
        withdrawFromUnavailable(edited, &effects)
        withdrawHandovers(edited, &effects)
        dispatch(&effects)
        sendOffers(&effects)
        countStaff()
        for department in configuration.departments {
            let isBusy = derived.ready[department.id]?.isEmpty == false
            statistics[department.id, default: DepartmentStatistics()].update(isBusy: isBusy, now: now)
        }
        publish(&effects)
        tellPlaces(&effects)
    }

    /// An agent who can no longer take what is offered is not kept waiting for. That happens to who has changed only.
    private mutating func withdrawFromUnavailable(_ edited: [AgentID], _ effects: inout [Effect]) {
        for agent in edited {
            guard let id = agents[agent]?.offer, let conversation = conversations[id], let offer = conversation.offer
            else { continue }
            let department = offer.helping ?? conversation.department
            if !isOnDuty(agent, for: department) || isOverfull(agent, department, conversation.routing.weight) {
                withdraw(offer, from: agent, of: conversation, reason: .agentNotAvailable, &effects)
            }
        }
    }

    /// Whether what is offered does not fit beside the rest.
    private func isOverfull(_ id: AgentID, _ department: DepartmentID, _ weight: Int) -> Bool {
        guard let agent = agents[id] else { return true }
        let own = configuration.capacity(of: id) * 100
        let share = capacity(of: id, in: department) * 100
        guard own > 0, share > 0 else { return true }
        guard agent.totalUnits > weight else { return false }
        return agent.totalUnits > own || agent.units[department, default: 0] > share
    }

    /// Lets offers out whose record is there, or whose time for it is over.
    private mutating func sendOffers(_ effects: inout [Effect]) {
        for (number, id) in derived.unsent.sorted(by: { $0.key < $1.key }) {
            guard let conversation = conversations[id], var offer = conversation.offer, offer.number == number else {
                derived.unsent[number] = nil
                continue
            }
            guard conversation.lookup != .pending else { continue }
            derived.unsent[number] = nil
            let department = offer.helping ?? conversation.department
            let until = now + (configuration[department: department]?.offerTimeout ?? .seconds(30))
            offer.until = until
            conversations[id]?.stage = .offered(offer)
            for agent in offer.agents {
                count(.offered, conversation, by: agent)
                if let described = describe(offer, id, to: agent) {
                    effects.append(.offer(described))
                }
            }
            set(.offerTimeout(id, number: offer.number), at: until, &effects)
        }
    }

    // MARK: What customers hear

    /// Tells those whose place has changed: of a whole line only when it is served now, or no longer.
    private mutating func tellPlaces(_ effects: inout [Effect]) {
        var touched: [DepartmentID: [ConversationID]] = [:]
        for id in derived.touched {
            guard let conversation = conversations[id], conversation.isWaiting else { continue }
            touched[conversation.department, default: []].append(id)
        }
        derived.touched = []
        for department in configuration.departments.map(\.id) {
            let isKnownClosed = published[department]?.status.state == .closed && quietUntil == nil
            let mood: Mood = isServed(department) ? .served : isKnownClosed ? .closed : .uncertain
            if derived.moods.updateValue(mood, forKey: department) != mood {
                for (index, id) in line(of: department).enumerated() {
                    tell(id, place: index + 1, mood, &effects)
                }
            } else {
                tellSome(of: department, touched[department] ?? [], mood, &effects)
            }
        }
        derived.changedLines = []
    }

    private mutating func tellSome(
        of department: DepartmentID, _ touched: [ConversationID], _ mood: Mood, _ effects: inout [Effect]
    ) {
        var places: [Int: ConversationID] = [:]
        for id in touched {
            if let place = place(of: id) { places[place] = id }
        }
        if mood == .served, derived.changedLines.contains(department), let line = derived.lines[department] {
            for milestone in Limits.milestones {
                guard let element = line[milestone - 1] else { break }
                places[milestone] = element.id
            }
        }
        for (place, id) in places.sorted(by: { $0.key < $1.key }) {
            tell(id, place: place, mood, &effects)
        }
    }

    private mutating func tell(
        _ id: ConversationID, place: Int, _ mood: Mood, _ effects: inout [Effect]
    ) {
        guard let conversation = conversations[id], conversation.routing.hold == .none,
            !conversation.routing.isMessage
        else { return }
        switch (conversation.stage, conversation.told) {
        case (.offered, .nothing), (.offered, .closed):
            conversations[id]?.told = .greeted
            notify(conversation, .greeting, &effects)
        case (.queued, let told) where mood != .served:
            // Who has just written is told at once; who stands in line only when it is certain.
            guard told != .closed, told == .nothing || mood == .closed else { return }
            conversations[id]?.told = .closed
            notify(conversation, .closed(place: place, reopens: reopens(conversation.department)), &effects)
        case (.queued, _) where isWorthTelling(place, conversation):
            conversations[id]?.told = .place(place)
            conversations[id]?.routing.toldAt = now
            let seconds = wait(in: conversation.department, place: place)
            notify(conversation, .place(place, seconds: seconds), &effects)
        default: return
        }
    }

    private func isWorthTelling(_ place: Int, _ conversation: Conversation) -> Bool {
        guard case .place(let before) = conversation.told else { return true }
        guard place != before else { return false }
        if place <= Limits.placesToldExactly { return true }
        guard Limits.milestones.contains(place), place < before else { return false }
        return conversation.routing.toldAt.map { now.milliseconds(since: $0) >= Limits.placeInterval } ?? true
    }

    // MARK: What everybody sees

    /// Seconds until the customer at a place is served; nil while nobody is on duty.
    package func wait(in department: DepartmentID, place: Int) -> Int? {
        (statistics[department] ?? DepartmentStatistics())
            .wait(
                place: place, staff: staff(of: department), now: now, assumed: configuration.assumedHandlingTime)
    }

    /// What a department would show now, if nothing held it back.
    package func currentStatus(of department: DepartmentConfiguration) -> DepartmentStatus {
        let previous = published[department.id]?.status.wait
        var state = DepartmentStatus.State.closed
        var bucket: WaitBucket?
        if isServed(department.id), let seconds = wait(in: department.id, place: lineLength(of: department.id) + 1) {
            let wait = WaitBucket(seconds: seconds, previous: previous)
            state = wait < configuration.busyFrom ? .open : .busy
            bucket = wait
        }
        return DepartmentStatus(
            department: department.id, name: department.name, contacts: department.contacts, state: state,
            wait: bucket, reopens: reopens(department.id))
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
