import CairnServer
import Testing

struct WitnessBackoffTests {
    @Test func itWaitsLongerEachTimeAndSaysEachReasonOnce() {
        var backoff = WitnessBackoff()
        #expect(backoff.mayAsk(now: .zero))
        var now = Duration.zero
        var delays: [Duration] = []
        var news: [Bool] = []
        for _ in 0..<11 {
            let (delay, isNew) = backoff.failed("no answer", now: now)
            delays.append(delay)
            news.append(isNew)
            #expect(!backoff.mayAsk(now: now + delay - .milliseconds(1)))
            now += delay
            #expect(backoff.mayAsk(now: now))
        }
        #expect(delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { .seconds($0) })
        #expect(news == [true] + Array(repeating: false, count: 10))
        let other = backoff.failed("HTTP 500", now: now)
        #expect(other.isNew)
        let hadFailed = backoff.succeeded()
        #expect(hadFailed && backoff.mayAsk(now: now))
        let again = backoff.failed("HTTP 500", now: now)
        #expect(again.isNew && again.delay == .seconds(1))
    }

    @Test func whatNobodyHasToBeToldIsNotToldWhenItIsOver() {
        var backoff = WitnessBackoff()
        let (delay, isNew) = backoff.failed(nil, now: .zero)
        #expect(delay == .seconds(1) && !isNew && !backoff.mayAsk(now: .zero))
        let wasTold = backoff.succeeded()
        #expect(!wasTold)
    }
}
