/* api_opaque.c: see api_opaque.h. */
#include "api/api_opaque.h"

#include "care/figure.h"
#include "codec/json_put.h"
#include "codec/json_span.h"
#include "codec/json_write.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

enum { WORD_BYTES = 24 };

/* --- ids --- */

cord_status cord_api_opaque_init(struct cord_api_opaque *opaque,
                                 const struct cord_api_secret *secret)
{
    static const char *const labels[CORD_API_OPAQUE_KINDS] = {
        [CORD_API_OPAQUE_CLAIM] = "cordon id claim",
        [CORD_API_OPAQUE_USER] = "cordon id user",
        [CORD_API_OPAQUE_TOKEN] = "cordon id token",
        [CORD_API_OPAQUE_GRANT] = "cordon id grant",
        [CORD_API_OPAQUE_FINDING] = "cordon id finding",
    };
    unsigned char mac[EVP_MAX_MD_SIZE];
    struct cord_api_opaque made;
    unsigned len = 0;
    for (size_t i = 0; i < CORD_API_OPAQUE_KINDS; i++) {
        if (!HMAC(EVP_sha256(), secret->bytes, (int)sizeof secret->bytes,
                  (const unsigned char *)labels[i], strlen(labels[i]), mac, &len) ||
            len < CORD_EVIDENCE_ID_KEY_BYTES) {
            return CORD_E_NOMEM;
        }
        made.keys[i] = cord_evidence_id_key(mac);
    }
    *opaque = made;
    return CORD_OK;
}

cord_str cord_api_opaque_format(const struct cord_api_opaque *opaque,
                                enum cord_api_opaque_kind kind, uint64_t number,
                                char buffer[CORD_API_OPAQUE_TEXT])
{
    return cord_evidence_id_format(&opaque->keys[kind], number & CORD_EVIDENCE_ID_SEQUENCE_MAX,
                                   buffer);
}

bool cord_api_opaque_parse(const struct cord_api_opaque *opaque, enum cord_api_opaque_kind kind,
                           cord_str text, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (cord_evidence_id_parse(&opaque->keys[kind], text, &number, NULL) != CORD_OK ||
        number == 0) {
        return false;
    }
    *ret_number = number;
    return true;
}

void cord_api_opaque_put(const struct cord_api_opaque *opaque, enum cord_api_opaque_kind kind,
                         const char *name, uint64_t number, struct cord_buf *out)
{
    char id[CORD_API_OPAQUE_TEXT];
    if (number > 0) {
        cord_json_put_text(out, name, cord_api_opaque_format(opaque, kind, number, id));
    } else {
        cord_json_put_name(out, name);
        cord_buf_put_text(out, "null");
    }
}

/* --- subjects --- */

static const struct prefix {
    const char *text;
    enum cord_api_opaque_kind kind;
} prefixes[] = {{"user:", CORD_API_OPAQUE_USER}, {"token:", CORD_API_OPAQUE_TOKEN}};

/* Of what is numbered; the rest is behind the prefix. */
static const struct prefix *prefix_of(cord_str text, cord_str *ret_rest)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        cord_str prefix = cord_str_from(prefixes[i].text);
        if (cord_str_starts(text, prefix)) {
            *ret_rest = cord_str_from_byte(text, prefix.len);
            return &prefixes[i];
        }
    }
    return NULL;
}

cord_str cord_api_opaque_show(const struct cord_api_opaque *opaque, cord_str text,
                              char buffer[CORD_API_OPAQUE_SUBJECT])
{
    char id[CORD_API_OPAQUE_TEXT];
    cord_str rest = CORD_STR("");
    uint64_t number = 0;
    const struct prefix *prefix = prefix_of(text, &rest);
    /* user:0 is nobody: who signs in under a name that there is none of. */
    if (!prefix || !cord_str_u64(rest, &number) || number == 0) {
        return text;
    }
    (void)cord_api_opaque_format(opaque, prefix->kind, number, id);
    int len = snprintf(buffer, CORD_API_OPAQUE_SUBJECT, "%s%s", prefix->text, id);
    return (cord_str){buffer, len > 0 ? (size_t)len : 0};
}

bool cord_api_opaque_read(const struct cord_api_opaque *opaque, cord_str text,
                          char buffer[CORD_API_OPAQUE_SUBJECT], cord_str *ret_text)
{
    cord_str rest = CORD_STR("");
    uint64_t number = 0;
    const struct prefix *prefix = prefix_of(text, &rest);
    if (!prefix) {
        *ret_text = text;
        return true;
    }
    if (!cord_api_opaque_parse(opaque, prefix->kind, rest, &number)) {
        return false;
    }
    int len = snprintf(buffer, CORD_API_OPAQUE_SUBJECT, "%s%" PRIu64, prefix->text, number);
    *ret_text = (cord_str){buffer, len > 0 ? (size_t)len : 0};
    return true;
}

/* --- claims --- */

static bool is_audit(const struct cord_claim *claim)
{
    return strcmp(claim->kind->topic, "audit") == 0;
}

static enum cord_member_type type_of(const struct cord_claim_kind *kind, cord_str name)
{
    const struct cord_member *member = kind->members;
    while (member->type != CORD_MEMBER_END && !cord_str_eq(cord_str_from(member->name), name)) {
        member++;
    }
    return member->type;
}

static bool has_numbered(const struct cord_claim *claim)
{
    bool numbered = is_audit(claim);
    for (const struct cord_member *member = claim->kind->members;
         member->type != CORD_MEMBER_END && !numbered; member++) {
        numbered = member->type == CORD_MEMBER_SUBJECT || member->type == CORD_MEMBER_CLAIM;
    }
    return numbered;
}

/* The accounts' own entries of the audit begin so: "grant 17: commander, ...", "token 3". */
static bool put_detail(const struct cord_api_opaque *opaque, cord_str text, struct cord_buf *out)
{
    static const struct prefix words[] = {{"grant ", CORD_API_OPAQUE_GRANT},
                                          {"token ", CORD_API_OPAQUE_TOKEN}};
    char id[CORD_API_OPAQUE_TEXT];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        cord_str word = cord_str_from(words[i].text);
        size_t end = word.len;
        uint64_t number = 0;
        while (end < text.len && end < WORD_BYTES && cord_str_is_digit(text.ptr[end])) {
            end++;
        }
        if (cord_str_starts(text, word) &&
            cord_str_u64(cord_str_slice(text, word.len, end - word.len), &number)) {
            cord_buf_printf(out, "\"%s%s", words[i].text,
                            cord_api_opaque_format(opaque, words[i].kind, number, id).ptr);
            cord_buf_put(out, cord_str_from_byte(text, end)); /* escaped already */
            cord_buf_put_char(out, '"');
            return true;
        }
    }
    return false;
}

static void put_value_member(const struct cord_api_opaque *opaque, const struct cord_claim *claim,
                             const struct cord_json_span *span, struct cord_buf *out)
{
    char shown[CORD_API_OPAQUE_SUBJECT];
    uint64_t number = 0;
    enum cord_member_type type = type_of(claim->kind, span->name);
    bool target = is_audit(claim) && cord_str_eq(span->name, CORD_STR("target"));
    bool reason = is_audit(claim) && cord_str_eq(span->name, CORD_STR("reason"));
    if (type == CORD_MEMBER_CLAIM && cord_str_u64(span->raw, &number)) {
        cord_buf_printf(out, "\"%s\"",
                        cord_api_opaque_format(opaque, CORD_API_OPAQUE_CLAIM, number, shown).ptr);
    } else if ((type == CORD_MEMBER_SUBJECT || target) && !span->escaped) {
        cord_json_write_string(out, cord_api_opaque_show(opaque, span->text, shown));
    } else if (!reason || !put_detail(opaque, span->text, out)) {
        cord_buf_put(out, span->raw);
    }
}

/* A member of that name in any kind of the topic. */
static enum cord_member_type type_in(cord_str topic, cord_str name)
{
    size_t count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    enum cord_member_type type = CORD_MEMBER_END;
    for (size_t i = 0; i < count && type == CORD_MEMBER_END; i++) {
        if (cord_str_eq(cord_str_from(kinds[i].topic), topic)) {
            type = type_of(&kinds[i], name);
        }
    }
    return type;
}

void cord_api_opaque_write_part(const struct cord_api_opaque *opaque, cord_str topic, cord_str part,
                                struct cord_buf *out)
{
    char shown[CORD_API_OPAQUE_SUBJECT];
    struct cord_json_walk walk;
    struct cord_json_span span;
    cord_buf_put_char(out, '{');
    if (cord_json_span_begin(&walk, part, 0)) {
        while (cord_json_span_next(&walk, &span) == CORD_OK) {
            bool subject = !span.escaped && type_in(topic, span.name) == CORD_MEMBER_SUBJECT;
            cord_json_put_item(out);
            cord_json_write_string(out, span.name);
            cord_buf_put_char(out, ':');
            if (subject) {
                cord_json_write_string(out, cord_api_opaque_show(opaque, span.text, shown));
            } else {
                cord_buf_put(out, span.raw);
            }
        }
    }
    cord_buf_put_char(out, '}');
}

static void put_value(const struct cord_api_opaque *opaque, const struct cord_claim *claim,
                      struct cord_buf *out)
{
    struct cord_json_walk walk;
    struct cord_json_span span;
    cord_buf_put_char(out, '{');
    if (cord_json_span_begin(&walk, claim->value, 0)) {
        while (cord_json_span_next(&walk, &span) == CORD_OK) {
            cord_json_put_item(out);
            cord_json_write_string(out, span.name);
            cord_buf_put_char(out, ':');
            put_value_member(opaque, claim, &span, out);
        }
    }
    cord_buf_put_char(out, '}');
}

void cord_api_opaque_write_claim(const struct cord_api_opaque *opaque,
                                 const struct cord_claim *claim, const struct cord_digest *hash,
                                 struct cord_buf *out)
{
    char subject[CORD_API_OPAQUE_SUBJECT];
    char claimant[CORD_API_OPAQUE_SUBJECT];
    char hex[CORD_DIGEST_TEXT];
    struct cord_claim shown = *claim;
    struct cord_buf value;
    cord_buf_init(&value, CORD_CLAIM_LINE_MAX);
    shown.number = 0;
    shown.supersedes = 0;
    shown.subject = cord_api_opaque_show(opaque, claim->subject, subject);
    shown.claimant = cord_api_opaque_show(opaque, claim->claimant, claimant);
    if (is_audit(claim) || cord_str_starts(claim->claimant, CORD_STR("system:"))) {
        shown.key = CORD_STR("");
    }
    if (has_numbered(claim)) {
        put_value(opaque, claim, &value);
        shown.value = cord_buf_str(&value);
    }
    cord_buf_put_char(out, '{');
    cord_api_opaque_put(opaque, CORD_API_OPAQUE_CLAIM, "id", claim->number, out);
    size_t at = out->len;
    cord_claim_write(&shown, out); /* an object: its braces give way to what is around it */
    out->failed = out->failed || value.failed;
    if (!out->failed) {
        out->ptr[at] = ',';
        out->len--;
    }
    if (claim->supersedes > 0) {
        cord_api_opaque_put(opaque, CORD_API_OPAQUE_CLAIM, "supersedes", claim->supersedes, out);
    }
    if (hash) {
        cord_json_put_text(out, "hash", cord_digest_format(hash, hex));
    }
    cord_buf_put_char(out, '}');
    cord_buf_done(&value);
}

/* --- figures --- */

static void put_claim(const void *self, uint64_t claim, struct cord_buf *text)
{
    char id[CORD_API_OPAQUE_TEXT];
    cord_json_write_string(text, cord_api_opaque_format(self, CORD_API_OPAQUE_CLAIM, claim, id));
}

static void put_claimant(const void *self, cord_str claimant, struct cord_buf *text)
{
    char shown[CORD_API_OPAQUE_SUBJECT];
    cord_json_write_string(text, cord_api_opaque_show(self, claimant, shown));
}

void cord_api_opaque_write_figure(const struct cord_api_opaque *opaque,
                                  const struct cord_figure *figure, bool items,
                                  struct cord_buf *out)
{
    const struct cord_figure_names names = {put_claim, put_claimant, opaque};
    cord_figure_write_named(figure, items, &names, out);
}
