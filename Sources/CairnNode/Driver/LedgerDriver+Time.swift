internal import CairnConsensus
internal import Dispatch

// The clock.
extension LedgerDriver {
    /// Sees to it that the thread wakes when something is due. A timer that comes too early is set again then: setting one
    /// costs more than that.
    func armTimer() {
        // Those who were answered are no reason to wake.
        while let first = self.deadlines.first, self.waiting[first.ticket] == nil { self.deadlines.removeFirst() }
        let due = [self.wakeUp, self.deadlines.first?.at].compactMap { $0 }.min()
        guard let due, self.timerAt.map({ due < $0 }) ?? true else { return }
        let timer = self.timer ?? self.makeTimer()
        self.timerAt = due
        let now = Moment.now().instant
        let delay = due > now ? due.since(now) : .zero
        timer.schedule(
            deadline: .now() + .nanoseconds(Int(delay / .nanoseconds(1))), leeway: .microseconds(100))
    }

    /// Without links nobody is waited for.
    private var wakeUp: Instant? {
        self.links == nil ? nil : [self.machine.wakeUp, self.catchUp.wakeUp].compactMap { $0 }.min()
    }

    private func makeTimer() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: self.queue)
        timer.setEventHandler { [weak self] in
            guard let self else { return }
            self.timerAt = nil
            self.post(.timeReached)
        }
        timer.activate()
        self.timer = timer
        return timer
    }

    func timeReached() {
        let now = Moment.now().instant
        self.answerLate(now)
        guard self.links != nil else { return }
        if let due = self.machine.wakeUp, due <= now { self.handle(VoteEvent.timeReached) }
        if let due = self.catchUp.wakeUp, due <= now { self.handle(CatchUpEvent.timeReached) }
    }
}
