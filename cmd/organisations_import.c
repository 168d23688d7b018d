/* organisations_import.c: cordon organisations import: lists into the record. */
#include "cmd/organisations.h"

#include "cmd/json_line.h"

#include "base/files.h"
#include "base/timestamp.h"
#include "record/claim_kind.h"
#include "record/organisation_import.h"
#include "record/organisation_mapping.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

enum {
    FILE_BYTES_MAX = 1 << 30,
    MAPPING_BYTES_MAX = 1 << 20,
    REFUSALS_SHOWN = 20, /* of a list, on stderr; --json has them all */
};

struct importing {
    struct organisations_run *run;
    struct cord_organisation_import *import;
    const struct cord_organisation_columns *columns; /* of the mapping; NULL */
    cord_str list;
    uint64_t recorded;
    uint64_t repeated;
    uint64_t refused;
};

/* --- what is recorded already --- */

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct importing *importing = self;
    (void)hash;
    return cord_organisation_import_learn(importing->import, claim);
}

static cord_status learn(struct importing *importing, struct cord_error *err)
{
    static const char *const topics[] = {"organisation", "succession", "alias",   "relation",
                                         "attribute",    "service",    "contact", "supply"};
    const struct cord_claim_page all = {.limit = SIZE_MAX};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof topics / sizeof *topics && status == CORD_OK; i++) {
        const struct cord_claim_filter filter = {.topic = cord_str_from(topics[i]),
                                                 .claimant = importing->run->config.claimant,
                                                 .known_ns = INT64_MAX};
        status =
            cord_record_view_claims(importing->run->view, &filter, all, on_claim, importing, err);
    }
    return status;
}

/* --- what comes of a list --- */

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    struct importing *importing = self;
    struct cord_record_outcome outcome;
    cord_status status = cord_record_append(importing->run->record, claims, count, &outcome, err);
    if (status == CORD_OK) {
        importing->recorded += outcome.recorded;
        importing->repeated += outcome.repeated;
    }
    return status;
}

static void on_refused(void *self, const struct cord_organisation_import_refusal *refusal)
{
    struct importing *importing = self;
    struct organisations_run *run = importing->run;
    importing->refused++;
    if (run->config.json) {
        organisations_text(run, "list", importing->list);
        json_line_number(&run->line, "line", refusal->line);
        organisations_text(run, "code", refusal->code);
        organisations_text(run, "refused",
                           cord_str_from(cord_organisation_import_reason_name(refusal->reason)));
        organisations_text(run, "detail", cord_str_from(refusal->detail));
        (void)organisations_print(run, "}\n");
    } else if (importing->refused <= REFUSALS_SHOWN) {
        organisations_pad(run, importing->list, 0);
        cord_buf_printf(&run->line, "line %" PRIu64 ": ", refusal->line);
        organisations_pad(run, refusal->code, 0);
        cord_buf_printf(&run->line, "is refused: %s\n", refusal->detail);
        (void)fwrite(run->line.ptr, 1, run->line.len, stderr);
        cord_buf_clear(&run->line);
    }
}

static int report(struct importing *importing,
                  const struct cord_organisation_import_outcome *outcome)
{
    struct organisations_run *run = importing->run;
    if (run->config.json) {
        organisations_text(run, "list", importing->list);
        json_line_number(&run->line, "rows", outcome->rows);
        json_line_number(&run->line, "other_rows", outcome->others);
        json_line_number(&run->line, "recorded", importing->recorded);
        json_line_number(&run->line, "unchanged", outcome->unchanged);
        json_line_number(&run->line, "repeated", importing->repeated);
        json_line_number(&run->line, "absent", outcome->absent);
        for (enum cord_organisation_import_reason i = 0; i < CORD_ORGANISATION_IMPORT_REASONS;
             i++) {
            json_line_number(&run->line, cord_organisation_import_reason_name(i),
                             outcome->refused[i]);
        }
        json_line_number(&run->line, "unread_fields", outcome->unread);
        return organisations_print(run, "}\n");
    }
    if (importing->refused > REFUSALS_SHOWN) {
        (void)fprintf(stderr, "and %" PRIu64 " more; --json shows all\n",
                      importing->refused - REFUSALS_SHOWN);
    }
    organisations_pad(run, importing->list, 0);
    cord_buf_printf(&run->line,
                    "%" PRIu64 " rows: %" PRIu64 " claims recorded, %" PRIu64
                    " said before; %" PRIu64 " rows refused",
                    outcome->rows, importing->recorded, outcome->unchanged + importing->repeated,
                    importing->refused);
    if (outcome->others > 0) {
        cord_buf_printf(&run->line, "; %" PRIu64 " of another kind", outcome->others);
    }
    if (outcome->absent > 0) {
        cord_buf_printf(&run->line, "; %" PRIu64 " closed that it no longer has", outcome->absent);
    }
    if (outcome->unread > 0) {
        cord_buf_printf(&run->line,
                        "; %" PRIu64 " fields that nothing reads, the first in column %" PRIu32,
                        outcome->unread, outcome->unread_column);
    }
    return organisations_print(run, "\n");
}

/* --- files --- */

static cord_str base_name(cord_str path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.ptr[i - 1] == '/') {
            return cord_str_from_byte(path, i);
        }
    }
    return path;
}

static int load(struct organisations_run *run, const char *path, size_t bytes_max,
                struct cord_buf *buf)
{
    const struct cord_files files = cord_files_system();
    struct cord_error err = {""};
    cord_buf_init(buf, bytes_max);
    cord_status status = cord_files_load(&files, AT_FDCWD, path, buf, &err);
    return status == CORD_OK ? COMMAND_DONE : organisations_fail(run, status, &err);
}

static bool is_yaml(cord_str path)
{
    return cord_str_ends(path, CORD_STR(".yaml")) || cord_str_ends(path, CORD_STR(".yml"));
}

/* NULL: a directory; *ret_known false: nobody knows. */
static const struct cord_organisation_columns *
columns_for(const struct importing *importing, cord_str path, cord_str text, bool *ret_known)
{
    const char *format = organisations_formats[importing->run->config.format];
    bool given = importing->run->config.format > 0;
    const struct cord_organisation_columns *columns = importing->columns;
    bool directory = !columns && (given ? strcmp(format, "directory") == 0 : is_yaml(path));
    if (!columns && !directory) {
        columns = given ? cord_organisation_columns_find(cord_str_from(format))
                        : cord_organisation_columns_guess(
                              cord_str_slice(text, 0, cord_str_find_char(text, '\n', 0)));
    }
    *ret_known = columns || directory;
    return columns;
}

static int take_text(struct importing *importing, cord_str path, cord_str text)
{
    struct organisations_run *run = importing->run;
    struct cord_organisation_import_outcome outcome;
    struct cord_error err = {""};
    bool known = false;
    const struct cord_organisation_columns *columns = columns_for(importing, path, text, &known);
    importing->list = base_name(path);
    importing->recorded = 0;
    importing->repeated = 0;
    importing->refused = 0;
    if (!known) {
        return organisations_complain(
            run, COMMAND_USAGE,
            "the list is of no format that is known; give --format or --mapping");
    }
    cord_status status =
        columns ? cord_organisation_import_list(importing->import, columns, importing->list, text,
                                                &outcome, &err)
                : cord_organisation_import_directory(importing->import, importing->list, text,
                                                     &outcome, &err);
    if (status != CORD_OK) {
        cord_error_context(&err, "%.*s", CORD_STR_ARG(path));
        int code = organisations_fail(run, status, &err);
        return status == CORD_E_FORMAT ? COMMAND_USAGE : code;
    }
    int code = report(importing, &outcome);
    return code == COMMAND_DONE && importing->refused > 0 ? COMMAND_FOUND : code;
}

static int take_file(struct importing *importing, cord_str path)
{
    struct cord_buf text;
    int code = load(importing->run, path.ptr, FILE_BYTES_MAX, &text);
    if (code == COMMAND_DONE) {
        code = take_text(importing, path, cord_buf_str(&text));
    }
    cord_buf_done(&text);
    return code;
}

static int load_mapping(struct importing *importing)
{
    struct organisations_run *run = importing->run;
    struct cord_buf text;
    struct cord_error err = {""};
    if (!run->config.mapping.ptr) {
        return COMMAND_DONE;
    }
    int code = load(run, run->config.mapping.ptr, MAPPING_BYTES_MAX, &text);
    if (code == COMMAND_DONE &&
        cord_organisation_mapping_read(cord_buf_str(&text), run->arena, &importing->columns,
                                       &err) != CORD_OK) {
        cord_error_context(&err, "%s", run->config.mapping.ptr);
        code = organisations_complain(run, COMMAND_USAGE, err.text);
    }
    cord_buf_done(&text);
    return code;
}

static int take_files(struct importing *importing)
{
    int worst = COMMAND_DONE;
    const struct cord_option_list *operands = importing->run->operands;
    for (size_t i = 1; i < operands->count && worst < COMMAND_USAGE; i++) {
        int code = take_file(importing, operands->items[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

int organisations_import(struct organisations_run *run)
{
    struct importing importing = {.run = run};
    struct cord_error err = {""};
    uint64_t seed = 0;
    if (!run->config.claimant.ptr || !cord_claim_is_subject(run->config.claimant, NULL)) {
        return command_usage(run->command, run->config.claimant.ptr
                                               ? "--claimant takes a subject, such as org:X26"
                                               : "--claimant is missing: who says it? Such as "
                                                 "org:X26");
    }
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        return organisations_complain(run, COMMAND_UNREADABLE, "no random numbers");
    }
    const struct cord_organisation_import_options options = {
        .claimant = run->config.claimant,
        .method = CORD_STR("list"),
        .exercise = cord_record_exercise(run->record),
        .basis = (enum cord_claim_basis)run->config.basis,
        .marking = (enum cord_claim_marking)run->config.marking,
        .confidence = CORD_CLAIM_CERTAIN,
        .seed = seed,
        .since_ns = run->since_ns,
        .complete_ns = run->complete_ns,
        .put = on_claims,
        .refused = on_refused,
        .self = &importing};
    int code = load_mapping(&importing);
    if (code != COMMAND_DONE) {
        return code;
    }
    cord_status status = cord_organisation_import_new(&options, &importing.import);
    if (status == CORD_OK) {
        status = learn(&importing, &err);
    }
    code = status == CORD_OK ? take_files(&importing) : organisations_fail(run, status, &err);
    cord_organisation_import_free(importing.import);
    return code;
}
