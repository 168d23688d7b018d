/* json_write.c: see json_write.h. */
#include "codec/json_write.h"

#include "base/utf8.h"

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

void cord_json_write_string(struct cord_buf *buf, cord_str text)
{
    cord_buf_put_char(buf, '"');
    for (size_t at = 0; at < text.len;) {
        size_t run = at;
        while (run < text.len && is_plain(text.ptr[run])) {
            run++;
        }
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
