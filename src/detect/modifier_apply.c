/* modifier_apply.c: what each modifier does to a value. */
#include "detect/modifier.h"

#include "base/cidr.h"
#include "detect/regex_check.h"
#include "detect/value_encode.h"
#include "detect/wildcard.h"

struct application {
    struct cord_draft_context *context;
    enum cord_modifier modifier;
    uint32_t line;
};

static cord_status refuse(const struct application *application, const char *why)
{
    return cord_draft_refuse(application->context, application->line, CORD_E_FORMAT, "'%s': %s",
                             cord_modifier_name(application->modifier), why);
}

/* Numbers and truth values written without quotes are texts to the modifiers
 * of texts: CommandLine|contains: 4444. */
static cord_status as_string(const struct application *application, struct cord_draft_value *value)
{
    if (value->kind == CORD_DRAFT_STRING) {
        return CORD_OK;
    }
    if (value->kind != CORD_DRAFT_NUMBER && value->kind != CORD_DRAFT_BOOL) {
        return refuse(application, "needs a text");
    }
    cord_str text = value->text;
    if (value->kind == CORD_DRAFT_BOOL) {
        text = value->boolean ? CORD_STR("true") : CORD_STR("false");
    }
    value->kind = CORD_DRAFT_STRING;
    value->text = CORD_STR("");
    return cord_wildcard_plain(application->context, text, value);
}

static cord_status apply_place(const struct application *application,
                               struct cord_draft_value *value)
{
    bool front = application->modifier != CORD_MODIFIER_STARTSWITH;
    bool back = application->modifier != CORD_MODIFIER_ENDSWITH;
    if (value->kind == CORD_DRAFT_FIELD) {
        value->starts = value->starts || back;
        value->ends = value->ends || front;
        return CORD_OK;
    }
    cord_status status = as_string(application, value);
    return status == CORD_OK ? cord_wildcard_open(application->context, value, front, back)
                             : status;
}

static cord_status plain_text(const struct application *application, struct cord_draft_value *value,
                              cord_str *ret_text)
{
    cord_status status = as_string(application, value);
    if (status == CORD_OK && !cord_wildcard_is_plain(value, ret_text)) {
        return refuse(application, "a wildcard cannot be encoded: write \\* or \\? for the plain "
                                   "character, and contains behind the encoding");
    }
    return status;
}

/* The value becomes the one plain part `text`, which is in the arena. */
static cord_status set_plain(const struct application *application, struct cord_draft_value *value,
                             cord_str text)
{
    struct cord_draft_context *context = application->context;
    struct cord_draft_part *part = cord_arena_alloc(context->work, sizeof *part);
    if (!text.ptr) {
        return cord_draft_no_room(context, context->arena);
    }
    if (!part) {
        return cord_draft_no_room(context, context->work);
    }
    *part = (struct cord_draft_part){.kind = CORD_DRAFT_PART_TEXT, .text = text};
    value->kind = CORD_DRAFT_STRING;
    value->parts = part;
    value->part_count = text.len > 0;
    return CORD_OK;
}

static cord_status apply_utf16(const struct application *application,
                               struct cord_draft_value *value)
{
    cord_str text;
    cord_status status = plain_text(application, value, &text);
    if (status != CORD_OK) {
        return status;
    }
    return set_plain(application, value,
                     cord_value_encode_utf16(application->context->arena, text,
                                             application->modifier == CORD_MODIFIER_UTF16BE,
                                             application->modifier == CORD_MODIFIER_UTF16));
}

static cord_status apply_base64(const struct application *application,
                                struct cord_draft_value *value)
{
    cord_str text;
    cord_status status = plain_text(application, value, &text);
    if (status != CORD_OK) {
        return status;
    }
    return set_plain(application, value,
                     cord_value_encode_base64(application->context->arena, text));
}

static cord_status apply_base64_offset(const struct application *application,
                                       struct cord_draft_value *value)
{
    struct cord_draft_context *context = application->context;
    cord_str text;
    cord_status status = plain_text(application, value, &text);
    struct cord_draft_value **tail = &value->members;
    for (unsigned offset = 0; offset < 3 && status == CORD_OK; offset++) {
        cord_str encoded = cord_value_encode_base64_offset(context->arena, text, offset);
        if (encoded.ptr && encoded.len == 0) {
            return refuse(application, "the text is too short: nothing of it is left that does "
                                       "not depend on its neighbours");
        }
        struct cord_draft_value *member =
            cord_draft_value_new(context, CORD_DRAFT_STRING, value->line);
        if (!member) {
            return cord_draft_no_room(context, context->work);
        }
        member->cased = value->cased;
        status = set_plain(application, member, encoded);
        *tail = member;
        tail = &member->next;
    }
    value->kind = CORD_DRAFT_EXPANSION;
    return status;
}

/* One way to write the value: the digits of `choice` to base five are its
 * dashes, the last one first to change. */
static struct cord_draft_value *make_dashed(struct cord_draft_context *context,
                                            const struct cord_draft_value *value, size_t ways,
                                            size_t choice)
{
    struct cord_draft_value *made = cord_draft_value_new(context, CORD_DRAFT_STRING, value->line);
    struct cord_draft_part *parts =
        cord_arena_alloc(context->work, (value->part_count + 1) * sizeof *parts);
    if (!made || !parts) {
        return NULL;
    }
    for (size_t i = 0; i < value->part_count; i++) {
        cord_str text = value->parts[i].text;
        parts[i] = value->parts[i];
        if (parts[i].kind != CORD_DRAFT_PART_TEXT) {
            continue;
        }
        char *out = cord_arena_bytes(context->arena, text.len * 3 + 1);
        if (!out) {
            return NULL;
        }
        size_t len = 0;
        size_t next = cord_value_encode_find_dash(text, 0);
        for (size_t at = 0; at < text.len; at++) {
            if (at != next) {
                out[len++] = text.ptr[at];
                continue;
            }
            ways = ways > CORD_VALUE_ENCODE_DASHES ? ways / CORD_VALUE_ENCODE_DASHES : 1;
            cord_str dash = cord_value_encode_dashes[choice / ways];
            choice %= ways;
            memcpy(out + len, dash.ptr, dash.len);
            len += dash.len;
            next = cord_value_encode_find_dash(text, at + 1);
        }
        parts[i].text = (cord_str){out, len};
    }
    made->cased = value->cased;
    made->parts = parts;
    made->part_count = value->part_count;
    return made;
}

static size_t count_dashes(const struct cord_draft_value *value)
{
    size_t count = 0;
    for (size_t i = 0; i < value->part_count; i++) {
        cord_str text = value->parts[i].text;
        if (value->parts[i].kind != CORD_DRAFT_PART_TEXT) {
            continue;
        }
        for (size_t at = cord_value_encode_find_dash(text, 0); at != SIZE_MAX;
             at = cord_value_encode_find_dash(text, at + 1)) {
            count++;
        }
    }
    return count;
}

static cord_status apply_windash(const struct application *application,
                                 struct cord_draft_value *value)
{
    struct cord_draft_context *context = application->context;
    cord_status status = as_string(application, value);
    size_t dashes = status == CORD_OK ? count_dashes(value) : 0;
    if (status != CORD_OK || dashes == 0) {
        return status;
    }
    size_t ways = 1;
    for (size_t i = 0; i < dashes; i++) {
        ways *= CORD_VALUE_ENCODE_DASHES;
        if (ways > CORD_DRAFT_EXPANSION_MAX) {
            return cord_draft_refuse(context, application->line, CORD_E_UNSUPPORTED,
                                     "'windash': %zu dashes can be written in more than %u ways: "
                                     "split the value",
                                     dashes, CORD_DRAFT_EXPANSION_MAX);
        }
    }
    struct cord_draft_value **tail = &value->members;
    for (size_t choice = 0; choice < ways; choice++) {
        struct cord_draft_value *member = make_dashed(context, value, ways, choice);
        if (!member) {
            return cord_draft_no_room(context, cord_arena_failure(context->work) == CORD_E_LIMIT
                                                   ? context->work
                                                   : context->arena);
        }
        *tail = member;
        tail = &member->next;
    }
    value->kind = CORD_DRAFT_EXPANSION;
    return CORD_OK;
}

static cord_status apply_cidr(const struct application *application, struct cord_draft_value *value)
{
    struct cord_draft_context *context = application->context;
    bool host_bits = false;
    cord_str text;
    if (value->kind != CORD_DRAFT_STRING || !cord_wildcard_is_plain(value, &text) ||
        !cord_cidr_parse(text, value->cidr_address, &value->cidr_bits, &host_bits)) {
        return refuse(application, "needs an address range like 10.0.0.0/8 or fe80::/10");
    }
    value->kind = CORD_DRAFT_CIDR;
    value->text = text;
    if (host_bits) {
        return cord_draft_warn(context, application->line,
                               "'%.*s' has bits set behind its prefix: they are taken as zero",
                               CORD_STR_ARG(text));
    }
    return CORD_OK;
}

static cord_status apply_compare(const struct application *application,
                                 struct cord_draft_value *value)
{
    static const enum cord_compare compares[] = {
        [0] = CORD_COMPARE_LT,
        [CORD_MODIFIER_LTE - CORD_MODIFIER_LT] = CORD_COMPARE_LTE,
        [CORD_MODIFIER_GT - CORD_MODIFIER_LT] = CORD_COMPARE_GT,
        [CORD_MODIFIER_GTE - CORD_MODIFIER_LT] = CORD_COMPARE_GTE,
    };
    if (value->kind != CORD_DRAFT_NUMBER) {
        return refuse(application, "needs a number, written without quotes");
    }
    value->compare = compares[application->modifier - CORD_MODIFIER_LT];
    return CORD_OK;
}

static cord_status apply_time(const struct application *application, struct cord_draft_value *value)
{
    static const struct {
        int64_t lowest;
        int64_t highest;
        enum cord_time_part part;
    } ranges[] = {
        [0] = {0, 59, CORD_TIME_PART_MINUTE},
        [CORD_MODIFIER_HOUR - CORD_MODIFIER_MINUTE] = {0, 23, CORD_TIME_PART_HOUR},
        [CORD_MODIFIER_DAY - CORD_MODIFIER_MINUTE] = {1, 31, CORD_TIME_PART_DAY},
        /* ISO 8601 has a week 53. */
        [CORD_MODIFIER_WEEK - CORD_MODIFIER_MINUTE] = {1, 53, CORD_TIME_PART_WEEK},
        [CORD_MODIFIER_MONTH - CORD_MODIFIER_MINUTE] = {1, 12, CORD_TIME_PART_MONTH},
        [CORD_MODIFIER_YEAR - CORD_MODIFIER_MINUTE] = {0, 9999, CORD_TIME_PART_YEAR},
    };
    size_t at = (size_t)application->modifier - CORD_MODIFIER_MINUTE;
    int64_t number = 0;
    if (value->kind != CORD_DRAFT_NUMBER || !cord_str_i64(value->text, &number)) {
        return refuse(application, "needs a whole number, written without quotes");
    }
    if (number < ranges[at].lowest || number > ranges[at].highest) {
        return cord_draft_refuse(application->context, application->line, CORD_E_FORMAT,
                                 "'%s': %lld can never be: it runs from %lld to %lld",
                                 cord_modifier_name(application->modifier), (long long)number,
                                 (long long)ranges[at].lowest, (long long)ranges[at].highest);
    }
    value->time_part = ranges[at].part;
    return CORD_OK;
}

static cord_status apply_fieldref(const struct application *application,
                                  struct cord_draft_value *value)
{
    bool starts = false;
    bool ends = false;
    if (value->kind != CORD_DRAFT_STRING) {
        return refuse(application, "needs the name of a field");
    }
    /* contains|fieldref is the same as fieldref|contains. */
    const struct cord_draft_part *parts = value->parts;
    size_t count = value->part_count;
    if (count > 0 && parts[0].kind == CORD_DRAFT_PART_ANY) {
        ends = true;
        parts++;
        count--;
    }
    if (count > 0 && parts[count - 1].kind == CORD_DRAFT_PART_ANY) {
        starts = true;
        count--;
    }
    if (count != 1 || parts[0].kind != CORD_DRAFT_PART_TEXT) {
        return refuse(application, "needs the name of a field");
    }
    value->kind = CORD_DRAFT_FIELD;
    value->text = parts[0].text;
    value->starts = starts;
    value->ends = ends;
    return CORD_OK;
}

static cord_status apply_exists(const struct application *application,
                                struct cord_draft_value *value)
{
    if (value->kind != CORD_DRAFT_BOOL) {
        return refuse(application, "needs true or false, written without quotes");
    }
    value->kind = CORD_DRAFT_EXISTS;
    return CORD_OK;
}

static cord_status apply_cased(const struct application *application,
                               struct cord_draft_value *value)
{
    cord_status status = value->kind == CORD_DRAFT_FIELD ? CORD_OK : as_string(application, value);
    value->cased = true;
    return status;
}

/* A string of a chain with |re went past the wildcard parser: its one part is
 * the expression. Placeholders may still stand in it; then it is checked when
 * they are filled. */
static cord_status apply_re(const struct application *application, struct cord_draft_value *value)
{
    cord_status status = as_string(application, value);
    value->kind = CORD_DRAFT_REGEX;
    return status;
}

static cord_status apply_expand(const struct application *application,
                                struct cord_draft_value *value)
{
    if (value->kind == CORD_DRAFT_REGEX) {
        return cord_wildcard_find_placeholders(application->context, value);
    }
    cord_status status = as_string(application, value);
    return status == CORD_OK ? cord_wildcard_find_placeholders(application->context, value)
                             : status;
}

static cord_status apply_one(const struct application *application, struct cord_draft_value *value)
{
    switch (application->modifier) {
    case CORD_MODIFIER_CONTAINS:
    case CORD_MODIFIER_STARTSWITH:
    case CORD_MODIFIER_ENDSWITH:
        return apply_place(application, value);
    case CORD_MODIFIER_RE:
        return apply_re(application, value);
    case CORD_MODIFIER_RE_I:
        value->regex_flags |= CORD_REGEX_CASELESS;
        return CORD_OK;
    case CORD_MODIFIER_RE_M:
        value->regex_flags |= CORD_REGEX_MULTILINE;
        return CORD_OK;
    case CORD_MODIFIER_RE_S:
        value->regex_flags |= CORD_REGEX_DOTALL;
        return CORD_OK;
    case CORD_MODIFIER_CASED:
        return apply_cased(application, value);
    case CORD_MODIFIER_EXISTS:
        return apply_exists(application, value);
    case CORD_MODIFIER_BASE64:
        return apply_base64(application, value);
    case CORD_MODIFIER_BASE64OFFSET:
        return apply_base64_offset(application, value);
    case CORD_MODIFIER_UTF16LE:
    case CORD_MODIFIER_UTF16BE:
    case CORD_MODIFIER_UTF16:
        return apply_utf16(application, value);
    case CORD_MODIFIER_WINDASH:
        return apply_windash(application, value);
    case CORD_MODIFIER_CIDR:
        return apply_cidr(application, value);
    case CORD_MODIFIER_LT:
    case CORD_MODIFIER_LTE:
    case CORD_MODIFIER_GT:
    case CORD_MODIFIER_GTE:
        return apply_compare(application, value);
    case CORD_MODIFIER_FIELDREF:
        return apply_fieldref(application, value);
    case CORD_MODIFIER_EXPAND:
        return apply_expand(application, value);
    case CORD_MODIFIER_MINUTE:
    case CORD_MODIFIER_HOUR:
    case CORD_MODIFIER_DAY:
    case CORD_MODIFIER_WEEK:
    case CORD_MODIFIER_MONTH:
    case CORD_MODIFIER_YEAR:
        return apply_time(application, value);
    case CORD_MODIFIER_ALL: /* these two are about the list, not the value */
    case CORD_MODIFIER_NEQ:
        return CORD_OK;
    }
    return CORD_OK;
}

/* To every member of an expansion; members that expand again are put in the
 * place of the one they came from, so that expansions never nest. */
static cord_status apply_to_members(const struct application *application,
                                    struct cord_draft_value *value)
{
    size_t count = 0;
    for (struct cord_draft_value **link = &value->members; *link;) {
        struct cord_draft_value *member = *link;
        cord_status status = apply_one(application, member);
        if (status != CORD_OK) {
            return status;
        }
        if (member->kind == CORD_DRAFT_EXPANSION) {
            struct cord_draft_value *last = member->members;
            for (count++; last->next; last = last->next) {
                count++;
            }
            last->next = member->next;
            *link = member->members;
            link = &last->next;
        } else {
            link = &member->next;
            count++;
        }
        if (count > CORD_DRAFT_EXPANSION_MAX) {
            return cord_draft_refuse(application->context, application->line, CORD_E_UNSUPPORTED,
                                     "one value becomes more than %u", CORD_DRAFT_EXPANSION_MAX);
        }
    }
    return CORD_OK;
}

/* As written: to a text modifier 1.50 is not 1.5. */
static cord_status keep_number(struct cord_draft_context *context, const struct cord_yaml *scalar,
                               struct cord_draft_value *value)
{
    value->kind = CORD_DRAFT_NUMBER;
    value->text = cord_arena_copy(context->arena, scalar->text);
    return value->text.ptr ? CORD_OK : cord_draft_no_room(context, context->arena);
}

static cord_status from_scalar(struct cord_draft_context *context,
                               const struct cord_modifier_chain *chain,
                               const struct cord_yaml *scalar, struct cord_draft_value *value)
{
    switch (scalar->kind) {
    case CORD_YAML_NULL:
        value->kind = CORD_DRAFT_NULL;
        return CORD_OK;
    case CORD_YAML_BOOL:
        value->kind = CORD_DRAFT_BOOL;
        value->boolean = scalar->boolean;
        return CORD_OK;
    case CORD_YAML_INT:
    case CORD_YAML_FLOAT:
        return keep_number(context, scalar, value);
    case CORD_YAML_TEXT:
        value->kind = CORD_DRAFT_STRING;
        return cord_modifier_has(chain, CORD_MODIFIER_RE)
                   ? cord_wildcard_plain(context, scalar->text, value)
                   : cord_wildcard_parse(context, scalar->text, value);
    case CORD_YAML_LIST:
    case CORD_YAML_MAP:
        break;
    }
    return cord_draft_refuse(context, scalar->line, CORD_E_FORMAT,
                             "a list or a map where a single value belongs");
}

/* A regular expression without placeholders must compile. */
static cord_status close_regex(struct cord_draft_context *context, struct cord_draft_value *value)
{
    if (cord_wildcard_has_placeholder(value)) {
        return CORD_OK;
    }
    if (!cord_wildcard_is_plain(value, &value->text) || value->text.len == 0) {
        return cord_draft_refuse(context, value->line, CORD_E_FORMAT,
                                 "'re': an empty expression matches everything");
    }
    cord_status status = cord_regex_check(value->text, value->regex_flags, &context->err);
    context->line = value->line;
    return status;
}

static cord_status refuse_null(struct cord_draft_context *context, uint32_t line)
{
    return cord_draft_refuse(context, line, CORD_E_FORMAT,
                             "null takes no modifier: it means that the field is absent or null");
}

cord_status cord_modifier_apply(struct cord_draft_context *context,
                                const struct cord_modifier_chain *chain,
                                const struct cord_yaml *scalar, struct cord_draft_value **ret_value)
{
    struct cord_draft_value *value = cord_draft_value_new(context, CORD_DRAFT_NULL, scalar->line);
    if (!value) {
        return cord_draft_no_room(context, context->work);
    }
    cord_status status = from_scalar(context, chain, scalar, value);
    if (status == CORD_OK && value->kind == CORD_DRAFT_NULL &&
        (chain->set & ~(1u << CORD_MODIFIER_NEQ)) != 0) {
        status = refuse_null(context, scalar->line);
    }
    for (size_t i = 0; i < chain->count && status == CORD_OK; i++) {
        struct application application = {context, chain->items[i], scalar->line};
        status = value->kind == CORD_DRAFT_EXPANSION ? apply_to_members(&application, value)
                                                     : apply_one(&application, value);
    }
    if (status == CORD_OK && value->kind == CORD_DRAFT_REGEX) {
        status = close_regex(context, value);
    }
    if (status == CORD_OK) {
        *ret_value = value;
    }
    return status;
}
