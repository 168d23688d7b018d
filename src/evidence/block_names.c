/* block_names.c: see block_names.h. */
#include "evidence/block_names.h"

#include "base/fold.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "codec/json_unescape.h"

#include <stdlib.h>

enum {
    BYTES_MIN = CORD_BLOCK_NAMES_BYTES_MIN,
    BYTES_MAX = CORD_BLOCK_NAMES_BYTES_MAX,
    DIGITS_MIN = 6, /* of a number */
    POINTS_MIN = 3, /* of an address */
    START_BITS = 15,
    SEEN = 1 << 12,
    SLOTS_MIN = 1 << 10,
    ESCAPE_BYTES = 6,
    SID_BYTES = 28,
    UNITS = 1 << 16, /* of UTF-16 */
};

#define ARENA_BYTES ((size_t)1 << 30)
#define PRIME       0x100000001b3U

enum kind { OTHER = 0, WORD = 1, SLASH = 2, FOLDER = 4 }; /* FOLDER: goes on a folder's name */

struct cord_block_needle {
    const char *bytes; /* folded */
    uint32_t len;
    uint32_t hash;
    bool is_none; /* found, it counts for nothing */
};

static unsigned kind_of(unsigned c)
{
    bool word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
    if (word || c == '_' || c == '.' || c == '-' || c == '~' || c == '$') {
        return word ? WORD | FOLDER : FOLDER;
    }
    return c == '\\' || c == '/' ? SLASH : OTHER;
}

cord_status cord_block_names_init(struct cord_block_names *names, uint64_t seed)
{
    *names = (struct cord_block_names){.seed = seed, .arena = cord_arena_new(ARENA_BYTES)};
    for (unsigned c = 0; c < sizeof names->fold; c++) {
        names->fold[c] = (unsigned char)cord_str_lower_char((char)c);
        names->kind[c] = (unsigned char)kind_of(c);
    }
    names->seen = calloc(SEEN, sizeof *names->seen);
    names->starts = calloc((1U << START_BITS) / 64, sizeof *names->starts);
    names->reach = calloc(1U << START_BITS, sizeof *names->reach);
    names->far = calloc(UNITS / 64, sizeof *names->far);
    return names->arena && names->seen && names->starts && names->reach && names->far
               ? CORD_OK
               : CORD_E_NOMEM;
}

void cord_block_names_done(struct cord_block_names *names)
{
    cord_arena_free(names->arena);
    free(names->needles);
    free(names->slots);
    free(names->seen);
    free(names->starts);
    free(names->reach);
    free(names->far);
}

void cord_block_names_clear(struct cord_block_names *names)
{
    names->count = 0;
    cord_arena_rewind(names->arena);
    memset(names->seen, 0, SEEN * sizeof *names->seen);
    memset(names->starts, 0, (1U << START_BITS) / 8);
    memset(names->reach, 0, 1U << START_BITS);
    memset(names->far, 0, UNITS / 8);
    if (names->slot_count > 0) {
        memset(names->slots, 0, names->slot_count * sizeof *names->slots);
    }
}

/* ---- needles ---- */

/* Of the first three bytes, folded or not. */
static uint32_t start_of(const unsigned char *folded)
{
    uint32_t key = (folded[0] | (uint32_t)folded[1] << 8 | (uint32_t)folded[2] << 16) | 0x202020U;
    return (key * 0x9e3779b1U) >> (32 - START_BITS);
}

static uint64_t step(uint64_t hash, unsigned char folded)
{
    return (hash ^ folded) * PRIME;
}

static uint32_t finish(const struct cord_block_names *names, uint64_t hash)
{
    return (uint32_t)(cord_hash_mix(hash ^ names->seed) >> 32);
}

static const struct cord_block_needle *find_needle(const struct cord_block_names *names,
                                                   uint32_t hash, const unsigned char *folded,
                                                   size_t len)
{
    if (names->count == 0) {
        return NULL;
    }
    size_t mask = names->slot_count - 1;
    for (size_t at = hash & mask; names->slots[at] > 0; at = (at + 1) & mask) {
        const struct cord_block_needle *needle = &names->needles[names->slots[at] - 1];
        if (needle->hash == hash && needle->len == len && memcmp(needle->bytes, folded, len) == 0) {
            return needle;
        }
    }
    return NULL;
}

static bool grow_slots(struct cord_block_names *names)
{
    size_t count = names->slot_count > 0 ? names->slot_count * 2 : SLOTS_MIN;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) {
        return false;
    }
    for (size_t i = 0; i < names->count; i++) {
        size_t at = names->needles[i].hash & (count - 1);
        while (slots[at] > 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = (uint32_t)i + 1;
    }
    free(names->slots);
    names->slots = slots;
    names->slot_count = count;
    return true;
}

/* How a needle that is not all ASCII begins in UTF-16. */
static void note_far(struct cord_block_names *names, cord_str needle)
{
    uint32_t code = 0;
    if (cord_utf8_is_ascii(needle)) {
        return;
    }
    (void)cord_utf8_decode(needle, 0, &code);
    uint32_t unit = code < 0x10000 ? code : (0xd7c0 + (code >> 10)) & 0xffffU;
    names->far[unit / 64] |= 1ULL << unit % 64;
    if (unit >= 'a' && unit <= 'z') {
        unit -= 'a' - 'A';
        names->far[unit / 64] |= 1ULL << unit % 64;
    }
}

static cord_status enter(struct cord_block_names *names, cord_str text, bool is_none)
{
    unsigned char folded[BYTES_MAX];
    uint64_t sum = names->seed;
    for (size_t i = 0; i < text.len; i++) {
        folded[i] = names->fold[(unsigned char)text.ptr[i]];
        sum = step(sum, folded[i]);
    }
    uint32_t hash = finish(names, sum);
    if (find_needle(names, hash, folded, text.len)) {
        return CORD_OK;
    }
    if (names->count * 2 >= names->slot_count && !grow_slots(names)) {
        return CORD_E_NOMEM;
    }
    struct cord_block_needle *needles =
        cord_vec_room(names->needles, names->count, &names->cap, sizeof *needles);
    if (!needles) {
        return CORD_E_NOMEM;
    }
    names->needles = needles;
    cord_str copy = cord_arena_copy(names->arena, (cord_str){(const char *)folded, text.len});
    if (!copy.ptr) {
        return cord_arena_failure(names->arena);
    }
    size_t at = hash & (names->slot_count - 1);
    while (names->slots[at] > 0) {
        at = (at + 1) & (names->slot_count - 1);
    }
    needles[names->count] = (struct cord_block_needle){copy.ptr, (uint32_t)copy.len, hash, is_none};
    names->slots[at] = (uint32_t)++names->count;
    if (!is_none) {
        note_far(names, copy);
        uint32_t start = start_of(folded);
        names->starts[start / 64] |= 1ULL << start % 64;
        names->reach[start] =
            copy.len - 1 > names->reach[start] ? (uint8_t)(copy.len - 1) : names->reach[start];
    }
    return CORD_OK;
}

/* Without what is no letter or digit at its ends: so borders are words' borders. */
static cord_str trim(const struct cord_block_names *names, cord_str text)
{
    while (text.len > 0 && (names->kind[(unsigned char)text.ptr[0]] & WORD) == 0) {
        text = cord_str_from_byte(text, 1);
    }
    while (text.len > 0 && (names->kind[(unsigned char)text.ptr[text.len - 1]] & WORD) == 0) {
        text.len--;
    }
    return text;
}

static bool is_distinctive(cord_str text)
{
    size_t digits = 0;
    size_t others = 0;
    if (text.len < BYTES_MIN || text.len > BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i] | 0x20U;
        if ((c >= 'a' && c <= 'z') || c >= 0x80) {
            return true;
        }
        digits += cord_str_is_digit(text.ptr[i]);
        others += !cord_str_is_digit(text.ptr[i]);
    }
    return digits >= DIGITS_MIN || (digits > others && others >= POINTS_MIN);
}

/* Sorted by nothing: few, and asked once a name. */
static const char *const nobodies[] = {
    "system",
    "local system",
    "localsystem",
    "local service",
    "localservice",
    "network service",
    "networkservice",
    "anonymous logon",
    "anonymous",
    "administrator",
    "administrators",
    "administrateur",
    "guest",
    "defaultaccount",
    "wdagutilityaccount",
    "krbtgt",
    "everyone",
    "authenticated users",
    "users",
    "public",
    "default",
    "default user",
    "all users",
    "builtin",
    "nt authority",
    "nt service",
    "trustedinstaller",
    "root",
    "daemon",
    "nobody",
    "www-data",
    "sshd",
    "unset",
    "unknown",
    "none",
    "null",
    "n/a",
    "true",
    "false",
    "localhost",
    "127.0.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "4294967295",
};

/* "DWM-1", "UMFD-0": one for each session, made by the window manager. */
static bool is_numbered(cord_str name, cord_str prefix)
{
    if (name.len <= prefix.len || !cord_str_starts_fold(name, prefix)) {
        return false;
    }
    for (size_t i = prefix.len; i < name.len; i++) {
        if (!cord_str_is_digit(name.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Well-known SIDs have no domain's number in them: S-1-5-18, S-1-5-32-544. */
static bool is_common_sid(cord_str name)
{
    return cord_str_starts_fold(name, CORD_STR("S-1-")) && name.len <= 13;
}

/* What stands behind the domain, in front of the realm, or is the name already. */
static cord_str name_in(cord_str value)
{
    for (size_t at = value.len; at > 0; at--) {
        if (value.ptr[at - 1] == '\\') {
            value = cord_str_from_byte(value, at);
            break;
        }
    }
    if (cord_str_starts_fold(value, CORD_STR("CN=")) ||
        cord_str_starts_fold(value, CORD_STR("uid="))) {
        value = cord_str_from_byte(value, cord_str_find_char(value, '=', 0) + 1);
        return cord_str_slice(value, 0, cord_str_find_char(value, ',', 0));
    }
    if (cord_str_starts_fold(value, CORD_STR("arn:"))) {
        for (size_t at = value.len; at > 0; at--) {
            if (value.ptr[at - 1] == '/' || value.ptr[at - 1] == ':') {
                value = cord_str_from_byte(value, at);
                break;
            }
        }
    }
    return cord_str_slice(value, 0, cord_str_find_char(value, '@', 0));
}

static bool is_nobody(const struct cord_block_names *names, cord_str value)
{
    cord_str name = name_in(cord_str_trim(value));
    if (name.len > 0 && name.ptr[name.len - 1] == '$') {
        return true;
    }
    name = trim(names, name); /* as it would be looked for: "Guest." is the guest, too */
    for (size_t i = 0; i < sizeof nobodies / sizeof *nobodies; i++) {
        if (cord_str_eq_fold(name, cord_str_from(nobodies[i]))) {
            return true;
        }
    }
    return is_numbered(name, CORD_STR("DWM-")) || is_numbered(name, CORD_STR("UMFD-")) ||
           is_common_sid(name);
}

static cord_status add_one(struct cord_block_names *names, cord_str text)
{
    text = trim(names, text);
    return is_distinctive(text) && !is_nobody(names, text) ? enter(names, text, false) : CORD_OK;
}

/* As JSON may write what is not ASCII. */
static cord_status add_escaped(struct cord_block_names *names, cord_str text)
{
    static const char digits[] = "0123456789abcdef";
    char escaped[BYTES_MAX * ESCAPE_BYTES];
    size_t len = 0;
    if (cord_utf8_is_ascii(text) || text.len > BYTES_MAX || !cord_utf8_is_valid(text)) {
        return CORD_OK;
    }
    for (size_t at = 0; at < text.len && len < BYTES_MAX;) {
        uint32_t code = 0;
        at += cord_utf8_decode(text, at, &code);
        uint32_t units[2] = {code, 0};
        if (code >= 0x10000) {
            units[0] = 0xd800 + ((code - 0x10000) >> 10);
            units[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        if (code < 0x80) {
            escaped[len++] = (char)code;
            continue;
        }
        for (size_t u = 0; u < 2 && units[u] > 0; u++) {
            escaped[len++] = '\\';
            escaped[len++] = 'u';
            for (unsigned shift = 16; shift > 0; shift -= 4) {
                escaped[len++] = digits[units[u] >> (shift - 4) & 15];
            }
        }
    }
    return add_one(names, (cord_str){escaped, len});
}

/* The name alone where it says enough: its domain is nobody. */
static cord_status add_plain(struct cord_block_names *names, cord_str value)
{
    cord_str name = trim(names, name_in(value));
    name = is_distinctive(name) ? name : trim(names, value);
    cord_status status = add_one(names, name);
    return status == CORD_OK ? add_escaped(names, name) : status;
}

/* Such as no layout parts: see block_token.c. */
static bool is_one_word(const struct cord_block_names *names, cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((names->kind[(unsigned char)c] & WORD) == 0 && c != '_' && c != '.' && c != '-' &&
            c != '\\') {
            return false;
        }
    }
    return true;
}

static enum cord_block_names_kind kind_of_value(const struct cord_block_names *names,
                                                cord_str value)
{
    if (is_nobody(names, value)) {
        return CORD_BLOCK_NAMES_NOBODY;
    }
    return is_one_word(names, value) && is_distinctive(trim(names, name_in(value)))
               ? CORD_BLOCK_NAMES_WORD
               : CORD_BLOCK_NAMES_WHOLE;
}

cord_status cord_block_names_add(struct cord_block_names *names, cord_str value,
                                 enum cord_block_names_kind *ret_kind)
{
    char plain[4 * BYTES_MAX];
    uint64_t hash = cord_hash(value, names->seed) & ~(uint64_t)3;
    uint64_t *seen = &names->seen[hash >> 2 & (SEEN - 1)];
    if ((*seen & ~(uint64_t)3) == hash && *seen != 0) {
        *ret_kind = (enum cord_block_names_kind)(*seen & 3);
        return CORD_OK;
    }
    enum cord_block_names_kind kind = kind_of_value(names, value);
    cord_status status = CORD_OK;
    if (kind != CORD_BLOCK_NAMES_NOBODY) {
        status = add_plain(names, value);
    }
    if (status == CORD_OK && kind != CORD_BLOCK_NAMES_NOBODY && value.len <= sizeof plain &&
        cord_str_find(value, CORD_STR("\\u"), 0) != SIZE_MAX) {
        status = add_plain(names, (cord_str){plain, cord_json_unescape(value, plain)});
    }
    if (status == CORD_OK) {
        *seen = hash | (uint64_t)kind;
        *ret_kind = kind;
    }
    return status;
}

cord_status cord_block_names_except(struct cord_block_names *names, cord_str word)
{
    word = trim(names, word);
    return word.len < BYTES_MIN || word.len > BYTES_MAX ? CORD_OK : enter(names, word, true);
}

/* ---- finding ---- */

static bool is_word(const struct cord_block_names *names, cord_str text, size_t at)
{
    return (names->kind[(unsigned char)text.ptr[at]] & WORD) != 0;
}

/* The longest needle that begins at `at` and ends where a word does; 0: none. */
static size_t narrow_end(const struct cord_block_names *names, cord_str text, size_t at)
{
    unsigned char folded[BYTES_MAX];
    size_t found = 0;
    if (text.len - at < BYTES_MIN) {
        return 0;
    }
    uint32_t start = start_of((const unsigned char *)text.ptr + at);
    if ((names->starts[start / 64] >> start % 64 & 1) == 0) {
        return 0;
    }
    size_t reach = (size_t)names->reach[start] + 1;
    reach = reach < text.len - at ? reach : text.len - at;
    uint64_t sum = names->seed;
    for (size_t i = 0; i < reach; i++) {
        folded[i] = names->fold[(unsigned char)text.ptr[at + i]];
        sum = step(sum, folded[i]);
        if (i + 1 < BYTES_MIN || (at + i + 1 < text.len && is_word(names, text, at + i + 1))) {
            continue;
        }
        const struct cord_block_needle *needle =
            find_needle(names, finish(names, sum), folded, i + 1);
        found = needle && !needle->is_none ? at + i + 1 : found;
    }
    return found;
}

/* The bytes of the unit's character, folded; 0: half a unit, or half a pair. */
static size_t wide_at(const struct cord_block_names *names, cord_str text, size_t *at,
                      unsigned char ret_folded[CORD_UTF8_BYTES_MAX])
{
    char bytes[CORD_UTF8_BYTES_MAX * 2];
    const unsigned char *from = (const unsigned char *)text.ptr + *at;
    if (text.len - *at < 2) {
        return 0;
    }
    size_t units = (from[1] & 0xfcU) == 0xd8 && text.len - *at >= 4 ? 2 : 1;
    size_t len = cord_utf8_from_utf16le(from, units, bytes);
    if (len > CORD_UTF8_BYTES_MAX) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        ret_folded[i] = names->fold[(unsigned char)bytes[i]];
    }
    *at += units * 2;
    return len;
}

static bool has_far(const struct cord_block_names *names, const unsigned char *unit)
{
    uint32_t at = unit[0] | (uint32_t)unit[1] << 8;
    return (names->far[at / 64] >> at % 64 & 1) != 0;
}

/* Whether it may begin a needle. */
static bool may_be_wide(const struct cord_block_names *names, cord_str text, size_t at)
{
    const unsigned char *from = (const unsigned char *)text.ptr + at;
    unsigned char folded[BYTES_MIN];
    if (text.len - at < (size_t)2 * BYTES_MIN) {
        return text.len - at >= 2 && has_far(names, from);
    }
    for (size_t i = 0; i < BYTES_MIN; i++) {
        uint32_t unit = from[2 * i] | (uint32_t)from[2 * i + 1] << 8;
        if (unit >= 0x80) {
            return has_far(names, from);
        }
        folded[i] = names->fold[unit];
    }
    uint32_t start = start_of(folded);
    return (names->starts[start / 64] >> start % 64 & 1) != 0;
}

static size_t wide_end(const struct cord_block_names *names, cord_str text, size_t at)
{
    unsigned char folded[BYTES_MAX + CORD_UTF8_BYTES_MAX];
    size_t found = 0;
    size_t len = 0;
    size_t reach = BYTES_MIN;
    uint64_t sum = names->seed;
    while (len < reach) {
        size_t more = wide_at(names, text, &at, folded + len);
        bool started = len >= BYTES_MIN;
        if (more == 0) {
            break;
        }
        for (size_t i = 0; i < more; i++) {
            sum = step(sum, folded[len++]);
        }
        if (!started && len >= BYTES_MIN) {
            uint32_t start = start_of(folded);
            if ((names->starts[start / 64] >> start % 64 & 1) == 0) {
                return 0;
            }
            reach = (size_t)names->reach[start] + 1;
        }
        if (len >= BYTES_MIN && len <= reach) {
            const struct cord_block_needle *needle =
                find_needle(names, finish(names, sum), folded, len);
            found = needle && !needle->is_none ? at : found;
        }
    }
    return found;
}

/* Where the name ends that begins at `at`, the folder of a person: "Users\NAME",
 * with any number of slashes as escapes have them; `wide` bytes a character. */
static size_t folder_end(const struct cord_block_names *names, cord_str text, size_t at,
                         size_t wide)
{
    size_t end = at;
    char name[BYTES_MAX];
    size_t len = 0;
    while (end + wide <= text.len && len < sizeof name &&
           (names->kind[(unsigned char)text.ptr[end]] & FOLDER) != 0 &&
           (wide == 1 || text.ptr[end + 1] == '\0')) {
        name[len++] = text.ptr[end];
        end += wide;
    }
    cord_str folder = {name, len};
    return trim(names, folder).len >= BYTES_MIN && !is_nobody(names, folder) ? end : at;
}

static bool is_slash(const struct cord_block_names *names, cord_str text, size_t at, size_t wide)
{
    return at + wide <= text.len && (names->kind[(unsigned char)text.ptr[at]] & SLASH) != 0 &&
           (wide == 1 || text.ptr[at + 1] == '\0');
}

static bool says(const struct cord_block_names *names, cord_str text, size_t at, size_t wide,
                 const char *word)
{
    size_t len = strlen(word);
    if (text.len - at < len * wide) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (names->fold[(unsigned char)text.ptr[at + i * wide]] != (unsigned char)word[i] ||
            (wide == 2 && text.ptr[at + i * 2 + 1] != '\0')) {
            return false;
        }
    }
    return true;
}

/* A slash stands at `at`. */
static bool find_folder(const struct cord_block_names *names, cord_str text, size_t at, size_t wide,
                        struct cord_block_names_hit *hit)
{
    size_t word = at + wide;
    char first = word < text.len ? cord_str_lower_char(text.ptr[word]) : '\0';
    if (first != 'u' && first != 'h') {
        return false;
    }
    size_t next = says(names, text, word, wide, "users")  ? word + 5 * wide
                  : says(names, text, word, wide, "home") ? word + 4 * wide
                                                          : 0;
    if (next == 0 || !is_slash(names, text, next, wide)) {
        return false;
    }
    while (is_slash(names, text, next, wide)) {
        next += wide;
    }
    size_t end = folder_end(names, text, next, wide);
    *hit = (struct cord_block_names_hit){next, end, wide == 2};
    return end > next;
}

static cord_status add_folder(struct cord_block_names *names, cord_str text,
                              const struct cord_block_names_hit *hit)
{
    char name[BYTES_MAX];
    enum cord_block_names_kind kind;
    size_t step_bytes = hit->is_wide ? 2 : 1;
    size_t len = 0;
    for (size_t at = hit->at; at < hit->end && len < sizeof name; at += step_bytes) {
        name[len++] = text.ptr[at];
    }
    return cord_block_names_add(names, (cord_str){name, len}, &kind);
}

cord_status cord_block_names_add_folders(struct cord_block_names *names, cord_str text)
{
    cord_status status = CORD_OK;
    for (unsigned i = 0; i < 2; i++) {
        char slash = "\\/"[i];
        for (size_t at = cord_str_find_char(text, slash, 0); at != SIZE_MAX && status == CORD_OK;
             at = cord_str_find_char(text, slash, at + 1)) {
            struct cord_block_names_hit hit;
            if (find_folder(names, text, at, 1, &hit) || find_folder(names, text, at, 2, &hit)) {
                status = add_folder(names, text, &hit);
            }
        }
    }
    return status;
}

/* S-1-5-21 and the three numbers of a domain, and one of an account. */
static bool is_sid(cord_str text, size_t at)
{
    static const char head[] = "\1\5\0\0\0\0\0\5\25\0\0";
    return text.len - at >= SID_BYTES && text.ptr[at] == '\1' &&
           memcmp(text.ptr + at, head, sizeof head) == 0;
}

/* In text that is not all text. */
static size_t binary_end(const struct cord_block_names *names, cord_str text, size_t at,
                         bool *ret_wide)
{
    *ret_wide = false;
    if (is_sid(text, at)) {
        return at + SID_BYTES;
    }
    *ret_wide = true;
    return may_be_wide(names, text, at) ? wide_end(names, text, at) : 0;
}

/* A needle that begins with the word at `at`, or behind the escape that it begins
 * with; *ret_at says where. 0: none does. */
static size_t word_end(const struct cord_block_names *names, cord_str text, size_t at,
                       size_t *ret_at)
{
    size_t end = narrow_end(names, text, at);
    *ret_at = at;
    if (end > 0 || at == 0 || text.ptr[at - 1] != '\\') {
        return end;
    }
    size_t skip = text.ptr[at] == 'u' ? ESCAPE_BYTES - 1 : 1;
    if (text.len - at <= skip || !strchr("bfnrtu", text.ptr[at])) {
        return 0;
    }
    *ret_at = at + skip;
    return is_word(names, text, at + skip) ? narrow_end(names, text, at + skip) : 0;
}

static size_t skip_word(const struct cord_block_names *names, cord_str text, size_t at)
{
    while (at < text.len && is_word(names, text, at)) {
        at++;
    }
    return at;
}

static bool next_in_text(const struct cord_block_names *names, cord_str text, size_t from,
                         struct cord_block_names_hit *ret_hit)
{
    size_t at = from;
    if (at > 0 && at < text.len && is_word(names, text, at - 1)) {
        at = skip_word(names, text, at);
    }
    while (at < text.len) {
        unsigned kind = names->kind[(unsigned char)text.ptr[at]];
        if (kind == SLASH && find_folder(names, text, at, 1, ret_hit)) {
            /* All in front of it was looked at, and "Users" is nobody. */
            return true;
        }
        if ((kind & WORD) == 0) {
            at++;
            continue;
        }
        size_t begin = at;
        size_t end = word_end(names, text, at, &begin);
        if (end > 0) {
            *ret_hit = (struct cord_block_names_hit){begin, end, false};
            return true;
        }
        at = skip_word(names, text, at);
    }
    return false;
}

static bool next_in_binary(const struct cord_block_names *names, cord_str text, size_t from,
                           struct cord_block_names_hit *ret_hit)
{
    for (size_t at = from; at < text.len; at++) {
        unsigned kind = names->kind[(unsigned char)text.ptr[at]];
        bool wide = false;
        size_t begin = at;
        size_t end = 0;
        if (kind == SLASH && (find_folder(names, text, at, 1, ret_hit) ||
                              find_folder(names, text, at, 2, ret_hit))) {
            return true;
        }
        if ((kind & WORD) != 0 && (at == 0 || !is_word(names, text, at - 1))) {
            end = word_end(names, text, at, &begin);
        }
        if (end == 0) {
            begin = at;
            end = binary_end(names, text, at, &wide);
        }
        if (end > 0) {
            *ret_hit = (struct cord_block_names_hit){begin, end, wide};
            return true;
        }
    }
    return false;
}

bool cord_block_names_next(const struct cord_block_names *names, cord_str text, size_t from,
                           struct cord_block_names_hit *ret_hit)
{
    bool binary = text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL;
    return binary ? next_in_binary(names, text, from, ret_hit)
                  : next_in_text(names, text, from, ret_hit);
}
