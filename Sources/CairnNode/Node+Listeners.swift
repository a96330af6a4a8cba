internal import CairnLedger
internal import CairnStore

extension Node {
    /// What the driver's reports go to.
    struct Listeners {
        let store: LedgerStore
        let indexer: Indexer?
        let checkpoints: CheckpointPublisher
        let failure = FailureSignal()
        let growth = GrowthWaiters()
        let whole = GrowthWaiters()
        let source = RepairSource()
        let background = BackgroundWork()
        let watch = ReadinessWatch()

        var reports: LedgerDriver.Reports {
            let (store, indexer, checkpoints) = (self.store, self.indexer, self.checkpoints)
            let (failure, growth, whole) = (self.failure, self.growth, self.whole)
            let (source, background, watch) = (self.source, self.background, self.watch)
            return LedgerDriver.Reports(
                grew: {
                    growth.signal(store.head.treeSize)
                    indexer?.signal()
                    checkpoints.signal()
                },
                failed: {
                    failure.fail(.store($0))
                    whole.stop()
                },
                shared: { share, lied in checkpoints.receive(share, lied: lied) },
                linked: { _ in
                    checkpoints.tellAgain()
                    source.linked()
                },
                whole: {
                    background.start()
                    whole.signal(1)
                },
                damaged: { source.report($0) },
                offered: { source.offer($0, from: $1) },
                looked: { watch.look() })
        }
    }
}
