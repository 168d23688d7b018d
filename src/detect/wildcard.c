/* wildcard.c: see wildcard.h. */
#include "detect/wildcard.h"

static size_t count_specials(cord_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '*' || text.ptr[i] == '?';
    }
    return count;
}

/* Collects parts into arrays that are large enough from the start. */
struct writer {
    struct cord_draft_part *parts;
    size_t count;
    char *text; /* text of the part at hand begins here */
    size_t len;
};

static void end_text(struct writer *writer)
{
    if (writer->len > 0) {
        writer->parts[writer->count++] = (struct cord_draft_part){
            .kind = CORD_DRAFT_PART_TEXT, .text = {writer->text, writer->len}};
        writer->text += writer->len;
        writer->len = 0;
    }
}

static void put_special(struct writer *writer, char c)
{
    end_text(writer);
    writer->parts[writer->count++] =
        (struct cord_draft_part){.kind = c == '*' ? CORD_DRAFT_PART_ANY : CORD_DRAFT_PART_ONE};
}

static void put_char(struct writer *writer, char c)
{
    writer->text[writer->len++] = c;
}

static cord_status begin(struct cord_draft_context *context, struct writer *writer, size_t parts,
                         size_t bytes)
{
    *writer = (struct writer){0};
    writer->parts = cord_arena_alloc(context->work, parts * sizeof *writer->parts);
    if (!writer->parts) {
        return cord_draft_no_room(context, context->work);
    }
    writer->text = cord_arena_bytes(context->arena, bytes + 1);
    return writer->text ? CORD_OK : cord_draft_no_room(context, context->arena);
}

static void finish(struct writer *writer, struct cord_draft_value *value)
{
    end_text(writer);
    value->parts = writer->parts;
    value->part_count = writer->count;
}

cord_status cord_wildcard_parse(struct cord_draft_context *context, cord_str text,
                                struct cord_draft_value *value)
{
    struct writer writer;
    cord_status status = begin(context, &writer, count_specials(text) * 2 + 1, text.len);
    if (status != CORD_OK) {
        return status;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
            put_char(&writer, next);
            i++;
        } else if (c == '*' || c == '?') {
            put_special(&writer, c);
        } else {
            put_char(&writer, c);
        }
    }
    finish(&writer, value);
    return CORD_OK;
}

cord_status cord_wildcard_plain(struct cord_draft_context *context, cord_str text,
                                struct cord_draft_value *value)
{
    struct cord_draft_part *part = cord_arena_alloc(context->work, sizeof *part);
    if (!part) {
        return cord_draft_no_room(context, context->work);
    }
    *part = (struct cord_draft_part){.kind = CORD_DRAFT_PART_TEXT,
                                     .text = cord_arena_copy(context->arena, text)};
    if (!part->text.ptr) {
        return cord_draft_no_room(context, context->arena);
    }
    value->parts = part;
    value->part_count = text.len > 0;
    return CORD_OK;
}

cord_status cord_wildcard_open(struct cord_draft_context *context, struct cord_draft_value *value,
                               bool front, bool back)
{
    const struct cord_draft_part *old = value->parts;
    size_t count = value->part_count;
    front = front && !(count > 0 && old[0].kind == CORD_DRAFT_PART_ANY);
    /* An empty text becomes one '*', not two. */
    back = back && !(count > 0 ? old[count - 1].kind == CORD_DRAFT_PART_ANY : front);
    if (!front && !back) {
        return CORD_OK;
    }
    struct cord_draft_part *parts = cord_arena_alloc(context->work, (count + 2) * sizeof *parts);
    if (!parts) {
        return cord_draft_no_room(context, context->work);
    }
    size_t at = 0;
    if (front) {
        parts[at++] = (struct cord_draft_part){.kind = CORD_DRAFT_PART_ANY};
    }
    if (count > 0) {
        memcpy(parts + at, old, count * sizeof *parts);
        at += count;
    }
    if (back) {
        parts[at++] = (struct cord_draft_part){.kind = CORD_DRAFT_PART_ANY};
    }
    value->parts = parts;
    value->part_count = at;
    return CORD_OK;
}

bool cord_wildcard_is_plain(const struct cord_draft_value *value, cord_str *ret_text)
{
    if (value->part_count == 0) {
        *ret_text = CORD_STR("");
        return true;
    }
    if (value->part_count == 1 && value->parts[0].kind == CORD_DRAFT_PART_TEXT) {
        *ret_text = value->parts[0].text;
        return true;
    }
    return false;
}

bool cord_wildcard_has_placeholder(const struct cord_draft_value *value)
{
    for (size_t i = 0; i < value->part_count; i++) {
        if (value->parts[i].kind == CORD_DRAFT_PART_PLACEHOLDER) {
            return true;
        }
    }
    return false;
}

static bool is_name_char(char c)
{
    return cord_str_is_digit(c) || c == '_' || c == '-' || c == '.' ||
           (cord_str_lower_char(c) >= 'a' && cord_str_lower_char(c) <= 'z');
}

/* The name that begins behind the '%' at `at`, or an empty text. */
static cord_str name_at(cord_str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && is_name_char(text.ptr[end])) {
        end++;
    }
    bool closed = end > at + 1 && end < text.len && text.ptr[end] == '%';
    return closed ? cord_str_slice(text, at + 1, end - at - 1) : CORD_STR("");
}

static cord_status split_text(struct cord_draft_context *context, struct writer *writer,
                              cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        cord_str name = c == '%' ? name_at(text, i) : CORD_STR("");
        if (c == '\\' && i + 1 < text.len && text.ptr[i + 1] == '%') {
            put_char(writer, '%');
            i++;
        } else if (name.len > 0) {
            end_text(writer);
            struct cord_draft_part *part = &writer->parts[writer->count++];
            part->kind = CORD_DRAFT_PART_PLACEHOLDER;
            cord_status status = cord_draft_intern(context, name, &part->text);
            if (status != CORD_OK) {
                return status;
            }
            i += name.len + 1;
        } else {
            put_char(writer, c);
        }
    }
    end_text(writer);
    return CORD_OK;
}

cord_status cord_wildcard_find_placeholders(struct cord_draft_context *context,
                                            struct cord_draft_value *value)
{
    size_t bytes = 0;
    for (size_t i = 0; i < value->part_count; i++) {
        bytes += value->parts[i].text.len;
    }
    /* A placeholder takes three characters at least, and text stands between. */
    struct writer writer;
    cord_status status = begin(context, &writer, value->part_count + bytes + 1, bytes);
    for (size_t i = 0; i < value->part_count && status == CORD_OK; i++) {
        if (value->parts[i].kind == CORD_DRAFT_PART_TEXT) {
            status = split_text(context, &writer, value->parts[i].text);
        } else {
            writer.parts[writer.count++] = value->parts[i];
        }
    }
    if (status == CORD_OK) {
        finish(&writer, value);
    }
    return status;
}

static size_t written_len(const struct cord_draft_part *part)
{
    return part->kind == CORD_DRAFT_PART_TEXT ? part->text.len * 2 : part->text.len + 2;
}

static size_t write_text(char *at, cord_str text)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        /* A backslash is escaped only where it would escape what follows. */
        bool follows = c == '\\' && (i + 1 == text.len || text.ptr[i + 1] == '\\');
        if (c == '*' || c == '?' || follows) {
            at[len++] = '\\';
        }
        at[len++] = c;
    }
    return len;
}

cord_str cord_wildcard_text(struct cord_arena *arena, const struct cord_draft_value *value)
{
    size_t room = 1;
    for (size_t i = 0; i < value->part_count; i++) {
        room += written_len(&value->parts[i]);
    }
    char *text = cord_arena_bytes(arena, room);
    if (!text) {
        return (cord_str){0};
    }
    size_t len = 0;
    for (size_t i = 0; i < value->part_count; i++) {
        const struct cord_draft_part *part = &value->parts[i];
        switch (part->kind) {
        case CORD_DRAFT_PART_TEXT:
            len += write_text(text + len, part->text);
            break;
        case CORD_DRAFT_PART_ANY:
            text[len++] = '*';
            break;
        case CORD_DRAFT_PART_ONE:
            text[len++] = '?';
            break;
        case CORD_DRAFT_PART_PLACEHOLDER:
            text[len++] = '%';
            memcpy(text + len, part->text.ptr, part->text.len);
            len += part->text.len;
            text[len++] = '%';
            break;
        }
    }
    text[len] = '\0';
    return (cord_str){text, len};
}
