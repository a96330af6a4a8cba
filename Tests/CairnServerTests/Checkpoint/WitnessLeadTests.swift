import CairnLedger
import CairnServer
import Testing

struct WitnessLeadTests {
    private let late = WitnessLead.patience

    @Test func whoWritesAloneHasLostWhatAWitnessKnows() {
        var lead = WitnessLead()
        let isLoss = lead.isLoss(at: 8, own: 7, others: false, isReady: true, now: .zero)
        #expect(isLoss)
    }

    @Test func aMemberThatComesBackHasTimeToCatchUp() {
        var lead = WitnessLead()
        var losses = [lead.isLoss(at: 900, own: 100, others: true, isReady: false, now: .zero)]
        losses.append(lead.isLoss(at: 950, own: 400, others: true, isReady: false, now: self.late * 2))
        #expect(losses == [false, false])
    }

    @Test func whoIsAlwaysALittleBehindLosesNothing() {
        var lead = WitnessLead()
        var losses = 0
        for step in UInt64(0)..<100 {
            let (seen, own) = (TreeSize(rawValue: 10 * step + 10), TreeSize(rawValue: 10 * step + 5))
            let now = Duration.seconds(10 * Int64(step))
            if lead.isLoss(at: seen, own: own, others: true, isReady: true, now: now) { losses += 1 }
        }
        #expect(losses == 0)
    }

    @Test func whoHasAllThatOthersHaveAndStaysBehindHasLostIt() {
        var lead = WitnessLead()
        var losses = [lead.isLoss(at: 900, own: 100, others: true, isReady: true, now: .zero)]
        losses.append(lead.isLoss(at: 900, own: 120, others: true, isReady: true, now: self.late - .seconds(1)))
        losses.append(lead.isLoss(at: 900, own: 120, others: true, isReady: true, now: self.late))
        #expect(losses == [false, false, true])
    }
}
