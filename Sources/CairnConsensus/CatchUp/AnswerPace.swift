/// How long a node's answers take: mean and deviation as TCP keeps them (RFC 6298, section 2), and a time-out from both.
struct AnswerPace: Sendable {
    private let timeoutMin: Duration
    private let timeoutMax: Duration
    /// Nil before the first answer.
    private(set) var usual: Duration?
    private var deviation: Duration = .zero
    /// Time-outs since the last answer.
    private var expiries = 0

    init(_ configuration: CatchUpConfiguration) {
        self.timeoutMin = configuration.answerTimeoutMin
        self.timeoutMax = configuration.answerTimeoutMax
    }

    var timeout: Duration {
        // Twice the mean: the next answer may be twice as long.
        let expected = (self.usual ?? self.timeoutMin) * 2 + self.deviation * 4
        let patient = max(expected, self.timeoutMin) * (1 << min(self.expiries, 16))
        return min(patient, self.timeoutMax)
    }

    mutating func answered(after taken: Duration) {
        self.expiries = 0
        guard let usual else {
            self.usual = taken
            self.deviation = taken / 2
            return
        }
        let difference = taken < usual ? usual - taken : taken - usual
        self.deviation = (self.deviation * 3 + difference) / 4
        self.usual = (usual * 7 + taken) / 8
    }

    mutating func expired() { self.expiries += 1 }
}
