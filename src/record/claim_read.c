/* claim_read.c: see claim_read.h. */
#include "record/claim_read.h"

#include "record/claim_read_internal.h"

#include "base/utf8.h"

#include <stdlib.h>

enum field {
    FIELD_NUMBER,
    FIELD_KIND,
    FIELD_SUBJECT,
    FIELD_VALUE,
    FIELD_AMOUNT,
    FIELD_UNIT,
    FIELD_VALID_FROM,
    FIELD_VALID_TO,
    FIELD_RECORDED,
    FIELD_CLAIMANT,
    FIELD_METHOD,
    FIELD_CONFIDENCE,
    FIELD_BASIS,
    FIELD_SOURCE,
    FIELD_KEY,
    FIELD_SUPERSEDES,
    FIELD_MARKING,
    FIELD_EXERCISE,
    FIELD_HASH,
    FIELDS,
};

static const char *const field_names[FIELDS] = {
    "number",   "kind",       "subject",  "value",    "amount",     "unit",  "valid_from",
    "valid_to", "recorded",   "claimant", "method",   "confidence", "basis", "source",
    "key",      "supersedes", "marking",  "exercise", "hash",
};

cord_status cord_claim_reader_new(struct cord_claim_reader **ret_reader)
{
    struct cord_claim_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return CORD_E_NOMEM;
    }
    cord_buf_init(&reader->value, CORD_CLAIM_VALUE_MAX);
    reader->arena = cord_arena_new(CORD_CLAIM_READER_BYTES_MAX);
    if (!reader->arena) {
        cord_claim_reader_free(reader);
        return CORD_E_NOMEM;
    }
    *ret_reader = reader;
    return CORD_OK;
}

void cord_claim_reader_free(struct cord_claim_reader *reader)
{
    if (reader) {
        cord_arena_free(reader->arena);
        cord_buf_done(&reader->value);
        free(reader);
    }
}

/* What shows as nothing, or turns the direction of what is around it. */
static bool is_invisible(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code & 0xfffeu) == 0xfffeu ||
           (code >= 0xe0000 && code <= 0xe0fff) || code >= CORD_UTF8_OPAQUE;
}

bool cord_claim_read_is_plain(cord_str text)
{
    for (size_t at = 0; at < text.len;) {
        unsigned char byte = (unsigned char)text.ptr[at];
        if (byte >= 0x20 && byte < 0x7f) { /* as nearly all are: not decoded */
            at++;
            continue;
        }
        uint32_t code;
        at += cord_utf8_decode(text, at, &code);
        if (is_invisible(code)) {
            return false;
        }
    }
    return true;
}

static enum field field_find(cord_str name)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        if (cord_str_eq(name, cord_str_from(field_names[i]))) {
            return (enum field)i;
        }
    }
    return FIELDS;
}

static cord_status find_fields(cord_str text, struct cord_json_span found[FIELDS],
                               struct cord_error *err)
{
    struct cord_json_walk walk;
    struct cord_json_span span;
    cord_status status;
    size_t begin = cord_json_span_skip_blank(text, 0);
    if (begin == text.len || text.ptr[begin] != '{' || !cord_json_span_begin(&walk, text, begin)) {
        return cord_claim_take_wrong(err, "a claim is to be an object in braces");
    }
    while ((status = cord_json_span_next(&walk, &span)) == CORD_OK) {
        enum field field = field_find(span.name);
        if (field == FIELDS) {
            const char *names[FIELDS + 1] = {NULL};
            memcpy(names, field_names, sizeof field_names);
            (void)cord_claim_take_no_such(span.name, names, err);
            cord_error_context(err, "a claim has no such member");
            return CORD_E_FORMAT;
        }
        if (found[field].raw.ptr) {
            return cord_error_set(err, CORD_E_FORMAT, "%s: is there twice", field_names[field]);
        }
        found[field] = span;
    }
    if (status != CORD_E_END || cord_json_span_skip_blank(text, walk.at) != text.len) {
        return cord_claim_take_wrong(err, "is no JSON, or more than one object");
    }
    return CORD_OK;
}

/* One of the fields; a field that is not there leaves the default. */
struct take {
    struct cord_claim_reader *reader;
    const struct cord_json_span *found;
    struct cord_error *err;
    cord_status status; /* the first failure */
};

static bool is_there(const struct take *take, enum field field)
{
    return take->status == CORD_OK && take->found[field].raw.ptr;
}

static void settle(struct take *take, enum field field, cord_status status)
{
    if (status != CORD_OK) {
        take->status = status;
        cord_error_context(take->err, "%s", field_names[field]);
    }
}

static void text_field(struct take *take, enum field field, cord_str *text)
{
    *text = CORD_STR("");
    if (is_there(take, field)) {
        settle(take, field,
               cord_claim_take_text(take->reader, &take->found[field], CORD_CLAIM_TEXT_MAX, text,
                                    take->err));
    }
}

static void time_field(struct take *take, enum field field, int64_t *time_ns)
{
    *time_ns = CORD_TIME_NONE;
    if (is_there(take, field)) {
        settle(take, field,
               cord_claim_take_time(take->reader, &take->found[field], time_ns, take->err));
    }
}

static void number_field(struct take *take, enum field field, int64_t most, uint64_t *number)
{
    int64_t taken = 0;
    if (is_there(take, field)) {
        settle(take, field, cord_claim_take_whole(&take->found[field], 0, most, &taken, take->err));
        *number = (uint64_t)taken;
    }
}

static void kind_field(struct take *take, const struct cord_claim_kind **ret_kind)
{
    char shown[CORD_CLAIM_SHOWN_BYTES];
    cord_str name = CORD_STR("");
    text_field(take, FIELD_KIND, &name);
    if (take->status != CORD_OK) {
        return;
    }
    *ret_kind = cord_claim_kind_find(name);
    if (!*ret_kind) {
        const char *near = cord_claim_kind_nearest(name);
        take->status = cord_error_set(take->err, CORD_E_FORMAT, "kind: there is no '%s'%s%s%s",
                                      cord_claim_take_shown(name, shown),
                                      near ? "; did you mean '"
                                           : "; `cordon record kinds`"
                                             " lists them",
                                      near ? near : "", near ? "'?" : "");
    }
}

static void word_fields(struct take *take, struct cord_claim *claim)
{
    static const char *const bases[] = {"confirmed", "reported", "estimated", NULL};
    static const char *const markings[] = {"TLP:CLEAR",        "TLP:GREEN", "TLP:AMBER",
                                           "TLP:AMBER+STRICT", "TLP:RED",   NULL};
    cord_str word = CORD_STR("");
    if (is_there(take, FIELD_BASIS)) {
        settle(
            take, FIELD_BASIS,
            cord_claim_take_word(take->reader, &take->found[FIELD_BASIS], bases, &word, take->err));
        (void)(take->status == CORD_OK && cord_claim_basis_find(word, &claim->basis));
    }
    if (is_there(take, FIELD_MARKING)) {
        settle(take, FIELD_MARKING,
               cord_claim_take_word(take->reader, &take->found[FIELD_MARKING], markings, &word,
                                    take->err));
        (void)(take->status == CORD_OK && cord_claim_marking_find(word, &claim->marking));
    }
}

static void amount_field(struct take *take, struct cord_claim *claim)
{
    claim->amount = CORD_STR("");
    if (is_there(take, FIELD_AMOUNT)) {
        settle(take, FIELD_AMOUNT,
               cord_claim_take_decimal(take->reader, &take->found[FIELD_AMOUNT],
                                       take->reader->amount, &claim->amount, take->err));
    }
}

static void hash_field(struct take *take, struct cord_digest *ret_hash, bool *ret_given)
{
    cord_str hex = CORD_STR("");
    *ret_given = take->found[FIELD_HASH].raw.ptr != NULL;
    text_field(take, FIELD_HASH, &hex);
    if (take->status == CORD_OK && *ret_given && !cord_digest_parse(hex, ret_hash)) {
        take->status = cord_claim_take_wrong(take->err, "hash: is to be 64 hexadecimal digits");
    }
}

static void take_fields(struct take *take, struct cord_claim *claim)
{
    uint64_t confidence = CORD_CLAIM_CONFIDENCE;
    number_field(take, FIELD_NUMBER, INT64_MAX, &claim->number);
    text_field(take, FIELD_SUBJECT, &claim->subject);
    amount_field(take, claim);
    text_field(take, FIELD_UNIT, &claim->unit);
    time_field(take, FIELD_VALID_FROM, &claim->valid_from_ns);
    time_field(take, FIELD_VALID_TO, &claim->valid_to_ns);
    time_field(take, FIELD_RECORDED, &claim->recorded_ns);
    text_field(take, FIELD_CLAIMANT, &claim->claimant);
    text_field(take, FIELD_METHOD, &claim->method);
    number_field(take, FIELD_CONFIDENCE, CORD_CLAIM_CERTAIN, &confidence);
    claim->confidence = (unsigned)confidence;
    word_fields(take, claim);
    text_field(take, FIELD_SOURCE, &claim->source);
    text_field(take, FIELD_KEY, &claim->key);
    number_field(take, FIELD_SUPERSEDES, INT64_MAX, &claim->supersedes);
    text_field(take, FIELD_EXERCISE, &claim->exercise);
}

cord_status cord_claim_read(struct cord_claim_reader *reader, cord_str text,
                            struct cord_claim *ret_claim, struct cord_digest *ret_hash,
                            bool *ret_hash_given, struct cord_error *err)
{
    struct cord_json_span found[FIELDS] = {{0}};
    struct cord_claim claim = {.basis = CORD_CLAIM_REPORTED, .marking = CORD_CLAIM_AMBER};
    struct cord_digest hash = {{0}};
    bool given = false;
    struct take take = {.reader = reader, .found = found, .err = err};
    cord_arena_reset(reader->arena);
    if (text.len > CORD_CLAIM_LINE_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "a claim has at most %u bytes",
                              CORD_CLAIM_LINE_MAX);
    }
    take.status = find_fields(text, found, err);
    if (take.status == CORD_OK && !found[FIELD_KIND].raw.ptr) {
        take.status = cord_claim_take_wrong(err, "kind: is missing");
    }
    kind_field(&take, &claim.kind);
    take_fields(&take, &claim);
    hash_field(&take, &hash, &given);
    if (take.status == CORD_OK) {
        cord_str value = found[FIELD_VALUE].raw.ptr ? found[FIELD_VALUE].raw : CORD_STR("{}");
        take.status = cord_claim_check_read(reader, &claim, value, err);
    }
    if (take.status == CORD_OK) {
        *ret_claim = claim;
        *ret_hash = hash;
        *ret_hash_given = given;
    }
    return take.status;
}
