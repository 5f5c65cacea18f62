import Model
import Testing

@Suite("What is said of files")
struct FileTests {
    @Test(
        "A name is its last part, without what leads elsewhere or hides its end",
        arguments: [
            ("a.pdf", "a.pdf"), ("../../etc/passwd", "passwd"), ("C:\\tmp\\a.exe", "a.exe"), ("a\r\nb: c", "ab: c"),
            ("cod\u{202E}gpj.exe", "codgpj.exe"), ("  a b.txt ", "a b.txt"), ("två 📦.txt", "två 📦.txt"),
            ("..", nil), ("/", nil), ("", nil), ("\u{0}", nil), (".profile", ".profile"),
        ] as [(String, String?)])
    func names(given: String, expected: String?) {
        #expect(FileName.safe(given) == expected)
    }

    @Test("A long name is cut between signs")
    func longName() {
        let name = FileName.safe(String(repeating: "å", count: 500))
        #expect(name == String(repeating: "å", count: 100))
    }

    @Test("The names of files that a mapping gives are made harmless")
    func mapped() throws {
        let file = try FileReference(mapping: ["reference": 7, "name": "../a\nb.pdf"], path: ".files[0]")
        #expect(file == FileReference(reference: "7", name: "ab.pdf"))
    }

    @Test(
        "A media type is read without its parameters, or not at all",
        arguments: [
            ("Image/PNG; q=1", "image/png"), ("a/b", "a/b"), ("image", nil), ("image/*", nil), ("a/b/c", nil),
            ("a/b\r\nX: y", nil), ("", nil), (nil, nil),
        ] as [(String?, String?)])
    func essence(given: String?, expected: String?) {
        #expect(MediaType.essence(given) == expected)
    }

    @Test("Limits name what is wrong, and let pass what is not known yet")
    func limits() {
        let limits = FileLimits(bytesMax: 10 << 20, types: ["image/*", "application/pdf"])
        #expect(limits.problem(size: 10 << 20, type: "image/webp") == nil)
        #expect(limits.problem(size: (10 << 20) + 1, type: "image/webp") == "is larger than 10 MB")
        #expect(limits.problem(size: nil, type: "application/pdf") == nil)
        #expect(limits.problem(size: nil, type: nil) == nil)
        #expect(limits.problem(size: 1, type: "imagemap/x") == "is of the type imagemap/x")
        #expect(FileLimits(bytesMax: 1000).problem(size: 1001, type: "x/y") == "is larger than 1000 bytes")
    }

    @Test("A reply may be nothing but files; a note too; anything else carries none")
    func commands() throws {
        let files: JSON = [["reference": "7", "name": "a.pdf"]]
        for kind in ["reply", "note"] {
            let command = try Command(mapping: ["kind": .string(kind), "id": "1", "ticket": "2", "files": files])
            #expect(command.files == [FileReference(reference: "7", name: "a.pdf")])
            #expect(command.text == nil)
            #expect(try Command(mapping: command.json) == command)
        }
        let error = #expect(throws: MappingError.self) {
            try Command(mapping: ["kind": "close", "id": "1", "ticket": "2", "files": files])
        }
        #expect(error?.description == ".files: only a reply or a note carries files")
    }
}
