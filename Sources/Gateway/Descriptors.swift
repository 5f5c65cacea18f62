// File descriptors: there must always be some. Without one no connection of ours is made, and libdispatch, which looks
// into /proc every second to see which of its threads run, ends the process.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many descriptors this process may have, and how many of them are for those who call.
struct Descriptors: Sendable, Hashable {
    /// For the store, the log, libraries, and our own requests: 256 connections at most.
    static let reserve = 384

    let limit: Int

    /// The limit of this process, raised as far as it may be (getrlimit(2)): services often start with 1024.
    static func raised() -> Descriptors {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return Descriptors(limit: 1024)
        }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return Descriptors(limit: Int(clamping: isRaised ? limit.rlim_max : soft))
    }

    /// How many connections of others are open at one time. Those that come then wait in the kernel's queue until one
    /// ends; an idle one is closed after 25 seconds.
    var connectionsMax: Int { max(limit - Self.reserve, limit / 2) }
}
