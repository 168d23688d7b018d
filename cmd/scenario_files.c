/* scenario_files.c: see scenario_files.h. */
#include "cmd/scenario_files.h"

#include "base/files.h"
#include "base/vec.h"
#include "scenario_may_2017.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A scenario that is part of the program. */
struct built_in {
    const char *name;
    const char *file;
    const unsigned char *bytes;
    size_t len;
};

static const struct built_in *find_built_in(cord_str name, cord_str file)
{
    static const struct built_in built_ins[] = {
        {"may-2017", "scenario.yml", scenario_yml, scenario_yml_len},
        {"may-2017", "events.yml", events_yml, events_yml_len},
        {"may-2017", "trusts.csv", trusts_csv, trusts_csv_len},
    };
    for (size_t i = 0; i < sizeof built_ins / sizeof *built_ins; i++) {
        if (cord_str_eq(cord_str_from(built_ins[i].name), name) &&
            cord_str_eq(cord_str_from(built_ins[i].file), file)) {
            return &built_ins[i];
        }
    }
    return NULL;
}

void scenario_files_init(struct scenario_files *files, cord_str name)
{
    *files = (struct scenario_files){.name = name, .dir = -1};
}

void scenario_files_done(struct scenario_files *files)
{
    for (size_t i = 0; i < files->text_count; i++) {
        cord_buf_done(&files->texts[i]);
    }
    free(files->texts);
    if (files->dir >= 0) {
        (void)close(files->dir); /* nothing was written through it */
    }
}

static cord_status load(struct scenario_files *files, int dir, const char *path, size_t bytes_max,
                        cord_str *ret_text, struct cord_error *err)
{
    const struct cord_files system = cord_files_system();
    void *texts =
        cord_vec_room(files->texts, files->text_count, &files->text_cap, sizeof *files->texts);
    if (!texts) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    files->texts = texts;
    struct cord_buf *text = &files->texts[files->text_count++];
    cord_buf_init(text, bytes_max);
    cord_status status = cord_files_load(&system, dir, path, text, err);
    *ret_text = cord_buf_str(text);
    return status;
}

cord_status scenario_files_load(struct scenario_files *files, const char *path, size_t bytes_max,
                                cord_str *ret_text, struct cord_error *err)
{
    return load(files, AT_FDCWD, path, bytes_max, ret_text, err);
}

cord_status scenario_files_beside(struct scenario_files *files, cord_str name, cord_str *ret_text,
                                  struct cord_error *err)
{
    char path[256];
    const struct built_in *built_in = files->dir < 0 ? find_built_in(files->name, name) : NULL;
    if (built_in) {
        *ret_text = (cord_str){(const char *)built_in->bytes, built_in->len};
        return CORD_OK;
    }
    if (files->dir < 0 || name.len >= sizeof path || name.len == 0 || name.ptr[0] == '.' ||
        cord_str_find_char(name, '/', 0) != SIZE_MAX) {
        return cord_error_set(err, CORD_E_NOENT, "there is no file '%.*s' beside the scenario",
                              CORD_STR_ARG(name));
    }
    (void)snprintf(path, sizeof path, "%.*s", CORD_STR_ARG(name));
    return load(files, files->dir, path, CORD_SCENARIO_BYTES_MAX, ret_text, err);
}

static cord_status read_beside(void *self, cord_str name, cord_str *ret_text,
                               struct cord_error *err)
{
    return scenario_files_beside(self, name, ret_text, err);
}

static cord_status open_folder(struct scenario_files *files, struct cord_error *err)
{
    char folder[4096];
    cord_str path = files->name;
    size_t slash = path.len;
    while (slash > 0 && path.ptr[slash - 1] != '/') {
        slash--;
    }
    if (slash >= sizeof folder) {
        return cord_error_set(err, CORD_E_LIMIT, "the path is too long");
    }
    (void)snprintf(folder, sizeof folder, "%.*s", slash > 0 ? (int)slash : 1,
                   slash > 0 ? path.ptr : ".");
    files->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return files->dir < 0 ? cord_error_errno(err, "%s", folder) : CORD_OK;
}

cord_status scenario_files_read(struct scenario_files *files, struct cord_scenario **ret_scenario,
                                struct cord_error *err)
{
    const struct cord_scenario_files port = {.read = read_beside, .self = files};
    const struct built_in *built_in = find_built_in(files->name, CORD_STR("scenario.yml"));
    cord_str text = {0};
    cord_status status = CORD_OK;
    if (built_in) {
        text = (cord_str){(const char *)built_in->bytes, built_in->len};
    } else {
        status = open_folder(files, err);
        status = status == CORD_OK
                     ? load(files, AT_FDCWD, files->name.ptr, CORD_SCENARIO_BYTES_MAX, &text, err)
                     : status;
    }
    if (status == CORD_OK) {
        status = cord_scenario_read(text, &port, ret_scenario, err);
        if (status != CORD_OK) {
            cord_error_context(err, "%s", files->name.ptr);
        }
    }
    return status;
}
