/* organisation_import_directory.c: services, contacts and supplies from YAML. */
#include "record/organisation_import_internal.h"

#include "base/nearest.h"
#include "base/timestamp.h"
#include "codec/json_write.h"
#include "codec/yaml.h"
#include "record/claim_kind.h"
#include "record/claim_read.h"
#include "record/organisation_value.h"

#include <inttypes.h>

enum { ARENA_BYTES_MAX = 64 << 20 };

struct section {
    const char *name;
    enum kind kind;
    const char *of;     /* the key that says of whom */
    const char *prefix; /* of the subject, when it has none */
};

static const struct section sections[] = {
    {"services", KIND_SERVICE, "code", "service"},
    {"contacts", KIND_CONTACT, "of", "org"},
    {"supplies", KIND_SUPPLY, "of", "org"},
};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

struct directory {
    struct cord_organisation_import *import;
    struct cord_arena *arena; /* of the tree */
    struct cord_claim_reader *reader;
    struct cord_error *err;
};

static cord_status wrong(const struct directory *directory, const struct cord_yaml *node,
                         const char *what)
{
    return cord_error_set(directory->err, CORD_E_FORMAT, "line %" PRIu32 ": %s", node->line, what);
}

static cord_status unknown(const struct directory *directory, const struct cord_yaml *node,
                           const struct cord_nearest *nearest)
{
    cord_str near = cord_nearest_found(nearest);
    cord_str key = cord_yaml_text(node->key);
    return cord_error_set(directory->err, CORD_E_FORMAT,
                          "line %" PRIu32 ": there is no '%.*s'%s%.*s", node->line,
                          CORD_STR_ARG(key), near.ptr ? "; did you mean " : "",
                          near.ptr ? (int)near.len : 0, near.ptr ? near.ptr : "");
}

/* --- a value --- */

static cord_status check_keys(const struct directory *directory, const struct section *section,
                              const struct cord_yaml *node)
{
    const struct cord_claim_kind *kind = directory->import->kinds[section->kind];
    for (const struct cord_yaml *item = node->child; item; item = item->next) {
        struct cord_nearest nearest;
        cord_str key = cord_yaml_text(item->key);
        cord_nearest_init(&nearest, key);
        cord_nearest_offer(&nearest, cord_str_from(section->of));
        for (const struct cord_member *row = kind->members; row->type != CORD_MEMBER_END; row++) {
            cord_nearest_offer(&nearest, cord_str_from(row->name));
        }
        if (!cord_str_eq(key, cord_str_from(section->of)) && !cord_claim_kind_member(kind, key)) {
            return unknown(directory, item, &nearest);
        }
    }
    return CORD_OK;
}

static void put_texts(struct cord_buf *value, const struct cord_yaml *node)
{
    cord_buf_put_char(value, '[');
    for (const struct cord_yaml *item = node->child; item; item = item->next) {
        cord_json_write_string(value, cord_yaml_text(item));
        cord_buf_put_text(value, item->next ? "," : "");
    }
    cord_buf_put_char(value, ']');
}

static void put_member(struct cord_buf *value, const struct cord_member *row,
                       const struct cord_yaml *node)
{
    cord_buf_put_char(value, value->len == 0 ? '{' : ',');
    cord_json_write_string(value, cord_str_from(row->name));
    cord_buf_put_char(value, ':');
    if (node->kind == CORD_YAML_LIST) {
        put_texts(value, node);
    } else if (row->type == CORD_MEMBER_FLAG && node->kind == CORD_YAML_BOOL) {
        cord_buf_put_text(value, node->boolean ? "true" : "false");
    } else if (row->type == CORD_MEMBER_NUMBER && node->kind == CORD_YAML_INT) {
        cord_buf_printf(value, "%" PRId64, node->integer);
    } else {
        cord_json_write_string(value, cord_yaml_text(node));
    }
}

/* --- an item --- */

static cord_status subject_of(const struct directory *directory, const struct section *section,
                              const struct cord_yaml *node, cord_str *ret_subject)
{
    cord_str of = cord_yaml_text(cord_yaml_get(node, cord_str_from(section->of)));
    if (of.len == 0) {
        return wrong(directory, node, "does not say of whom or what it is");
    }
    bool whole = cord_str_find_char(of, ':', 0) != SIZE_MAX;
    *ret_subject =
        cord_arena_printf(directory->import->scratch, "%s%s%.*s", whole ? "" : section->prefix,
                          whole ? "" : ":", CORD_STR_ARG(of));
    return ret_subject->ptr ? CORD_OK : cord_arena_failure(directory->import->scratch);
}

/* The value, whole but for the last bracket; and its members. */
static cord_status write_value(const struct directory *directory, const struct section *section,
                               const struct cord_yaml *node,
                               cord_str members[CORD_ORGANISATION_MEMBERS])
{
    struct cord_organisation_import *import = directory->import;
    const struct cord_claim_kind *kind = import->kinds[section->kind];
    cord_buf_clear(&import->value);
    for (const struct cord_member *row = kind->members; row->type != CORD_MEMBER_END; row++) {
        const struct cord_yaml *member = cord_yaml_get(node, cord_str_from(row->name));
        if (member) {
            put_member(&import->value, row, member);
        }
    }
    cord_buf_put_text(&import->value, import->value.len == 0 ? "{}" : "}");
    cord_str whole = cord_arena_copy(import->scratch, cord_buf_str(&import->value));
    if (import->value.failed || !whole.ptr) {
        return cord_error_set(directory->err, CORD_E_LIMIT, "line %" PRIu32 ": is too long",
                              node->line);
    }
    import->value.len -= whole.len > 2 ? 1 : 2;
    return cord_organisation_value_read(whole, import->scratch, members);
}

/* What the record would refuse is refused here, with the line. */
static cord_status check(const struct directory *directory, const struct cord_yaml *node,
                         size_t from)
{
    const struct cord_organisation_import *import = directory->import;
    for (size_t i = from; i < import->claim_count; i++) {
        struct cord_claim claim = import->claims[i];
        cord_status status = cord_claim_check(directory->reader, &claim, directory->err);
        if (status != CORD_OK) {
            cord_error_context(directory->err, "line %" PRIu32, node->line);
            return status;
        }
    }
    return CORD_OK;
}

static cord_status take_item(struct directory *directory, const struct section *section,
                             const struct cord_yaml *node)
{
    struct cord_organisation_import *import = directory->import;
    cord_str members[CORD_ORGANISATION_MEMBERS];
    size_t from = import->claim_count;
    bool is_new;
    struct statement statement = {.kind = section->kind,
                                  .from_ns = import->options.since_ns,
                                  .to_ns = CORD_TIME_NONE,
                                  .basis = import->options.basis};
    if (node->kind != CORD_YAML_MAP) {
        return wrong(directory, node, "is to be a map");
    }
    cord_status status = check_keys(directory, section, node);
    if (status == CORD_OK) {
        status = subject_of(directory, section, node, &statement.subject);
    }
    if (status != CORD_OK) {
        return status;
    }
    status = write_value(directory, section, node, members);
    if (status != CORD_OK) {
        return status;
    }
    import->line = node->line;
    import->outcome.rows++;
    statement.key = cord_organisation_import_key(import, section->kind, members);
    status = cord_organisation_import_claims_state(import, &statement, &is_new);
    return status == CORD_OK ? check(directory, node, from) : status;
}

static cord_status take_section(struct directory *directory, const struct cord_yaml *node)
{
    struct cord_nearest nearest;
    const struct section *section = NULL;
    cord_status status = CORD_OK;
    cord_nearest_init(&nearest, cord_yaml_text(node->key));
    for (size_t i = 0; i < SECTIONS; i++) {
        cord_nearest_offer(&nearest, cord_str_from(sections[i].name));
        if (cord_str_eq(cord_str_from(sections[i].name), cord_yaml_text(node->key))) {
            section = &sections[i];
        }
    }
    if (!section) {
        return unknown(directory, node, &nearest);
    }
    if (node->kind != CORD_YAML_LIST) {
        return wrong(directory, node, "is to be a list");
    }
    for (const struct cord_yaml *item = node->child; item && status == CORD_OK; item = item->next) {
        status = take_item(directory, section, item);
    }
    return status;
}

static cord_status take(struct directory *directory, cord_str name, cord_str text)
{
    struct cord_yaml *documents = NULL;
    cord_status status = cord_yaml_parse(text, 1, directory->arena, &documents, directory->err);
    if (status == CORD_OK) {
        status = cord_organisation_import_claims_begin(directory->import, name, text);
    }
    if (status == CORD_OK && (!documents->child || documents->child->kind != CORD_YAML_MAP)) {
        status = cord_error_set(directory->err, CORD_E_FORMAT, "it is no map");
    }
    const struct cord_yaml *section = status == CORD_OK ? documents->child->child : NULL;
    while (section && status == CORD_OK) {
        status = take_section(directory, section);
        section = section->next;
    }
    return status;
}

cord_status cord_organisation_import_directory(struct cord_organisation_import *import,
                                               cord_str name, cord_str text,
                                               struct cord_organisation_import_outcome *ret_outcome,
                                               struct cord_error *err)
{
    struct directory directory = {
        .import = import, .err = err, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    cord_status status = directory.arena ? cord_claim_reader_new(&directory.reader) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = take(&directory, name, text);
    }
    if (status == CORD_OK) {
        status = cord_organisation_import_claims_flush(import, err);
    }
    if (status == CORD_OK) {
        *ret_outcome = import->outcome;
    }
    cord_claim_reader_free(directory.reader);
    cord_arena_free(directory.arena);
    return status;
}
