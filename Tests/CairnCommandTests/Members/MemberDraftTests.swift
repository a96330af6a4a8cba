import CairnCommand
import CairnHash
import CairnLedger
import Testing

/// What a draft says of settings.
struct MemberDraftTests {
    private let present: EpochMembers
    private let other = PrivateKey().publicKey

    init() throws {
        let members = try #require(MemberSet([Member(key: PrivateKey().publicKey)], faultModel: .majority))
        self.present = EpochMembers(chain: .zero, epoch: 3, members: members, settings: EpochSettings())
    }

    private func draft(
        _ edit: MemberEdit, _ faultModel: FaultModel? = nil, window: UInt64?
    ) throws(CommandFailure) -> MemberDraft {
        try MemberDraft(
            edit, present: self.present, faultModel: faultModel, settings: SettingsEdit(submissionWindow: window))
    }

    /// Nodes of any version read it.
    @Test func whatLeavesThemAloneIsOfTheFirstFormat() throws {
        for window in [nil, EpochSettings().submissionWindow] {
            let draft = try self.draft(.add([self.other], power: 2), window: window)
            #expect(draft.draft.settings == nil && draft.draft.next.members.count == 2)
            #expect(!String(decoding: draft.draft.encoded(), as: UTF8.self).contains("format"))
            #expect(!draft.text.contains("Agreement"))
        }
        #expect(try self.draft(.keep, .bft, window: nil).draft.next.faultModel == .bft)
    }

    @Test func settingsAloneAndWithMembers() throws {
        let alone = try self.draft(.keep, window: 12)
        #expect(alone.draft.next == self.present.members && alone.draft.settings?.submissionWindow == 12)
        #expect(alone.text.hasSuffix("\nAgreement simplex-1, submission ids of 12 records are remembered"))
        let both = try self.draft(.add([self.other], power: 1), .bft, window: 12)
        #expect(both.draft.next.members.count == 2 && both.draft.settings == alone.draft.settings)
    }

    @Test func anotherRuleOfAgreement() throws {
        let edit = SettingsEdit(agreement: .simplex2)
        let draft = try MemberDraft(.keep, present: self.present, faultModel: nil, settings: edit)
        #expect(draft.draft.settings?.agreement == .simplex2)
        #expect(draft.text.hasSuffix("\nAgreement simplex-2, submission ids of 1048576 records are remembered"))
        let present = EpochMembers(
            chain: .zero, epoch: 4, members: self.present.members, settings: try #require(draft.draft.settings))
        #expect(throws: CommandFailure.self) {
            try MemberDraft(.keep, present: present, faultModel: nil, settings: edit)
        }
        // What isn't named stays.
        let window = try MemberDraft(
            .keep, present: present, faultModel: nil, settings: SettingsEdit(submissionWindow: 12))
        #expect(window.draft.settings == EpochSettings(agreement: .simplex2, submissionWindow: 12))
        let joined = try MemberDraft(.add([self.other], power: 1), present: present, faultModel: nil)
        #expect(joined.draft.settings == nil)
    }

    @Test func recoveryKeysAreOfASingleMember() throws {
        let keys = try #require(RecoveryKeys((0..<3).map { _ in PrivateKey().publicKey }, needed: 2))
        let edit = SettingsEdit(recovery: .keys(keys))
        let named = try MemberDraft(.keep, present: self.present, faultModel: nil, settings: edit)
        #expect(named.draft.settings?.recovery == keys && named.text.contains("\nRecovery by 2 of:\n  "))
        let present = EpochMembers(
            chain: .zero, epoch: 4, members: self.present.members, settings: try #require(named.draft.settings))
        #expect(throws: CommandFailure.self) {
            try MemberDraft(.keep, present: present, faultModel: nil, settings: edit)
        }
        let none = try MemberDraft(.keep, present: present, faultModel: nil, settings: SettingsEdit(recovery: .none))
        #expect(none.draft.settings == EpochSettings())
        // Who has several members has others who go on.
        let joined = try MemberDraft(.add([self.other], power: 1), present: present, faultModel: nil)
        #expect(joined.draft.settings == EpochSettings() && joined.draft.next.members.count == 2)
        #expect(throws: CommandFailure.self) {
            try MemberDraft(.add([self.other], power: 1), present: present, faultModel: nil, settings: edit)
        }
        let own = try #require(RecoveryKeys([self.present.members.members[0].key], needed: 1))
        #expect(throws: CommandFailure.self) {
            try MemberDraft(
                .keep, present: self.present, faultModel: nil, settings: SettingsEdit(recovery: .keys(own)))
        }
    }

    /// Whoever has lost that key could recover nothing.
    @Test func noRecoveryKeyBecomesTheOnlyMember() throws {
        let keys = try #require(RecoveryKeys([self.other, PrivateKey().publicKey], needed: 1))
        let present = EpochMembers(
            chain: .zero, epoch: 4, members: self.present.members,
            settings: try #require(EpochSettings(submissionWindow: 12, recovery: keys)))
        let replace = MemberEdit.replace(self.present.members.members[0].key, with: self.other)
        for edit in [SettingsEdit(), SettingsEdit(submissionWindow: 13)] {
            #expect(throws: CommandFailure.self) {
                try MemberDraft(replace, present: present, faultModel: nil, settings: edit)
            }
        }
        let none = try MemberDraft(replace, present: present, faultModel: nil, settings: SettingsEdit(recovery: .none))
        #expect(none.draft.settings == EpochSettings(submissionWindow: 12))
        // With others beside it, there are none.
        let joined = try MemberDraft(.add([self.other], power: 1), present: present, faultModel: nil)
        #expect(joined.draft.settings?.recovery == nil && joined.draft.next.members.count == 2)
    }

    @Test func whatChangesNothingIsNoDraft() {
        #expect(throws: CommandFailure.self) { try self.draft(.keep, window: nil) }
        #expect(throws: CommandFailure.self) { try self.draft(.keep, .majority, window: 1 << 20) }
        for window: UInt64 in [0, 1 << 32 + 1] {
            #expect(throws: CommandFailure.self) { try self.draft(.keep, window: window) }
        }
    }
}
