// Files of one endpoint: fetching those that the other side speaks of, and giving it those of a job.

package import Model

extension Connector {
    /// What the other side takes of files; `nil`: none.
    package var sentFiles: FileLimits? { folder.send?.files?.limits }
    /// Whether it takes the bytes of files; else links only.
    package var takesBytes: Bool { folder.send?.files?.wantsBytes ?? false }

    /// Whether files are fetched soon after they were spoken of.
    package var fetchesEagerly: Bool { folder.files?.isEager ?? false }

    /// The same connector with the files that one job may carry.
    package func carrying(_ files: any FileSource) -> Connector {
        var connector = self
        connector.host.files = files
        return connector
    }

    /// Fetches a file that the other side spoke of.
    package func fetch(_ file: FileReference) async -> FileFetch {
        guard let files else { return .unavailable("files of \(folder.id) can not be fetched") }
        let result = await FileRun(self, files, file: file).run()
        return switch result {
        case .fetched: result
        case .refused(let reason): .refused(shown(reason))
        case .unavailable(let reason): .unavailable(shown(reason))
        case .later(let reason, let wait): .later(shown(reason), wait: wait)
        }
    }

    /// A reason as tickets and the API may show it: without secrets, and without the place of the folder here.
    private func shown(_ reason: String) -> String {
        let portable = reason.replacing("\(folder.path)/", with: "\(folder.side.folderName)/\(folder.id)/")
        return sender?.redactor.redacted(portable) ?? portable
    }

    /// The files that a request carries, by id.
    /// - Throws: ``SendMistake`` when the store cannot be read, ``MappingError`` for a file that the job has not.
    func files(of rendered: RenderedRequest) async throws -> [String: CarriedFile] {
        var files: [String: CarriedFile] = [:]
        for id in rendered.fileIDs where files[id] == nil {
            do {
                files[id] = try await host.files.file(id)
            } catch {
                throw SendMistake(reason: "a file can not be read: \(error)", outcome: .transient)
            }
            guard files[id] != nil else {
                throw MappingError(path: "", problem: "the job carries no file \"\(id.prefix(40))\"")
            }
        }
        for (id, slice) in rendered.slices where !slice.fits(files[id]?.bytes.count ?? 0) {
            throw MappingError(path: ".slice", problem: "lies beyond the end of the file \"\(id.prefix(40))\"")
        }
        return files
    }
}

/// A job without files.
struct NoFiles: FileSource {
    func file(_ id: String) async throws -> CarriedFile? { nil }
}
