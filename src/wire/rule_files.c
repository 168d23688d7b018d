/* rule_files.c: see rule_files.h. */
#include "wire/rule_files.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 64 << 20, READ_BYTES = 64 << 10 };

cord_status cord_rule_files_read(const struct cord_walk_item *item, struct cord_buf *buf,
                                 struct cord_error *err)
{
    struct cord_reader *reader = NULL;
    cord_status status = cord_walk_open(item, NULL, &reader, err);
    cord_buf_clear(buf);
    while (status == CORD_OK) {
        size_t got = 0;
        char *at = cord_buf_reserve(buf, READ_BYTES);
        if (!at) {
            status = cord_error_set(err, CORD_E_LIMIT, "longer than %zu bytes", buf->bytes_max);
            break;
        }
        status = cord_reader_read(reader, at, READ_BYTES, &got, err);
        buf->len += status == CORD_OK ? got : 0;
    }
    cord_reader_close(reader);
    return status == CORD_E_END ? CORD_OK : status;
}

typedef cord_status add_function(struct cord_collection *collection, cord_str file_name,
                                 cord_str text, struct cord_error *err);

static bool is_yaml(cord_str name)
{
    return cord_str_ends(name, CORD_STR(".yml")) || cord_str_ends(name, CORD_STR(".yaml"));
}

/* Every YAML file behind the paths; a path that names a file is taken whatever
 * its name. */
static cord_status add_paths(struct cord_collection *collection,
                             const struct cord_option_list *list, add_function *add,
                             const struct cord_rule_files *rules, size_t *ret_files,
                             struct cord_error *err)
{
    const char **paths = calloc(list->count + 1, sizeof *paths);
    struct cord_walk *walk = NULL;
    struct cord_buf buf;
    if (!paths) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_buf_init(&buf, FILE_BYTES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        paths[i] = list->items[i].ptr;
    }
    cord_status status = cord_walk_new(paths, list->count, &walk, err);
    if (status == CORD_OK && cord_walk_refusal_count(walk) > 0) {
        const struct cord_walk_refusal *refusal = cord_walk_refusal(walk, 0);
        status = cord_error_set(err, CORD_E_NOENT, "%.*s: %.*s", CORD_STR_ARG(refusal->name),
                                CORD_STR_ARG(refusal->reason));
    }
    for (size_t i = 0; status == CORD_OK && i < cord_walk_count(walk); i++) {
        const struct cord_walk_item *item = cord_walk_item(walk, i);
        bool named = false;
        for (size_t at = 0; at < list->count; at++) {
            named = named || cord_str_eq(item->name, list->items[at]);
        }
        if (!named && !is_yaml(item->name)) {
            continue;
        }
        status = cord_rule_files_read(item, &buf, err);
        if (status == CORD_OK && rules && rules->each) {
            status = rules->each(rules->each_self, item->name, cord_buf_str(&buf), err);
        }
        if (status == CORD_OK) {
            status = add(collection, item->name, cord_buf_str(&buf), err);
        }
        if (status != CORD_OK) {
            cord_error_context(err, "%.*s", CORD_STR_ARG(item->name));
        }
        (*ret_files)++;
    }
    cord_walk_free(walk);
    cord_buf_done(&buf);
    free(paths);
    return status;
}

cord_status cord_rule_files_load(const struct cord_rule_files *files,
                                 struct cord_collection **ret_collection, size_t *ret_files,
                                 struct cord_error *err)
{
    size_t other = 0;
    struct cord_collection *collection = cord_collection_new();
    if (!collection) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (files->keep_texts) {
        cord_collection_keep_texts(collection);
    }
    *ret_files = 0;
    cord_status status =
        add_paths(collection, &files->rules, cord_collection_add, files, ret_files, err);
    if (status == CORD_OK) {
        status = add_paths(collection, &files->placeholders, cord_collection_placeholders, NULL,
                           &other, err);
    }
    if (status == CORD_OK) {
        status =
            add_paths(collection, &files->pipelines, cord_collection_pipeline, NULL, &other, err);
    }
    if (status == CORD_OK) {
        status = cord_collection_finish(collection, err);
    }
    if (status != CORD_OK) {
        cord_collection_free(collection);
        return status;
    }
    *ret_collection = collection;
    return CORD_OK;
}
