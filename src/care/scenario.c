/* scenario.c: see scenario.h. */
#include "care/scenario.h"

#include "base/timestamp.h"
#include "base/vec.h"
#include "care/scenario_fields.h"
#include "care/scenario_internal.h"
#include "codec/csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 64 << 20,
    STATEMENTS_MAX = 10000,
    GROUPS_MAX = 1000,
    CSV_COLUMNS = 6,
    DAYS_MAX = 10000,
};

struct reading {
    struct cord_scenario *scenario;
    const struct cord_scenario_files *files;
    struct cord_error *err;
};

#define AT(type, member) offsetof(struct type, member)

/* --- organisations --- */

struct entry {
    cord_str role, code, name, region, country, parent, opened, closed, file, source;
    uint32_t count; /* stand-ins, numbered behind the code */
    bool unless_given;
    uint32_t line;
};

static const struct cord_scenario_field entry_fields[] = {
    {"role", CORD_SCENARIO_TEXT, true, AT(entry, role), "a role, as trust"},
    {"code", CORD_SCENARIO_TEXT, false, AT(entry, code), "a code"},
    {"name", CORD_SCENARIO_TEXT, false, AT(entry, name), "a name"},
    {"region", CORD_SCENARIO_TEXT, false, AT(entry, region), "a region's code"},
    {"country", CORD_SCENARIO_TEXT, false, AT(entry, country), "as ENG"},
    {"parent", CORD_SCENARIO_TEXT, false, AT(entry, parent), "a code"},
    {"opened", CORD_SCENARIO_TEXT, false, AT(entry, opened), "a date, as 2013-04-01"},
    {"closed", CORD_SCENARIO_TEXT, false, AT(entry, closed), "a date, as 2013-04-01"},
    {"file", CORD_SCENARIO_TEXT, false, AT(entry, file), "a CSV file's name"},
    {"count", CORD_SCENARIO_U32, false, AT(entry, count), "how many stand-ins"},
    {"unless_given", CORD_SCENARIO_FLAG, false, AT(entry, unless_given), "true or false"},
    {"source", CORD_SCENARIO_TEXT, true, AT(entry, source), "a source, or: assigned"},
    {0},
};

static cord_status wrong(const struct reading *reading, uint32_t line, const char *what)
{
    return cord_error_set(reading->err, CORD_E_FORMAT, "line %" PRIu32 ": %s", line, what);
}

static cord_status no_memory(const struct reading *reading)
{
    return cord_error_set(reading->err, CORD_E_NOMEM, "out of memory");
}

/* "" is no date and none is known then. */
static bool read_date(cord_str date, int64_t *ret_ns)
{
    *ret_ns = CORD_TIME_NONE;
    return date.len == 0 || (date.len == 10 && cord_timestamp_parse(date, ret_ns));
}

static cord_status add_member(struct reading *reading, struct cord_scenario_member member)
{
    struct cord_scenario *scenario = reading->scenario;
    if (member.code.len == 0 || member.name.len == 0 || member.source.len == 0) {
        return wrong(reading, member.line,
                     "an organisation has a code and a name, or a file says them; and a source");
    }
    if (!read_date(member.opened, &member.opened_ns) ||
        !read_date(member.closed, &member.closed_ns)) {
        return wrong(reading, member.line, "opened and closed are dates, as 2013-04-01");
    }
    if (scenario->member_count >= CORD_SCENARIO_MEMBERS_MAX) {
        return cord_error_set(reading->err, CORD_E_LIMIT, "line %" PRIu32 ": more than %u of them",
                              member.line, CORD_SCENARIO_MEMBERS_MAX);
    }
    void *members = cord_vec_room(scenario->members, scenario->member_count, &scenario->member_cap,
                                  sizeof *scenario->members);
    if (!members) {
        return no_memory(reading);
    }
    scenario->members = members;
    scenario->members[scenario->member_count++] = member;
    return CORD_OK;
}

static struct cord_scenario_member from_entry(const struct entry *entry)
{
    return (struct cord_scenario_member){.code = entry->code,
                                         .name = entry->name,
                                         .role = entry->role,
                                         .region = entry->region,
                                         .country = entry->country,
                                         .parent = entry->parent,
                                         .source = entry->source,
                                         .opened = entry->opened,
                                         .closed = entry->closed,
                                         .unless_given = entry->unless_given,
                                         .line = entry->line};
}

static int digits_of(uint32_t count)
{
    int digits = 1;
    for (; count >= 10; count /= 10) {
        digits++;
    }
    return digits;
}

static cord_status add_stand_ins(struct reading *reading, const struct entry *entry)
{
    struct cord_arena *arena = reading->scenario->arena;
    cord_status status = CORD_OK;
    int digits = digits_of(entry->count);
    for (uint32_t i = 1; i <= entry->count && status == CORD_OK; i++) {
        struct cord_scenario_member member = from_entry(entry);
        member.code =
            cord_arena_printf(arena, "%.*s%0*" PRIu32, CORD_STR_ARG(entry->code), digits, i);
        member.name = cord_arena_printf(arena, "%.*s %" PRIu32, CORD_STR_ARG(entry->name), i);
        status =
            member.code.ptr && member.name.ptr ? add_member(reading, member) : no_memory(reading);
    }
    return status;
}

static bool read_cells(cord_str row, struct cord_arena *arena, cord_str cells[CSV_COLUMNS])
{
    size_t count = 0;
    bool doubled = false;
    cord_str cell;
    while (cord_csv_field(&row, ',', &cell, &doubled)) {
        if (count == CSV_COLUMNS) {
            return false;
        }
        cells[count] = doubled ? cord_csv_undouble(arena, cell) : cord_arena_copy(arena, cell);
        if (!cells[count].ptr) {
            return false;
        }
        count++;
    }
    return count == CSV_COLUMNS;
}

/* code,name,region,country,opened,closed under a line that says so. */
static cord_status add_rows(struct reading *reading, const struct entry *entry, cord_str text)
{
    cord_status status = CORD_OK;
    uint32_t row_number = 0;
    while (text.len > 0 && status == CORD_OK) {
        cord_str cells[CSV_COLUMNS] = {{0}};
        size_t len = cord_csv_record(text, ',', true);
        cord_str row = cord_str_trim(cord_str_slice(text, 0, len));
        text = cord_str_from_byte(text, len);
        row_number++;
        if (row.len == 0) {
            continue;
        }
        if (!read_cells(row, reading->scenario->arena, cells)) {
            return cord_error_set(reading->err, CORD_E_FORMAT,
                                  "%.*s, row %" PRIu32 ": is to be code,name,region,country,opened,"
                                  "closed",
                                  CORD_STR_ARG(entry->file), row_number);
        }
        if (row_number > 1) {
            struct cord_scenario_member member = from_entry(entry);
            member.code = cells[0];
            member.name = cells[1];
            member.region = cells[2];
            member.country = cells[3];
            member.opened = cells[4];
            member.closed = cells[5];
            status = add_member(reading, member);
        }
    }
    return status;
}

static cord_status read_organisation(void *self, const struct cord_yaml *node)
{
    struct reading *reading = self;
    struct entry entry = {.line = node->line, .country = CORD_STR("ENG")};
    cord_str text = {0};
    cord_status status = cord_scenario_fields_read(entry_fields, node, reading->scenario->arena,
                                                   &entry, reading->err);
    if (status != CORD_OK) {
        return status;
    }
    if (entry.count > 0) {
        return add_stand_ins(reading, &entry);
    }
    if (entry.file.len == 0) {
        return add_member(reading, from_entry(&entry));
    }
    if (!reading->files) {
        return wrong(reading, node->line, "file: there are no files with this scenario");
    }
    status = reading->files->read(reading->files->self, entry.file, &text, reading->err);
    if (status != CORD_OK) {
        cord_error_context(reading->err, "line %" PRIu32 ", file", node->line);
        return status;
    }
    return add_rows(reading, &entry, text);
}

/* --- groups --- */

static const struct cord_scenario_field group_fields[] = {
    {"label", CORD_SCENARIO_TEXT, true, AT(cord_scenario_group, label), "a name"},
    {"codes", CORD_SCENARIO_TEXTS, true, AT(cord_scenario_group, codes), "a list of codes"},
    {"source", CORD_SCENARIO_TEXT, true, AT(cord_scenario_group, source), "a source, or: assigned"},
    {0},
};

static cord_status read_group(void *self, const struct cord_yaml *node)
{
    struct reading *reading = self;
    struct cord_scenario *scenario = reading->scenario;
    struct cord_scenario_group group = {.line = node->line};
    cord_status status =
        cord_scenario_fields_read(group_fields, node, scenario->arena, &group, reading->err);
    if (status != CORD_OK) {
        return status;
    }
    void *groups = scenario->group_count < GROUPS_MAX
                       ? cord_vec_room(scenario->groups, scenario->group_count,
                                       &scenario->group_cap, sizeof *scenario->groups)
                       : NULL;
    if (!groups) {
        return cord_error_set(reading->err, CORD_E_LIMIT, "line %" PRIu32 ": too many groups",
                              node->line);
    }
    scenario->groups = groups;
    scenario->groups[scenario->group_count++] = group;
    return CORD_OK;
}

/* --- statements --- */

static const struct cord_scenario_field draw_fields[] = {
    {"count", CORD_SCENARIO_U32, true, AT(cord_scenario_draw, count), "how many"},
    {"role", CORD_SCENARIO_TEXT, false, AT(cord_scenario_draw, role), "a role, as trust"},
    {"regions", CORD_SCENARIO_TEXTS, false, AT(cord_scenario_draw, regions), "a list of codes"},
    {"of", CORD_SCENARIO_TEXTS, false, AT(cord_scenario_draw, of), "a list of labels"},
    {"both", CORD_SCENARIO_TEXTS, false, AT(cord_scenario_draw, both), "a list of labels"},
    {"not", CORD_SCENARIO_TEXTS, false, AT(cord_scenario_draw, not_of), "a list of labels"},
    {"first", CORD_SCENARIO_TEXTS, false, AT(cord_scenario_draw, first), "a list of labels"},
    {"last", CORD_SCENARIO_TEXTS, false, AT(cord_scenario_draw, last), "a list of labels"},
    {0},
};

struct statement_nodes {
    struct cord_scenario_statement statement;
    const struct cord_yaml *draw;
    cord_str from, to;
};

#define STATEMENT(member) (AT(statement_nodes, statement) + AT(cord_scenario_statement, member))

static const struct cord_scenario_field statement_fields[] = {
    {"label", CORD_SCENARIO_TEXT, true, STATEMENT(label), "a name of its own"},
    {"known", CORD_SCENARIO_SPAN, true, STATEMENT(known_ns), "a time, or [from, to]"},
    {"every", CORD_SCENARIO_DURATION, false, STATEMENT(every_ns), "a duration, as 5m"},
    {"times", CORD_SCENARIO_U32, false, STATEMENT(times), "how many times"},
    {"from", CORD_SCENARIO_TEXT, false, AT(statement_nodes, from), "a time, or: revised"},
    {"to", CORD_SCENARIO_TEXT, false, AT(statement_nodes, to), "a time, or +5m"},
    {"kind", CORD_SCENARIO_TEXT, true, STATEMENT(kind), "a kind of claim"},
    {"subject", CORD_SCENARIO_TEXT, false, STATEMENT(subject), "as org:R1H"},
    {"group", CORD_SCENARIO_TEXT, false, STATEMENT(group), "a group's label"},
    {"draw", CORD_SCENARIO_NODE, false, AT(statement_nodes, draw), "a map"},
    {"value", CORD_SCENARIO_OBJECT, true, STATEMENT(value), "a map of texts and numbers"},
    {"amount", CORD_SCENARIO_TEXT, false, STATEMENT(amount), "a number"},
    {"unit", CORD_SCENARIO_TEXT, false, STATEMENT(unit), "a unit"},
    {"split", CORD_SCENARIO_FLAG, false, STATEMENT(split), "true or false"},
    {"claimant", CORD_SCENARIO_TEXT, true, STATEMENT(claimant), "as org:R1H, or: subject"},
    {"method", CORD_SCENARIO_TEXT, true, STATEMENT(method), "how they know, or: assigned"},
    {"basis", CORD_SCENARIO_TEXT, true, STATEMENT(basis), "confirmed, reported or estimated"},
    {"confidence", CORD_SCENARIO_U32, true, STATEMENT(confidence), "percent"},
    {"marking", CORD_SCENARIO_TEXT, false, STATEMENT(marking), "as TLP:CLEAR"},
    {"source", CORD_SCENARIO_TEXT, true, STATEMENT(source), "a source, or: assigned"},
    {"revises", CORD_SCENARIO_TEXTS, false, STATEMENT(revises), "a list of labels"},
    {0},
};

static const char *read_bounds(struct statement_nodes *nodes)
{
    struct cord_scenario_statement *statement = &nodes->statement;
    bool revised = cord_str_eq(nodes->from, CORD_STR("revised"));
    if (revised && statement->revises.count == 0) {
        return "from: revised, and there is no revises";
    }
    if (nodes->from.ptr && !revised && !cord_timestamp_parse(nodes->from, &statement->from_ns)) {
        return "from: is to be a time, or: revised";
    }
    if (nodes->to.len > 0 && nodes->to.ptr[0] == '+') {
        return cord_scenario_fields_duration(nodes->to, &statement->for_ns)
                   ? NULL
                   : "to: is to be a time, or a duration as +5m";
    }
    if (nodes->to.ptr && !cord_timestamp_parse(nodes->to, &statement->to_ns)) {
        return "to: is to be a time, or a duration as +5m";
    }
    statement->from_revised = revised;
    return NULL;
}

static const char *check(struct statement_nodes *nodes)
{
    const struct cord_scenario_statement *statement = &nodes->statement;
    uint64_t number = 0;
    int whom =
        (statement->subject.ptr != NULL) + (statement->group.ptr != NULL) + (nodes->draw != NULL);
    if (whom != 1) {
        return "one of subject, group and draw says whom it is about";
    }
    if (statement->confidence > 100) {
        return "confidence: is to be a percentage";
    }
    if (statement->times == 0 || statement->times > CORD_SCENARIO_CLAIMS_MAX ||
        (statement->times > 1 && statement->every_ns == 0)) {
        return "times: is to be at least 1, and every to say how far apart";
    }
    if ((int64_t)statement->times * (statement->every_ns / CORD_SECOND_NS) > DAYS_MAX * 86400LL) {
        return "times: together that is more than ten thousand days";
    }
    if (!cord_scenario_fields_in_range(statement->known_ns[0]) ||
        !cord_scenario_fields_in_range(statement->known_ns[1])) {
        return "known: is to be from 1900 to 2199";
    }
    if (statement->split && (!cord_str_u64(statement->amount, &number) || number > 1000000000000)) {
        return "split: the amount is to be a whole number, a million millions at most";
    }
    if (statement->source.len == 0) {
        return "source: is to be a source, or: assigned";
    }
    return read_bounds(nodes);
}

static cord_status read_statement(void *self, const struct cord_yaml *node)
{
    struct reading *reading = self;
    struct cord_scenario *scenario = reading->scenario;
    struct statement_nodes nodes = {
        .statement = {
            .line = node->line, .times = 1, .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE}};
    cord_status status =
        cord_scenario_fields_read(statement_fields, node, scenario->arena, &nodes, reading->err);
    if (status == CORD_OK && nodes.draw) {
        status = cord_scenario_fields_read(draw_fields, nodes.draw, scenario->arena,
                                           &nodes.statement.draw, reading->err);
    }
    if (status != CORD_OK) {
        return status;
    }
    const char *problem = check(&nodes);
    if (problem) {
        return wrong(reading, node->line, problem);
    }
    void *statements = scenario->statement_count < STATEMENTS_MAX
                           ? cord_vec_room(scenario->statements, scenario->statement_count,
                                           &scenario->statement_cap, sizeof *scenario->statements)
                           : NULL;
    if (!statements) {
        return cord_error_set(reading->err, CORD_E_LIMIT, "line %" PRIu32 ": too many statements",
                              node->line);
    }
    scenario->statements = statements;
    scenario->statements[scenario->statement_count++] = nodes.statement;
    return CORD_OK;
}

/* --- the whole --- */

struct top {
    cord_str name;
    cord_str events;
    uint64_t seed;
    int64_t begins_ns;
    const struct cord_yaml *organisations, *groups, *statements;
};

static const struct cord_scenario_field top_fields[] = {
    {"scenario", CORD_SCENARIO_TEXT, true, AT(top, name), "its name"},
    {"seed", CORD_SCENARIO_U64, true, AT(top, seed), "a number"},
    {"begins", CORD_SCENARIO_TIME, true, AT(top, begins_ns), "a time"},
    {"events", CORD_SCENARIO_TEXT, false, AT(top, events), "the name of a file of events"},
    {"organisations", CORD_SCENARIO_NODE, true, AT(top, organisations), "a list"},
    {"groups", CORD_SCENARIO_NODE, false, AT(top, groups), "a list"},
    {"statements", CORD_SCENARIO_NODE, true, AT(top, statements), "a list"},
    {0},
};

static cord_status read_top(struct reading *reading, const struct cord_yaml *node)
{
    struct cord_scenario *scenario = reading->scenario;
    struct top top = {0};
    cord_status status =
        cord_scenario_fields_read(top_fields, node, scenario->arena, &top, reading->err);
    if (status == CORD_OK) {
        scenario->name = top.name;
        scenario->events = top.events.ptr ? top.events : CORD_STR("");
        scenario->seed = top.seed;
        scenario->begins_ns = top.begins_ns;
        status =
            cord_scenario_fields_each(top.organisations, read_organisation, reading, reading->err);
    }
    if (status == CORD_OK) {
        status = cord_scenario_fields_each(top.groups, read_group, reading, reading->err);
    }
    return status == CORD_OK
               ? cord_scenario_fields_each(top.statements, read_statement, reading, reading->err)
               : status;
}

cord_status cord_scenario_read(cord_str text, const struct cord_scenario_files *files,
                               struct cord_scenario **ret_scenario, struct cord_error *err)
{
    struct cord_yaml *documents = NULL;
    struct cord_scenario *scenario = calloc(1, sizeof *scenario);
    struct cord_arena *tree = cord_arena_new(ARENA_BYTES_MAX);
    struct reading reading = {.scenario = scenario, .files = files, .err = err};
    cord_status status = CORD_E_NOMEM;
    if (!scenario || !tree) {
        goto done;
    }
    scenario->arena = cord_arena_new(ARENA_BYTES_MAX);
    if (!scenario->arena) {
        goto done;
    }
    if (text.len > CORD_SCENARIO_BYTES_MAX) {
        status = cord_error_set(err, CORD_E_LIMIT, "longer than %u bytes", CORD_SCENARIO_BYTES_MAX);
        goto done;
    }
    status = cord_yaml_parse(text, 1, tree, &documents, err);
    if (status == CORD_OK) {
        status = documents && documents->child ? read_top(&reading, documents->child)
                                               : wrong(&reading, 1, "there is no scenario in it");
    }
done:
    cord_arena_free(tree);
    if (status != CORD_OK) {
        cord_scenario_free(scenario);
        return status;
    }
    *ret_scenario = scenario;
    return CORD_OK;
}

void cord_scenario_free(struct cord_scenario *scenario)
{
    if (!scenario) {
        return;
    }
    free(scenario->members);
    free(scenario->groups);
    free(scenario->statements);
    cord_arena_free(scenario->arena);
    free(scenario);
}

cord_str cord_scenario_name(const struct cord_scenario *scenario)
{
    return scenario->name;
}

uint64_t cord_scenario_seed(const struct cord_scenario *scenario)
{
    return scenario->seed;
}

int64_t cord_scenario_begins_ns(const struct cord_scenario *scenario)
{
    return scenario->begins_ns;
}

cord_str cord_scenario_events(const struct cord_scenario *scenario)
{
    return scenario->events;
}
