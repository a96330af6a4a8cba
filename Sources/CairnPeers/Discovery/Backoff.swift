/// How long to wait after failed dials.
struct Backoff {
    var first: Duration
    var last: Duration

    /// After a number of failures in a row, from 1: twice as long each time up to the last, of which between half and
    /// all by chance.
    func wait(failures: Int, using random: inout some RandomNumberGenerator) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        let full = min(self.first * (1 << doublings), self.last)
        return full / 2 + full / 2 * Double.random(in: 0...1, using: &random)
    }
}
