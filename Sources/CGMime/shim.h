// GMime 3, the peer that the reader of mails is measured against. The house itself does without it.
#include <gmime/gmime.h>

// Parses a mail and decodes the content of each of its parts.
// Returns how many parts have content; `decoded` is increased by its size in bytes.
static inline unsigned samtal_gmime_read(const char *bytes, size_t length, size_t *decoded) {
    GMimeStream *input = g_mime_stream_mem_new_with_buffer(bytes, length);
    GMimeParser *parser = g_mime_parser_new_with_stream(input);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    unsigned count = 0;
    if (message) {
        GMimePartIter *parts = g_mime_part_iter_new((GMimeObject *)message);
        do {
            GMimeObject *part = g_mime_part_iter_get_current(parts);
            if (!part || !GMIME_IS_PART(part)) continue;
            GMimeDataWrapper *content = g_mime_part_get_content((GMimePart *)part);
            if (!content) continue;
            GMimeStream *output = g_mime_stream_mem_new();
            g_mime_data_wrapper_write_to_stream(content, output);
            *decoded += (size_t)g_mime_stream_length(output);
            g_object_unref(output);
            count += 1;
        } while (g_mime_part_iter_next(parts));
        g_mime_part_iter_free(parts);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(input);
    return count;
}
