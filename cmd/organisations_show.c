/* organisations_show.c: cordon organisations show: all that is known of one. */
#include "cmd/organisations.h"

#include "base/timestamp.h"
#include "codec/json_write.h"
#include "record/claim_kind.h"
#include "record/organisation_contact.h"
#include "record/organisation_value.h"

#include <inttypes.h>

/* What is asked of one topic, and how a line of it is headed. */
struct showing {
    struct organisations_run *run;
    const char *heading;
    cord_status status;
};

static int print_head(struct organisations_run *run, const struct cord_organisation *organisation)
{
    cord_buf_printf(&run->line, "%.*s  %.*s\n", CORD_STR_ARG(organisation->code),
                    CORD_STR_ARG(organisation->name));
    const struct {
        const char *name;
        cord_str text;
    } rows[] = {
        {"role", organisation->role},           {"standing", organisation->standing},
        {"counts as", organisation->successor}, {"region", organisation->region},
        {"parent", organisation->parent},       {"commissioner", organisation->commissioner},
        {"network", organisation->network},     {"site of", organisation->site_of},
        {"postcode", organisation->postcode},   {"country", organisation->country},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].text.len > 0) {
            cord_buf_printf(&run->line, "  %-13s", rows[i].name);
            organisations_pad(run, rows[i].text, 0);
            cord_buf_put_char(&run->line, '\n');
        }
    }
    cord_buf_put_text(&run->line, "  opened       ");
    organisations_pad_day(run, organisation->opened_ns, false, 0);
    cord_buf_put_text(&run->line, "\n  last day     ");
    organisations_pad_day(run, organisation->closed_ns, true, 0);
    return organisations_print(run, "\n");
}

/* --- lines --- */

static cord_status on_answer(void *self, const struct cord_answer *answer)
{
    struct showing *showing = self;
    struct organisations_run *run = showing->run;
    cord_buf_printf(&run->line, "  %-13s", showing->heading);
    organisations_pad(run, answer->part, 0);
    organisations_pad(run, answer->state, 0);
    cord_buf_put_text(&run->line, " since ");
    organisations_pad_day(run, answer->valid_from_ns, false, 0);
    cord_buf_printf(&run->line, " c%" PRIu64 ", ", answer->claim);
    organisations_pad(run, answer->claimant, 0);
    return organisations_print(run, "\n") == COMMAND_DONE ? CORD_OK : CORD_E_IO;
}

static cord_status print_lines(struct organisations_run *run, cord_str subject,
                               struct cord_error *err)
{
    static const char *const topics[][2] = {{"relation", "belongs to"},
                                            {"alias", "also called"},
                                            {"supply", "supplies"},
                                            {"attribute", "attribute"}};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof topics / sizeof *topics && status == CORD_OK; i++) {
        struct showing showing = {.run = run, .heading = topics[i][1]};
        status = cord_record_view_answers(run->view, cord_str_from(topics[i][0]), subject,
                                          run->as_of, on_answer, &showing, err);
    }
    return status;
}

static cord_status print_contacts(struct organisations_run *run, cord_str subject,
                                  struct cord_error *err)
{
    struct cord_organisation_contact_list list = {0};
    cord_status status =
        cord_organisation_contacts(run->view, subject, run->as_of, run->arena, &list, err);
    for (size_t i = 0; i < list.count && status == CORD_OK; i++) {
        const struct cord_organisation_contact *contact = &list.items[i];
        cord_buf_printf(&run->line, "  contact      %.*s %" PRIu32 ": ",
                        CORD_STR_ARG(contact->role), contact->order);
        organisations_pad(run, contact->channel, 0);
        organisations_pad(run, contact->address, 0);
        organisations_pad(run, contact->name, 0);
        organisations_pad(run, contact->hours, 0);
        cord_buf_put_text(&run->line, contact->independent ? "(independent)" : "");
        status = organisations_print(run, "\n") == COMMAND_DONE ? CORD_OK : CORD_E_IO;
    }
    return status;
}

/* --- what was said of it, in the order in which it was --- */

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct organisations_run *run = self;
    (void)hash;
    if (run->config.json) {
        cord_buf_put_text(&run->line, run->line.ptr[run->line.len - 1] == '[' ? "" : ",");
        cord_claim_write(claim, &run->line);
        return run->line.failed ? CORD_E_LIMIT : CORD_OK;
    }
    cord_buf_printf(&run->line, "  c%-11" PRIu64 " ", claim->number);
    organisations_pad(run, cord_str_from(claim->kind->name), 13);
    organisations_pad_day(run, claim->valid_from_ns, false, 11);
    organisations_pad(run, claim->value, 0);
    organisations_pad(run, claim->source, 0);
    return organisations_print(run, "\n") == COMMAND_DONE ? CORD_OK : CORD_E_IO;
}

static cord_status print_claims(struct organisations_run *run, cord_str subject,
                                struct cord_error *err)
{
    const struct cord_claim_filter filter = {.subject = subject, .known_ns = run->as_of.known_ns};
    const struct cord_claim_page all = {.limit = SIZE_MAX};
    return cord_record_view_claims(run->view, &filter, all, on_claim, run, err);
}

static int show_text(struct organisations_run *run, const struct cord_organisation *organisation,
                     cord_str subject)
{
    struct cord_error err = {""};
    int code = print_head(run, organisation);
    cord_status status = code == COMMAND_DONE ? print_lines(run, subject, &err) : CORD_E_IO;
    if (status == CORD_OK) {
        status = print_contacts(run, subject, &err);
    }
    if (status == CORD_OK) {
        status = print_claims(run, subject, &err);
    }
    return status == CORD_OK ? COMMAND_DONE : organisations_fail(run, status, &err);
}

static int show_json(struct organisations_run *run, const struct cord_organisation *organisation,
                     cord_str subject)
{
    struct cord_error err = {""};
    organisations_members(run, organisation);
    cord_buf_put_text(&run->line, ",\"claims\":[");
    cord_status status = run->line.failed ? CORD_E_LIMIT : print_claims(run, subject, &err);
    return status == CORD_OK ? organisations_print(run, "]}\n")
                             : organisations_fail(run, status, &err);
}

static int show_one(struct organisations_run *run, const struct cord_organisations *organisations,
                    cord_str code)
{
    const struct cord_organisation *organisation = cord_organisations_find(organisations, code);
    if (!organisation) {
        struct cord_error err;
        (void)cord_error_set(&err, CORD_E_NOENT, "there is no organisation '%.*s'",
                             CORD_STR_ARG(code));
        return organisations_complain(run, COMMAND_FOUND, err.text);
    }
    cord_str subject = cord_arena_printf(run->arena, "org:%.*s", CORD_STR_ARG(organisation->code));
    if (!subject.ptr) {
        return organisations_complain(run, COMMAND_UNREADABLE, "out of memory");
    }
    return run->config.json ? show_json(run, organisation, subject)
                            : show_text(run, organisation, subject);
}

int organisations_show(struct organisations_run *run)
{
    struct cord_error err = {""};
    struct cord_organisations *organisations = NULL;
    int worst = COMMAND_DONE;
    cord_status status = cord_organisations_build(run->view, run->as_of, &organisations, &err);
    if (status != CORD_OK) {
        return organisations_fail(run, status, &err);
    }
    for (size_t i = 1; i < run->operands->count && worst < COMMAND_USAGE; i++) {
        int code = show_one(run, organisations, run->operands->items[i]);
        worst = code > worst ? code : worst;
    }
    cord_organisations_free(organisations);
    return worst;
}
