// libxml2: only its push parser is used, with callbacks of ours; it builds no tree and opens nothing.
#include <libxml/xmlversion.h>
// Its declarations of ICU would meet those of Foundation, which are of another version; nothing here uses them.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

// A macro that Swift would read as a number too large for the field it is for.
static const unsigned int samtal_sax2_magic = XML_SAX2_MAGIC;

// Fetch nothing and write nothing to the standard error. Entities are replaced, or `&amp;` in an attribute would come out
// as `&#38;`; no others than those of the language are there, for a text with a DTD is refused.
static const int samtal_xml_options = XML_PARSE_NOENT | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
