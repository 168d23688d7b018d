/* organisations.c: cordon organisations: who there is, as known at one time, about another. */
#include "cmd/organisations.h"

#include "cmd/json_line.h"

#include "base/clock.h"
#include "base/nearest.h"
#include "base/timestamp.h"
#include "codec/json_write.h"
#include "record/organisation_date.h"
#include "record/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 256 << 20,
    LINE_BYTES_MAX = 16 << 20,
};

/* In the order of enum by. */
enum by { BY_NOTHING, BY_REGION, BY_ROLE, BY_COUNTRY, BY_PARENT };
static const char *const by_words[] = {"nothing", "region", "role", "country", "parent", NULL};
const char *const organisations_formats[] = {"auto", "trusts",    "practices", "practice-map",
                                             "dspt", "directory", NULL};
/* In the order of enum cord_claim_basis and enum cord_claim_marking. */
static const char *const basis_words[] = {"confirmed", "reported", "estimated", NULL};
static const char *const marking_words[] = {"clear", "green", "amber", "amber-strict", "red", NULL};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(struct organisations_config, record, NULL, "folder of the record",
                     .letter = 'r', .argument = "DIR"),
    CORD_OPTION_FLAG(struct organisations_config, json, "one JSON object a line"),
    CORD_OPTION_FLAG(struct organisations_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_HEADING("Which"),
    CORD_OPTION_TEXT(struct organisations_config, at, NULL,
                     "as known at this time (UTC); now when not given", .argument = "TIME"),
    CORD_OPTION_TEXT(struct organisations_config, about, NULL,
                     "about this time; that of --at when not given", .argument = "TIME"),
    CORD_OPTION_TEXT(struct organisations_config, role, NULL,
                     "only those of this role, such as trust or practice", .argument = "ROLE"),
    CORD_OPTION_TEXT(struct organisations_config, region, NULL, "only those of this region",
                     .argument = "CODE"),
    CORD_OPTION_TEXT(struct organisations_config, parent, NULL,
                     "only those that belong to this one", .argument = "CODE"),
    CORD_OPTION_TEXT(struct organisations_config, country, NULL,
                     "only those of this country, such as ENG", .argument = "CODE"),
    CORD_OPTION_FLAG(struct organisations_config, closed,
                     "also those that are not open then: closed, not yet there, dormant, undated"),
    CORD_OPTION_CHOICE(struct organisations_config, by, BY_NOTHING, by_words, "count by",
                       .argument = "WHAT"),
    CORD_OPTION_HEADING("Import"),
    CORD_OPTION_TEXT(struct organisations_config, claimant, NULL,
                     "who says what the list says, such as org:X26", .argument = "SUBJECT"),
    CORD_OPTION_CHOICE(struct organisations_config, format, 0, organisations_formats,
                       "what the list is: directory is YAML, auto goes by its look",
                       .argument = "FORMAT"),
    CORD_OPTION_TEXT(struct organisations_config, mapping, NULL,
                     "a YAML file that tells which column says what", .argument = "FILE"),
    CORD_OPTION_TEXT(struct organisations_config, since, NULL,
                     "what the list says otherwise than before holds from this day on; from each "
                     "one's opening when not given",
                     .argument = "DATE"),
    CORD_OPTION_TEXT(struct organisations_config, complete, NULL,
                     "the list has all that were open on this day: those known before that it has "
                     "not are closed, as an estimate",
                     .argument = "DATE"),
    CORD_OPTION_CHOICE(struct organisations_config, basis, CORD_CLAIM_CONFIRMED, basis_words,
                       "on what the list says it"),
    CORD_OPTION_CHOICE(struct organisations_config, marking, CORD_CLAIM_CLEAR, marking_words,
                       "TLP marking of the claims"),
    CORD_OPTION_FLAG(struct organisations_config, create, "make the record when there is none"),
    CORD_OPTION_END,
};

int organisations_complain(const struct organisations_run *run, int code, const char *text)
{
    (void)command_error(run->command, text);
    return code;
}

int organisations_fail(const struct organisations_run *run, cord_status status,
                       const struct cord_error *err)
{
    return organisations_complain(run, COMMAND_UNREADABLE,
                                  err->text[0] != '\0' ? err->text : cord_error_name(status));
}

/* --- what is printed --- */

void organisations_pad(struct organisations_run *run, cord_str text, size_t width)
{
    size_t put = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        cord_buf_put_char(&run->line, c < 0x20 || c == 0x7f ? '?' : text.ptr[i]);
        put += (c & 0xc0) == 0x80 ? 0 : 1; /* the rest of a character takes no room */
    }
    do {
        cord_buf_put_char(&run->line, ' ');
    } while (++put < width);
}

void organisations_pad_day(struct organisations_run *run, int64_t ns, bool last, size_t width)
{
    char text[CORD_ORGANISATION_DATE_TEXT];
    cord_str day = cord_organisation_date_format(last && ns != CORD_TIME_NONE ? ns - 1 : ns, text);
    organisations_pad(run, day.len > 0 ? day : CORD_STR("-"), width);
}

void organisations_text(struct organisations_run *run, const char *name, cord_str text)
{
    if (text.len > 0) {
        json_line_text(&run->line, name, text);
    }
}

void organisations_members(struct organisations_run *run,
                           const struct cord_organisation *organisation)
{
    organisations_text(run, "code", organisation->code);
    organisations_text(run, "name", organisation->name);
    organisations_text(run, "role", organisation->role);
    organisations_text(run, "standing", organisation->standing);
    organisations_text(run, "region", organisation->region);
    organisations_text(run, "parent", organisation->parent);
    organisations_text(run, "commissioner", organisation->commissioner);
    organisations_text(run, "network", organisation->network);
    organisations_text(run, "site_of", organisation->site_of);
    organisations_text(run, "postcode", organisation->postcode);
    organisations_text(run, "country", organisation->country);
    json_line_time(&run->line, "opened", organisation->opened_ns);
    json_line_time(&run->line, "closed", organisation->closed_ns);
    json_line_flag(&run->line, "open",
                   cord_organisation_is_open(organisation, run->as_of.about_ns));
    organisations_text(run, "counts_as", organisation->successor);
    json_line_number(&run->line, "claim", organisation->claim);
}

int organisations_print(struct organisations_run *run, const char *end)
{
    cord_buf_put_text(&run->line, end);
    bool whole =
        !run->line.failed && fwrite(run->line.ptr, 1, run->line.len, stdout) == run->line.len;
    cord_buf_clear(&run->line);
    return whole ? COMMAND_DONE : organisations_complain(run, COMMAND_UNREADABLE, "cannot write");
}

/* --- list and count --- */

static struct cord_organisation_filter filter_of(const struct organisations_run *run)
{
    return (struct cord_organisation_filter){.role = run->config.role,
                                             .region = run->config.region,
                                             .parent = run->config.parent,
                                             .country = run->config.country,
                                             .open = !run->config.closed};
}

static int print_one(struct organisations_run *run, const struct cord_organisation *organisation)
{
    if (run->config.json) {
        organisations_members(run, organisation);
        return organisations_print(run, "}\n");
    }
    organisations_pad(run, organisation->code, 11);
    organisations_pad(run, organisation->role, 15);
    organisations_pad(run, organisation->region.len > 0 ? organisation->region : CORD_STR("-"), 8);
    organisations_pad_day(run, organisation->opened_ns, false, 11);
    organisations_pad_day(run, organisation->closed_ns, true, 11);
    organisations_pad(
        run, organisation->successor.len > 0 ? organisation->successor : CORD_STR("-"), 10);
    organisations_pad(run, organisation->name, 0);
    return organisations_print(run, "\n");
}

static int list(struct organisations_run *run, const struct cord_organisations *organisations)
{
    const struct cord_organisation_filter filter = filter_of(run);
    int code = COMMAND_DONE;
    if (!run->config.json) {
        printf("%-11s%-15s%-8s%-11s%-11s%-10s%s\n", "code", "role", "region", "opened", "last day",
               "counts as", "name");
    }
    for (size_t i = 0; i < cord_organisations_count(organisations) && code == COMMAND_DONE; i++) {
        const struct cord_organisation *organisation = cord_organisations_at(organisations, i);
        if (cord_organisation_passes(organisation, &filter, run->as_of.about_ns)) {
            code = print_one(run, organisation);
        }
    }
    return code;
}

static cord_str group_of(const struct organisations_run *run,
                         const struct cord_organisation *organisation)
{
    switch ((enum by)run->config.by) {
    case BY_REGION:
        return organisation->region;
    case BY_ROLE:
        return organisation->role;
    case BY_COUNTRY:
        return organisation->country;
    case BY_PARENT:
        return organisation->parent;
    case BY_NOTHING:
        break;
    }
    return CORD_STR("");
}

static int compare_texts(const void *a, const void *b)
{
    const cord_str *left = a;
    const cord_str *right = b;
    return cord_str_compare(*left, *right);
}

static int print_count(struct organisations_run *run, cord_str group, size_t count, size_t all)
{
    char known[CORD_TIMESTAMP_TEXT];
    char about[CORD_TIMESTAMP_TEXT];
    if (run->config.json) {
        if (run->config.by != BY_NOTHING) {
            json_line_name(&run->line, by_words[run->config.by]);
            cord_json_write_string(&run->line, group);
        }
        json_line_number(&run->line, "organisations", count);
        json_line_number(&run->line, "of", all);
        organisations_text(run, "unit", CORD_STR("organisations"));
        organisations_text(
            run, "method",
            CORD_STR("distinct identities; what merged counts once, as its successor"));
        json_line_time(&run->line, "known_at", run->as_of.known_ns);
        json_line_time(&run->line, "about", run->as_of.about_ns);
        return organisations_print(run, "}\n");
    }
    if (run->config.by != BY_NOTHING) {
        organisations_pad(run, group.len > 0 ? group : CORD_STR("-"), 20);
        cord_buf_printf(&run->line, "%8zu of %zu", count, all);
        return organisations_print(run, "\n");
    }
    cord_str known_text = cord_timestamp_format(run->as_of.known_ns, known);
    cord_str about_text = cord_timestamp_format(run->as_of.about_ns, about);
    cord_buf_printf(&run->line,
                    "%zu organisations%s: distinct identities, what merged counts once; "
                    "about %.*s, as known at %.*s",
                    count, run->config.closed ? ", open or not" : " open", CORD_STR_ARG(about_text),
                    CORD_STR_ARG(known_text));
    return organisations_print(run, "\n");
}

static int count_by(struct organisations_run *run, const struct cord_organisations *organisations)
{
    const struct cord_organisation_filter filter = filter_of(run);
    size_t all = cord_organisations_count(organisations);
    size_t count = 0;
    int code = COMMAND_DONE;
    cord_str *groups = cord_arena_zalloc(run->arena, all + 1, sizeof *groups);
    if (!groups) {
        return organisations_complain(run, COMMAND_UNREADABLE, "out of memory");
    }
    for (size_t i = 0; i < all; i++) {
        const struct cord_organisation *organisation = cord_organisations_at(organisations, i);
        if (organisation->successor.len == 0 &&
            cord_organisation_passes(organisation, &filter, run->as_of.about_ns)) {
            groups[count++] = group_of(run, organisation);
        }
    }
    qsort(groups, count, sizeof *groups, compare_texts);
    for (size_t i = 0, first = 0; i < count && code == COMMAND_DONE; i++) {
        if (i + 1 == count || !cord_str_eq(groups[i + 1], groups[first])) {
            code = print_count(run, groups[first], i + 1 - first, count);
            first = i + 1;
        }
    }
    return code;
}

static int count(struct organisations_run *run, const struct cord_organisations *organisations)
{
    const struct cord_organisation_filter filter = filter_of(run);
    size_t distinct = cord_organisations_distinct(organisations, &filter);
    return run->config.by != BY_NOTHING ? count_by(run, organisations)
                                        : print_count(run, CORD_STR(""), distinct, distinct);
}

static int with_picture(struct organisations_run *run,
                        int (*act)(struct organisations_run *run,
                                   const struct cord_organisations *organisations))
{
    struct cord_error err = {""};
    struct cord_organisations *organisations = NULL;
    cord_status status = cord_organisations_build(run->view, run->as_of, &organisations, &err);
    if (status != CORD_OK) {
        return organisations_fail(run, status, &err);
    }
    int code = act(run, organisations);
    cord_organisations_free(organisations);
    return code;
}

/* --- services --- */

static int print_service(struct organisations_run *run, const struct cord_service *service)
{
    if (run->config.json) {
        organisations_text(run, "code", service->code);
        organisations_text(run, "name", service->name);
        organisations_text(run, "owner", service->owner);
        json_line_flag(&run->line, "national", service->national);
        organisations_text(run, "criticality", service->criticality);
        organisations_text(run, "state", service->state);
        json_line_time(&run->line, "since", service->state_since_ns);
        organisations_text(run, "conditions", service->conditions);
        organisations_text(run, "reason", service->reason);
        json_line_name(&run->line, "needs");
        for (size_t i = 0; i < service->need_count; i++) {
            cord_buf_put_char(&run->line, i == 0 ? '[' : ',');
            cord_json_write_string(&run->line, service->needs[i]);
        }
        cord_buf_put_text(&run->line, service->need_count == 0 ? "[]" : "]");
        json_line_number(&run->line, "claim", service->claim);
        return organisations_print(run, "}\n");
    }
    organisations_pad(run, service->code, 22);
    organisations_pad(run, service->state, 12);
    organisations_pad_day(run, service->state_since_ns, false, 11);
    organisations_pad(run, service->owner, 8);
    for (size_t i = 0; i < service->need_count; i++) {
        cord_buf_put_text(&run->line, i == 0 ? "needs " : ", ");
        cord_buf_put(&run->line, service->needs[i]);
    }
    organisations_pad(run, service->need_count > 0 ? CORD_STR(";") : CORD_STR(""), 0);
    organisations_pad(run, service->name, 0);
    return organisations_print(run, "\n");
}

static int list_services(struct organisations_run *run)
{
    struct cord_error err = {""};
    struct cord_services *services = NULL;
    int code = COMMAND_DONE;
    cord_status status = cord_services_build(run->view, run->as_of, &services, &err);
    if (status != CORD_OK) {
        return organisations_fail(run, status, &err);
    }
    for (size_t i = 0; i < cord_services_count(services) && code == COMMAND_DONE; i++) {
        code = print_service(run, cord_services_at(services, i));
    }
    cord_services_free(services);
    return code;
}

static int do_list(struct organisations_run *run)
{
    return with_picture(run, list);
}

static int do_count(struct organisations_run *run)
{
    return with_picture(run, count);
}

/* --- which --- */

static const struct verb {
    const char *name;
    int (*act)(struct organisations_run *run);
    bool writes;
    bool operands;
} verbs[] = {
    {"import", organisations_import, true, true}, {"list", do_list, false, false},
    {"show", organisations_show, false, true},    {"count", do_count, false, false},
    {"services", list_services, false, false},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static const struct verb *verb_of(struct organisations_run *run)
{
    struct cord_nearest nearest;
    cord_str word = run->operands->count > 0 ? run->operands->items[0] : CORD_STR("");
    cord_nearest_init(&nearest, word);
    for (size_t i = 0; i < VERBS; i++) {
        cord_nearest_offer(&nearest, cord_str_from(verbs[i].name));
        if (cord_str_eq(word, cord_str_from(verbs[i].name))) {
            return &verbs[i];
        }
    }
    struct cord_error err;
    cord_str near = cord_nearest_found(&nearest);
    (void)cord_error_set(
        &err, CORD_E_FORMAT, "%s%.*s%simport, list, show, count or services%s%.*s%s",
        word.len > 0 ? "no action '" : "", CORD_STR_ARG(cord_str_slice(word, 0, 64)),
        word.len > 0 ? "': " : "which action? ", near.ptr ? "; did you mean " : "",
        near.ptr ? (int)near.len : 0, near.ptr ? near.ptr : "", near.ptr ? "?" : "");
    (void)command_usage(run->command, err.text);
    return NULL;
}

static bool parse_time(cord_str text, int64_t otherwise, int64_t *ret_ns)
{
    *ret_ns = otherwise;
    return !text.ptr || cord_timestamp_parse(text, ret_ns);
}

static bool parse_times(struct organisations_run *run)
{
    const struct cord_clock clock = cord_clock_system();
    return parse_time(run->config.at, cord_clock_now_ns(&clock), &run->as_of.known_ns) &&
           parse_time(run->config.about, run->as_of.known_ns, &run->as_of.about_ns) &&
           parse_time(run->config.since, CORD_TIME_NONE, &run->since_ns) &&
           parse_time(run->config.complete, CORD_TIME_NONE, &run->complete_ns);
}

static int open_record(struct organisations_run *run, const struct verb *verb)
{
    struct cord_error err = {""};
    const struct cord_record_options record_options = {.create = verb->writes && run->config.create,
                                                       .read_only = !verb->writes,
                                                       .not_signed =
                                                           command_not_signed(&run->command)};
    cord_status status =
        cord_record_open(run->config.record.ptr, &record_options, &run->record, &err);
    if (status == CORD_OK) {
        status = cord_record_view_open(run->record, &run->view, &err);
    }
    return status == CORD_OK ? COMMAND_DONE : organisations_fail(run, status, &err);
}

static int act(struct organisations_run *run)
{
    const struct verb *verb = verb_of(run);
    if (!verb) {
        return COMMAND_USAGE;
    }
    if ((run->operands->count > 1) != verb->operands) {
        return command_usage(run->command, verb->operands ? "which file, or which organisation?"
                                                          : "nothing may stand behind the verb");
    }
    if (!run->config.record.ptr) {
        return command_usage(run->command, "--record is missing: in which folder is the record?");
    }
    if (!parse_times(run)) {
        return command_usage(run->command, "times are such as 2017-05-12 or 2017-05-12T08:24:00Z");
    }
    int code = open_record(run, verb);
    return code == COMMAND_DONE ? verb->act(run) : code;
}

static int organisations_main(const struct command *command, int argc, char **argv)
{
    struct organisations_run run = {.command = command, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    struct cord_option_list operands = {0};
    cord_buf_init(&run.line, LINE_BYTES_MAX);
    run.operands = &operands;
    int code = command_begin(command, argc, argv, run.arena, &run.config, &operands);
    if (code == COMMAND_BEGUN) {
        code = act(&run);
    }
    code = command_end(command, code);
    cord_record_view_close(run.view);
    cord_record_close(run.record);
    cord_buf_done(&run.line);
    cord_arena_free(run.arena);
    return code;
}

const struct command command_organisations = {
    .name = "organisations",
    .operands = "import FILE... | list | show CODE... | count | services",
    .summary = "Which organisations and services there are, at any date.",
    .help = "  import FILE...  take lists of organisations into the record: those of the English\n"
            "                  Organisation Data Service, others by a --mapping, and directories\n"
            "                  of services, contacts and suppliers in YAML\n"
            "  list            those that are open\n"
            "  show CODE...    all that is known of one: relations, other names, contacts, claims\n"
            "  count           how many: each identity once, whatever merged into it\n"
            "  services        services, who answers for them, what they need, their state\n\n"
            "Exit code: 0 done; 1 import: rows were refused, show: there is no such organisation;\n"
            "2 wrong usage, or a list or mapping that is not as it should be; 3 the record or a\n"
            "file cannot be read or written.\n",
    .options = options,
    .run = organisations_main,
};
