import CairnHash
import CairnLedger
import TestSupport
import Testing

/// When settings hold, and what becomes of the window of submissions.
struct SettingsRuleTests {
    private static let two = Samples.members([1, 1])

    /// Goes on by a block with a record for each id; 0 is a record without one.
    private static func grow(
        _ state: inout ChainState, _ ids: [UInt64], window: UInt64? = nil, next: MemberSet? = nil
    ) throws {
        let change = (window != nil || next != nil) ? Self.change(of: state, window: window, next: next) : nil
        let entries = try Samples.entries(count: ids.count)
        let items = ids.enumerated().filter { $1 > 0 }.map {
            SubmissionList.Item(id: Samples.id($1), offsets: $0..<$0 + 1)
        }
        let made = state.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: SubmissionList(items), change: change,
            proposer: Samples.key(1).publicKey, now: Samples.start)
        try state.apply(made.block, leafHashes: made.leafHashes)
    }

    private static func change(of state: ChainState, window: UInt64?, next: MemberSet?) -> MemberChange {
        let joining: [UInt8] = state.members.members.count == 1 && next?.members.count == 2 ? [2] : []
        return Samples.change(
            to: next ?? state.members, settings: window.flatMap { EpochSettings(submissionWindow: $0) },
            from: state.members, epoch: state.epoch, chain: state.chain, signers: [1, 2], joining: joining)
    }

    private static func expectRepeated(_ state: ChainState, _ id: UInt64, _ isRepeated: Bool = true) throws {
        var state = state
        if isRepeated {
            #expect(throws: BlockError.repeatedSubmission(Samples.id(id))) { try Self.grow(&state, [id]) }
        } else {
            try Self.grow(&state, [id])
        }
    }

    @Test func settingsAloneAreAChange() throws {
        var state = try Samples.chain(window: 10)
        try Self.grow(&state, [], window: 20)
        #expect(state.epoch == 1 && state.members == Samples.members())
        #expect(state.present.settings.submissionWindow == 20 && state.window.capacity == 20)
        // The same again is none, in either format.
        #expect(throws: BlockError.change(.sameMembers)) { try Self.grow(&state, [], window: 20) }
        #expect(throws: BlockError.change(.sameMembers)) { try Self.grow(&state, [], next: state.members) }
        // A change of members keeps them, and both may come at once.
        try Self.grow(&state, [], next: Self.two)
        #expect(state.epoch == 2 && state.members == Self.two && state.present.settings.submissionWindow == 20)
        try Self.grow(&state, [], window: 5, next: Samples.members([2, 1]))
        #expect(state.members == Samples.members([2, 1]) && state.present.settings.submissionWindow == 5)
    }

    /// Members sign settings with the set, and no signature is of use for others.
    @Test func signaturesAreOfOneFormatAndTheseSettings() throws {
        let state = try Samples.chain()
        let good = Self.change(of: state, window: 7, next: Self.two)
        try good.verify(present: state.present)
        for settings in [nil, EpochSettings(submissionWindow: 8)] {
            var other = good
            other.settings = settings
            #expect(throws: MemberChangeError.badSignature(Samples.key(1).publicKey)) {
                try other.verify(present: state.present)
            }
        }
        var old = Self.change(of: state, window: nil, next: Self.two)
        try old.verify(present: state.present)
        old.settings = state.present.settings
        #expect(throws: MemberChangeError.badSignature(Samples.key(1).publicKey)) {
            try old.verify(present: state.present)
        }
    }

    @Test func aSmallerWindowHoldsFromTheNextEpochsFirstBlock() throws {
        var state = try Samples.chain(window: 10)
        try Self.grow(&state, [1, 0, 0, 2])
        // The last block of the old epoch goes by the old window, also for what stands in it.
        #expect(throws: BlockError.repeatedSubmission(Samples.id(1))) { try Self.grow(&state, [1], window: 2) }
        try Self.grow(&state, [3], window: 2)
        // Five records: of windows of two, those that end after the third.
        try Self.expectRepeated(state, 1, false)
        try Self.expectRepeated(state, 2)
        try Self.expectRepeated(state, 3)
        try Self.grow(&state, [0])
        try Self.expectRepeated(state, 2, false)
        try Self.expectRepeated(state, 3)
    }

    @Test func aLargerWindowKeepsWhatTheOldOneHad() throws {
        var state = try Samples.chain(window: 2)
        try Self.grow(&state, [1, 2, 3])
        try Self.grow(&state, [0], window: 100)
        // Four records: the window of two had let go what ends at two or before.
        #expect(state.present.windowStart == 2 && state.window.start == 2)
        try Self.grow(&state, [0, 0, 0])
        try Self.expectRepeated(state, 1, false)
        try Self.expectRepeated(state, 2, false)
        try Self.expectRepeated(state, 3)
        // Smaller and larger again: what was let go doesn't come back.
        try Self.grow(&state, [4], window: 1)
        try Self.grow(&state, [0, 0], window: 50)
        #expect(state.present.windowStart == 9)
        for id: UInt64 in 1...4 { try Self.expectRepeated(state, id, false) }
        // And a larger one directly after a larger one begins no earlier.
        try Self.grow(&state, [], window: 60)
        #expect(state.present.windowStart == 9)
    }

    /// A chain with random settings remembers what docs/formats.md says, and so does one that is taken up anywhere.
    @Test(arguments: 0..<6)
    func agreesWithASimpleModel(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var state = try Samples.chain(window: 8)
        var listed: [(id: UInt64, end: UInt64)] = []
        var (size, window, start) = (UInt64(0), UInt64(8), UInt64(0))
        for block in 0..<60 {
            let ids = (0..<Int.random(in: 1...4, using: &random)).map { place in
                Bool.random(using: &random) ? UInt64(block * 9 + place + 1) : 0
            }
            let other = UInt64.random(in: 1...16, using: &random)
            let isChange = other != window && Int.random(in: 0..<4, using: &random) == 0
            let own = state.present
            try Self.grow(&state, ids, window: isChange ? other : nil)
            for (place, id) in ids.enumerated() where id > 0 { listed.append((id, size + UInt64(place) + 1)) }
            size += UInt64(ids.count)
            if isChange {
                start = max(start, size - min(window, size))
                window = other
            }
            let known = listed.filter { $0.end > max(start, size - min(window, size)) }.map { Samples.id($0.id) }
            #expect(state.window.submissions.map(\.0) == known)

            // Filled again from the lists, by the epoch's own settings.
            var refilled = SubmissionWindow(of: own)
            for (id, end) in listed {
                let list = SubmissionList([.init(id: Samples.id(id), offsets: 0..<1)])
                refilled.insert(list, blockFirstRecord: RecordNumber(end - 1), treeSize: TreeSize(end))
            }
            let resumed = try ChainState(
                genesis: Samples.genesis(window: 8), head: state.head, frontier: state.frontier, window: refilled,
                of: own, change: isChange ? Self.change(of: state, window: other, next: nil) : nil)
            #expect(resumed.summary == state.summary)
        }
    }
}
