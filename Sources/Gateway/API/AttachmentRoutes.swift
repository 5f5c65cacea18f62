// Files by API: taken in for replies to come, and given out.

import Conversations
import HTTPTypes
import Model
import Storage

/// The part of the API that is about files.
struct AttachmentRoutes: Sendable {
    let live: LiveInstallation

    var routes: [APIRoute] { [upload, one] }

    private var upload: APIRoute {
        APIRoute(
            method: .post, path: "/v1/attachments",
            summary: "Takes a file for replies to come; the body is the file", scope: .writeReplies,
            parameters: [
                .init("Content-Type", .header, "The file's media type", schema: ["type": "string"]),
                .init(
                    "filename", .query, "The file's name", schema: ["type": "string", "maxLength": 200]),
            ], body: nil, bytesMax: Files.uploadBytesMax, success: (.created, "Attachment"),
            problems: [(.badRequest, ["bad-body"])]
        ) { [live] call in
            guard !call.body.isEmpty else {
                throw Problem(.badRequest, "bad-body", "the body is the file; it is empty")
            }
            let file = CarriedFile(
                name: FileName.safe(call.query["filename"]),
                type: MediaType.of(declared: call.headers[.contentType], told: nil), bytes: call.body)
            let attachment = try await live.current.files.upload(file, from: "api:\(call.token.name)")
            return APIAnswer(attachment.json, status: .created)
        }
    }

    private var one: APIRoute {
        APIRoute(
            method: .get, path: "/v1/attachments/{id}",
            summary: "The bytes of a file; fetched from where it lies when they are not here yet",
            scope: .readConversations,
            parameters: [
                .init("id", .path, "The attachment", schema: ["type": "string", "pattern": "^att_[0-9a-z]{26}$"])
            ], body: nil, success: (.ok, APIRoute.file),
            problems: [
                (.notFound, ["not-found"]), (.gone, ["file-refused"]), (.badGateway, ["file-unavailable"]),
            ]
        ) { [live] call in
            let files = live.current.files
            switch try await files.obtain(try call.id("id", AttachmentID.self)) {
            case .kept(let attachment): return APIAnswer(try await files.carried(attachment))
            case .refused(_, let reason): throw Problem.fileRefused(reason)
            case .unavailable(_, let reason), .later(let reason, _): throw Problem.fileUnavailable(reason)
            case nil: throw Problem.notFound
            }
        }
    }
}
