/* fuzz_session_cookie.c: what browsers and programs present: a part of what they sent, or nothing;
 * what is taken for a token is one to the letter. */
#include "record/session_cookie.h"
#include "record/token.h"

#include <assert.h>

static void check_token(enum cord_token_kind kind, cord_str text)
{
    struct cord_digest hash;
    cord_status status = cord_token_read(kind, text, &hash);
    assert(status == CORD_OK || status == CORD_E_FORMAT);
    assert(status != CORD_OK || text.len >= 64);
    for (size_t i = text.len < 64 ? text.len : text.len - 64; status == CORD_OK && i < text.len;
         i++) {
        char c = text.ptr[i];
        assert(cord_str_is_digit(c) || (c >= 'a' && c <= 'f'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str header = {(const char *)data, size};
    cord_str token = {NULL, 0};
    char csrf[CORD_DIGEST_TEXT];
    cord_status status = cord_session_cookie_read(header, &token);
    assert(status == CORD_OK || status == CORD_E_NOENT || status == CORD_E_FORMAT);
    assert((status == CORD_OK) == (token.ptr != NULL));
    if (status == CORD_OK) {
        assert(token.ptr >= header.ptr && token.ptr + token.len <= header.ptr + header.len);
        assert(cord_str_find_char(token, ';', 0) == SIZE_MAX);
        assert(cord_session_cookie_csrf(token, csrf) == CORD_OK);
        assert(cord_session_cookie_csrf_right(token, cord_str_from(csrf)));
        check_token(CORD_TOKEN_SESSION, token);
    }
    assert(!cord_session_cookie_csrf_right(CORD_STR("a session"), header));
    for (unsigned kind = 0; kind < 3; kind++) {
        check_token((enum cord_token_kind)kind, header);
    }
    return 0;
}
