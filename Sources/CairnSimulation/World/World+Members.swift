import CairnConsensus
import CairnHash
import CairnLedger

/// Members join, leave, get another power or key, and change the fault model and the settings.
extension World {
    /// Looks how far the last change has come, and wants it again or another one.
    func operate() throws(Violation) {
        let isOpen = self.members.change != nil && [.absence, .liveness].contains(self.phase)
        guard self.phase == .safety || isOpen else { return }
        self.schedule(.operate, after: .milliseconds(self.members.draw.within(100...900)))
        if self.judge.epoch != self.members.epoch {
            self.members.epoch = self.judge.epoch
            self.members.proposed = []
            self.members.change = nil
        }
        if let change = self.members.change { return try self.submit(change) }
        guard self.phase == .safety, self.members.changesLeft > 0, let next = try self.next() else { return }
        self.members.changesLeft -= 1
        let change = self.signed(next.set, next.settings)
        self.members.change = change
        try self.submit(change)
    }

    private func submit(_ change: MemberChange) throws(Violation) {
        guard let node = self.members.draw.choose(self.nodes), let process = node.process else { return }
        let ticket = self.members.openTicket()
        self.trace.say(
            self.time,
            "a change to \(change.next.members.count) members goes to node \(node.number): "
                + "\(change.next.members.compactMap { self.nodeOfKey[$0.key] })"
                + (change.settings.map { ", a window of \($0.submissionWindow), \($0.agreement.rawValue)" } ?? ""))
        self.trace.note(self.time, .ask, node: node.number, ticket.rawValue, change.epoch.rawValue)
        var outcomes: [Outcome] = []
        process.handle(.changeSubmitted(change, ticket), now: node.clock.moment(at: self.time), &outcomes)
        try self.carryOut(outcomes, of: node)
    }

    func changeAnswered(_ answer: Answer, by node: Node) throws(Violation) {
        switch answer {
        case .changed(let index):
            guard index < self.judge.blocks.count, self.judge.blocks[Int(index)].epoch < self.judge.epoch else {
                throw Violation(.epochs, "node \(node.number) says that block \(index) changed the members")
            }
        case .changeRefused(.invalid(let error)):
            // One that came too late for its epoch is no lie.
            guard case .otherEpoch = error else {
                throw Violation(.epochs, "node \(node.number) calls a change invalid: \(error)")
            }
        case .changeRefused(.otherChange), .changeRefused(.noSpace): break
        case .accepted, .refused:
            throw Violation(.epochs, "node \(node.number) takes a change of members for records")
        }
    }

    // MARK: The next set

    private enum Wish: CaseIterable {
        case join, leave, power, replace, model, shrink, grow, settings
    }

    /// What the world can live with; nil when that which was thought up is not.
    private func next() throws(Violation) -> (set: MemberSet, settings: EpochSettings?)? {
        let present = self.judge.members[Int(self.judge.epoch)]
        var list: [Member] = zip(present.keys, present.powers).compactMap { key, power in
            PublicKey(bytes: key).map { Member(key: $0, power: power) }
        }
        var model: FaultModel = present.isBFT ? .bft : .majority
        let wish = Wish.allCases[self.members.draw.below(Wish.allCases.count)]
        // Settings may come along with any change.
        let settings = wish == .settings || self.members.draw.chance(perMille: 150) ? self.otherSettings() : nil
        switch wish {
        case .join:
            guard let key = try self.newcomer() else { return nil }
            list.append(Member(key: key, power: self.members.draw.within(1...3)))
        case .leave: list.remove(at: self.members.draw.below(list.count))
        case .power: list[self.members.draw.below(list.count)].power = self.members.draw.within(1...9)
        case .replace:
            let sick = list.indices.filter { place in !self.nodes[self.nodeOfKey[list[place].key] ?? 0].isHealthy }
            guard let place = self.members.draw.choose(sick.isEmpty ? Array(list.indices) : sick),
                let key = try self.newcomer()
            else { return nil }
            list[place].key = key
        case .model: model = model == .bft ? .majority : .bft
        case .shrink: list = [list[self.members.draw.below(list.count)]]
        case .grow:
            for _ in 0..<3 {
                guard let key = try self.newcomer(except: list.map(\.key)) else { break }
                list.append(Member(key: key, power: self.members.draw.within(1...3)))
            }
        case .settings: break
        }
        guard let next = MemberSet(list, faultModel: model),
            let plain = Self.plain(next, settings?.agreement.rawValue ?? present.agreement),
            plain != present || settings != nil, self.isBearable(plain)
        else { return nil }
        self.members.proposed.append(plain)
        return (next, settings)
    }

    /// Another window than the present one: larger, or so small that submissions soon leave it. Or another rule, or both.
    private func otherSettings() -> EpochSettings? {
        let window =
            self.members.draw.chance(perMille: 700)
            ? self.members.draw.within(20...200) : Limits.submissionWindowDefault
        let present = self.judge.members[Int(self.judge.epoch)].agreement
        let isOfOtherRule = self.members.agreementDraw.chance(perMille: 500)
        guard window != self.judge.window || isOfOtherRule,
            let agreement = AgreementRule.allCases.first(where: { ($0.rawValue == present) != isOfOtherRule })
        else { return nil }
        return EpochSettings(agreement: agreement, submissionWindow: window)
    }

    /// A healthy node that is no member: a follower, or a new one.
    private func newcomer(except taken: [PublicKey] = []) throws(Violation) -> PublicKey? {
        let members = self.judge.members[Int(self.judge.epoch)].keys
        let followers = self.nodes.filter {
            $0.isHealthy && !members.contains($0.key.publicKey.bytes) && !taken.contains($0.key.publicKey)
        }
        if let follower = self.members.draw.choose(followers), self.members.draw.chance(perMille: 600) {
            return follower.key.publicKey
        }
        guard self.nodes.count < self.keys.count else { return followers.first?.key.publicKey }
        let key = self.keys[self.nodes.count]
        try self.start(self.addNode(key: key, lie: nil))
        return key.publicKey
    }

    /// Liars have less than a third of the power under `bft` and none otherwise, and the healthy are a quorum.
    private func isBearable(_ members: PlainMembers) -> Bool {
        var lying: UInt64 = 0
        for (key, power) in zip(members.keys, members.powers) {
            guard let node = PublicKey(bytes: key).flatMap({ self.nodeOfKey[$0] }) else { return false }
            if !self.nodes[node].isHonest { lying += power }
        }
        let isSafe = members.isBFT ? 3 * lying < members.powers.reduce(0, +) : lying == 0
        return isSafe && self.isQuorumHealthy(in: members)
    }

    private static func plain(_ set: MemberSet, _ agreement: String) -> PlainMembers? {
        let members = set.members.map {
            PlainJSON.object([("key", .string($0.key.description)), ("power", .number($0.power))])
        }
        return PlainMembers(
            .object([("fault_model", .string(set.faultModel.rawValue)), ("members", .array(members))]),
            agreement: agreement)
    }

    /// A quorum of the present members, no more, and all who join sign.
    private func signed(_ next: MemberSet, _ settings: EpochSettings?) -> MemberChange {
        let present = self.judge.members[Int(self.judge.epoch)]
        let message = MemberChange.message(
            chain: self.judge.chain, epoch: Epoch(rawValue: self.judge.epoch), next: next, settings: settings)
        func sign(_ key: [UInt8]) -> Signature? {
            PublicKey(bytes: key).flatMap { self.nodeOfKey[$0] }.map { self.nodes[$0].key.sign(message) }
        }
        var power: UInt64 = 0
        var signatures: [Certificate.MemberSignature] = []
        for place in self.members.draw.mix(Array(present.keys.indices)) where !present.isQuorum(power) {
            guard let signature = sign(present.keys[place]) else { continue }
            signatures.append(Certificate.MemberSignature(member: UInt16(place), signature: signature))
            power += present.powers[place]
        }
        return MemberChange(
            epoch: Epoch(rawValue: self.judge.epoch), next: next, settings: settings,
            signatures: signatures.sorted { $0.member < $1.member },
            joining: next.members.filter { !present.keys.contains($0.key.bytes) }.compactMap { sign($0.key.bytes) })
    }
}
