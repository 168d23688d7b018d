/* evtx_record.c: compiled templates run over a record's values. */
#include "codec/evtx_internal.h"

enum {
    TYPE_BINARY_XML = 0x21,
    TOKEN_TEMPLATE = 0x0c,
    TOKEN_FRAGMENT = 0x0f,
    FRAGMENT_BYTES = 4,
};

/* A program at work: its values, and what its operations leave one another. */
struct frame {
    const struct evtx_substitution *substitutions;
    size_t count;
    unsigned nesting;
    size_t mark;
    uint32_t path_named;
};

static struct evtx_substitution substitution(const struct frame *frame, unsigned index)
{
    /* One that is not there is null: Windows reads it so. */
    return index < frame->count ? frame->substitutions[index] : (struct evtx_substitution){0};
}

static void add_empty(struct cord_evtx *reader, const struct evtx_op *op, uint32_t path)
{
    cord_evtx_value_add(reader, path, op->flags & ~EVTX_OMIT_NULL, (struct evtx_substitution){0});
}

/* One part of a text. Moves reader->out behind it when it is new. */
static cord_str part_text(struct cord_evtx *reader, const struct frame *frame,
                          const struct evtx_op *op, bool *ret_ascii)
{
    if (op->kind == EVTX_OP_LITERAL) {
        *ret_ascii = op->flags & EVTX_ASCII;
        return (cord_str){op->ptr, op->len};
    }
    struct evtx_substitution value = substitution(frame, op->index);
    if (value.type == 0 || value.len == 0) {
        *ret_ascii = true;
        return CORD_STR("");
    }
    return cord_evtx_value_text(reader, value, ret_ascii);
}

/* The parts behind `join` as one value: once to learn the length, once to
 * copy. */
static void add_join(struct cord_evtx *reader, const struct frame *frame,
                     const struct evtx_op *join, uint32_t path)
{
    size_t len = 0;
    bool all_ascii = true;
    char *kept = reader->out;
    char *kept_end = reader->out_end;
    for (size_t i = 1; i <= join->index; i++) {
        bool ascii = false;
        cord_str part = part_text(reader, frame, &join[i], &ascii);
        if (!part.ptr) {
            return;
        }
        len += part.len;
        if (len > reader->record_out_left) {
            reader->record_out_left = 0;
            evtx_damage(reader, "more text than its bytes can rightly hold");
            return;
        }
        all_ascii = all_ascii && ascii;
        reader->out = reader->out_end == kept_end ? kept : reader->out;
    }
    /* The parts are written behind the room for the whole, then moved into it. */
    char *whole = evtx_room(reader, len + 1);
    if (!whole) {
        return;
    }
    reader->out = whole + len;
    char *to = whole;
    for (size_t i = 1; i <= join->index; i++) {
        bool ascii = false;
        cord_str part = part_text(reader, frame, &join[i], &ascii);
        if (!part.ptr) {
            return;
        }
        memcpy(to, part.ptr, part.len);
        to += part.len;
    }
    (void)evtx_add(reader, path, CORD_VALUE_TEXT,
                   (join->flags & EVTX_IN_ARRAY ? CORD_VALUE_IN_ARRAY : 0) |
                       (all_ascii ? CORD_VALUE_ASCII : 0),
                   whole, len);
}

static uint32_t named_path(struct cord_evtx *reader, const struct frame *frame,
                           const struct evtx_op *op)
{
    bool ascii = false;
    char *kept = reader->out;
    char *kept_end = reader->out_end;
    struct evtx_substitution value = substitution(frame, op->index);
    cord_str name =
        value.type == 0 ? CORD_STR("Data") : cord_evtx_value_text(reader, value, &ascii);
    reader->out = reader->out_end == kept_end ? kept : reader->out; /* the tree has copied it */
    return name.ptr ? cord_paths_child(reader->paths, op->path, name) : CORD_PATH_OTHER;
}

static void run_instance(struct cord_evtx *reader, uint32_t at, uint32_t end, uint32_t parent,
                         unsigned nesting);

static void add_value(struct cord_evtx *reader, const struct frame *frame, const struct evtx_op *op,
                      uint32_t path)
{
    struct evtx_substitution value = substitution(frame, op->index);
    if (value.type == TYPE_BINARY_XML && value.len > 0) {
        cord_evtx_record_run(reader, value.at, value.at + value.len, path, frame->nesting + 1);
        return;
    }
    cord_evtx_value_add(reader, path, op->flags, value);
}

static void run_op(struct cord_evtx *reader, struct frame *frame, const struct evtx_op *op)
{
    uint32_t path = op->path == EVTX_PATH_NAMED ? frame->path_named : op->path;
    switch ((enum evtx_op_kind)op->kind) {
    case EVTX_OP_LITERAL:
        (void)evtx_add(reader, path, CORD_VALUE_TEXT,
                       (op->flags & EVTX_ASCII ? CORD_VALUE_ASCII : 0) |
                           (op->flags & EVTX_IN_ARRAY ? CORD_VALUE_IN_ARRAY : 0),
                       op->ptr, op->len);
        return;
    case EVTX_OP_VALUE:
        add_value(reader, frame, op, path);
        return;
    case EVTX_OP_JOIN:
        add_join(reader, frame, op, path);
        return;
    case EVTX_OP_MARK:
        frame->mark = reader->values->count;
        return;
    case EVTX_OP_CLOSE:
        if (reader->values->count == frame->mark) {
            add_empty(reader, op, path);
        }
        return;
    case EVTX_OP_EMPTY:
        add_empty(reader, op, path);
        return;
    case EVTX_OP_NAME:
        frame->path_named = named_path(reader, frame, op);
        return;
    case EVTX_OP_INSTANCE:
        run_instance(reader, op->len, (uint32_t)reader->len, path, frame->nesting + 1);
        return;
    }
}

static void run_program(struct cord_evtx *reader, const struct evtx_program *program,
                        const struct evtx_substitution *substitutions, size_t count,
                        unsigned nesting)
{
    struct frame frame = {.substitutions = substitutions, .count = count, .nesting = nesting};
    if (program->count > reader->record_work_left) {
        reader->record_work_left = 0;
        evtx_damage(reader, "its templates expand without end");
        return;
    }
    reader->record_work_left -= program->count;
    uint32_t end = program->first + program->count;
    for (uint32_t i = program->first; i < end; i++) {
        const struct evtx_op *op = &reader->ops[i];
        run_op(reader, &frame, op);
        i += op->kind == EVTX_OP_JOIN ? op->index : 0;
    }
    if (program->damage) {
        evtx_damage(reader, program->damage);
    }
}

/* Puts the instance's values on the stack. False when there is no room. */
static bool push_values(struct cord_evtx *reader, const struct evtx_instance *instance)
{
    if (instance->count > EVTX_SUBSTITUTIONS_MAX - reader->substitution_count) {
        evtx_damage(reader, "more values than a record may have");
        return false;
    }
    struct evtx_substitution *top = reader->substitutions + reader->substitution_count;
    const uint8_t *descriptor = reader->chunk + instance->descriptors;
    uint32_t at = instance->values;
    for (uint32_t i = 0; i < instance->count; i++, descriptor += 4) {
        uint32_t len = evtx_u16(descriptor);
        if (len > instance->end - at) {
            evtx_damage(reader, "a value reaches beyond its record");
            len = instance->end - at;
        }
        top[i] = (struct evtx_substitution){at, (uint16_t)len, descriptor[2]};
        at += len;
    }
    reader->substitution_count += instance->count;
    return true;
}

static void run_instance(struct cord_evtx *reader, uint32_t at, uint32_t end, uint32_t parent,
                         unsigned nesting)
{
    if (nesting > EVTX_NESTING_MAX) {
        evtx_damage(reader, "its templates are nested too deep");
        return;
    }
    struct evtx_instance instance;
    const char *damage = cord_evtx_template_instance(reader, at, end, &instance);
    if (damage) {
        evtx_damage(reader, damage);
        return;
    }
    const struct evtx_program *program =
        cord_evtx_template_program(reader, instance.body, instance.body_end, parent);
    size_t below = reader->substitution_count;
    if (program && push_values(reader, &instance)) {
        run_program(reader, program, reader->substitutions + below, instance.count, nesting);
    }
    reader->substitution_count = below;
}

void cord_evtx_record_run(struct cord_evtx *reader, uint32_t at, uint32_t end, uint32_t parent,
                          unsigned nesting)
{
    if (nesting > EVTX_NESTING_MAX) {
        evtx_damage(reader, "its templates are nested too deep");
        return;
    }
    if (end - at > FRAGMENT_BYTES && reader->chunk[at] == TOKEN_FRAGMENT) {
        at += FRAGMENT_BYTES;
    }
    if (at < end && reader->chunk[at] == TOKEN_TEMPLATE) {
        run_instance(reader, at + 1, end, parent, nesting);
        return;
    }
    const struct evtx_program *program = cord_evtx_template_program(reader, at, end, parent);
    if (program) {
        run_program(reader, program, NULL, 0, nesting);
    }
}
