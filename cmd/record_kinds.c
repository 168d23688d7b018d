/* record_kinds.c: see record_kinds.h. */
#include "cmd/record_kinds.h"

#include "codec/json_write.h"
#include "record/claim_kind.h"

#include <inttypes.h>

enum { OUT_BYTES_MAX = 1 << 22 };

static void put_list(struct cord_buf *out, const char *const *words, const char *between)
{
    for (size_t i = 0; words && words[i]; i++) {
        cord_buf_printf(out, "%s%s", i > 0 ? between : "", words[i]);
    }
}

static void put_member(struct cord_buf *out, const struct cord_member *member)
{
    cord_buf_printf(out, "    %-14s %s%s%s", member->name, cord_claim_kind_type_name(member->type),
                    member->required ? ", required" : "", member->key ? ", key" : "");
    cord_buf_printf(out, ": %s", member->help);
    if (member->words) {
        cord_buf_put_text(out, " (");
        put_list(out, member->words, ", ");
        cord_buf_put_char(out, ')');
    }
    cord_buf_put_char(out, '\n');
}

static void put_kind(struct cord_buf *out, const struct cord_claim_kind *kind)
{
    cord_buf_printf(out, "%s\n    %s\n    %s of topic %s, about ", kind->name, kind->help,
                    cord_claim_kind_effect_name(kind->effect), kind->topic);
    cord_buf_put_text(out, kind->subjects ? "" : "anything");
    put_list(out, kind->subjects, ", ");
    if (kind->units) {
        cord_buf_printf(out, "; an amount%s in ", kind->amount_required ? " is required," : "");
        put_list(out, kind->units, ", ");
    }
    cord_buf_put_char(out, '\n');
    for (const struct cord_member *m = kind->members; m->type != CORD_MEMBER_END; m++) {
        put_member(out, m);
    }
    cord_buf_put_char(out, '\n');
}

/* --- JSON --- */

static void put_json_list(struct cord_buf *out, const char *name, const char *const *words)
{
    if (!words) {
        return;
    }
    cord_buf_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; words[i]; i++) {
        cord_buf_put_text(out, i > 0 ? "," : "");
        cord_json_write_string(out, cord_str_from(words[i]));
    }
    cord_buf_put_char(out, ']');
}

static void put_json_text(struct cord_buf *out, const char *name, const char *text)
{
    if (text) {
        cord_buf_printf(out, ",\"%s\":", name);
        cord_json_write_string(out, cord_str_from(text));
    }
}

static void put_json_member(struct cord_buf *out, const struct cord_member *member)
{
    cord_buf_printf(out, "{\"name\":\"%s\",\"type\":\"%s\",\"required\":%s,\"key\":%s",
                    member->name, cord_claim_kind_type_name(member->type),
                    member->required ? "true" : "false", member->key ? "true" : "false");
    if (member->type == CORD_MEMBER_NUMBER) {
        cord_buf_printf(out, ",\"least\":%" PRId64 ",\"most\":%" PRId64, member->least,
                        member->most);
    } else if (member->most > 0) {
        cord_buf_printf(out, ",\"bytes\":%" PRId64, member->most);
    }
    put_json_list(out, "words", member->words);
    put_json_text(out, "help", member->help);
    cord_buf_put_char(out, '}');
}

static void put_json_kind(struct cord_buf *out, const struct cord_claim_kind *kind)
{
    cord_buf_printf(out, "{\"kind\":\"%s\",\"topic\":\"%s\",\"effect\":\"%s\"", kind->name,
                    kind->topic, cord_claim_kind_effect_name(kind->effect));
    put_json_text(out, "state_member", kind->state_member);
    put_json_text(out, "state", kind->state);
    put_json_list(out, "subjects", kind->subjects);
    put_json_list(out, "units", kind->units);
    cord_buf_printf(out, ",\"amount_required\":%s", kind->amount_required ? "true" : "false");
    put_json_text(out, "help", kind->help);
    cord_buf_put_text(out, ",\"members\":[");
    for (size_t i = 0; kind->members[i].type != CORD_MEMBER_END; i++) {
        cord_buf_put_text(out, i > 0 ? "," : "");
        put_json_member(out, &kind->members[i]);
    }
    cord_buf_put_text(out, "]}\n");
}

void record_kinds_print(bool json, FILE *out)
{
    struct cord_buf text;
    size_t count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    cord_buf_init(&text, OUT_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (json) {
            put_json_kind(&text, &kinds[i]);
        } else {
            put_kind(&text, &kinds[i]);
        }
    }
    (void)fwrite(text.ptr, 1, text.len, out);
    cord_buf_done(&text);
}
