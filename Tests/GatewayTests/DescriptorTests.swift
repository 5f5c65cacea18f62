import Testing

@testable import Gateway

@Suite("File descriptors")
struct DescriptorTests {
    @Test(
        "Who calls never gets the last descriptors",
        arguments: [(200, 100), (1024, 640), (1_048_576, 1_048_192)])
    func share(limit: Int, connections: Int) {
        #expect(Descriptors(limit: limit).connectionsMax == connections)
    }
}
