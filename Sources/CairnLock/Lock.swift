/// The one lock of Cairn: it holds a value, and whoever wants the value takes the lock.
///
/// It is `Synchronization.Mutex`, as it comes. ThreadSanitizer knows no futexes and would report a race wherever one guards
/// something, so for it the same lock is made of what it knows: `scripts/sanitize` defines `TSAN`.
#if TSAN
    internal import Glibc

    package struct Lock<Value: ~Copyable>: ~Copyable {
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private let value: UnsafeMutablePointer<Value>

        package init(_ initialValue: consuming sending Value) {
            self.mutex = .allocate(capacity: 1)
            self.mutex.initialize(to: pthread_mutex_t())
            let code = pthread_mutex_init(self.mutex, nil)
            precondition(code == 0, "a mutex of the default kind needs nothing that could be missing")
            self.value = .allocate(capacity: 1)
            self.value.initialize(to: initialValue)
        }

        deinit {
            self.value.deinitialize(count: 1)
            self.value.deallocate()
            pthread_mutex_destroy(self.mutex)
            self.mutex.deallocate()
        }

        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            let code = pthread_mutex_lock(self.mutex)
            precondition(code == 0, "the mutex was initialized")
            defer { pthread_mutex_unlock(self.mutex) }
            return try body(&self.value.pointee)
        }
    }

    /// Sendable though unchecked: the value is only touched by who has the mutex.
    extension Lock: @unchecked Sendable where Value: ~Copyable {}
#else
    // Whoever takes a lock needs its members, and they are that module's.
    @_exported public import Synchronization

    package typealias Lock<Value: ~Copyable> = Mutex<Value>
#endif
