/* audit_fields.c: see audit_fields.h. */
#include "normalise/audit_fields.h"

enum { COMMAND_BYTES_MAX = 1 << 17 };

static const char *const names[CORD_AUDIT_NAME_COUNT] = {
    [CORD_AUDIT_TYPE] = "type",
    [CORD_AUDIT_NODE] = "node",
    [CORD_AUDIT_TIME] = "timestamp",
    [CORD_AUDIT_SERIAL] = "serial",
    [CORD_AUDIT_COMMAND_LINE] = "CommandLine",
};

void cord_audit_fields_intern(struct cord_audit_fields *fields, struct cord_paths *paths)
{
    cord_emit_intern(paths, names, CORD_AUDIT_NAME_COUNT, fields->paths);
}

/* a0, a1, ... but not a0_len or argc; long arguments come as a0[0], a0[1]. */
static bool is_argument(cord_str key)
{
    if (key.len < 2 || key.ptr[0] != 'a' || !cord_str_is_digit(key.ptr[1])) {
        return false;
    }
    for (size_t i = 1; i < key.len; i++) {
        if (!cord_str_is_digit(key.ptr[i]) && key.ptr[i] != '[' && key.ptr[i] != ']') {
            return false;
        }
    }
    return true;
}

/* "a0[1]" goes on with the argument before. */
static bool goes_on(cord_str key)
{
    size_t open = cord_str_find_char(key, '[', 0);
    return open != SIZE_MAX && !cord_str_eq(cord_str_from_byte(key, open), CORD_STR("[0]"));
}

struct command {
    char *text;
    size_t len;
    size_t cap;
};

/* Arguments parted by blanks; what does not fit is left off, as the single
 * arguments are there. */
static void add_argument(struct command *command, cord_str key, cord_str value)
{
    bool blank = command->len > 0 && !goes_on(key);
    if (value.len + 1 > command->cap - command->len) {
        return;
    }
    if (blank) {
        command->text[command->len++] = ' ';
    }
    if (value.len > 0) {
        memcpy(command->text + command->len, value.ptr, value.len);
        command->len += value.len;
    }
}

static void begin_command(struct command *command, const struct cord_auditd *record,
                          struct cord_arena *arena)
{
    if (cord_str_eq(record->type, CORD_STR("EXECVE"))) {
        size_t cap = record->body.len < COMMAND_BYTES_MAX ? record->body.len : COMMAND_BYTES_MAX;
        command->text = cord_arena_bytes(arena, cap + 1);
        command->cap = command->text ? cap + 1 : 0;
    }
}

static void emit_user(struct cord_emit *emit, cord_str key, cord_str value)
{
    bool names_user = cord_str_eq(key, CORD_STR("acct")) || cord_str_eq(key, CORD_STR("AUID"));
    if (names_user && value.len > 0 && emit->role[CORD_ROLE_USER] == CORD_VALUE_NONE) {
        cord_emit_mark(emit, CORD_ROLE_USER);
    }
}

void cord_audit_fields_emit(const struct cord_audit_fields *fields, struct cord_emit *emit,
                            const struct cord_auditd *record, bool first)
{
    struct cord_arena *arena = emit->batch->arena;
    struct command command = {0};
    cord_str rest = record->body;
    cord_str key;
    cord_str value;
    bool quoted;

    if (first) {
        cord_emit_role(emit, CORD_ROLE_TIME, fields->paths[CORD_AUDIT_TIME], record->time);
        cord_emit_text(emit, fields->paths[CORD_AUDIT_SERIAL], record->serial);
        cord_emit_role(emit, CORD_ROLE_HOST, fields->paths[CORD_AUDIT_NODE], record->node);
    }
    if (record->type.len > 0) {
        cord_emit_text(emit, fields->paths[CORD_AUDIT_TYPE], record->type);
        if (first) {
            cord_emit_mark(emit, CORD_ROLE_DATASET);
        }
    }
    begin_command(&command, record, arena);
    while (!emit->full && cord_auditd_next(&rest, &key, &value, &quoted)) {
        if (!quoted && cord_auditd_is_encoded(record->type, key)) {
            value = cord_auditd_decode(arena, value);
            emit->full = emit->full || !value.ptr;
        }
        cord_emit_named(emit, key, value);
        emit_user(emit, key, value);
        if (command.text && is_argument(key)) {
            add_argument(&command, key, value);
        }
    }
    if (command.len > 0) {
        cord_emit_text(emit, fields->paths[CORD_AUDIT_COMMAND_LINE],
                       (cord_str){command.text, command.len});
    }
}
