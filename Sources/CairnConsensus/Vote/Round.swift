internal import CairnHash
internal import CairnLedger

/// One epoch as a member sees it: its views, and what they have come to.
package struct Round: Sendable {
    let epoch: Epoch
    let members: MemberSet
    let schedule: LeaderSchedule
    /// This node's place among the members, nil when it has none.
    let position: Int?
    /// Whether notarise votes of all members make a block final.
    let isFinalWithAll: Bool

    /// Where this member is.
    var view: View = 1
    /// Since when there is something to do in this view, nil while there isn't.
    var workBegan: Instant?
    /// When the view is given up; nil while there is nothing to do.
    var deadline: Instant?
    /// Whether it was, so that this member gives it up as soon as what it voted for lets it.
    var isGivenUp = false
    /// When those of whom nothing was heard in this view or a later one are told what brought this member there; nil while
    /// there is nothing to do.
    var tellAt: Instant?
    /// When everything that the view stands on is said again, nil while there is nothing to do.
    var repeatAt: Instant?
    var repeatPause: Duration
    /// When this member, leading the view, proposes its parent again; nil while it doesn't wait for that.
    var proposeAgainAt: Instant?
    /// The newest view with a final block, and that block: all else builds on it. View 0 is the epoch's beginning.
    var baseView: View = 0
    var baseHash: Digest
    /// What made the base final, nil at the epoch's beginning.
    var baseCertificate: Certificate?
    /// The newest view whose finalisation the journal has. One is written when the next vote is: until then nothing stands on it.
    var journaledFinalView: View = 0
    /// Views whose notarisation the journal doesn't have. It is written when the next vote is.
    var unjournaledNotarisations: [View] = []
    /// Where all members are waited for.
    var lastVotes = LastVotes()
    /// The newest view in which a vote of this member is durable; nil when there is none.
    var recordedView: View?
    /// Up to this view, this member may have proposed what it doesn't know any more.
    var forgottenView: View = 0
    /// What this member proposes in its view once its own vote for it is durable.
    var unsentProposal: Message.Proposal?
    /// Members that were told what made the base final, since they lack a vote of those that did.
    var toldBase: Set<UInt16> = []
    /// Views behind the base.
    var views: [View: ViewState] = [:]
    var pacemaker: Pacemaker
    /// Members that were proven to lie.
    var accused: Set<UInt16> = []

    /// So far ahead of its own view a member listens: votes for later views can be had again.
    static let viewsAheadMax: UInt64 = 64
    /// So far behind its own view it counts votes one by one.
    static let viewsBehindMax: UInt64 = 8

    /// - Parameters:
    ///   - tip: the block that the epoch begins on, or a later one.
    ///   - own: what holds in the epoch.
    init(_ tip: ChainTip, _ own: EpochMembers, key: PublicKey, configuration: VoteConfiguration) {
        let members = own.members
        self.epoch = tip.epoch
        self.members = members
        self.schedule = LeaderSchedule(members)
        self.position = members.position(of: key)
        self.isFinalWithAll = own.isFinalWithAll
        self.repeatPause = configuration.repeatAfter
        self.baseHash = tip.hash
        self.pacemaker = Pacemaker(configuration, members: members.members.count)
    }

    func leader(of view: View) -> Int { self.schedule.leader(of: view) }

    func key(of member: Int) -> PublicKey { self.members.members[member].key }

    /// Whether votes of a view can still matter. Certificates do however far ahead they are: a quorum stands for each, and who was
    /// away for long has nothing else to come back by.
    func isOpen(_ view: View) -> Bool {
        self.baseView < view && view.rawValue <= self.view.rawValue + Self.viewsAheadMax
    }

    /// The newest notarised view below one that may be built on, with its block, going down over nullified views.
    ///
    /// - Returns: nil with the views that nothing is known of, when there are such.
    func parent(of view: View) -> (found: (view: View, hash: Digest)?, missing: ClosedRange<View>?) {
        var next = View(rawValue: view.rawValue - 1)
        while next > self.baseView {
            let state = self.views[next]
            if let notarisation = state?.notarisation { return ((next, notarisation.blockHash), nil) }
            guard state?.nullification != nil else { return (nil, self.baseView.next()...next) }
            next = View(rawValue: next.rawValue - 1)
        }
        return ((self.baseView, self.baseHash), nil)
    }

    /// The newest view below one in which a block was notarised, or its parent, and from which on all are nullified: what a
    /// proposal of the block builds on.
    ///
    /// - Parameter isNew: whether the view's leader made the block, so that it may build on its parent there. Another leader's is
    ///   one that was notarised before.
    func parentView(of hash: Digest, on previousHash: Digest, isNew: Bool, before view: View) -> View? {
        var next = View(rawValue: view.rawValue - 1)
        while next >= self.baseView {
            if let notarised = self.notarised(in: next), notarised == hash || isNew && notarised == previousHash {
                return next
            }
            guard next > self.baseView, self.views[next]?.nullification != nil else { return nil }
            next = View(rawValue: next.rawValue - 1)
        }
        return nil
    }

    /// The block that a view of the base or behind it notarised.
    func notarised(in view: View) -> Digest? {
        view == self.baseView ? self.baseHash : self.views[view]?.notarisation?.blockHash
    }

    /// The views between two that are not known to be nullified, nil when all are.
    func unproven(after low: View, before high: View) -> ClosedRange<View>? {
        guard low.next() < high else { return nil }
        let between = low.next()...View(rawValue: high.rawValue - 1)
        var missing: View?
        var view = between.upperBound
        while view >= between.lowerBound, missing == nil {
            if self.views[view]?.nullification == nil { missing = view }
            view = View(rawValue: view.rawValue - 1)
        }
        return missing.map { between.lowerBound...$0 }
    }

    /// What is lacking to see that the base may be built on in a view: going down from it, all views are nullified until one
    /// notarised the base, be it in the base's own view.
    func unproven(toBaseBefore view: View) -> ClosedRange<View>? {
        var next = View(rawValue: view.rawValue - 1)
        while next > self.baseView, self.notarised(in: next) != self.baseHash {
            guard self.views[next]?.nullification != nil else { return self.baseView.next()...next }
            next = View(rawValue: next.rawValue - 1)
        }
        return nil
    }

    /// The newest notarised block that isn't final.
    var newestUnfinished: Digest? {
        let newest = self.views.filter { $1.notarisation != nil && $0 > self.baseView }.max { $0.key < $1.key }
        guard let hash = newest?.value.notarisation?.blockHash, hash != self.baseHash else { return nil }
        return hash
    }

    /// Whether a member said anything in this view or a later one, that is, whether it got there.
    func wasHeard(_ member: Int, from view: View) -> Bool {
        self.views.contains { $0 >= view && $1.said[UInt16(member)] != nil }
    }

    /// Whether anything was said in this view or a later one.
    var hasNewsAhead: Bool {
        self.views.contains { $0 >= self.view && (!$1.said.isEmpty || $1.proposal != nil || $1.own.hasNullified) }
    }

    /// Goes on to a new base: what was before it is over.
    mutating func setBase(_ view: View, _ hash: Digest, _ certificate: Certificate?) {
        self.baseView = view
        self.baseHash = hash
        self.baseCertificate = certificate
        self.views = self.views.filter { $0.key > view }
        self.unjournaledNotarisations.removeAll { $0 <= view }
        self.lastVotes.settle(on: view, isOfAll: certificate?.kind == .notarise)
        self.toldBase = []
    }
}
