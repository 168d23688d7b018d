/* server_files.c: the files a server follows, each a row of the configuration. */
#include "wire/server_internal.h"

#include <stdlib.h>

static cord_status follow(struct cord_server *server, const struct cord_config_file *row,
                          struct cord_loop *loop, struct cord_error *err)
{
    struct cord_server_file *file = &server->followed[server->followed_count];
    const struct cord_tail_options options = {
        .source = row->source,
        .path = row->path,
        .json = row->kind == CORD_CONFIG_FILE_JSON,
        .from_end = row->from == CORD_CONFIG_FROM_END,
        .line_bytes_max = (size_t)server->config->record_max,
        .ends = cord_server_ends(server),
        .positions = server->positions,
    };
    cord_status status = row->kind == CORD_CONFIG_FILE_EVTX_DROP
                             ? cord_drop_folder_new(loop, &options, &file->drop, err)
                             : cord_tail_new(loop, &options, &file->tail, err);
    if (status == CORD_OK) {
        server->followed_count++;
        cord_log_info(server->options.log, "server.following", CORD_KV_STR("path", row->path),
                      CORD_KV_STR("source", row->source));
    }
    return status;
}

cord_status cord_server_follow(struct cord_server *server, struct cord_error *err)
{
    const struct cord_config *config = server->config;
    uint64_t damaged = 0;
    cord_status status = CORD_OK;
    if (config->file_count == 0) {
        return CORD_OK;
    }
    server->followed = calloc(config->file_count, sizeof *server->followed);
    if (!server->followed) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    status = cord_tail_positions_open(&server->files, server->journal, &server->positions, &damaged,
                                      err);
    if (status == CORD_OK && damaged > 0) {
        cord_log_warn(server->options.log, "server.positions_damaged",
                      CORD_KV_U64("lines", damaged));
    }
    for (size_t i = 0; i < config->file_count && status == CORD_OK; i++) {
        status = follow(server, &config->files[i], server->loop_list[i % server->loop_count], err);
    }
    return status;
}

cord_status cord_server_follow_save(struct cord_server *server, struct cord_error *err)
{
    return server->positions ? cord_tail_positions_save(server->positions, err) : CORD_OK;
}

void cord_server_follow_stop(struct cord_server *server)
{
    for (size_t i = 0; i < server->followed_count; i++) {
        if (server->followed[i].tail) {
            cord_tail_stop(server->followed[i].tail);
        } else {
            cord_drop_folder_stop(server->followed[i].drop);
        }
    }
}

bool cord_server_follow_is_done(const struct cord_server *server)
{
    bool done = true;
    for (size_t i = 0; i < server->followed_count; i++) {
        const struct cord_server_file *file = &server->followed[i];
        done = done &&
               (file->tail ? cord_tail_is_done(file->tail) : cord_drop_folder_is_done(file->drop));
    }
    return done;
}

void cord_server_follow_free(struct cord_server *server)
{
    for (size_t i = 0; i < server->followed_count; i++) {
        cord_tail_free(server->followed[i].tail);
        cord_drop_folder_free(server->followed[i].drop);
    }
    free(server->followed);
    server->followed = NULL;
    server->followed_count = 0;
}

void cord_server_follow_close(struct cord_server *server)
{
    struct cord_error err = {""};
    if (cord_server_follow_save(server, &err) != CORD_OK) {
        cord_log_error(server->options.log, "server.positions_not_kept",
                       CORD_KV_TEXT("error", err.text));
    }
    cord_tail_positions_close(server->positions);
}
