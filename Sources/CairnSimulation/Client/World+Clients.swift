import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

/// Clients hand in, wait, try again elsewhere, and read.
extension World {
    /// A client's next thing: mostly a new submission, sometimes a read.
    func act(_ client: Int) throws(Violation) {
        guard self.phase == .safety else { return }
        if self.clients.draw.chance(perMille: 200) {
            try self.read()
        } else if self.clients.operations.count < self.scenario.operations {
            let operation = try self.beginOperation(client: client)
            try self.submit(operation)
        }
        self.schedule(.client(client), after: self.clients.draw.within(1...2 * self.scenario.thinkTime))
    }

    /// Thinks up a submission.
    func beginOperation(client: Int, hasKey certainlyHasKey: Bool = false) throws(Violation) -> Int {
        let number = self.clients.operations.count
        let hasKey = certainlyHasKey || self.clients.draw.chance(perMille: self.scenario.keyedPerMille)
        let isBatch = self.clients.draw.chance(perMille: 200)
        let count = isBatch ? self.clients.draw.within(1...self.scenario.recordsMax) : 1
        let entries = self.clients.entries(operation: number, count: count)

        // Now and then an id is used again, for other records.
        var id: SubmissionID?
        var sharesID = false
        if hasKey {
            id = SubmissionID(client: [UInt8(client)], idempotencyKey: Array("\(number)".utf8))
            let older = self.clients.operations.indices.filter { self.clients.operations[$0].hasKey }
            if self.phase == .safety, self.clients.draw.chance(perMille: 30),
                let other = self.clients.draw.choose(older)
            {
                id = self.clients.operations[other].submission.id
                sharesID = true
                for place in older where self.clients.operations[place].submission.id == id {
                    self.clients.operations[place].sharesID = true
                }
            }
        }
        guard let submission = try? Submission(id: id, entries: entries) else {
            throw Violation(.validity, "a client's submission can't be made")
        }
        self.clients.operations.append(
            Clients.Operation(
                client: ClientID(rawValue: UInt64(client)), submission: submission, hasKey: hasKey,
                sharesID: sharesID, began: self.time, floor: self.judge.acknowledgedEnd))
        self.judge.expect(submission, hasID: hasKey, operation: number)
        return number
    }

    /// Tries an operation at some node.
    func submit(_ operation: Int, healthyOnly: Bool = false) throws(Violation) {
        let wanted = self.clients.operations[operation]
        guard wanted.state == .open else { return }
        let nodes = healthyOnly ? self.nodes.filter { $0.isHealthy && $0.isUp } : self.nodes
        guard let node = self.clients.draw.choose(nodes), node.isUp, node.isHonest || wanted.hasKey else {
            return self.schedule(.submit(operation: operation), after: .milliseconds(self.clients.draw.within(1...40)))
        }
        try self.handIn(operation, at: node)
    }

    func handIn(_ operation: Int, at node: Node) throws(Violation) {
        let wanted = self.clients.operations[operation]
        let ticket = self.clients.openTicket(operation: operation, node: node.number)
        self.trace.note(self.time, .ask, node: node.number, UInt64(operation), ticket)
        self.trace.say(self.time, "operation \(operation) goes to node \(node.number), ticket \(ticket)")
        let patience = UInt64.milliseconds(self.clients.draw.within(300...4_000))
        if wanted.hasKey { self.schedule(.giveUp(ticket: ticket), after: patience) }
        let now = node.clock.moment(at: self.time)
        if let liar = node.liar {
            let sendings = liar.submit(
                wanted.submission, client: wanted.client, ticket: Ticket(rawValue: ticket), now: now, at: self.time,
                self.directory)
            return self.carry(sendings, from: node)
        }
        var outcomes: [Outcome] = []
        let submitted = [(submission: wanted.submission, client: wanted.client, ticket: Ticket(rawValue: ticket))]
        node.process?.handle(.submitted(submitted), now: now, &outcomes)
        try self.carryOut(outcomes, of: node)
    }

    /// The client's patience with a node is at its end: with its key, it goes to another.
    func giveUp(_ ticket: UInt64) throws(Violation) {
        guard let operation = self.clients.tickets[ticket]?.operation else { return }
        try self.submit(operation)
    }

    /// The node that a client waited for is gone.
    func connectionLost(_ operation: Int) {
        let lost = self.clients.operations[operation]
        guard lost.state == .open else { return }
        if lost.hasKey {
            self.schedule(.submit(operation: operation), after: .milliseconds(self.clients.draw.within(1...100)))
        } else {
            self.clients.operations[operation].state = .unknown
        }
    }

    // MARK: Answers

    func answered(_ ticket: Ticket, _ answer: Answer, by node: Node) throws(Violation) {
        if self.members.closeTicket(ticket) { return try self.changeAnswered(answer, by: node) }
        guard let operation = self.clients.closeTicket(ticket.rawValue) else {
            throw Violation(
                .acknowledgements, "node \(node.number) answers ticket \(ticket.rawValue), which isn't open")
        }
        switch answer {
        case .accepted(let first, let count, let index, let hash):
            self.trace.say(self.time, "node \(node.number) acknowledges operation \(operation) at record \(first)")
            try self.judge.acknowledged(
                Judge.Acknowledgement(
                    operation: operation, firstRecord: first, count: count, blockIndex: index, blockHash: hash),
                floor: self.clients.operations[operation].floor, by: node.number)
            self.clients.operations[operation].state = .acknowledged
            self.clients.operations[operation].answered = self.time
            try self.read(record: first, at: node)
        case .refused(.idReused):
            guard self.clients.operations[operation].sharesID else {
                throw Violation(
                    .acknowledgements, "node \(node.number) calls the id of operation \(operation) used for others")
            }
            if self.clients.operations[operation].state == .open { self.clients.operations[operation].state = .refused }
        case .refused(.queueFull), .refused(.noSpace):
            self.schedule(.submit(operation: operation), after: .milliseconds(self.clients.draw.within(5...200)))
        case .changed, .changeRefused:
            throw Violation(.acknowledgements, "node \(node.number) takes records for a change of members")
        }
    }

    // MARK: Reading

    /// Looks at a head, and at a record before it.
    private func read() throws(Violation) {
        guard let node = self.clients.draw.choose(self.nodes), let process = node.process else { return }
        try self.checkHead(of: node)
        let size = process.store.head.treeSize.rawValue
        self.trace.note(self.time, .read, node: node.number, size)
        if size > 0 { try self.read(record: self.clients.draw.below(size), at: node) }
    }

    private func read(record number: UInt64, at node: Node) throws(Violation) {
        guard let process = node.process else { return }
        let record: Record
        do throws(StoreError) {
            record = try process.store.record(RecordNumber(rawValue: number)).record
        } catch {
            if node.isDamaged { return }
            throw Violation(.reads, "node \(node.number) can't read record \(number): \(error)")
        }
        try self.judge.read(record: number, bytes: record.canonicalBytes, by: node.number)
    }
}
