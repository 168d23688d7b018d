/* evtx_value.c: one value of binary XML ([MS-EVEN6] 2.2.12) as text. */
#include "codec/evtx_internal.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TYPE_NULL = 0x00,
    TYPE_STRING = 0x01,
    TYPE_ANSI = 0x02,
    TYPE_INT8 = 0x03,
    TYPE_UINT8 = 0x04,
    TYPE_INT16 = 0x05,
    TYPE_UINT16 = 0x06,
    TYPE_INT32 = 0x07,
    TYPE_UINT32 = 0x08,
    TYPE_INT64 = 0x09,
    TYPE_UINT64 = 0x0a,
    TYPE_FLOAT = 0x0b,
    TYPE_DOUBLE = 0x0c,
    TYPE_BOOL = 0x0d,
    TYPE_BINARY = 0x0e,
    TYPE_GUID = 0x0f,
    TYPE_SIZE = 0x10,
    TYPE_FILETIME = 0x11,
    TYPE_SYSTEMTIME = 0x12,
    TYPE_SID = 0x13,
    TYPE_HEX32 = 0x14,
    TYPE_HEX64 = 0x15,
    TYPE_EVENT_XML = 0x23,
    TYPE_ARRAY = 0x80,

    SCALAR_TEXT_MAX = 256, /* longest text of a type of fixed size, and of a SID */
    SID_PARTS_MAX = 15,
};

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";
static const char hex_upper[] = "0123456789ABCDEF";
static const char hex_lower[] = "0123456789abcdef";

char *cord_evtx_value_room_slow(struct cord_evtx *reader, size_t bytes)
{
    size_t size = bytes > EVTX_OUT_BLOCK ? bytes : EVTX_OUT_BLOCK;
    if (bytes > reader->record_out_left || size > reader->chunk_out_left) {
        evtx_damage(reader, "more text than its bytes can rightly hold");
        return NULL;
    }
    char *block = cord_arena_bytes(reader->arena, size);
    if (!block) {
        evtx_damage(reader, "no memory left for its text");
        return NULL;
    }
    reader->chunk_out_left -= size;
    reader->record_out_left -= size < reader->record_out_left ? size : reader->record_out_left;
    reader->out = block;
    reader->out_end = block + size;
    return block;
}

static char *put_pair(char *out, uint32_t below_100)
{
    memcpy(out, digit_pairs + 2 * (size_t)below_100, 2);
    return out + 2;
}

static char *put_u64(char *out, uint64_t value)
{
    char text[20];
    size_t at = sizeof text;
    while (value >= 100) {
        at -= 2;
        memcpy(text + at, digit_pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(text + at, digit_pairs + 2 * value, 2);
    } else {
        text[--at] = (char)('0' + value);
    }
    memcpy(out, text + at, sizeof text - at);
    return out + (sizeof text - at);
}

static char *put_i64(char *out, int64_t value)
{
    if (value < 0) {
        *out++ = '-';
        return put_u64(out, 0 - (uint64_t)value);
    }
    return put_u64(out, (uint64_t)value);
}

static char *put_hex(char *out, uint64_t value)
{
    *out++ = '0';
    *out++ = 'x';
    int digits = value == 0 ? 1 : (67 - __builtin_clzll(value)) / 4;
    for (int i = digits - 1; i >= 0; i--) {
        *out++ = hex_lower[value >> (4 * i) & 15];
    }
    return out;
}

static char *put_byte(char *out, uint8_t byte)
{
    *out++ = hex_upper[byte >> 4];
    *out++ = hex_upper[byte & 15];
    return out;
}

static char *put_guid(char *out, const uint8_t *in)
{
    /* The first three parts are numbers, little-endian. */
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    *out++ = '{';
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        out = put_byte(out, in[order[i]]);
    }
    *out++ = '}';
    return out;
}

static char *put_date(char *out, uint32_t year, uint32_t month, uint32_t day)
{
    out = put_pair(out, year / 100 % 100);
    out = put_pair(out, year % 100);
    *out++ = '-';
    out = put_pair(out, month % 100);
    *out++ = '-';
    return put_pair(out, day % 100);
}

static char *put_clock(char *out, uint32_t hour, uint32_t minute, uint32_t second)
{
    *out++ = 'T';
    out = put_pair(out, hour % 100);
    *out++ = ':';
    out = put_pair(out, minute % 100);
    *out++ = ':';
    return put_pair(out, second % 100);
}

/* Days since 1601-01-01, where a cycle of 400 Gregorian years begins. Counted
 * from 1 March of 1600, so that the leap day is the last of its year. */
static void day_to_date(struct cord_evtx *reader, int64_t day)
{
    uint32_t days = (uint32_t)day + 306;
    uint32_t cycle = days / 146097;
    days %= 146097;
    uint32_t year = (days - days / 1460 + days / 36524 - days / 146096) / 365;
    uint32_t day_of_year = days - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * day_of_year + 2) / 153; /* from March */
    uint32_t day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    year += 1600 + cycle * 400 + (month >= 10 ? 1 : 0);
    (void)put_date(reader->day_text, year, month < 10 ? month + 3 : month - 9, day_of_month);
    reader->day = day;
}

static char *put_filetime(struct cord_evtx *reader, char *out, uint64_t ticks)
{
    const uint64_t day_ticks = 864000000000ULL;
    int64_t day = (int64_t)(ticks / day_ticks);
    if (day > 3067670) { /* behind 9999-12-31 */
        return put_u64(out, ticks);
    }
    if (day != reader->day) {
        day_to_date(reader, day);
    }
    memcpy(out, reader->day_text, 10);
    uint64_t rest = ticks % day_ticks;
    uint32_t fraction = (uint32_t)(rest % 10000000);
    uint32_t second = (uint32_t)(rest / 10000000);
    out = put_clock(out + 10, second / 3600, second / 60 % 60, second % 60);
    *out++ = '.';
    out = put_pair(out, fraction / 100000);
    out = put_pair(out, fraction / 1000 % 100);
    out = put_pair(out, fraction / 10 % 100);
    *out++ = (char)('0' + fraction % 10);
    *out++ = 'Z';
    return out;
}

static char *put_systemtime(char *out, const uint8_t *in)
{
    out = put_date(out, evtx_u16(in), evtx_u16(in + 2), evtx_u16(in + 6));
    out = put_clock(out, evtx_u16(in + 8), evtx_u16(in + 10), evtx_u16(in + 12));
    uint32_t milliseconds = evtx_u16(in + 14) % 1000;
    *out++ = '.';
    *out++ = (char)('0' + milliseconds / 100);
    out = put_pair(out, milliseconds % 100);
    *out++ = 'Z';
    return out;
}

/* Bytes of a SID, or 0 when there are not so many. */
static size_t sid_len(const uint8_t *in, size_t len)
{
    if (len < 8 || in[1] > SID_PARTS_MAX || len < 8 + 4 * (size_t)in[1]) {
        return 0;
    }
    return 8 + 4 * (size_t)in[1];
}

static char *put_sid(char *out, const uint8_t *in)
{
    *out++ = 'S';
    *out++ = '-';
    out = put_u64(out, in[0]);
    *out++ = '-';
    uint64_t authority = 0;
    for (size_t i = 2; i < 8; i++) {
        authority = authority << 8 | in[i];
    }
    /* [MS-DTYP] 2.4.2.1: hexadecimal from 2^32 on. */
    out = authority >> 32 ? put_hex(out, authority) : put_u64(out, authority);
    for (size_t i = 0; i < in[1]; i++) {
        *out++ = '-';
        out = put_u64(out, evtx_u32(in + 8 + 4 * i));
    }
    return out;
}

/* The shortest digits that read back as the same number. */
static char *put_double(char *out, double value, bool is_float)
{
    int len = 0;
    for (int digits = is_float ? 6 : 15; digits <= 17; digits++) {
        len = snprintf(out, SCALAR_TEXT_MAX, "%.*g", digits, value);
        double back = strtod(out, NULL);
        if (is_float ? (float)back == (float)value : back == value) {
            break;
        }
    }
    return out + (len > 0 ? len : 0);
}

static char *put_real(char *out, const uint8_t *in, size_t len)
{
    if (len == 4) {
        float value;
        memcpy(&value, in, sizeof value);
        return put_double(out, (double)value, true);
    }
    double value;
    memcpy(&value, in, sizeof value);
    return put_double(out, value, false);
}

static uint64_t unsigned_of(const uint8_t *in, size_t len)
{
    switch (len) {
    case 1:
        return in[0];
    case 2:
        return evtx_u16(in);
    case 4:
        return evtx_u32(in);
    default:
        return evtx_u64(in);
    }
}

static int64_t signed_of(const uint8_t *in, size_t len)
{
    switch (len) {
    case 1:
        return (int8_t)in[0];
    case 2:
        return (int16_t)evtx_u16(in);
    case 4:
        return (int32_t)evtx_u32(in);
    default:
        return (int64_t)evtx_u64(in);
    }
}

/* Bytes of one value of the type, 0 when they vary. */
static size_t type_size(unsigned type, size_t len)
{
    static const uint8_t sizes[] = {
        [TYPE_INT8] = 1,  [TYPE_UINT8] = 1,    [TYPE_INT16] = 2,       [TYPE_UINT16] = 2,
        [TYPE_INT32] = 4, [TYPE_UINT32] = 4,   [TYPE_INT64] = 8,       [TYPE_UINT64] = 8,
        [TYPE_FLOAT] = 4, [TYPE_DOUBLE] = 8,   [TYPE_BOOL] = 4,        [TYPE_GUID] = 16,
        [TYPE_SIZE] = 0,  [TYPE_FILETIME] = 8, [TYPE_SYSTEMTIME] = 16, [TYPE_HEX32] = 4,
        [TYPE_HEX64] = 8,
    };
    if (type == TYPE_SIZE) {
        return len % 8 == 0 ? 8 : 4;
    }
    return type < sizeof sizes ? sizes[type] : 0;
}

/* A value of fixed size or a SID, of the length it must have. */
static char *put_scalar(struct cord_evtx *reader, char *out, unsigned type, const uint8_t *in,
                        size_t len)
{
    switch (type) {
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64:
        return put_i64(out, signed_of(in, len));
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64:
        return put_u64(out, unsigned_of(in, len));
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
        return put_real(out, in, len);
    case TYPE_BOOL:
        memcpy(out, evtx_u32(in) != 0 ? "true" : "false", 5);
        return out + (evtx_u32(in) != 0 ? 4 : 5);
    case TYPE_GUID:
        return put_guid(out, in);
    case TYPE_FILETIME:
        return put_filetime(reader, out, evtx_u64(in));
    case TYPE_SYSTEMTIME:
        return put_systemtime(out, in);
    case TYPE_SID:
        return put_sid(out, in);
    default: /* size_t, HexInt32, HexInt64 */
        return put_hex(out, unsigned_of(in, len));
    }
}

static bool is_whole_number(unsigned type)
{
    return type >= TYPE_INT8 && type <= TYPE_UINT64;
}

/* Writers have been seen to give integers in another width than the type's.
 * The width that was written is the one to read. */
static bool is_scalar(unsigned type, const uint8_t *in, size_t len)
{
    if (is_whole_number(type)) {
        return len == 1 || len == 2 || len == 4 || len == 8;
    }
    if (type == TYPE_SID) {
        return sid_len(in, len) != 0;
    }
    size_t size = type_size(type, len);
    return size != 0 && len == size;
}

static bool add_scalar(struct cord_evtx *reader, uint32_t path, unsigned flags, unsigned type,
                       const uint8_t *in, size_t len)
{
    char *out = evtx_room(reader, SCALAR_TEXT_MAX);
    if (!out) {
        return false;
    }
    reader->out = put_scalar(reader, out, type, in, len);
    enum cord_value_kind kind = CORD_VALUE_TEXT;
    if (type >= TYPE_INT8 && type <= TYPE_DOUBLE) {
        kind = CORD_VALUE_NUMBER;
    } else if (type == TYPE_BOOL) {
        kind = *out == 't' ? CORD_VALUE_TRUE : CORD_VALUE_FALSE;
    }
    return evtx_add(reader, path, kind, flags | CORD_VALUE_ASCII, out, (size_t)(reader->out - out));
}

cord_str cord_evtx_value_utf16(struct cord_evtx *reader, size_t at, size_t units, bool *ret_ascii)
{
    char *out =
        evtx_room(reader, CORD_UTF8_FROM_UTF16_MAX(units) + 1); /* never none: NULL is failure */
    if (!out) {
        return (cord_str){0};
    }
    size_t len = cord_utf8_from_utf16le(reader->chunk + at, units, out);
    reader->out = out + len;
    *ret_ascii = len == units; /* all else takes more bytes than units */
    return (cord_str){out, len};
}

/* One byte a character, in a code page that the record does not name: what is
 * above ASCII is read as Latin-1, the closest to most of them. */
static cord_str text_of_ansi(struct cord_evtx *reader, const uint8_t *in, size_t len,
                             bool *ret_ascii)
{
    char *out = evtx_room(reader, 2 * len + 1);
    if (!out) {
        return (cord_str){0};
    }
    char *to = out;
    *ret_ascii = true;
    for (size_t i = 0; i < len; i++) {
        if (in[i] < 0x80) {
            *to++ = (char)in[i];
        } else {
            *to++ = (char)(0xc0 | in[i] >> 6);
            *to++ = (char)(0x80 | (in[i] & 0x3f));
            *ret_ascii = false;
        }
    }
    reader->out = to;
    return (cord_str){out, (size_t)(to - out)};
}

static cord_str text_of_binary(struct cord_evtx *reader, const uint8_t *in, size_t len)
{
    char *out = evtx_room(reader, 2 * len + 1);
    if (!out) {
        return (cord_str){0};
    }
    char *to = out;
    for (size_t i = 0; i < len; i++) {
        to = put_byte(to, in[i]);
    }
    reader->out = to;
    return (cord_str){out, (size_t)(to - out)};
}

/* Texts are stored with their closing NUL, or without. */
static size_t units_without_nul(const uint8_t *in, size_t units)
{
    while (units > 0 && in[2 * units - 1] == 0 && in[2 * units - 2] == 0) {
        units--;
    }
    return units;
}

static size_t bytes_without_nul(const uint8_t *in, size_t len)
{
    while (len > 0 && in[len - 1] == 0) {
        len--;
    }
    return len;
}

/* Text of a value that is no array. */
static cord_str text_of(struct cord_evtx *reader, struct evtx_substitution value, bool *ret_ascii)
{
    const uint8_t *in = reader->chunk + value.at;
    size_t len = value.len;
    *ret_ascii = true;
    if (value.type == TYPE_STRING || value.type == TYPE_EVENT_XML) {
        return cord_evtx_value_utf16(reader, value.at, units_without_nul(in, len / 2), ret_ascii);
    }
    if (value.type == TYPE_ANSI) {
        return text_of_ansi(reader, in, bytes_without_nul(in, len), ret_ascii);
    }
    if (!is_scalar(value.type, in, len)) {
        return text_of_binary(reader, in, len);
    }
    char *out = evtx_room(reader, SCALAR_TEXT_MAX);
    if (!out) {
        return (cord_str){0};
    }
    reader->out = put_scalar(reader, out, value.type, in, len);
    return (cord_str){out, (size_t)(reader->out - out)};
}

/* Takes one member of an array off *rest. False when there is none left. */
static bool next_member(struct cord_evtx *reader, struct evtx_substitution *rest,
                        struct evtx_substitution *ret_member)
{
    if (rest->len == 0) {
        return false;
    }
    const uint8_t *in = reader->chunk + rest->at;
    unsigned type = rest->type & 0x7fu;
    size_t taken = rest->len;
    size_t len = 0;
    if (type == TYPE_STRING) {
        for (; len + 1 < taken && (in[len] || in[len + 1]); len += 2) {
        }
        taken = len + 2 < taken ? len + 2 : taken;
    } else if (type == TYPE_ANSI) {
        for (; len < taken && in[len]; len++) {
        }
        taken = len + 1 < taken ? len + 1 : taken;
    } else if (type == TYPE_SID) {
        size_t sid = sid_len(in, taken);
        taken = len = sid != 0 ? sid : taken;
    } else {
        size_t size = type_size(type, taken);
        taken = len = size != 0 && size < taken ? size : taken;
    }
    *ret_member = (struct evtx_substitution){rest->at, (uint16_t)len, (uint8_t)type};
    rest->at += (uint32_t)taken;
    rest->len = (uint16_t)(rest->len - taken);
    return true;
}

cord_str cord_evtx_value_text(struct cord_evtx *reader, struct evtx_substitution value,
                              bool *ret_ascii)
{
    if (!(value.type & TYPE_ARRAY)) {
        return text_of(reader, value, ret_ascii);
    }
    /* A member costs at least a byte, and its text may be long: hexadecimal of
     * the whole is bounded and still says what was there. */
    *ret_ascii = true;
    return text_of_binary(reader, reader->chunk + value.at, value.len);
}

static bool add_one(struct cord_evtx *reader, uint32_t path, unsigned flags,
                    struct evtx_substitution value)
{
    const uint8_t *in = reader->chunk + value.at;
    if (value.type != TYPE_STRING && is_scalar(value.type, in, value.len)) {
        return add_scalar(reader, path, flags, value.type, in, value.len);
    }
    bool ascii = false;
    cord_str text = text_of(reader, value, &ascii);
    return text.ptr && evtx_add(reader, path, CORD_VALUE_TEXT,
                                flags | (ascii ? CORD_VALUE_ASCII : 0), text.ptr, text.len);
}

void cord_evtx_value_add(struct cord_evtx *reader, uint32_t path, unsigned flags,
                         struct evtx_substitution value)
{
    unsigned value_flags = flags & EVTX_IN_ARRAY ? CORD_VALUE_IN_ARRAY : 0;
    if (value.type == TYPE_NULL || (value.len == 0 && value.type != TYPE_STRING)) {
        if (flags & EVTX_DATA) {
            (void)evtx_add(reader, path, CORD_VALUE_TEXT, value_flags | CORD_VALUE_ASCII, "", 0);
        } else if (!(flags & EVTX_OMIT_NULL)) {
            (void)evtx_add(reader, path, CORD_VALUE_NULL, value_flags, "", 0);
        }
        return;
    }
    if (!(value.type & TYPE_ARRAY)) {
        (void)add_one(reader, path, value_flags, value);
        return;
    }
    struct evtx_substitution member;
    while (next_member(reader, &value, &member) &&
           add_one(reader, path, value_flags | CORD_VALUE_IN_ARRAY, member)) {
    }
}
