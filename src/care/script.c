/* script.c: see script.h. */
#include "care/script.h"

#include "base/timestamp.h"
#include "care/script_internal.h"
#include "record/claim_read.h"
#include "record/organisation_value.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 1 << 30,
    VALUE_BYTES_MAX = 65536,
    USE_TIME = 1, /* of numbers drawn: 0 is the lot */
    USE_SHARE = 2,
    WEIGHT = 1000,
};

static const cord_str claimant_itself = {"system:replay", 13};
static const cord_str method_assigned = {"assigned", 8};

struct cord_script {
    const struct cord_scenario *scenario;
    struct cord_arena *arena;
    struct cord_script_line *lines; /* malloc's */
    size_t count, cap;
};

struct making {
    struct cord_script *script;
    struct cord_script_cast cast;
    struct cord_claim_reader *reader;
    struct cord_buf value;
    size_t *places; /* of a line by its order, once sorted */
    struct cord_error *err;
};

static cord_status out_of_memory(struct cord_error *err)
{
    return cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

/* --- lines --- */

static cord_status grow(struct making *making)
{
    struct cord_script *script = making->script;
    size_t cap = script->cap ? 2 * script->cap : 1024;
    if (script->count >= CORD_SCENARIO_CLAIMS_MAX) {
        return cord_error_set(making->err, CORD_E_LIMIT, "more than %u claims",
                              CORD_SCENARIO_CLAIMS_MAX);
    }
    if (script->count < script->cap) {
        return CORD_OK;
    }
    struct cord_script_line *lines = realloc(script->lines, cap * sizeof *lines);
    if (!lines) {
        return out_of_memory(making->err);
    }
    script->lines = lines;
    script->cap = cap;
    return CORD_OK;
}

static cord_status add(struct making *making, const struct cord_script_line *line)
{
    struct cord_script *script = making->script;
    struct cord_claim checked = line->claim; /* the record makes it canonical itself */
    cord_status status = grow(making);
    checked.supersedes = line->revises; /* some number: which one, the record will say */
    if (status == CORD_OK) {
        status = cord_claim_check(making->reader, &checked, making->err);
    }
    if (status == CORD_OK) {
        script->lines[script->count] = *line;
        script->lines[script->count].order = script->count;
        script->count++;
    }
    return status;
}

/* --- who takes part --- */

static cord_status add_player(struct cord_script_cast *cast, struct cord_script_player player,
                              struct cord_error *err)
{
    const char *prefix = cord_str_eq(player.role, CORD_STR("site")) ? "site" : "org";
    if (cord_map_get(&cast->by_code, player.code) != CORD_MAP_NONE) {
        return cord_error_set(err, CORD_E_FORMAT, "the code %.*s is there twice",
                              CORD_STR_ARG(player.code));
    }
    player.subject = cord_arena_printf(cast->arena, "%s:%.*s", prefix, CORD_STR_ARG(player.code));
    if (!player.subject.ptr ||
        cord_map_put(&cast->by_code, player.code, (uint32_t)cast->player_count) != CORD_OK) {
        return out_of_memory(err);
    }
    cast->players[cast->player_count++] = player;
    return CORD_OK;
}

static bool has_role(const struct cord_script_given *given, size_t count, cord_str role)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq(given[i].role, role)) {
            return true;
        }
    }
    return false;
}

static cord_str value_of(struct making *making, const struct cord_scenario_member *member)
{
    struct cord_buf *value = &making->value;
    cord_buf_clear(value);
    cord_organisation_value_put(value, "name", member->name);
    cord_organisation_value_put(value, "role", member->role);
    cord_organisation_value_put(value, "parent", member->parent);
    cord_organisation_value_put(value, "region", member->region);
    cord_organisation_value_put(value, "country", member->country);
    cord_organisation_value_put(value, "opened", member->opened);
    cord_buf_put_char(value, '}');
    return value->failed ? CORD_STR("")
                         : cord_arena_copy(making->script->arena, cord_buf_str(value));
}

/* What holds for all claims about the organisations themselves. */
static struct cord_claim organisation_claim(const struct making *making,
                                            const struct cord_scenario_member *member,
                                            const char *kind)
{
    bool assigned = cord_str_starts(member->source, method_assigned);
    return (struct cord_claim){
        .kind = cord_claim_kind_find(cord_str_from(kind)),
        .subject = cord_arena_printf(making->script->arena, "org:%.*s", CORD_STR_ARG(member->code)),
        .valid_to_ns = CORD_TIME_NONE,
        .claimant = claimant_itself,
        .method = assigned ? method_assigned : CORD_STR("list"),
        .confidence = assigned ? CORD_CLAIM_CONFIDENCE : CORD_CLAIM_CERTAIN,
        .basis = CORD_CLAIM_REPORTED,
        .source = member->source,
        .key = cord_arena_printf(making->script->arena, "%.*s/%s/%.*s",
                                 CORD_STR_ARG(making->script->scenario->name), kind,
                                 CORD_STR_ARG(member->code)),
        .marking = CORD_CLAIM_AMBER,
        .exercise = making->script->scenario->name,
    };
}

static cord_status add_organisation(struct making *making,
                                    const struct cord_scenario_member *member)
{
    int64_t begins_ns = making->script->scenario->begins_ns;
    struct cord_script_line line = {.known_ns = begins_ns,
                                    .claim = organisation_claim(making, member, "org.upsert")};
    line.claim.value = value_of(making, member);
    line.claim.valid_from_ns = member->opened_ns == CORD_TIME_NONE ? begins_ns : member->opened_ns;
    line.claim.valid_to_ns = member->closed_ns;
    if (line.claim.value.len == 0 || !line.claim.subject.ptr || !line.claim.key.ptr) {
        return out_of_memory(making->err);
    }
    cord_status status = add(making, &line);
    if (status == CORD_OK && member->closed_ns != CORD_TIME_NONE) {
        line.claim = organisation_claim(making, member, "org.close");
        line.claim.value = CORD_STR("{}");
        line.claim.valid_from_ns = member->closed_ns;
        status = line.claim.subject.ptr && line.claim.key.ptr ? add(making, &line)
                                                              : out_of_memory(making->err);
    }
    return status;
}

static cord_status add_members(struct making *making, const struct cord_script_given *given,
                               size_t given_count)
{
    const struct cord_scenario *scenario = making->script->scenario;
    struct cord_script_cast *cast = &making->cast;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < scenario->member_count && status == CORD_OK; i++) {
        const struct cord_scenario_member *member = &scenario->members[i];
        if (member->unless_given && has_role(given, given_count, member->role)) {
            continue;
        }
        const struct cord_script_player player = {.code = member->code,
                                                  .role = member->role,
                                                  .region = member->region,
                                                  .opened_ns = member->opened_ns,
                                                  .closed_ns = member->closed_ns};
        status = add_player(cast, player, making->err);
        if (status == CORD_OK) {
            status = add_organisation(making, member);
        }
        if (status == CORD_E_FORMAT) {
            cord_error_context(making->err, "line %" PRIu32 ", %.*s", member->line,
                               CORD_STR_ARG(member->code));
        }
    }
    return status;
}

/* Those that are in the scenario too are the scenario's. */
static cord_status add_given(struct making *making, const struct cord_script_given *given,
                             size_t count)
{
    struct cord_script_cast *cast = &making->cast;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        if (cord_map_get(&cast->by_code, given[i].code) != CORD_MAP_NONE) {
            continue;
        }
        const struct cord_script_player player = {
            .code = cord_arena_copy(cast->arena, given[i].code),
            .role = cord_arena_copy(cast->arena, given[i].role),
            .region = cord_arena_copy(cast->arena, given[i].region),
            .opened_ns = given[i].opened_ns,
            .closed_ns = given[i].closed_ns};
        status = player.code.ptr && player.role.ptr && player.region.ptr
                     ? add_player(cast, player, making->err)
                     : out_of_memory(making->err);
    }
    return status;
}

/* --- labels --- */

static cord_status add_label(struct making *making, const struct cord_script_label *label)
{
    struct cord_script_cast *cast = &making->cast;
    if (cord_map_get(&cast->by_label, label->name) != CORD_MAP_NONE) {
        return cord_error_set(making->err, CORD_E_FORMAT, "the label %.*s is there twice",
                              CORD_STR_ARG(label->name));
    }
    if (cord_map_put(&cast->by_label, label->name, (uint32_t)cast->label_count) != CORD_OK) {
        return out_of_memory(making->err);
    }
    cast->labels[cast->label_count++] = *label;
    return CORD_OK;
}

static cord_status add_group(struct making *making, const struct cord_scenario_group *group)
{
    struct cord_script_cast *cast = &making->cast;
    struct cord_script_label label = {
        .name = group->label,
        .who = cord_arena_zalloc(cast->arena, group->codes.count + 1, sizeof *label.who),
        .group = true};
    if (!label.who) {
        return out_of_memory(making->err);
    }
    for (size_t i = 0; i < group->codes.count; i++) {
        uint32_t player = cord_map_get(&cast->by_code, group->codes.items[i]);
        if (player == CORD_MAP_NONE) {
            return cord_error_set(making->err, CORD_E_FORMAT, "no organisation has the code %.*s",
                                  CORD_STR_ARG(group->codes.items[i]));
        }
        label.who[label.count++] = player;
    }
    return add_label(making, &label);
}

static cord_status add_groups(struct making *making)
{
    const struct cord_scenario *scenario = making->script->scenario;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < scenario->group_count && status == CORD_OK; i++) {
        status = add_group(making, &scenario->groups[i]);
        if (status == CORD_E_FORMAT) {
            cord_error_context(making->err, "line %" PRIu32, scenario->groups[i].line);
        }
    }
    return status;
}

/* --- statements --- */

/* A subject that is no organisation of ours (an alert, an incident) has no player. */
static cord_status find_subject(struct making *making,
                                const struct cord_scenario_statement *statement,
                                struct cord_script_label *label)
{
    struct cord_script_cast *cast = &making->cast;
    bool known = cord_str_starts(statement->subject, CORD_STR("org:")) ||
                 cord_str_starts(statement->subject, CORD_STR("site:"));
    size_t colon = cord_str_find_char(statement->subject, ':', 0);
    label->who = cord_arena_zalloc(cast->arena, 1, sizeof *label->who);
    if (!label->who) {
        return out_of_memory(making->err);
    }
    if (known) {
        label->who[0] =
            cord_map_get(&cast->by_code, cord_str_from_byte(statement->subject, colon + 1));
        label->count = 1;
    }
    return known && label->who[0] == CORD_MAP_NONE
               ? cord_error_set(making->err, CORD_E_FORMAT, "no organisation is %.*s",
                                CORD_STR_ARG(statement->subject))
               : CORD_OK;
}

static cord_status find_who(struct making *making, const struct cord_scenario_statement *statement,
                            struct cord_script_label *label)
{
    int64_t time_ns =
        statement->from_ns != CORD_TIME_NONE ? statement->from_ns : statement->known_ns[0];
    if (statement->subject.ptr) {
        return find_subject(making, statement, label);
    }
    if (statement->group.ptr) {
        const struct cord_script_label *group =
            cord_script_draw_label(&making->cast, statement->group);
        if (!group || !group->group) {
            return cord_error_set(making->err, CORD_E_FORMAT, "there is no group %.*s",
                                  CORD_STR_ARG(statement->group));
        }
        label->who = group->who;
        label->count = group->count;
        return CORD_OK;
    }
    label->count = statement->draw.count;
    return cord_script_draw_who(&making->cast, &statement->draw, statement->label, time_ns,
                                &label->who, making->err);
}

static int64_t known_at(const struct making *making,
                        const struct cord_scenario_statement *statement, cord_str code,
                        uint32_t time)
{
    int64_t seconds = (statement->known_ns[1] - statement->known_ns[0]) / CORD_SECOND_NS;
    uint64_t lot = cord_script_draw_number(&making->cast, statement->label, code, USE_TIME);
    return statement->known_ns[0] + (int64_t)(lot % ((uint64_t)seconds + 1)) * CORD_SECOND_NS +
           (int64_t)time * statement->every_ns;
}

/* The total in whole parts that differ, and that are the total together. */
static cord_status split(const struct making *making,
                         const struct cord_scenario_statement *statement,
                         const struct cord_script_label *label, uint64_t *parts)
{
    uint64_t total = 0;
    uint64_t weights = 0;
    if (!cord_str_u64(statement->amount, &total) || label->count == 0) {
        return cord_error_set(making->err, CORD_E_FORMAT, "split: there is nobody to split it on");
    }
    for (size_t i = 0; i < label->count; i++) {
        cord_str code = making->cast.players[label->who[i]].code;
        parts[i] =
            WEIGHT / 4 +
            cord_script_draw_number(&making->cast, statement->label, code, USE_SHARE) % WEIGHT;
        weights += parts[i];
    }
    uint64_t left = total;
    for (size_t i = 0; i < label->count; i++) {
        parts[i] = total * parts[i] / weights;
        left -= parts[i];
    }
    for (size_t i = 0; left > 0; i = (i + 1) % label->count, left--) {
        parts[i]++;
    }
    return CORD_OK;
}

static cord_status fill(struct making *making, const struct cord_scenario_statement *statement,
                        struct cord_claim *claim)
{
    claim->kind = cord_claim_kind_find(statement->kind);
    if (!claim->kind) {
        const char *near = cord_claim_kind_nearest(statement->kind);
        return cord_error_set(making->err, CORD_E_FORMAT, "there is no kind '%.*s'%s%s%s",
                              CORD_STR_ARG(statement->kind), near ? ", did you mean '" : "",
                              near ? near : "", near ? "'?" : "");
    }
    claim->marking = CORD_CLAIM_AMBER;
    if (!cord_claim_basis_find(statement->basis, &claim->basis)) {
        return cord_error_set(making->err, CORD_E_FORMAT,
                              "basis: is to be confirmed, reported or estimated");
    }
    if (statement->marking.ptr && !cord_claim_marking_find(statement->marking, &claim->marking)) {
        return cord_error_set(making->err, CORD_E_FORMAT,
                              "marking: is to be one of TLP 2.0, as TLP:AMBER");
    }
    claim->value = statement->value;
    claim->amount = statement->amount.ptr ? statement->amount : CORD_STR("");
    claim->unit = statement->unit.ptr ? statement->unit : CORD_STR("");
    claim->claimant = statement->claimant;
    claim->method = statement->method;
    claim->confidence = statement->confidence;
    claim->source = statement->source;
    claim->exercise = making->script->scenario->name;
    return CORD_OK;
}

/* The order, from 1, of the line that an earlier statement has about the same; 0: none has. */
static size_t revised_by(const struct making *making,
                         const struct cord_scenario_statement *statement, uint32_t player)
{
    for (size_t i = 0; i < statement->revises.count; i++) {
        const struct cord_script_label *label =
            cord_script_draw_label(&making->cast, statement->revises.items[i]);
        for (size_t j = 0; label && !label->group && j < label->count; j++) {
            if (label->who[j] == player) {
                return label->first + j + 1;
            }
        }
    }
    return 0;
}

struct saying {
    const struct cord_scenario_statement *statement;
    const struct cord_script_label *label;
    const uint64_t *parts; /* of a split amount, by subject; NULL: none */
    struct cord_claim claim;
};

static cord_status set_revised(struct making *making, const struct saying *saying, uint32_t player,
                               struct cord_script_line *line)
{
    if (saying->statement->revises.count == 0) {
        return CORD_OK;
    }
    line->revises = player == CORD_MAP_NONE ? 0 : revised_by(making, saying->statement, player);
    if (line->revises == 0) {
        return cord_error_set(making->err, CORD_E_FORMAT,
                              "revises: none of these is a statement before it about %.*s",
                              CORD_STR_ARG(line->claim.subject));
    }
    if (saying->statement->from_revised) {
        line->claim.valid_from_ns = making->script->lines[line->revises - 1].claim.valid_from_ns;
    }
    return CORD_OK;
}

static cord_status say(struct making *making, const struct saying *saying, size_t who,
                       uint32_t time)
{
    const struct cord_scenario_statement *statement = saying->statement;
    struct cord_arena *arena = making->script->arena;
    uint32_t player = saying->label->count > 0 ? saying->label->who[who] : CORD_MAP_NONE;
    const struct cord_script_player *subject =
        player == CORD_MAP_NONE ? NULL : &making->cast.players[player];
    struct cord_script_line line = {.claim = saying->claim};
    struct cord_claim *claim = &line.claim;
    line.known_ns = known_at(making, statement, subject ? subject->code : CORD_STR(""), time);
    claim->subject = statement->subject.ptr ? statement->subject
                     : subject              ? subject->subject
                                            : CORD_STR("");
    if (cord_str_eq(claim->claimant, CORD_STR("subject"))) {
        claim->claimant = claim->subject;
    }
    claim->valid_from_ns =
        statement->from_ns != CORD_TIME_NONE ? statement->from_ns : line.known_ns;
    claim->valid_to_ns =
        statement->for_ns > 0 ? line.known_ns + statement->for_ns : statement->to_ns;
    claim->key = cord_arena_printf(arena, "%.*s/%.*s/%zu.%" PRIu32,
                                   CORD_STR_ARG(making->script->scenario->name),
                                   CORD_STR_ARG(statement->label), who + 1, time + 1);
    if (saying->parts) {
        claim->amount = cord_arena_printf(arena, "%" PRIu64, saying->parts[who]);
    }
    if (!claim->key.ptr || !claim->amount.ptr) {
        return out_of_memory(making->err);
    }
    cord_status status = set_revised(making, saying, player, &line);
    return status == CORD_OK ? add(making, &line) : status;
}

static cord_status say_all(struct making *making, const struct cord_scenario_statement *statement)
{
    struct cord_script_label label = {.name = statement->label, .first = making->script->count};
    struct saying saying = {.statement = statement, .label = &label};
    cord_status status = fill(making, statement, &saying.claim);
    if (status == CORD_OK) {
        status = find_who(making, statement, &label);
    }
    if (status == CORD_OK && statement->split) {
        uint64_t *parts = cord_arena_zalloc(making->script->arena, label.count + 1, sizeof *parts);
        status = parts ? split(making, statement, &label, parts) : out_of_memory(making->err);
        saying.parts = parts;
    }
    size_t count = statement->subject.ptr ? 1 : label.count;
    for (uint32_t time = 0; time < statement->times && status == CORD_OK; time++) {
        for (size_t i = 0; i < count && status == CORD_OK; i++) {
            status = say(making, &saying, i, time);
        }
    }
    return status == CORD_OK ? add_label(making, &label) : status;
}

static cord_status add_statements(struct making *making)
{
    const struct cord_scenario *scenario = making->script->scenario;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < scenario->statement_count && status == CORD_OK; i++) {
        const struct cord_scenario_statement *statement = &scenario->statements[i];
        status = say_all(making, statement);
        if (status != CORD_OK) {
            cord_error_context(making->err, "line %" PRIu32 ", %.*s", statement->line,
                               CORD_STR_ARG(statement->label));
        }
    }
    return status;
}

/* --- in order of time --- */

static int compare(const void *left, const void *right)
{
    const struct cord_script_line *a = left;
    const struct cord_script_line *b = right;
    if (a->known_ns != b->known_ns) {
        return a->known_ns < b->known_ns ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

static cord_status sort(struct making *making)
{
    struct cord_script *script = making->script;
    size_t *places = calloc(script->count + 1, sizeof *places);
    if (!places) {
        return out_of_memory(making->err);
    }
    making->places = places;
    qsort(script->lines, script->count, sizeof *script->lines, compare);
    for (size_t i = 0; i < script->count; i++) {
        places[script->lines[i].order] = i;
    }
    for (size_t i = 0; i < script->count; i++) {
        struct cord_script_line *line = &script->lines[i];
        if (line->revises > 0) {
            line->revises = places[line->revises - 1] + 1;
        }
        if (line->revises > i) {
            return cord_error_set(making->err, CORD_E_FORMAT,
                                  "%.*s revises what is not known before it",
                                  CORD_STR_ARG(line->claim.key));
        }
    }
    return CORD_OK;
}

static cord_status begin(struct making *making)
{
    struct cord_script *script = making->script;
    const struct cord_scenario *scenario = script->scenario;
    struct cord_script_line line = {
        .known_ns = scenario->begins_ns,
        .claim = {
            .kind = cord_claim_kind_find(CORD_STR("exercise.start")),
            .subject =
                cord_arena_printf(script->arena, "exercise:%.*s", CORD_STR_ARG(scenario->name)),
            .value = cord_arena_printf(script->arena, "{\"title\":\"%.*s\",\"seed\":%" PRIu64 "}",
                                       CORD_STR_ARG(scenario->name), making->cast.seed),
            .valid_from_ns = scenario->begins_ns,
            .valid_to_ns = CORD_TIME_NONE,
            .claimant = claimant_itself,
            .method = CORD_STR("replay"),
            .confidence = CORD_CLAIM_CERTAIN,
            .basis = CORD_CLAIM_CONFIRMED,
            .source = CORD_STR("assigned"),
            .key = cord_arena_printf(script->arena, "%.*s/exercise.start",
                                     CORD_STR_ARG(scenario->name)),
            .marking = CORD_CLAIM_AMBER,
            .exercise = scenario->name}};
    if (!line.claim.subject.ptr || !line.claim.value.ptr || !line.claim.key.ptr) {
        return out_of_memory(making->err);
    }
    return add(making, &line);
}

static cord_status prepare(struct making *making, size_t given_count)
{
    const struct cord_scenario *scenario = making->script->scenario;
    struct cord_script_cast *cast = &making->cast;
    size_t players = scenario->member_count + given_count;
    size_t labels = scenario->group_count + scenario->statement_count;
    cast->arena = making->script->arena;
    cast->players = cord_arena_zalloc(cast->arena, players + 1, sizeof *cast->players);
    cast->labels = cord_arena_zalloc(cast->arena, labels + 1, sizeof *cast->labels);
    cast->marks = cord_arena_zalloc(cast->arena, players + 1, 1);
    if (!cast->players || !cast->labels || !cast->marks) {
        return out_of_memory(making->err);
    }
    return cord_claim_reader_new(&making->reader);
}

cord_status cord_script_make(const struct cord_scenario *scenario, uint64_t seed,
                             const struct cord_script_given *given, size_t given_count,
                             struct cord_script **ret_script, struct cord_error *err)
{
    struct cord_script *script = calloc(1, sizeof *script);
    struct making making = {.script = script, .cast = {.seed = seed}, .err = err};
    cord_status status = CORD_E_NOMEM;
    cord_buf_init(&making.value, VALUE_BYTES_MAX);
    cord_map_init(&making.cast.by_code, seed);
    cord_map_init(&making.cast.by_label, seed);
    if (script) {
        script->scenario = scenario;
        script->arena = cord_arena_new(ARENA_BYTES_MAX);
        status = script->arena ? prepare(&making, given_count) : CORD_E_NOMEM;
    }
    status = status == CORD_OK ? begin(&making) : status;
    status = status == CORD_OK ? add_members(&making, given, given_count) : status;
    status = status == CORD_OK ? add_given(&making, given, given_count) : status;
    status = status == CORD_OK ? add_groups(&making) : status;
    status = status == CORD_OK ? add_statements(&making) : status;
    status = status == CORD_OK ? sort(&making) : status;
    free(making.places);
    cord_claim_reader_free(making.reader);
    cord_map_done(&making.cast.by_code);
    cord_map_done(&making.cast.by_label);
    cord_buf_done(&making.value);
    if (status != CORD_OK) {
        cord_script_free(script);
        return status;
    }
    *ret_script = script;
    return CORD_OK;
}

void cord_script_free(struct cord_script *script)
{
    if (!script) {
        return;
    }
    free(script->lines);
    cord_arena_free(script->arena);
    free(script);
}

size_t cord_script_count(const struct cord_script *script)
{
    return script->count;
}

const struct cord_script_line *cord_script_at(const struct cord_script *script, size_t place)
{
    return &script->lines[place];
}
