extension Node {
    /// Says where the node gets blocks that its own disk has lost. Nil: from nowhere.
    public func setBlockSource(_ source: (any BlockSource)?) {
        self.repairer.setSource(source)
    }
}
