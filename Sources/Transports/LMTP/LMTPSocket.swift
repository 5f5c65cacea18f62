// The calls to the system that a listener needs.

// Of sockets' types one header is shared by the system's module and libcurl's: whichever was read first has them.
import CCurl
import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Listening and waiting.
enum LMTPSocket {
    enum Wait {
        case ready
        case woken
        case quiet
    }

    /// Waits until something can be done with a socket, at most `time`.
    static func wait(for descriptor: Int32, _ events: Int32, _ wake: WakeSignal?, _ time: Duration) -> Wait {
        var looks = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
            pollfd(fd: wake?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&looks, 2, Int32(clamping: time.wholeMilliseconds))
        if looks[1].revents != 0 { return .woken }
        return ready > 0 ? .ready : .quiet
    }

    static func bound(to address: LMTPAddress) throws(MailFailure) -> (descriptor: Int32, port: UInt16) {
        switch address {
        case .loopback(let port): try bound(to: port)
        case .socket(let path, let mode): (try bound(to: path, mode), 0)
        }
    }

    static func connected(to address: LMTPAddress) throws(MailFailure) -> Int32 {
        let (descriptor, isConnected): (Int32, Bool)
        switch address {
        case .loopback(let port):
            var name = loopback(port)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let size = socklen_t(MemoryLayout.size(ofValue: name))
            isConnected = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
            }
        case .socket(let path, _):
            var name = try unixName(path)
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            let size = socklen_t(MemoryLayout.size(ofValue: name))
            isConnected = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
            }
        }
        guard isConnected else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw MailFailure(.connect, "nobody takes mails there: \(reason)")
        }
        return descriptor
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return name
    }

    private static func unixName(_ path: String) throws(MailFailure) -> sockaddr_un {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: name.sun_path), !bytes.contains(0) else {
            throw MailFailure(.refused, "\(path) is no path of a socket: it may have 107 bytes")
        }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        return name
    }

    private static func bound(to port: UInt16) throws(MailFailure) -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout.size(ofValue: yes)))
        var name = loopback(port)
        var size = socklen_t(MemoryLayout.size(ofValue: name))
        let isBound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try begin(descriptor, isBound, "port \(port)")
        return (descriptor, UInt16(bigEndian: name.sin_port))
    }

    private static func bound(to path: String, _ mode: UInt32) throws(MailFailure) -> Int32 {
        var name = try unixName(path)
        // One that a process left behind; anything else stays, and the bind fails.
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let size = socklen_t(MemoryLayout.size(ofValue: name))
        let isBound = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
        // Until it listens nobody comes in: the mode is set in time.
        try begin(descriptor, isBound && chmod(path, mode_t(mode)) == 0, path)
        return descriptor
    }

    private static func begin(_ descriptor: Int32, _ isBound: Bool, _ place: String) throws(MailFailure) {
        // The flags are refused only for a descriptor that is none, and then nothing was bound.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        guard isBound, listen(descriptor, 64) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw MailFailure(.refused, "\(place) cannot be listened at: \(reason)")
        }
    }
}
