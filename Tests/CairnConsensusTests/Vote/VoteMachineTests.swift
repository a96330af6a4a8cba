import CairnConsensus
import CairnHash
import CairnLedger
import Testing

struct VoteMachineTests {
    @Test func nothingIsSaidBeforeTheBlockIsStored() throws {
        var machine = try Samples.machine()
        #expect(machine.submit(1, try Samples.submission(nil, "1", "2")) == ["store 1: 1,2"])
        #expect(machine.chain.head.index == 0)
        #expect(machine.reportStored() == ["accept 1 at 0+2 in 1"])
        #expect(machine.chain.head.index == 1)
        #expect(machine.chain.head.treeSize == 2)
    }

    @Test func nothingMakesNoBlock() throws {
        var machine = try Samples.machine()
        #expect(machine.report(.submitted([] as [(Submission, Ticket)])).isEmpty)
    }

    @Test func oneBlockIsStoredAtATimeAndWhatWaitsSharesTheNext() throws {
        var machine = try Samples.machine()
        #expect(machine.submit(1, try Samples.submission(nil, "1")) == ["store 1: 1"])
        #expect(machine.submit(2, try Samples.submission(nil, "2", "3")) == [])
        #expect(machine.submit(3, try Samples.submission(nil, "4")) == [])
        #expect(machine.reportStored() == ["accept 1 at 0+1 in 1", "store 2: 2,3,4"])
        #expect(machine.reportStored() == ["accept 2 at 1+2, 3 at 3+1 in 2"])
        #expect(machine.submit(4, try Samples.submission(nil, "5")) == ["store 3: 5"])
    }

    @Test func whatComesTogetherSharesABlock() throws {
        var machine = try Samples.machine()
        let effects = machine.report(
            .submitted([
                (try Samples.submission(nil, "1"), Ticket(rawValue: 1)),
                (try Samples.submission("a", "2"), Ticket(rawValue: 2)),
                (try Samples.submission("a", "2"), Ticket(rawValue: 3)),
                (try Samples.submission("a", "3"), Ticket(rawValue: 4)),
            ]))
        #expect(effects == ["refuse 4: idReused", "store 1: 1,2"])
        #expect(machine.reportStored() == ["accept 1 at 0+1, 2&3 at 1+1 in 1"])
    }

    @Test func aFullQueueRefuses() throws {
        var machine = try Samples.machine(records: 3)
        // What is being stored takes room until it is.
        #expect(machine.submit(1, try Samples.submission(nil, "1")) == ["store 1: 1"])
        #expect(machine.submit(2, try Samples.submission(nil, "2")) == [])
        #expect(machine.submit(3, try Samples.submission(nil, "3", "4")) == ["refuse 3: queueFull"])
        #expect(machine.submit(4, try Samples.submission("a", "3")) == [])
        #expect(machine.submit(5, try Samples.submission(nil, "4")) == ["refuse 5: queueFull"])
        // Joining takes no room.
        #expect(machine.submit(6, try Samples.submission("a", "3")) == [])
        #expect(machine.reportStored() == ["accept 1 at 0+1 in 1", "store 2: 2,3"])
        #expect(machine.reportStored() == ["accept 2 at 1+1, 4&6 at 2+1 in 2"])
    }

    @Test func sameIDWhileItIsStored() throws {
        var machine = try Samples.machine()
        #expect(machine.submit(1, try Samples.submission("a", "1")) == ["store 1: 1"])
        #expect(machine.submit(2, try Samples.submission("a", "1")) == [])
        #expect(machine.submit(3, try Samples.submission("a", "2")) == ["refuse 3: idReused"])
        #expect(machine.submit(4, try Samples.submission("b", "1")) == [])
        #expect(machine.reportStored() == ["accept 1&2 at 0+1 in 1", "store 2: 1"])
    }

    @Test func sameIDWhileItWaits() throws {
        var machine = try Samples.machine()
        #expect(machine.submit(1, try Samples.submission(nil, "0")) == ["store 1: 0"])
        #expect(machine.submit(2, try Samples.submission("a", "1", "2")) == [])
        #expect(machine.submit(3, try Samples.submission("a", "1", "2")) == [])
        #expect(machine.submit(4, try Samples.submission("a", "2", "1")) == ["refuse 4: idReused"])
        #expect(machine.reportStored() == ["accept 1 at 0+1 in 1", "store 2: 1,2"])
        #expect(machine.reportStored() == ["accept 2&3 at 1+2 in 2"])
    }

    @Test func sameIDInTheLedger() throws {
        var machine = try Samples.machine()
        _ = machine.submit(1, try Samples.submission(nil, "0"))
        _ = machine.submit(2, try Samples.submission("a", "1", "2"))
        _ = machine.reportStored()
        _ = machine.reportStored()
        // Whether the records are the same, the ledger has to tell.
        #expect(machine.submit(3, try Samples.submission("a", "1", "2")) == ["compare 3 (2) with 1+2"])
        #expect(machine.submit(4, try Samples.submission("a", "9")) == ["compare 4 (1) with 1+2"])
        #expect(machine.submit(5, try Samples.submission("b", "9")) == ["store 3: 9"])
    }

    @Test func anIDThatLeftTheWindowIsNew() throws {
        var machine = try Samples.machine(window: 2)
        _ = machine.submit(1, try Samples.submission("a", "1"))
        _ = machine.reportStored()
        #expect(machine.submit(2, try Samples.submission(nil, "2")) == ["store 2: 2"])
        _ = machine.reportStored()
        #expect(machine.submit(3, try Samples.submission("a", "1")) == ["compare 3 (1) with 0+1"])
        #expect(machine.submit(4, try Samples.submission(nil, "3")) == ["store 3: 3"])
        _ = machine.reportStored()
        #expect(machine.submit(5, try Samples.submission("a", "1")) == ["store 4: 1"])
        #expect(machine.reportStored() == ["accept 5 at 3+1 in 4"])
    }

    @Test func withoutSpaceEverybodyOfTheBlockIsRefused() throws {
        var machine = try Samples.machine()
        let before = machine.chain.headHash
        #expect(machine.submit(1, try Samples.submission("a", "1")) == ["store 1: 1"])
        #expect(machine.submit(2, try Samples.submission("a", "1")) == [])
        #expect(machine.submit(3, try Samples.submission("b", "2")) == [])
        // What waited gets its own try, at the place of the block that isn't there.
        #expect(machine.report(.noSpace) == ["refuse 1&2: noSpace", "store 1: 2"])
        #expect(machine.chain.headHash == before)
        #expect(machine.report(.noSpace) == ["refuse 3: noSpace"])
        // Both may be tried again.
        #expect(machine.submit(4, try Samples.submission("a", "9")) == ["store 1: 9"])
        #expect(machine.reportStored() == ["accept 4 at 0+1 in 1"])
    }

    @Test func aClockThatWasSetBackStopsNothing() throws {
        var machine = try Samples.machine()
        let early = Timestamp(microseconds: 5)
        let ticket = Ticket(rawValue: 1)
        let effects = machine.handle(
            .submitted([(try Samples.submission(nil, "1"), ticket)]),
            now: Moment(instant: Samples.now.instant, timestamp: early))
        guard case .append(let final, _) = effects.first else {
            Issue.record("\(effects)")
            return
        }
        #expect(final.block.header.timestamp == Samples.start)
    }

    @Test func theOnlyVoteIsTheCertificate() throws {
        let key = PrivateKey()
        let chain = try Samples.chain(key.publicKey)
        var machine = VoteMachine<PrivateKey, Simplex>(
            chain: chain, headCertificate: nil, key: key, memory: .journal([]),
            configuration: VoteConfiguration(capacity: QueueCapacity(records: 9, bytes: 999)), idSeed: [1],
            now: Samples.now)
        for number in 1...UInt64(2) {
            let submission = try Samples.submission(nil, "1")
            let effects = machine.handle(
                .submitted([(submission, Ticket(rawValue: number))]), now: Samples.now)
            guard case .append(let final, _) = effects.first, let certificate = final.certificate else {
                Issue.record("\(effects)")
                return
            }
            #expect(certificate.view.rawValue == number)
            try chain.present.verify(certificate, of: final.block.header.hash)
            _ = machine.handle(.appended(through: final.block.index), now: Samples.now)
        }
    }
}
