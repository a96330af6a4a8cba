import CairnCommand
import CairnHash
import CairnLedger
import Testing

/// When a backup is restored, and what is said about it.
struct RestoreDecisionTests {
    private static let root = Digest(hashing: [1])
    private static let otherRoot = Digest(hashing: [2])

    private func decision(
        _ answers: [RestoreDecision.Answer] = [], problems: [String] = [], acceptsOlder: Bool = false
    ) -> RestoreDecision {
        var decision = RestoreDecision(
            backup: RestoreDecision.Extent(blocks: 10, size: 100, root: Self.root), folder: "./backup",
            chain: Digest(hashing: []), acceptsOlder: acceptsOlder)
        decision.answers = answers
        decision.problems = problems
        return decision
    }

    private func node(
        _ name: String = "http://a", blocks: UInt64? = 10, size: TreeSize = 100, root: Digest? = root,
        isNode: Bool = true
    ) -> RestoreDecision.Answer {
        RestoreDecision.Answer(source: name, isNode: isNode, blocks: blocks, size: size, rootAtBackup: root)
    }

    private func refusal(_ decision: RestoreDecision) -> String? {
        do throws(CommandFailure) {
            _ = try decision.warnings()
            return nil
        } catch {
            return error.message
        }
    }

    @Test func nobodyHasMore() throws {
        #expect(try self.decision([self.node()]).warnings() == [])
        #expect(try self.decision([self.node(blocks: nil, isNode: false)]).warnings() == [])
        // Whoever doesn't answer is named.
        #expect(try self.decision([self.node()], problems: ["b is down"]).warnings() == ["b is down"])
    }

    /// They can't know what came behind the backup's end.
    @Test func whoIsBehindTheBackupDoesNotCount() throws {
        for (behind, said) in [
            (self.node("http://b", blocks: 9, size: 90, root: nil), "http://b has 90 records in 9 blocks"),
            (self.node("http://b", blocks: 9), "http://b has 100 records in 9 blocks"),
            (
                self.node("the witness w", blocks: nil, size: 99, root: nil, isNode: false),
                "the witness w has 99 records"
            ),
        ] {
            let warning = said + ", and is behind the backup"
            let text = try #require(self.refusal(self.decision([behind])))
            let unknowing = "nobody who was asked can tell whether the ledger goes on"
            #expect(text.hasPrefix(unknowing) && text.contains(warning), "\(text)")
            let warnings = try self.decision([behind], acceptsOlder: true).warnings()
            #expect(
                warnings.count == 2 && warnings[0] == warning && warnings[1].hasPrefix(unknowing), "\(warnings)")
            // Beside one who has as much, it is only named.
            #expect(try self.decision([behind, self.node()]).warnings() == [warning])
        }
    }

    @Test func somebodyHasMore() throws {
        let more = self.node("http://b", blocks: 12, size: 120)
        let text = try #require(
            self.refusal(self.decision([self.node(), more, self.node("http://c", blocks: 11, size: 110)])))
        for part in [
            "http://b has 120 records in 12 blocks", "the backup has 100 records in 10 blocks", "Nothing was restored",
            "cairn backup --url http://b --output ./backup", "cairn serve --join", "--accept-older",
        ] {
            #expect(text.contains(part), "\(text)")
        }
        let warnings = try self.decision([more], problems: ["x"], acceptsOlder: true).warnings()
        #expect(warnings.count == 2 && warnings[0] == "x" && warnings[1].contains("120 records"))
    }

    /// A change of members is a block without records.
    @Test func moreBlocksAreMore() throws {
        #expect(self.refusal(self.decision([self.node(blocks: 11)])) != nil)
    }

    @Test func onlyAWitnessHasMore() throws {
        let witness = self.node("the witness w", blocks: nil, size: 101, root: nil, isNode: false)
        let text = try #require(self.refusal(self.decision([self.node(), witness])))
        #expect(
            text.contains("the witness w has 101 records,") && text.contains("Find a node that has them"), "\(text)")
    }

    @Test func nobodyAnswers() throws {
        for problems in [[], ["a is down"]] {
            let text = try #require(self.refusal(self.decision(problems: problems)))
            #expect(text.contains("nobody could be asked") && text.contains("--from") && text.contains("--policy"))
            #expect(problems.allSatisfy { text.contains($0) })
            let warnings = try self.decision(problems: problems, acceptsOlder: true).warnings()
            #expect(warnings.count == problems.count + 1)
            #expect(warnings.last?.hasPrefix("nobody was asked whether") == true)
        }
    }

    @Test(arguments: [false, true])
    func anotherHistoryIsAlwaysRefused(acceptsOlder: Bool) throws {
        for other in [
            self.node("http://b", root: Self.otherRoot),
            self.node("http://b", blocks: 20, size: 200, root: Self.otherRoot),
            self.node("http://b", blocks: nil, root: Self.otherRoot, isNode: false),
        ] {
            let decision = self.decision([self.node(), other], acceptsOlder: acceptsOlder)
            let text = try #require(self.refusal(decision))
            #expect(text.contains("http://b has another history"), "\(text)")
        }
    }

    @Test func namesOfSuccessors() {
        for (old, new) in [
            ("a", "a/2"), ("example.com/x", "example.com/x/2"), ("a/2", "a/3"), ("a/9", "a/10"), ("a/1", "a/1/2"),
            ("a/x2", "a/x2/2"), ("a/", "a//2"), ("a/65535", "a/65536"), ("a/65536", "a/65536/2"),
        ] {
            #expect(SuccessorWork.name(after: old) == new)
        }
    }
}
