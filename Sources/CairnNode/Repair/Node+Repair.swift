extension Node {
    /// Says where the node gets blocks that its own disk has lost. Nil: from nowhere.
    public func setBlockSource(_ source: (any BlockSource)?) {
        self.repairer.setSource(source)
    }

    /// Waits until nothing is being put right any more, at most so long: for whoever came upon damage, and reads again then.
    package func waitForRepair(atMost timeout: Duration) async {
        await self.repairer.settle(atMost: timeout)
    }
}
