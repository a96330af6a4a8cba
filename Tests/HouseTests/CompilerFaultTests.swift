import Testing

struct CompilerFaultTests {
    private func findings(_ text: String) -> [Finding] {
        CompilerFaults.findings(in: SourceFile(path: "Sources/CairnNode/a.swift", text: text))
    }

    // MARK: The checks catch what they are for

    @Test(
        "A1: no variable is lent to be read by a pointer",
        arguments: [
            "withUnsafeBytes(of: &words) { f($0) }", "return try Swift.withUnsafeBytes(of: &words, body)",
            "withUnsafeMutableBytes(of: &self.words) { $0[0] }", "withUnsafePointer(to: &a.b) { $0 }",
            "withUnsafeMutablePointer(\n    to: &a\n) { $0 }", "\"\\(withUnsafeBytes(of: &a) { $0[0] })\"",
        ])
    func lentVariables(text: String) {
        #expect(self.findings(text).count == 1)
    }

    @Test(arguments: [
        "withUnsafeBytes(of: self.words, body)", "withUnsafeBytes(of: value.bigEndian) { f(&a, $0) }",
        "a.withUnsafeMutableBytes { f(&b) }", "// withUnsafeBytes(of: &words)", "\"withUnsafeBytes(of: &words)\"",
        "withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { f(&a) }", "f(of: &words)",
    ])
    func lentValues(text: String) {
        #expect(self.findings(text).isEmpty)
    }

    @Test(
        "A3: no tuple is made around an await",
        arguments: [
            "return (place, .success(try await node.checkpoint()))", "{ (place, await f()) }",
            "{ (\n    place,\n    await f { () async in try await g() }\n) }", "pair = (try await body(a), b)",
            "let (a, b) = (await c, 1)", "return await (a(), b())", "return try await (a(), b())",
            "[(1, await f())]", "f((1, await f()))",
            "c ? (1, await f()) : d", "\"\\((1, await f()))\"", "{ _ in (1, [await f()]) }",
        ])
    func tuplesAroundAwaits(text: String) {
        #expect(self.findings(text).count == 1)
    }

    @Test(arguments: [
        "return (place, result)", "f(place, await g())", "let a = try await f(b, c)", "a.f(place, b: await g())",
        "(try await f()).map { $0 }", "return (place, { await f() })", "f(place) { (a, b) in await g() }",
        "Result<A, B>(1, await f())", "f?(1, await g())", "f!(1, await g())", "a[0](1, await g())",
        "for await (a, b) in c {}", "for try await (a, b) in c {}", "\"(a, await b)\"", "f(\"\\(a)\", await b)",
        "// (a, await b)",
        "func f(_ a: (Int, Int)) async { await g() }",
    ])
    func tuplesBesideAwaits(text: String) {
        #expect(self.findings(text).isEmpty)
    }

    // MARK: The house

    @Test func whatTheOptimizerGetsWrongIsNotWritten() throws {
        let findings = try Repository.sources.get().flatMap(CompilerFaults.findings)
        #expect(findings == [])
        let findingsInTests = try Repository.tests.get().flatMap(CompilerFaults.findings)
        #expect(findingsInTests == [])
    }
}
