import CairnCommand
import NIOHTTP1
import Testing

struct RetryRuleTests {
    private let rule = RetryRule()

    private func refused(_ status: HTTPResponseStatus, retryAfter: String?) throws -> Result<Int, ExchangeError> {
        .failure(
            .refused(Problem(status: status, retryAfter: retryAfter, body: [], address: try NodeAddress("http://a"))))
    }

    @Test func asTheNodeSays() throws {
        let full = try self.refused(.serviceUnavailable, retryAfter: "2")
        #expect(self.rule.delay(after: full, attempt: 1, isRepeatable: false) == .seconds(2))
        let long = try self.refused(.serviceUnavailable, retryAfter: "3600")
        #expect(self.rule.delay(after: long, attempt: 1, isRepeatable: false) == .seconds(30))
        #expect(self.rule.delay(after: full, attempt: 8, isRepeatable: true) == nil)
    }

    @Test func notWhenItDoesNotSay() throws {
        let full = try self.refused(.serviceUnavailable, retryAfter: nil)
        #expect(self.rule.delay(after: full, attempt: 1, isRepeatable: true) == nil)
        let bad = try self.refused(.badRequest, retryAfter: "1")
        #expect(self.rule.delay(after: bad, attempt: 1, isRepeatable: true) == nil)
    }

    /// Only when it can't be written twice.
    @Test func whenTheNodeWasLost() throws {
        let lost = Result<Int, ExchangeError>.failure(.unreachable(try NodeAddress("http://a"), reason: "r"))
        #expect(self.rule.delay(after: lost, attempt: 1, isRepeatable: false) == nil)
        #expect(self.rule.delay(after: lost, attempt: 1, isRepeatable: true) == .milliseconds(200))
        #expect(self.rule.delay(after: lost, attempt: 3, isRepeatable: true) == .milliseconds(800))
    }

    @Test func notAfterSuccess() {
        #expect(self.rule.delay(after: .success(1), attempt: 1, isRepeatable: true) == nil)
    }
}
