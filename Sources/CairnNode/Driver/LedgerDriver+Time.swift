internal import CairnConsensus
internal import NIOCore

// The clock.
extension LedgerDriver {
    /// Sees to it that the thread wakes when something is due. A timer that comes too early is set again then: setting one
    /// costs more than that.
    func armTimer() {
        // Those who were answered are no reason to wake.
        while let first = self.deadlines.first, self.waiting[first.ticket] == nil { self.deadlines.removeFirst() }
        guard let due = self.wakeUp.orEarlier(self.deadlines.first?.at), self.timer.map({ due < $0.at }) ?? true else {
            return
        }
        self.timer?.task.cancel()
        let now = Moment.now().instant
        let delay = due > now ? due.since(now) : .zero
        let task = self.loop.scheduleTask(in: TimeAmount(delay)) {
            self.timer = nil
            self.post(.timeReached)
        }
        self.timer = (due, task)
    }

    /// Without links nobody is waited for.
    private var wakeUp: Instant? {
        self.links == nil
            ? nil : self.machine.wakeUp.orEarlier(self.catchUp.wakeUp).orEarlier(self.historyWakeUp)
    }

    func timeReached() {
        let now = Moment.now().instant
        self.answerLate(now)
        guard self.links != nil else { return }
        if let due = self.machine.wakeUp, due <= now { self.handle(VoteEvent.timeReached) }
        if let due = self.catchUp.wakeUp, due <= now { self.handle(CatchUpEvent.timeReached) }
        if let due = self.historyWakeUp, due <= now { self.handleHistory(.timeReached) }
    }
}
