/* organisation_import.c: see organisation_import.h. */
#include "record/organisation_import_internal.h"

#include "base/utf8.h"
#include "codec/csv.h"
#include "record/claim_kind.h"
#include "record/organisation_date.h"
#include "record/organisation_value.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
    KEPT_BYTES_MAX = 1 << 30,
    SCRATCH_BYTES_MAX = 256 << 20,
    VALUE_BYTES_MAX = 60000,
    ASKED_BYTES_MAX = 4096,
    BATCH_CLAIMS = 8192,
};

const char *cord_organisation_import_reason_name(enum cord_organisation_import_reason reason)
{
    switch (reason) {
    case CORD_ORGANISATION_IMPORT_REUSED:
        return "reused";
    case CORD_ORGANISATION_IMPORT_TWICE:
        return "twice";
    case CORD_ORGANISATION_IMPORT_MALFORMED:
    case CORD_ORGANISATION_IMPORT_REASONS:
        break;
    }
    return "malformed";
}

cord_status cord_organisation_import_new(const struct cord_organisation_import_options *options,
                                         struct cord_organisation_import **ret_import)
{
    static const char *const names[KINDS] = {"org.upsert",     "org.close",  "org.succeed",
                                             "org.alias",      "org.relate", "org.attribute",
                                             "service.upsert", "contact",    "org.supply"};
    struct cord_organisation_import *import = calloc(1, sizeof *import);
    if (!import) {
        return CORD_E_NOMEM;
    }
    import->options = *options;
    import->kept = cord_arena_new(KEPT_BYTES_MAX);
    import->scratch = cord_arena_new(SCRATCH_BYTES_MAX);
    cord_map_init(&import->codes, options->seed);
    cord_map_init(&import->lines, options->seed);
    cord_buf_init(&import->value, VALUE_BYTES_MAX);
    cord_buf_init(&import->asked, ASKED_BYTES_MAX);
    for (size_t i = 0; i < KINDS; i++) {
        import->kinds[i] = cord_claim_kind_find(cord_str_from(names[i]));
        assert(import->kinds[i]);
    }
    if (!import->kept || !import->scratch) {
        cord_organisation_import_free(import);
        return CORD_E_NOMEM;
    }
    *ret_import = import;
    return CORD_OK;
}

void cord_organisation_import_free(struct cord_organisation_import *import)
{
    if (!import) {
        return;
    }
    cord_buf_done(&import->asked);
    cord_buf_done(&import->value);
    free(import->claims);
    free(import->hashes);
    cord_map_done(&import->lines);
    free(import->known);
    cord_map_done(&import->codes);
    cord_arena_free(import->scratch);
    cord_arena_free(import->kept);
    free(import);
}

/* --- what is recorded already --- */

static cord_status learn_description(struct cord_organisation_import *import, cord_str code,
                                     const cord_str *members)
{
    static const enum cord_organisation_member wanted[] = {
        CORD_ORGANISATION_NAME,     CORD_ORGANISATION_ROLE,   CORD_ORGANISATION_REGION,
        CORD_ORGANISATION_POSTCODE, CORD_ORGANISATION_OPENED, CORD_ORGANISATION_CLOSED};
    struct known *known = cord_organisation_import_known_add(import, code);
    if (!known) {
        return CORD_E_NOMEM;
    }
    cord_str *const kept[] = {&known->name,     &known->role,   &known->region,
                              &known->postcode, &known->opened, &known->closed};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof kept / sizeof *kept && status == CORD_OK; i++) {
        status = cord_organisation_import_known_keep(import, members[wanted[i]], kept[i]);
    }
    return status;
}

static cord_status learn_close(struct cord_organisation_import *import, cord_str code,
                               int64_t closed_ns)
{
    char closed[CORD_ORGANISATION_DATE_TEXT];
    struct known *known = cord_organisation_import_known_add(import, code);
    return known ? cord_organisation_import_known_keep(
                       import, cord_organisation_import_claims_last_day(closed_ns, closed),
                       &known->closed)
                 : CORD_E_NOMEM;
}

cord_str cord_organisation_import_key(struct cord_organisation_import *import, enum kind kind,
                                      const cord_str *members)
{
    cord_str a = members[kind == KIND_CONTACT ? CORD_ORGANISATION_ROLE : CORD_ORGANISATION_OTHER];
    cord_str b = members[kind == KIND_CONTACT ? CORD_ORGANISATION_ORDER : CORD_ORGANISATION_AS];
    switch (kind) {
    case KIND_ALIAS:
        return members[CORD_ORGANISATION_ALIAS];
    case KIND_RELATE:
        return members[CORD_ORGANISATION_RELATION];
    case KIND_ATTRIBUTE:
        return members[CORD_ORGANISATION_NAME];
    case KIND_CONTACT:
    case KIND_SUPPLY:
        return cord_arena_printf(import->scratch, "%.*s %.*s", CORD_STR_ARG(a), CORD_STR_ARG(b));
    case KIND_SERVICE:
    case KIND_UPSERT:
    case KIND_CLOSE:
    case KIND_SUCCEED:
    case KINDS:
        break;
    }
    return CORD_STR("");
}

cord_status cord_organisation_import_learn(struct cord_organisation_import *import,
                                           const struct cord_claim *claim)
{
    cord_str members[CORD_ORGANISATION_MEMBERS];
    cord_str code = cord_str_from_byte(claim->subject, sizeof "org:" - 1);
    enum kind kind = KIND_UPSERT;
    bool said;
    while (kind < KINDS && import->kinds[kind] != claim->kind) {
        kind++;
    }
    if (kind == KINDS || !cord_str_eq(claim->claimant, import->options.claimant)) {
        return CORD_OK;
    }
    cord_arena_reset(import->scratch);
    cord_status status = cord_organisation_value_read(claim->value, import->scratch, members);
    if (status != CORD_OK) {
        return status;
    }
    if (kind == KIND_UPSERT) {
        status = learn_description(import, code, members);
    } else if (kind == KIND_CLOSE) {
        status = learn_close(import, code, claim->valid_from_ns);
    }
    if (status != CORD_OK) {
        return status;
    }
    return cord_organisation_import_known_say(import, kind, claim->subject,
                                              cord_organisation_import_key(import, kind, members),
                                              claim->value, &said);
}

/* --- a list --- */

struct listing {
    struct cord_organisation_import *import;
    const struct cord_organisation_columns *columns;
    cord_organisation_import_places places;
    uint32_t only; /* column that says what kind of row it is; 0: none */
    char delimiter;
    struct row row;
    struct said said[CORD_ORGANISATION_ENTRIES_MAX];
};

static void refuse(struct listing *listing, cord_str code,
                   enum cord_organisation_import_reason reason, const char *detail)
{
    struct cord_organisation_import *import = listing->import;
    const struct cord_organisation_import_refusal refusal = {
        .line = listing->row.line, .code = code, .reason = reason, .detail = detail};
    import->outcome.refused[reason]++;
    if (import->options.refused) {
        import->options.refused(import->options.self, &refusal);
    }
}

static void count_unread(struct listing *listing)
{
    struct cord_organisation_import_outcome *outcome = &listing->import->outcome;
    for (size_t i = 0; i < listing->row.count; i++) {
        if (!listing->row.taken[i] && listing->row.fields[i].len > 0) {
            outcome->unread_column =
                outcome->unread == 0 ? (uint32_t)i + 1 : outcome->unread_column;
            outcome->unread++;
        }
    }
}

/* False: refused. */
static bool read_entries(struct listing *listing)
{
    const struct cord_organisation_columns *columns = listing->columns;
    enum cord_organisation_import_reason reason;
    const char *detail;
    for (size_t i = 0; i < columns->entry_count; i++) {
        struct said *said = &listing->said[i];
        if (!cord_organisation_import_read_entry(&columns->entries[i], listing->places[i],
                                                 listing->import->scratch, &listing->row, said)) {
            refuse(listing, said->code, CORD_ORGANISATION_IMPORT_MALFORMED, listing->row.wrong);
            return false;
        }
        if (said->code.len > 0 &&
            !cord_organisation_import_claims_fit(listing->import, said, &reason, &detail)) {
            refuse(listing, said->code, reason, detail);
            return false;
        }
    }
    return true;
}

static cord_status take_row(struct listing *listing)
{
    struct cord_organisation_import *import = listing->import;
    const struct row *row = &listing->row;
    cord_status status = CORD_OK;
    if (listing->only > 0 &&
        (listing->only > row->count ||
         !cord_str_eq(row->fields[listing->only - 1], listing->columns->only))) {
        import->outcome.others++;
        return CORD_OK;
    }
    import->outcome.rows++;
    if (!read_entries(listing)) {
        return row->no_memory ? cord_arena_failure(import->scratch) : CORD_OK;
    }
    count_unread(listing);
    import->line = row->line;
    for (size_t i = 0; i < listing->columns->entry_count && status == CORD_OK; i++) {
        if (listing->said[i].code.len > 0) {
            status = cord_organisation_import_claims_of(import, &listing->said[i]);
        }
    }
    return status;
}

static cord_str without_line_end(cord_str record)
{
    while (record.len > 0 &&
           (record.ptr[record.len - 1] == '\n' || record.ptr[record.len - 1] == '\r')) {
        record.len--;
    }
    return record;
}

static uint64_t line_ends(cord_str record)
{
    uint64_t count = 0;
    for (size_t at = 0; (at = cord_str_find_char(record, '\n', at)) != SIZE_MAX; at++) {
        count++;
    }
    return count;
}

/* The next record that is not blank, as a row; false at the end. */
static bool next_row(struct listing *listing, cord_str *rest, uint64_t *line)
{
    while (rest->len > 0) {
        size_t len = cord_csv_record(*rest, listing->delimiter, true);
        cord_str record = cord_str_slice(*rest, 0, len);
        *rest = cord_str_from_byte(*rest, len);
        listing->row.line = *line;
        *line += line_ends(record);
        record = without_line_end(record);
        if (cord_str_trim(record).len > 0) {
            (void)cord_organisation_import_read_row(record, listing->delimiter,
                                                    listing->import->scratch, &listing->row);
            return true;
        }
    }
    return false;
}

static cord_status take_rows(struct listing *listing, cord_str text, struct cord_error *err)
{
    uint64_t line = 1;
    cord_status status = CORD_OK;
    if (listing->columns->header && !next_row(listing, &text, &line)) {
        return cord_error_set(err, CORD_E_FORMAT, "there is no header");
    }
    status = cord_organisation_import_read_places(listing->columns, &listing->row, listing->places,
                                                  &listing->only, err);
    while (status == CORD_OK && next_row(listing, &text, &line)) {
        if (listing->row.no_memory) {
            status = cord_arena_failure(listing->import->scratch);
        } else if (listing->row.wrong) {
            listing->import->outcome.rows++;
            refuse(listing, CORD_STR(""), CORD_ORGANISATION_IMPORT_MALFORMED, listing->row.wrong);
        } else {
            status = take_row(listing);
        }
        /* The row borrows the text and the arena: only here, between two, may it go. */
        if (status == CORD_OK && listing->import->claim_count >= BATCH_CLAIMS) {
            status = cord_organisation_import_claims_flush(listing->import, err);
        }
    }
    return status;
}

/* Of which roles the list has any. */
static cord_status roles_of(const struct cord_organisation_import *import, struct cord_map *roles)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < import->known_count && status == CORD_OK; i++) {
        const struct known *known = &import->known[i];
        if (known->listed_at > 0 && cord_map_get(roles, known->role) == CORD_MAP_NONE) {
            status = cord_map_put(roles, known->role, 0);
        }
    }
    return status;
}

/* What the list should have had, and has not. */
static cord_status close_absent(struct cord_organisation_import *import)
{
    struct cord_map roles;
    if (import->options.complete_ns == CORD_TIME_NONE) {
        return CORD_OK;
    }
    cord_map_init(&roles, import->options.seed);
    cord_status status = roles_of(import, &roles);
    for (size_t i = 0; i < import->known_count && status == CORD_OK; i++) {
        const struct known *known = &import->known[i];
        if (known->listed_at == 0 && known->name.ptr && known->closed.len == 0 &&
            cord_map_get(&roles, known->role) != CORD_MAP_NONE) {
            import->line = 0;
            status = cord_organisation_import_claims_absent(import, known);
        }
    }
    cord_map_done(&roles);
    return status;
}

/* ISO 8859-1 as UTF-8. */
static cord_status convert(cord_str text, struct cord_buf *buf)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x80) {
            cord_buf_put_char(buf, text.ptr[i]);
        } else {
            cord_utf8_put(buf, c);
        }
    }
    return buf->failed ? CORD_E_NOMEM : CORD_OK;
}

static cord_str first_line(cord_str text)
{
    return without_line_end(cord_str_slice(text, 0, cord_str_find_char(text, '\n', 0)));
}

cord_status cord_organisation_import_list(struct cord_organisation_import *import,
                                          const struct cord_organisation_columns *columns,
                                          cord_str name, cord_str text,
                                          struct cord_organisation_import_outcome *ret_outcome,
                                          struct cord_error *err)
{
    struct cord_buf converted;
    struct listing *listing = calloc(1, sizeof *listing);
    if (!listing) {
        return CORD_E_NOMEM;
    }
    cord_buf_init(&converted, SIZE_MAX / 4);
    *listing = (struct listing){.import = import, .columns = columns};
    cord_status status = cord_organisation_import_claims_begin(import, name, text);
    if (cord_str_starts(text, CORD_STR("\xef\xbb\xbf"))) {
        text = cord_str_from_byte(text, 3); /* a byte order mark is not of the first field */
    }
    if (status == CORD_OK && columns->latin1) {
        status = convert(text, &converted);
        text = cord_buf_str(&converted);
    }
    listing->delimiter = columns->delimiter ? columns->delimiter : cord_csv_sniff(first_line(text));
    listing->delimiter = listing->delimiter ? listing->delimiter : ',';
    if (status == CORD_OK) {
        status = take_rows(listing, text, err);
    }
    if (status == CORD_OK) {
        status = close_absent(import);
    }
    if (status == CORD_OK) {
        status = cord_organisation_import_claims_flush(import, err);
    }
    if (status == CORD_OK) {
        *ret_outcome = import->outcome;
    }
    cord_buf_done(&converted);
    free(listing);
    return status;
}
