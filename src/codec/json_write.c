/* json_write.c: see json_write.h. */
#include "codec/json_write.h"

#include "base/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

static void put_special(struct cord_buf *buf, char c)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof short_forms; i += 2) {
        if (short_forms[i] == c) {
            const char escape[2] = {'\\', short_forms[i + 1]};
            cord_buf_put(buf, (cord_str){escape, 2});
            return;
        }
    }
    cord_buf_printf(buf, "\\u%04x", (unsigned)(unsigned char)c);
}

/* Behind the plain bytes from `at` on. */
static size_t skip_plain(cord_str text, size_t at)
{
#if defined(__SSE2__)
    for (; at + 16 <= text.len; at += 16) {
        __m128i some = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + at));
        /* Bytes above 0x7f are negative, and so below 0x20 too. */
        __m128i special = _mm_or_si128(_mm_cmplt_epi8(some, _mm_set1_epi8(0x20)),
                                       _mm_or_si128(_mm_cmpeq_epi8(some, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(some, _mm_set1_epi8('\\'))));
        unsigned bits = (unsigned)_mm_movemask_epi8(special);
        if (bits) {
            return at + (unsigned)__builtin_ctz(bits);
        }
    }
#endif
    while (at < text.len && is_plain(text.ptr[at])) {
        at++;
    }
    return at;
}

void cord_json_write_string(struct cord_buf *buf, cord_str text)
{
    cord_buf_put_char(buf, '"');
    for (size_t at = 0; at < text.len;) {
        size_t run = skip_plain(text, at);
        cord_buf_put(buf, cord_str_slice(text, at, run - at));
        at = run;
        if (at == text.len) {
            break;
        }
        if ((unsigned char)text.ptr[at] < 0x80) {
            put_special(buf, text.ptr[at]);
            at++;
            continue;
        }
        uint32_t code = 0;
        size_t len = cord_utf8_decode(text, at, &code);
        cord_buf_put(buf, code > CORD_UTF8_CODE_MAX ? CORD_STR("\xef\xbf\xbd")
                                                    : cord_str_slice(text, at, len));
        at += len;
    }
    cord_buf_put_char(buf, '"');
}
