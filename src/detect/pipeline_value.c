/* pipeline_value.c: transformations of an item's values. */
#include "detect/pipeline_internal.h"

#include "detect/wildcard.h"

static cord_status no_work(struct cord_pipeline_run *run)
{
    return cord_draft_no_room(run->context, run->context->work);
}

static cord_status replace_parts(struct cord_pipeline_run *run, struct cord_draft_value *value)
{
    struct cord_draft_context *context = run->context;
    struct cord_draft_part *parts =
        cord_arena_alloc(context->work, (value->part_count + 1) * sizeof *parts);
    size_t count = 0;
    if (!parts) {
        return no_work(run);
    }
    for (size_t i = 0; i < value->part_count; i++) {
        parts[count] = value->parts[i];
        if (parts[count].kind == CORD_DRAFT_PART_TEXT) {
            cord_status status =
                cord_pipeline_regex_replace(run->item->regex, parts[count].text, run->item->value,
                                            context->arena, &parts[count].text, &context->err);
            if (status != CORD_OK) {
                return status;
            }
        }
        count += parts[count].kind != CORD_DRAFT_PART_TEXT || parts[count].text.len > 0;
    }
    value->parts = parts;
    value->part_count = count;
    return CORD_OK;
}

static cord_status replace_string(struct cord_pipeline_run *run, struct cord_draft_value *value)
{
    struct cord_draft_context *context = run->context;
    if (value->kind != CORD_DRAFT_STRING) {
        return CORD_OK;
    }
    if (run->item->flag || cord_wildcard_has_placeholder(value)) {
        return replace_parts(run, value);
    }
    cord_str text = cord_wildcard_text(context->work, value);
    cord_str replaced;
    if (!text.ptr) {
        return no_work(run);
    }
    cord_status status = cord_pipeline_regex_replace(run->item->regex, text, run->item->value,
                                                     context->work, &replaced, &context->err);
    return status == CORD_OK ? cord_wildcard_parse(context, replaced, value) : status;
}

static cord_status map_string(struct cord_pipeline_run *run, struct cord_draft_value *value)
{
    struct cord_draft_context *context = run->context;
    cord_str text;
    if (value->kind != CORD_DRAFT_STRING || !cord_wildcard_is_plain(value, &text)) {
        return CORD_OK;
    }
    const struct cord_pipeline_mapping *at = run->item->mapping;
    while (at && !cord_str_eq(at->from, text)) {
        at = at->next;
    }
    if (!at) {
        return CORD_OK;
    }
    if (at->to_count == 1) {
        return cord_wildcard_parse(context, at->to[0], value);
    }
    struct cord_draft_value **tail = &value->members;
    for (size_t i = 0; i < at->to_count; i++) {
        struct cord_draft_value *member =
            cord_draft_value_new(context, CORD_DRAFT_STRING, value->line);
        if (!member) {
            return no_work(run);
        }
        member->cased = value->cased;
        cord_status status = cord_wildcard_parse(context, at->to[i], member);
        if (status != CORD_OK) {
            return status;
        }
        *tail = member;
        tail = &member->next;
    }
    value->kind = CORD_DRAFT_EXPANSION;
    return CORD_OK;
}

static cord_status convert_type(struct cord_pipeline_run *run, struct cord_draft_value *value)
{
    cord_str text;
    int64_t number = 0;
    if (run->item->flag && value->kind == CORD_DRAFT_STRING) {
        if (!cord_wildcard_is_plain(value, &text) || !cord_str_i64(text, &number)) {
            return cord_pipeline_refuse(run, value->line, "a value is no number");
        }
        value->kind = CORD_DRAFT_NUMBER;
        value->text = text;
    } else if (!run->item->flag && value->kind == CORD_DRAFT_NUMBER) {
        value->kind = CORD_DRAFT_STRING;
        return cord_wildcard_plain(run->context, value->text, value);
    }
    return CORD_OK;
}

static cord_status change_case(struct cord_pipeline_run *run, struct cord_draft_value *value)
{
    struct cord_draft_part *parts =
        cord_arena_alloc(run->context->work, (value->part_count + 1) * sizeof *parts);
    if (!parts) {
        return no_work(run);
    }
    for (size_t i = 0; i < value->part_count; i++) {
        parts[i] = value->parts[i];
        if (parts[i].kind != CORD_DRAFT_PART_TEXT) {
            continue;
        }
        char *text = cord_arena_bytes(run->context->arena, parts[i].text.len + 1);
        if (!text) {
            return cord_draft_no_room(run->context, run->context->arena);
        }
        for (size_t k = 0; k < parts[i].text.len; k++) {
            char lower = cord_str_lower_char(parts[i].text.ptr[k]);
            bool letter = lower >= 'a' && lower <= 'z';
            text[k] = run->item->upper && letter ? (char)(lower & ~0x20) : lower;
        }
        parts[i].text.ptr = text;
    }
    value->parts = parts;
    return CORD_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status change_value(struct cord_pipeline_run *run, struct cord_draft_value *value)
{
    if (value->kind == CORD_DRAFT_EXPANSION) {
        cord_status status = CORD_OK;
        for (struct cord_draft_value *member = value->members; member && status == CORD_OK;
             member = member->next) {
            if (member->kind != CORD_DRAFT_EXPANSION) {
                status = change_value(run, member);
            }
        }
        return status;
    }
    enum cord_pipeline_kind kind = run->item->kind;
    if (kind == CORD_PIPELINE_REPLACE_STRING) {
        return replace_string(run, value);
    }
    if (kind == CORD_PIPELINE_MAP_STRING) {
        return map_string(run, value);
    }
    if (kind == CORD_PIPELINE_CONVERT_TYPE) {
        return convert_type(run, value);
    }
    if (kind == CORD_PIPELINE_CASE) {
        return value->kind == CORD_DRAFT_STRING ? change_case(run, value) : CORD_OK;
    }
    struct cord_draft_value *next = value->next; /* set_value */
    *value = *run->item->set;
    value->next = next;
    return CORD_OK;
}

/* Members of expansions that map_string expanded again take their place. */
static void flatten(struct cord_draft_value *value)
{
    for (struct cord_draft_value **link = &value->members; *link;) {
        struct cord_draft_value *member = *link;
        if (member->kind != CORD_DRAFT_EXPANSION) {
            link = &member->next;
            continue;
        }
        struct cord_draft_value *last = member->members;
        while (last->next) {
            last = last->next;
        }
        last->next = member->next;
        *link = member->members;
    }
}

cord_status cord_pipeline_change_values(struct cord_pipeline_run *run, struct cord_draft_node *node)
{
    cord_status status = CORD_OK;
    for (struct cord_draft_value *value = node->values; value && status == CORD_OK;
         value = value->next) {
        status = change_value(run, value);
        if (status == CORD_OK && value->kind == CORD_DRAFT_EXPANSION) {
            flatten(value);
        }
    }
    return status;
}

/* "SHA256=..." of Sysmon's field Hashes as a field of its own. */
static bool split_hash(const struct cord_draft_value *value, cord_str *ret_algorithm,
                       cord_str *ret_hash)
{
    static const struct {
        size_t len;
        const char *name;
    } lengths[] = {{32, "MD5"}, {40, "SHA1"}, {64, "SHA256"}, {128, "SHA512"}};
    cord_str text = CORD_STR("");
    for (size_t i = 0; i < value->part_count; i++) {
        if (value->parts[i].kind == CORD_DRAFT_PART_TEXT) {
            if (text.len > 0) {
                return false;
            }
            text = value->parts[i].text;
        } else if (value->parts[i].kind != CORD_DRAFT_PART_ANY) {
            return false;
        }
    }
    size_t cut = cord_str_find_char(text, '=', 0);
    if (cut != SIZE_MAX) {
        *ret_algorithm = cord_str_slice(text, 0, cut);
        *ret_hash = cord_str_from_byte(text, cut + 1);
        return cut > 0 && ret_hash->len > 0;
    }
    *ret_hash = text;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (text.len == lengths[i].len) {
            *ret_algorithm = cord_str_from(lengths[i].name);
            return true;
        }
    }
    return false;
}

static bool is_valid_algorithm(const struct cord_pipeline_item *item, cord_str algorithm)
{
    for (size_t i = 0; i < item->text_count; i++) {
        if (cord_str_eq_fold(item->texts[i], algorithm)) {
            return true;
        }
    }
    return item->text_count == 0;
}

static cord_status make_hash_item(struct cord_pipeline_run *run, const struct cord_draft_node *node,
                                  struct cord_draft_value *value, struct cord_draft_node **ret_node)
{
    struct cord_draft_context *context = run->context;
    cord_str algorithm;
    cord_str hash;
    if (value->kind != CORD_DRAFT_STRING || !split_hash(value, &algorithm, &hash) ||
        !is_valid_algorithm(run->item, algorithm)) {
        return cord_draft_refuse(context, value->line, CORD_E_UNSUPPORTED,
                                 "hashes_fields: a value is no hash of a known algorithm");
    }
    struct cord_draft_node *made = cord_arena_alloc(context->work, sizeof *made);
    struct cord_draft_value *one = cord_draft_value_new(context, CORD_DRAFT_STRING, value->line);
    if (!made || !one) {
        return no_work(run);
    }
    *made = *node;
    made->next = NULL;
    made->all = false;
    made->values = one;
    made->value_count = 1;
    cord_status status = cord_wildcard_plain(context, hash, one);
    if (status == CORD_OK) {
        status = cord_pipeline_join(run, run->item->key, run->item->flag ? CORD_STR("") : algorithm,
                                    &made->field);
    }
    *ret_node = made;
    return status;
}

cord_status cord_pipeline_split_hashes(struct cord_pipeline_run *run, struct cord_draft_node *node)
{
    if (!cord_str_eq(node->field, CORD_STR("Hashes")) &&
        !cord_str_eq(node->field, CORD_STR("Hash"))) {
        return CORD_OK;
    }
    struct cord_draft_node *first = NULL;
    struct cord_draft_node **tail = &first;
    cord_status status = CORD_OK;
    for (struct cord_draft_value *value = node->values; value && status == CORD_OK;
         value = value->next) {
        status = make_hash_item(run, node, value, tail);
        tail = status == CORD_OK ? &(*tail)->next : tail;
    }
    if (status == CORD_OK) {
        /* Negated items must all hold: none of the hashes. */
        node->kind = node->all || node->negate ? CORD_DRAFT_ALL : CORD_DRAFT_ANY;
        node->child = first;
        node->values = NULL;
        node->value_count = 0;
    }
    return status;
}
