// TCP over loopback with plain system calls, so that a test can send what no library would.

import Glibc
import Synchronization

/// Calls on socket descriptors. None is inherited by child processes.
enum LocalSocket {
    struct Failure: Error {
        let call: String
        let code: Int32
    }

    /// Held while a program starts and while a connection is taken: a descriptor is made private to this process in a
    /// second call, and no program may start between the two.
    static let births = Mutex(())

    /// How long a call waits before it counts as failed, seconds.
    static let readSecondsMax = 30

    /// Connects to a port of 127.0.0.1.
    /// - Parameter seconds: how long connecting, and each read, may take.
    static func connect(to port: Int, patience seconds: Int = readSecondsMax) throws -> Int32 {
        let descriptor = try make(AF_INET)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var name = address(port)
        try connect(descriptor, to: &name)
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// Connects to a socket in the file system.
    static func connect(toFile path: String) throws -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let isTooLong = withUnsafeMutableBytes(of: &name.sun_path) { place in
            place.copyBytes(from: path.utf8.prefix(place.count - 1))
            return path.utf8.count >= place.count
        }
        guard !isTooLong else { throw Failure(call: "connect", code: ENAMETOOLONG) }
        let descriptor = try make(AF_UNIX)
        try connect(descriptor, to: &name)
        return descriptor
    }

    private static func connect<Name>(_ descriptor: Int32, to name: inout Name) throws {
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Name>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw Failure(call: "connect", code: code)
        }
    }

    /// Listens on a free port of 127.0.0.1.
    static func listen() throws -> (descriptor: Int32, port: Int) {
        let descriptor = try make(AF_INET)
        var name = address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, size) == 0 && Glibc.listen(descriptor, 1024) == 0
                    && getsockname(descriptor, raw, &size) == 0
            }
        }
        guard result else { throw Failure(call: "listen", code: errno) }
        return (descriptor, Int(UInt16(bigEndian: name.sin_port)))
    }

    /// A port that was free a moment ago: for a server of somebody else's, which must be told its port.
    static func freePort() throws -> Int {
        let (descriptor, port) = try listen()
        close(descriptor)
        return port
    }

    /// Waits for the next connection and takes it; `nil` when the listener was shut down.
    static func accept(on listener: Int32) -> Int32? {
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, -1) < 0, errno == EINTR {}
        return births.withLock { _ in
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return nil }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return descriptor
        }
    }

    /// Sends all bytes.
    static func send(_ bytes: [UInt8], on descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(call: "send", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// The next bytes; empty at the end of the stream.
    static func receive(on descriptor: Int32) throws -> [UInt8] {
        let size = 65_536
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let read = recv(descriptor, buffer.baseAddress, size, 0)
            if read < 0 { failure = errno }
            count = max(0, read)
        }
        if let failure { throw Failure(call: "recv", code: failure) }
        return bytes
    }

    /// Makes `close` send RST instead of FIN.
    static func resetOnClose(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    private static func make(_ family: Int32) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        return descriptor
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return name
    }
}
