import ArgumentParser
import CairnCommand
import Testing

struct LedgerOptionsTests {
    private func place(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> LedgerOptions.Place
    {
        try await LedgerOptions.parse(arguments).place(environment: environment)
    }

    @Test func flagsThenEnvironmentThenDefault() async throws {
        let variables = ["CAIRN_DATA": "env", "CAIRN_URL": "http://env"]
        #expect(try await self.place(["--data", "d"], variables) == .directory("d"))
        #expect(try await self.place(["--url", "http://u/"], variables) == .node(NodeAddress("http://u")))
        #expect(try await self.place([], variables) == .node(NodeAddress("http://env")))
        #expect(try await self.place([], ["CAIRN_DATA": "env"]) == .directory("env"))
        #expect(try await self.place([]) == .directory("./cairn-data"))
    }

    @Test(arguments: [
        "", "localhost:5000", "ftp://host", "http://", "http://host?x=1", "http://host#x", "http://127.0.0.1:99999",
    ])
    func noAddress(text: String) {
        #expect(throws: CommandFailure.self) { try NodeAddress(text) }
    }

    @Test(arguments: ["http://localhost:5000", "https://ledger.example.com/cairn", "http://[::1]:5000"])
    func address(text: String) throws {
        #expect(try NodeAddress(text + "/").text == text)
    }
}
