import CairnConsensus
import CairnLedger
import CairnPeers
import TestSupport
import Testing

/// An address book that expectations can change.
private final class Book {
    private var book: AddressBook
    private var random = SplitMix64(seed: 1)

    init(_ change: (inout PeerLimits) -> Void = { _ in }) {
        var limits = PeerLimits()
        change(&limits)
        self.book = AddressBook(own: Samples.key(100).publicKey, limits: limits, times: PeerTimes())
    }

    var places: [DialTarget: AddressBook.Place] { self.book.places }
    var records: [PublicKey: AddressRecord] { self.book.records }

    @discardableResult
    func add(_ address: PeerAddress, at seconds: Double = 0) -> Bool {
        self.book.add(address, now: Samples.moment(seconds))
    }

    func setMembers(_ seeds: [UInt8], linked: [UInt8] = []) {
        self.book.setMembers(
            Set(seeds.map { Samples.key($0).publicKey }), linked: Set(linked.map { Samples.key($0).publicKey }))
    }

    /// Of seeds 1 and 2, those whose records are worth keeping.
    var present: [UInt8] {
        let nodes = Set(self.book.presentRecords.map(\.node))
        return [1, 2].filter { nodes.contains(Samples.key($0).publicKey) }
    }

    func isKnown(_ host: String) -> Bool { self.book.isKnown(SourceNetwork(host)) }

    func configure(_ address: PeerAddress) { self.book.configure(address, now: Samples.moment(0)) }
    func remove(_ address: PeerAddress) -> Bool { self.book.remove(address) }
    func forget(at seconds: Double) -> Bool { self.book.forgetUnmet(now: Samples.moment(seconds).instant) }

    func learn(_ record: AddressRecord, isKept: Bool = false) -> Bool {
        self.book.learn(record, isKept: isKept, now: Samples.moment(0))
    }

    func observe(_ node: PublicKey, at host: String) { self.book.observe(node, at: host, now: Samples.moment(0)) }

    func takeDue(_ situation: AddressBook.Situation) -> [DialTarget] { self.book.takeDue(situation) }

    func met(_ seed: UInt8, at target: DialTarget, _ seconds: Double) {
        self.book.met(
            Samples.key(seed).publicKey, at: target, now: Samples.moment(seconds), using: &self.random)
    }

    func fail(_ target: DialTarget, met: UInt8? = nil, isFailure: Bool = true, at seconds: Double) {
        self.book.failed(
            at: target, met: met.map { Samples.key($0).publicKey }, problem: "nobody", isFailure: isFailure,
            now: Samples.moment(seconds), using: &self.random)
    }

    func lose(_ seed: UInt8, at seconds: Double) {
        self.book.lost(
            Samples.key(seed).publicKey, problem: "gone", isFailure: false, now: Samples.moment(seconds),
            using: &self.random)
    }
}

struct AddressBookTests {
    private static let place = PeerAddress(host: "a.example.org", port: 1)

    private func situation(
        _ seconds: Double, linked: [UInt8] = [], members: [UInt8] = [], banned: [UInt8] = []
    ) -> AddressBook.Situation {
        let banned = Set(banned.map { Samples.key($0).publicKey })
        return AddressBook.Situation(
            now: Samples.moment(seconds).instant, linked: Set(linked.map { Samples.key($0).publicKey }),
            members: Set(members.map { Samples.key($0).publicKey }), banned: { banned.contains($0) })
    }

    // MARK: C3: addresses that anybody may name

    @Test("C3: addresses that persons name are few, are dialed a few at a time, and are forgotten when nobody is met")
    func namedAddressesAreBounded() throws {
        let book = Book {
            $0.namedAddresses = 5
            $0.dialsAtOnce = 2
        }
        let named = (1...6).map { PeerAddress(host: "192.0.2.\($0)", port: 1) }
        #expect(named.map { book.add($0) } == [true, true, true, true, true, false])
        // The same again takes no place.
        #expect(book.add(named[0]))
        let first = book.takeDue(self.situation(0))
        #expect(first.count == 2)
        #expect(book.takeDue(self.situation(0)).isEmpty)
        book.fail(first[0], at: 1)
        #expect(book.takeDue(self.situation(1)).count == 1)
        // When an attempt failed isn't told: only since when it is looked for.
        #expect(book.places[first[0]]?.since == Samples.moment(0).timestamp)
        #expect(book.remove(named[4]))
        #expect(!book.remove(named[4]))
        #expect(book.add(named[5]))
        for target in book.places.keys { book.fail(target, at: 2) }
        book.met(1, at: DialTarget(address: named[1], node: nil), 3)
        book.configure(PeerAddress(host: "192.0.2.9", port: 1))
        #expect(!book.forget(at: 899))
        #expect(book.forget(at: 901))
        #expect(Set(book.places.keys.map(\.address.host)) == ["192.0.2.2", "192.0.2.9"])
    }

    @Test("C3: where a node met itself it looks no more, and this takes nobody's place for ever")
    func ownAddressesGiveWay() {
        let book = Book { $0.namedAddresses = 2 }
        let named = (1...4).map { PeerAddress(host: "192.0.2.\($0)", port: 1) }
        for (number, address) in named.prefix(2).enumerated() { #expect(book.add(address, at: Double(number))) }
        #expect(!book.add(named[2], at: 2))
        for address in named.prefix(2) { book.fail(DialTarget(address: address, node: nil), met: 100, at: 2) }
        // The one that was named first goes first.
        #expect(book.add(named[2], at: 3))
        #expect(Set(book.places.keys.map(\.address)) == [named[1], named[2]])
        #expect(book.add(named[3], at: 4))
        #expect(Set(book.places.keys.map(\.address)) == [named[2], named[3]])
        #expect(!book.add(named[0], at: 5))
        // In time, also without anybody who needs the place. What the node was started with stays.
        let own = PeerAddress(host: "192.0.2.9", port: 1)
        book.configure(own)
        for target in book.places.keys { book.fail(target, met: 100, at: 6) }
        #expect(book.forget(at: 905))
        #expect(book.places.keys.map(\.address) == [own])
        #expect(book.takeDue(self.situation(10_000)).isEmpty)
    }

    @Test("of many places those that are longest due are dialed, and persons' beside them")
    func theLongestDueOfMany() {
        let book = Book { $0.dialsAtOnce = 9 }
        for seed in UInt8(1)...90 {
            let name = String("00\(seed)".suffix(3))
            let addresses = ["b\(name)", "a\(name)"].map { PeerAddress(host: $0, port: 1) }
            #expect(book.learn(Samples.record(seed, addresses)))
        }
        book.add(PeerAddress(host: "z", port: 1))
        let due = book.takeDue(self.situation(1))
        #expect(Set(due.map(\.address.host)) == Set((1...8).map { "a00\($0)" } + ["z"]))
        #expect(due.first?.address.host == "a001" && due.last?.address.host == "z")
        #expect(book.takeDue(self.situation(1)).isEmpty)
    }

    @Test("dials to members have a limit of their own")
    func dialsToMembersAreBounded() throws {
        let book = Book { $0.memberDialsAtOnce = 2 }
        for seed in UInt8(1)...3 {
            #expect(book.learn(Samples.record(seed, [PeerAddress(host: "m", port: UInt16(seed))])))
        }
        let first = book.takeDue(self.situation(0, members: [1, 2, 3]))
        #expect(first.count == 2)
        #expect(book.takeDue(self.situation(0, members: [1, 2, 3])).isEmpty)
        book.fail(try #require(first.first), at: 0)
        #expect(book.takeDue(self.situation(0, members: [1, 2, 3])).count == 1)
        // Each may try two addresses at the same time.
        var limits = PeerLimits()
        let before = limits.descriptors
        limits.memberDialsAtOnce += 1
        #expect(limits.descriptors == before + 2)
    }

    @Test("C5: the networks of members are known as long as their records say so")
    func networksOfMembers() {
        let book = Book()
        let (one, two) = (PeerAddress(host: "192.0.2.1", port: 1), PeerAddress(host: "192.0.2.2", port: 1))
        #expect(book.learn(Samples.record(1, [one, PeerAddress(host: "", port: 2)], observedHost: "2001:db8::1")))
        #expect(book.learn(Samples.record(2, [one, two])))
        #expect(!book.isKnown("192.0.2.1"))
        book.setMembers([1])
        #expect(book.isKnown("192.0.2.1") && book.isKnown("2001:db8::ffff") && !book.isKnown("192.0.2.2"))
        book.setMembers([1, 2])
        #expect(book.isKnown("192.0.2.2"))
        // Two say so, and then one.
        #expect(book.learn(Samples.record(2, [two], sequence: 2)))
        #expect(book.isKnown("192.0.2.1"))
        book.setMembers([2])
        #expect(!book.isKnown("192.0.2.1") && !book.isKnown("2001:db8::1") && book.isKnown("192.0.2.2"))
        book.observe(Samples.key(2).publicKey, at: "192.0.2.7")
        #expect(book.isKnown("192.0.2.7"))
        // What the node was started with.
        book.configure(one)
        book.configure(one)
        #expect(book.isKnown("192.0.2.1"))
        #expect(book.remove(one))
        #expect(!book.isKnown("192.0.2.1"))
    }

    @Test("before members are known no record is left out, and afterwards none of theirs")
    func recordsOfMembersStay() {
        let book = Book { $0.knownNodes = 2 }
        for seed in UInt8(1)...6 {
            #expect(book.learn(Samples.record(seed, [PeerAddress(host: "n\(seed)", port: 1)]), isKept: true))
        }
        let hopeless = DialTarget(address: PeerAddress(host: "n6", port: 1), node: Samples.key(6).publicKey)
        let worse = DialTarget(address: PeerAddress(host: "n1", port: 1), node: Samples.key(1).publicKey)
        for second in 1...3 { book.fail(hopeless, at: Double(second)) }
        for second in 1...9 { book.fail(worse, at: Double(second)) }
        book.setMembers([1, 2], linked: [3])
        // A member and a linked node are kept besides those that are remembered.
        let kept = Set(book.records.keys)
        #expect(kept.count == 5 && kept.isSuperset(of: [1, 2, 3].map { Samples.key($0).publicKey }))
        #expect(!kept.contains(Samples.key(6).publicKey))
        #expect(Set(book.places.keys.compactMap(\.node)) == kept)
        // Nor does a member make room for a stranger, however often it was looked for in vain.
        #expect(!book.learn(Samples.record(7, [Self.place])))
        #expect(book.records[Samples.key(1).publicKey] != nil)
    }

    @Test("C3: members are dialed however many others are")
    func membersAreDialed() throws {
        let book = Book { $0.dialsAtOnce = 1 }
        for number in 1...3 { book.add(PeerAddress(host: "192.0.2.\(number)", port: 1)) }
        #expect(book.takeDue(self.situation(0)).count == 1)
        for seed in UInt8(1)...3 {
            #expect(book.learn(Samples.record(seed, [PeerAddress(host: "m", port: UInt16(seed))])))
        }
        #expect(book.takeDue(self.situation(0, members: [1, 2, 3])).compactMap(\.node).count == 3)
    }

    @Test func failuresMakeItWaitLonger() throws {
        let book = Book()
        book.add(Self.place)
        let target = try #require(book.takeDue(self.situation(0)).first)
        #expect(target == DialTarget(address: Self.place, node: nil))
        // As long as it is being dialed, it is not due.
        #expect(book.takeDue(self.situation(9)).isEmpty)
        var wait = 0.5
        var now = 0.0
        for _ in 0..<12 {
            book.fail(target, at: now)
            #expect(book.takeDue(self.situation(now + wait * 0.49)).isEmpty)
            #expect(book.takeDue(self.situation(now + wait)) == [target])
            now += wait
            wait = min(60, wait * 2)
        }
        // A link resets it.
        book.met(1, at: target, now)
        #expect(book.takeDue(self.situation(now + 99, linked: [1])).isEmpty)
        book.lose(1, at: now)
        #expect(book.takeDue(self.situation(now + 0.5)) == [target])
    }

    @Test func membersFirstOthersUpToATarget() {
        let book = Book { $0.linksWanted = 2 }
        for seed in UInt8(1)...6 {
            let record = Samples.record(seed, [PeerAddress(host: "n\(seed)", port: 1)])
            #expect(book.learn(record))
        }
        let due = book.takeDue(self.situation(1, linked: [1], members: [4, 5]))
        #expect(due.count == 3)
        #expect(Set(due.compactMap(\.node)).isSuperset(of: [Samples.key(4).publicKey, Samples.key(5).publicKey]))
        // Two more others would be one too many.
        #expect(book.takeDue(self.situation(1, linked: [1], members: [4, 5])).isEmpty)
    }

    @Test func bannedNodesAreNotLookedFor() {
        let book = Book()
        _ = book.learn(Samples.record(1, [Self.place]))
        #expect(book.takeDue(self.situation(1, banned: [1])).isEmpty)
        #expect(book.takeDue(self.situation(1)).count == 1)
    }

    @Test func theNewestRecordHolds() {
        let book = Book()
        let other = PeerAddress(host: "b.example.org", port: 2)
        #expect(book.learn(Samples.record(1, [Self.place], sequence: 5)))
        #expect(!book.learn(Samples.record(1, [other], sequence: 5)))
        #expect(!book.learn(Samples.record(1, [other], sequence: 4)))
        #expect(book.learn(Samples.record(1, [other], sequence: 6)))
        #expect(book.places.keys.map(\.address) == [other])
        #expect(!book.learn(Samples.record(100, [other])), "its own")
    }

    /// Whoever claims another node's address doesn't keep it from being dialed.
    @Test func claimsOfOthersHideNobody() {
        let book = Book()
        book.add(Self.place)
        _ = book.learn(Samples.record(1, [Self.place]))
        _ = book.learn(Samples.record(2, [Self.place]))
        let due = book.takeDue(self.situation(1, linked: [2]))
        #expect(Set(due.map(\.node)) == [nil, Samples.key(1).publicKey])
    }

    @Test func whoAnswersInAnothersPlace() throws {
        let book = Book()
        _ = book.learn(Samples.record(1, [Self.place]))
        let target = try #require(book.takeDue(self.situation(1)).first)
        book.met(2, at: target, 1)
        #expect(book.places[target]?.problem?.contains("another node") == true)
        #expect(book.places[target]?.failures == 1)
        // Where it answers itself, it never looks again.
        book.fail(target, met: 100, at: 2)
        #expect(book.takeDue(self.situation(10_000)).isEmpty)
    }

    /// As where a directory was replaced: with who answers there is a link already, so that the new one ends as a second link.
    @Test("who was replaced by a node that is linked is not looked for, nor kept or told of", arguments: [false, true])
    func replacedNodes(isMember: Bool) throws {
        let book = Book()
        let members: [UInt8] = isMember ? [1] : []
        book.setMembers(members)
        _ = book.learn(Samples.record(1, [Self.place]))
        let target = try #require(book.takeDue(self.situation(0, members: members)).first)
        book.fail(target, met: 2, at: 0)
        #expect(book.present == [1])
        // What answered there has to say so itself.
        #expect(book.takeDue(self.situation(10_000, linked: [2], members: members)) == [target])
        book.fail(target, met: 2, at: 10_000)
        _ = book.learn(Samples.record(2, [Self.place]), isKept: true)
        #expect(book.takeDue(self.situation(20_000, linked: [2], members: members)) == (isMember ? [target] : []))
        #expect(book.present == (isMember ? [1, 2] : [2]))
        if isMember { return }
        #expect(Set(book.takeDue(self.situation(20_000))).contains(target))
        // It moved away.
        _ = book.learn(Samples.record(2, [PeerAddress(host: "b.example.org", port: 1)], sequence: 2), isKept: true)
        book.fail(target, at: 20_000)
        #expect(book.takeDue(self.situation(30_000, linked: [2])) == [target])
        #expect(book.present == [1, 2])
    }

    @Test func whoAnswersForAnotherIsAskedLessAndLess() throws {
        let book = Book()
        _ = book.learn(Samples.record(1, [Self.place]))
        let target = try #require(book.takeDue(self.situation(0)).first)
        for _ in 0..<12 { book.fail(target, met: 2, isFailure: false, at: 0) }
        #expect(book.takeDue(self.situation(29, linked: [2])).isEmpty)
        #expect(book.takeDue(self.situation(60, linked: [2])) == [target])
        // A second link to who was looked for is no failure.
        book.fail(target, met: 1, isFailure: false, at: 60)
        #expect(book.takeDue(self.situation(60.5)) == [target])
    }

    @Test func roomIsMadeByTheHopeless() throws {
        let book = Book { $0.knownNodes = 2 }
        for seed in UInt8(1)...2 {
            _ = book.learn(Samples.record(seed, [PeerAddress(host: "n\(seed)", port: 1)]))
        }
        let third = Samples.record(3, [Self.place])
        #expect(!book.learn(third))
        let hopeless = DialTarget(address: PeerAddress(host: "n2", port: 1), node: Samples.key(2).publicKey)
        for second in 1...3 { book.fail(hopeless, at: Double(second)) }
        #expect(book.learn(third))
        #expect(Set(book.records.keys) == [Samples.key(1).publicKey, Samples.key(3).publicKey])
        // For a member there is always room.
        #expect(book.learn(Samples.record(4, [Self.place]), isKept: true))
    }

    @Test func emptyHostsAreFilledByWhatIsSeen() {
        let book = Book()
        let record = Samples.record(1, [PeerAddress(host: "", port: 9)])
        _ = book.learn(record)
        #expect(book.places.isEmpty)
        book.observe(record.node, at: "192.0.2.7")
        #expect(book.places.keys.map(\.address) == [PeerAddress(host: "192.0.2.7", port: 9)])
        // And the signature still holds.
        #expect(book.records[record.node]?.isValid(chain: Samples.chain) == true)
    }

    @Test func signaturesHoldOnlyForWhatWasSigned() {
        let record = Samples.record(1, [Self.place], sequence: 7)
        #expect(record.isValid(chain: Samples.chain))
        #expect(!record.isValid(chain: Samples.otherChain))
        var changed = record
        changed.sequence = 8
        #expect(!changed.isValid(chain: Samples.chain))
        changed = record
        changed.addresses[0] = PeerAddress(host: "a.example.org", port: 2)
        #expect(!changed.isValid(chain: Samples.chain))
    }
}
