//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct DepartmentTests {
    private func status(_ service: Service) -> DepartmentStatus? {
        service.state.published[Service.support]?.status
    }

    @Test func startsClosedAndOpensWithTheFirstAgent() {
        var service = Service()
        #expect(service.published.map(\.state) == [.closed, .closed])
        service.wait(.seconds(5))
        service.online(Service.bob)
        #expect(service.published.map(\.department) == [Service.support])
        #expect(status(service)?.state == .open)
        #expect(status(service)?.wait == .underOne)
    }

    @Test func closesWhenTheLastAgentGoesToLunch() {
        var service = Service(online: [Service.alice])
        service.wait(.seconds(10))
        service.online(Service.alice, state: "lunch", takes: false)
        #expect(status(service)?.state == .closed)
        #expect(status(service)?.wait == nil)
    }

    @Test func flappingReachesTheWorldAtMostOnceAnInterval() {
        var service = Service()
        service.wait(.seconds(60))
        var publications = 0
        for _ in 0..<20 {
            service.online(Service.bob)
            publications += service.published.count
            service.offline(Service.bob)
            publications += service.published.count
        }
        #expect(publications == 1)
        #expect(service.state.timers[.publish(Service.support)] == service.now + .seconds(5))
        service.wait(.seconds(5))
        #expect(status(service)?.state == .closed)
        #expect(service.state.timers[.publish(Service.support)] == nil)
    }

    @Test func changeThatIsTakenBackIsNeverPublished() {
        var service = Service(online: [Service.bob])
        service.wait(.seconds(6))
        service.offline(Service.bob)
        service.online(Service.bob)
        #expect(service.state.timers[.publish(Service.support)] != nil)
        service.offline(Service.bob)
        #expect(service.state.timers[.publish(Service.support)] == nil)
    }

    @Test func waitChangesMoreSlowlyThanState() {
        var service = Service(online: [Service.bob])
        service.wait(.seconds(60))
        for number in 0..<3 {
            service.say("hello", CustomerAddress("c\(number)@home.example"))
            service.apply(.acceptOffer(agent: Service.bob, conversation: nil))
        }
        service.wait(.seconds(30))
        #expect(status(service)?.wait == .upToThree)
        for number in 3..<12 {
            service.say("hello", CustomerAddress("c\(number)@home.example"))
        }
        #expect(status(service)?.wait == .upToThree)
        service.wait(.seconds(30))
        #expect(status(service)?.state == .busy)
        #expect(status(service)?.wait == .overTwenty || status(service)?.wait == .upToTwenty)
    }

    @Test func hoursCloseADepartmentWithPeopleInIt() {
        var configuration = Service.acme()
        let monday = Instant(milliseconds: 2_000_000_000)
        configuration.departments[0].hours = .closed(reopens: monday)
        var service = Service(configuration, online: [Service.alice])
        service.say("hello")
        #expect(service.offers.isEmpty)
        #expect(service.heard().first?.contains("is closed until Sat 1/24 at 03:33") == true)
        #expect(status(service)?.state == .closed)
        #expect(status(service)?.reopens == monday)
        service.apply(.configure(Service.acme()))
        #expect(service.offers.map(\.agent) == [Service.alice])
    }

    @Test func namesNobody() {
        var service = Service(online: [Service.alice])
        service.wait(.seconds(60))
        for status in service.state.published.values.map(\.status) {
            #expect(!"\(status)".contains("alice"))
        }
    }

    @Test func findsProblemsInConfigurations() {
        var configuration = Service.acme()
        #expect(configuration.problems.isEmpty)
        configuration.departments[1].contacts = [Service.supportContact]
        configuration.departments[0].capacity = 0
        configuration.departments[0].offerTimeout = .zero
        configuration.agentCapacity = 0
        configuration.agentCapacities[Service.alice] = -1
        configuration.departments.append(configuration.departments[0])
        #expect(configuration.problems.count >= 6)
    }
}
