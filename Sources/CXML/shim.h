// libxml2: its push parser of XML and its parser of HTML, with callbacks of ours; they build no tree and open nothing.
#include <libxml/xmlversion.h>
// Its declarations of ICU would meet those of Foundation, which are of another version; nothing here uses them.
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

// A macro that Swift would read as a number too large for the field it is for.
static const unsigned int samtal_sax2_magic = XML_SAX2_MAGIC;

// Fetch nothing and write nothing to the standard error. Entities are replaced, or `&amp;` in an attribute would come out
// as `&#38;`; no others than those of the language are there, for a text with a DTD is refused.
static const int samtal_xml_options = XML_PARSE_NOENT | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;

// The text is UTF-8 already, whatever its `meta` says.
static const int samtal_html_options = HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET | HTML_PARSE_NOERROR
    | HTML_PARSE_NOWARNING | HTML_PARSE_RECOVER;
