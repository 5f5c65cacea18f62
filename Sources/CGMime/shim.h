// GMime 3: the structure of mails and their transfer encodings. iconv comes along, for the charsets.
#include <gmime/gmime.h>
#include <iconv.h>
