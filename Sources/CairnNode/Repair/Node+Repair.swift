extension Node {
    /// Says where the node gets blocks that its own disk has lost. Nil: from nowhere.
    public func setBlockSource(_ source: (any BlockSource)?) {
        self.repairer.setSource(source)
    }

    /// Waits until what is being put right is, at most so long: for whoever came upon damage and asks again then.
    ///
    /// - Returns: whether nothing is known to be damaged any more.
    package func waitForRepair(atMost timeout: Duration) async -> Bool {
        await self.repairer.settle(atMost: timeout)
    }
}
