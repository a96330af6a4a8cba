public import ArgumentParser
public import CairnLedger

extension RecordNumber: ExpressibleByArgument {}
extension BlockIndex: ExpressibleByArgument {}
extension TreeSize: ExpressibleByArgument {}
extension FaultModel: ExpressibleByArgument {}
extension AgreementRule: ExpressibleByArgument {}
