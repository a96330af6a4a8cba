import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport
import Testing

struct ServingTests {
    private func chain(
        _ blocks: Int, epochEvery: Int = .max, certificateEvery: Int = 1, records: ClosedRange<Int> = 1...1,
        padding: Int = 0
    ) throws -> SampleChain {
        var random = SplitMix64(seed: 5)
        return try SampleChain(
            blocks: blocks, epochEvery: epochEvery, certificateEvery: certificateEvery, records: records,
            padding: padding, &random)
    }

    @Test func headersHoldWhatTheirReceiverNeeds() throws {
        let chain = try self.chain(300, epochEvery: 50, certificateEvery: 2)
        for head in [BlockIndex(rawValue: 1), 50, 51, 299, 300] {
            let message = CatchUpServing.headers(from: 1, through: head) { BlockOutline(chain[$0]) }
            guard case .headers(let links) = message, let last = links.last else {
                // The first block may have no certificate.
                #expect(chain[1].certificate == nil)
                continue
            }
            #expect(links.map(\.header.index.rawValue) == Array(1...last.header.index.rawValue))
            #expect(last.certificate != nil)
            #expect(last.annexBytes == chain[last.header.index].block.annexBytes)
            for index in last.header.index.rawValue..<head.rawValue {
                #expect(chain[BlockIndex(rawValue: index + 1)].certificate == nil)
            }
            for link in links.dropLast() {
                let endsEpoch = link.header.index.rawValue.isMultiple(of: 50)
                #expect(link.annexBytes.isEmpty == !endsEpoch)
                #expect((link.certificate == nil) == !endsEpoch)
            }
        }
    }

    @Test func certificatesStandFarApart() throws {
        let chain = try self.chain(300)
        guard
            case .headers(let links) = CatchUpServing.headers(from: 1, through: 300, link: { BlockOutline(chain[$0]) })
        else { throw QuickSigner.Failure() }
        #expect(links.filter { $0.certificate != nil }.map(\.header.index) == [128, 256, 300])
    }

    @Test func headersFitAMessage() throws {
        // Every ninth block or so has a certificate: the end is the last of these before the usual one.
        let chain = try self.chain(8_300, certificateEvery: 9)
        guard
            case .headers(let links) = CatchUpServing.headers(
                from: 1, through: chain.head, link: { BlockOutline(chain[$0]) })
        else { throw QuickSigner.Failure() }
        #expect((CatchUpServing.headersUsually - 200...CatchUpServing.headersUsually).contains(links.count))
        let rare = CatchUpServing.headers(from: 1, through: chain.head) { index in
            var outline = BlockOutline(chain[index])
            if index > 100 { outline.certificate = nil }
            return outline
        }
        guard case .headers(let few) = rare else { throw QuickSigner.Failure() }
        #expect(few.count <= 100)
        var read = 0
        _ = CatchUpServing.headers(from: 1, through: chain.head) { index in
            read += 1
            var outline = BlockOutline(chain[index])
            outline.certificate = nil
            return outline
        }
        #expect(read == CatchUpServing.headersMax)
    }

    @Test func headersMayBeFewer() throws {
        let chain = try self.chain(30, certificateEvery: 3)
        for most in [1, 2, 7] {
            let message = CatchUpServing.headers(from: 5, through: 25, blocksMax: most) { BlockOutline(chain[$0]) }
            guard case .headers(let links) = message, let last = links.last?.header.index else {
                throw QuickSigner.Failure()
            }
            // The last certificate among so many, or else the first behind them.
            let ends = (5...25).filter { chain[BlockIndex(rawValue: $0)].certificate != nil }
            #expect(last.rawValue == ends.last { $0 <= 4 + UInt64(most) } ?? ends.first)
        }
    }

    @Test func nobodyGetsAnEndWithoutACertificate() throws {
        let chain = try self.chain(20, certificateEvery: 100)
        let message = CatchUpServing.headers(from: 1, through: 19) { BlockOutline(chain[$0]) }
        #expect(message == .unavailable(from: 1))
        #expect(CatchUpServing.finals(from: 1, through: 19) { chain[$0] }.isEmpty)
        #expect(CatchUpServing.finals(from: 1, through: 20, blocksMax: 4) { chain[$0] }.count == 20)
    }

    @Test func blocksFitAMessage() throws {
        let chain = try self.chain(8, records: 17...17, padding: 61_000)
        guard
            case .blocks(let blocks) = CatchUpServing.blocks(
                2...BlockIndex(rawValue: .max), through: 8, block: { chain[$0] })
        else { throw QuickSigner.Failure() }
        #expect(blocks.map(\.block.index) == [2, 3, 4, 5])
        #expect(blocks.allSatisfy { $0.certificate == nil })
        #expect(CatchUpServing.blocks(3...3, through: 8) { chain[$0] } == .blocks([chain[3]]))
        #expect(CatchUpServing.blocks(9...9, through: 8) { chain[$0] } == .unavailable(from: 9))
        #expect(CatchUpServing.headers(from: 9, through: 8) { BlockOutline(chain[$0]) } == .unavailable(from: 9))
        #expect(CatchUpServing.finals(from: 2, through: 8) { chain[$0] }.count == 4)
    }
}
