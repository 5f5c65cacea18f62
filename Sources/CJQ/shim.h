// libjq has no pkg-config file in Debian 12; the module map links it.
#include <jv.h>
#include <jq.h>
#include <oniguruma.h>

// oniguruma 6.9 starts itself at the first regular expression, which two threads must not do at one time: it is to be
// started before there are threads. 0 when it is ready. (The encoding is a global variable, which Swift cannot name.)
static inline int onig_start_utf8(void) {
    OnigEncoding encodings[] = {ONIG_ENCODING_UTF8};
    return onig_initialize(encodings, 1);
}
