/* api_accounts.c: see api_accounts.h. */
#include "api/api_accounts.h"

#include "api/api_pictures.h"
#include "api/api_told.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/json_put.h"
#include "codec/json_write.h"
#include "record/account_token.h"
#include "record/claim_read.h"
#include "record/record.h"
#include "record/session_cookie.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES_MAX = 1 << 20, VALUE_BYTES_MAX = 4096, AT_ONCE = 64, ADDRESS_MAX = 64 };

struct cord_api_accounts {
    struct cord_accounts *accounts;
    struct cord_record *record;
    struct cord_api_pictures *pictures;
    struct cord_clock clock;
    struct cord_api_told *told; /* of what was read */
};

/* Of one who came in. One thread at a time. */
struct holder {
    struct cord_arena *arena;
    struct cord_identity identity;
    bool session;                /* else an API token: */
    char token[CORD_TOKEN_TEXT]; /* by which it came in; wiped */
    struct cord_api_pictures *pictures;
    struct cord_api_picture *picture; /* of when it came in: whose sites, which regions */
    bool others;                      /* another organisation's data was shown */
    bool several;                     /* of more than one */
    unsigned told;                    /* of that: 0 nothing, 1 one, 2 several */
    char of[64];                      /* the first one's code */
};

/* --- coming in --- */

static void holder_free(struct holder *holder)
{
    if (holder) {
        cord_api_pictures_give(holder->pictures, holder->picture);
        cord_arena_free(holder->arena);
        explicit_bzero(holder->token, sizeof holder->token);
        free(holder);
    }
}

/* The token by which it comes in; CORD_E_NOENT: no token to the letter. */
static cord_status take_token(struct holder *holder, const struct cord_api_credentials *credentials)
{
    cord_str token = credentials->bearer;
    holder->session = token.len == 0;
    if (holder->session && cord_session_cookie_read(credentials->cookie, &token) != CORD_OK) {
        return CORD_E_NOENT;
    }
    if (token.len >= sizeof holder->token) {
        return CORD_E_NOENT;
    }
    memcpy(holder->token, token.ptr, token.len);
    return CORD_OK;
}

static cord_status check(const struct cord_api_accounts *port, const struct holder *holder,
                         struct cord_arena *arena, struct cord_identity *ret_identity,
                         struct cord_error *err)
{
    cord_str token = cord_str_from(holder->token);
    return holder->session
               ? cord_account_session_check(port->accounts, token, arena, ret_identity, err)
               : cord_account_token_check(port->accounts, token, arena, ret_identity, err);
}

static cord_status come_in(const struct cord_api_accounts *port,
                           const struct cord_api_credentials *credentials, struct holder *holder,
                           struct cord_error *err)
{
    const struct cord_as_of now = {INT64_MAX, INT64_MAX};
    cord_status status = take_token(holder, credentials);
    if (status == CORD_OK) {
        status = check(port, holder, holder->arena, &holder->identity, err);
    }
    if (status == CORD_OK && holder->session && credentials->changes &&
        !cord_session_cookie_csrf_right(cord_str_from(holder->token), credentials->csrf)) {
        status = CORD_E_UNSUPPORTED;
    }
    if (status == CORD_OK) {
        holder->pictures = port->pictures;
        status = cord_api_pictures_take(port->pictures, now, &holder->picture, err);
    }
    return status;
}

static cord_status enter(void *self, const struct cord_api_credentials *credentials,
                         struct cord_api_principal *ret_principal, struct cord_error *err)
{
    const struct cord_api_accounts *port = self;
    struct holder *holder = calloc(1, sizeof *holder);
    cord_status status = CORD_E_NOMEM;
    if (holder) {
        holder->arena = cord_arena_new(ARENA_BYTES_MAX);
    }
    if (holder && holder->arena) {
        status = come_in(port, credentials, holder, err);
    }
    if (status != CORD_OK) {
        holder_free(holder);
        return status == CORD_E_FORMAT ? CORD_E_NOENT : status; /* no token to the letter */
    }
    *ret_principal = (struct cord_api_principal){.rights = holder};
    (void)snprintf(ret_principal->name, sizeof ret_principal->name, "user:%" PRIu64,
                   holder->identity.account);
    (void)snprintf(ret_principal->organisation, sizeof ret_principal->organisation, "%.*s",
                   CORD_STR_ARG(holder->identity.rights.organisation));
    return CORD_OK;
}

static cord_status version(void *self, uint64_t *ret_version, struct cord_error *err)
{
    const struct cord_api_accounts *port = self;
    return cord_accounts_version(port->accounts, ret_version, err);
}

static cord_status renew(void *self, struct cord_api_principal *principal, struct cord_error *err)
{
    const struct cord_api_accounts *port = self;
    const struct cord_as_of now = {INT64_MAX, INT64_MAX};
    struct holder *holder = principal->rights;
    struct cord_api_picture *picture = NULL;
    struct cord_identity identity;
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    cord_status status = arena ? check(port, holder, arena, &identity, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_api_pictures_take(port->pictures, now, &picture, err);
    }
    if (status != CORD_OK) {
        cord_arena_free(arena);
        return status;
    }
    cord_api_pictures_give(holder->pictures, holder->picture);
    cord_arena_free(holder->arena);
    holder->arena = arena;
    holder->identity = identity;
    holder->picture = picture;
    return CORD_OK;
}

static void leave(void *self, struct cord_api_principal *principal)
{
    (void)self;
    holder_free(principal->rights);
}

const struct cord_identity *cord_api_accounts_identity(const struct cord_api_principal *principal)
{
    const struct holder *holder = principal->rights;
    return &holder->identity;
}

/* --- rights --- */

static int64_t now_ns(const struct cord_api_accounts *port)
{
    return cord_clock_now_ns(&port->clock);
}

/* The best that any grant in force gives of a verb; over the whole nation only, if so asked. */
static enum cord_api_answer best(const struct cord_rights *rights, enum cord_verb verb,
                                 bool national, int64_t at_ns)
{
    enum cord_api_answer answer = CORD_API_FORBIDDEN;
    cord_verbs wanted = cord_verbs_of(verb);
    if (rights->limited && (rights->verbs & wanted) == 0) {
        return CORD_API_FORBIDDEN;
    }
    for (size_t i = 0; i < rights->count && answer != CORD_API_YES; i++) {
        const struct cord_grant *grant = &rights->grants[i];
        const struct cord_role_row *row = cord_role_row(grant->role);
        bool holds = grant->from_ns <= at_ns &&
                     (grant->to_ns == CORD_TIME_NONE || at_ns < grant->to_ns) &&
                     (!national || grant->scope == CORD_SCOPE_NATIONAL);
        if (holds && (row->verbs & wanted) != 0) {
            answer = row->second_factor && !rights->second_factor ? CORD_API_SECOND_FACTOR
                                                                  : CORD_API_YES;
        }
    }
    return answer;
}

static enum cord_api_answer any(void *self, const struct cord_api_principal *principal,
                                const char *name)
{
    const struct cord_api_accounts *port = self;
    enum cord_verb verb;
    return cord_role_verb_find(cord_str_from(name), &verb)
               ? best(&cord_api_accounts_identity(principal)->rights, verb, false, now_ns(port))
               : CORD_API_FORBIDDEN;
}

static void note_others(struct holder *holder, cord_str organisation)
{
    if (holder->others && !cord_str_eq(cord_str_from(holder->of), organisation)) {
        holder->several = true;
    } else if (!holder->others) {
        (void)snprintf(holder->of, sizeof holder->of, "%.*s", CORD_STR_ARG(organisation));
    }
    holder->others = true;
}

/* Identities: a site is its organisation's, whoever was merged is its successor. */
static struct cord_resource resource_of(const struct holder *holder,
                                        const struct cord_api_subject *subject)
{
    const struct cord_organisations *organisations = cord_api_pictures_of(holder->picture);
    cord_str home = holder->identity.rights.organisation;
    cord_str code = subject->organisation;
    if (subject->unknown) {
        const struct cord_organisation *site =
            subject->site.len > 0 ? cord_organisations_find(organisations, subject->site) : NULL;
        /* No organisation's code begins with a blank: it is nobody's own. */
        code = site && site->parent.len > 0 ? site->parent : CORD_STR(" unknown");
    }
    const struct cord_organisation *identity =
        code.len > 0 ? cord_organisations_identity(organisations, code) : NULL;
    return (struct cord_resource){
        .organisation = identity ? identity->code : code,
        .region = identity ? identity->region : CORD_STR(""),
        .marking = subject->marking,
        .delegated = cord_delegation_verbs(cord_api_pictures_delegation(holder->picture),
                                           identity ? identity->code : code, home),
    };
}

static enum cord_api_answer may(void *self, const struct cord_api_principal *principal,
                                const char *name, const struct cord_api_subject *subject)
{
    const struct cord_api_accounts *port = self;
    struct holder *holder = principal->rights;
    const struct cord_rights *rights = &holder->identity.rights;
    enum cord_verb verb;
    const struct cord_resource resource = resource_of(holder, subject);
    if (!cord_role_verb_find(cord_str_from(name), &verb)) {
        return CORD_API_FORBIDDEN;
    }
    enum cord_rights_answer answer = cord_rights_may(rights, verb, &resource, now_ns(port), NULL);
    if (!cord_rights_is_yes(answer) && subject->claimant.len > 0 &&
        cord_str_eq(subject->claimant, rights->organisation)) {
        /* What one's organisation has said is its own. */
        const struct cord_resource said = {
            .organisation = subject->claimant, .region = CORD_STR(""), .marking = subject->marking};
        answer = cord_rights_may(rights, verb, &said, now_ns(port), NULL);
    }
    switch (answer) {
    case CORD_RIGHTS_YES_OTHERS:
        note_others(holder, resource.organisation);
        return CORD_API_YES;
    case CORD_RIGHTS_YES:
        return CORD_API_YES;
    case CORD_RIGHTS_HIDDEN:
        return CORD_API_HIDDEN;
    case CORD_RIGHTS_NO_SECOND_FACTOR:
        return CORD_API_SECOND_FACTOR;
    case CORD_RIGHTS_FORBIDDEN:
    case CORD_RIGHTS_NO_AUTHORITY:
        break;
    }
    return CORD_API_FORBIDDEN;
}

static bool everywhere(void *self, const struct cord_api_principal *principal, const char *name)
{
    const struct cord_api_accounts *port = self;
    const struct cord_rights *rights = &cord_api_accounts_identity(principal)->rights;
    enum cord_verb verb;
    return cord_role_verb_find(cord_str_from(name), &verb) &&
           best(rights, verb, true, now_ns(port)) == CORD_API_YES &&
           !(rights->limited && rights->only.len > 0);
}

/* --- what is within reach --- */

/* Markings, a bit each, of what is shown of an organisation in a region. */
static unsigned markings_over(const struct cord_rights *rights, enum cord_verb verb,
                              cord_str organisation, cord_str region, int64_t at_ns)
{
    unsigned markings = 0;
    for (unsigned marking = CORD_CLAIM_CLEAR; marking <= CORD_CLAIM_RED; marking++) {
        const struct cord_resource resource = {.organisation = organisation,
                                               .region = region,
                                               .marking = (enum cord_claim_marking)marking};
        markings |= cord_rights_sees(rights, verb, &resource, at_ns) ? 1u << marking : 0;
    }
    return markings;
}

struct reaching {
    const struct cord_api_accounts *port;
    const struct holder *holder;
    enum cord_verb verb;
    int64_t at_ns;
    struct cord_arena *arena;
    struct cord_record_reach reach;
    struct cord_record_reach_own *own; /* has room for all */
};

static void add_own(struct reaching *reaching, struct cord_organisation_subjects_some some,
                    unsigned markings)
{
    reaching->own[reaching->reach.own_count++] =
        (struct cord_record_reach_own){some.subjects, some.count, markings};
}

/* What is the organisation's, as `may` has it: of one that is not known, what bears its code. */
static cord_status add_organisation(struct reaching *reaching, cord_str code)
{
    const struct cord_organisation *identity =
        cord_organisations_identity(cord_api_pictures_of(reaching->holder->picture), code);
    cord_str owner = identity ? identity->code : code;
    unsigned markings = markings_over(&reaching->holder->identity.rights, reaching->verb, owner,
                                      identity ? identity->region : CORD_STR(""), reaching->at_ns);
    const struct cord_organisation_subjects *subjects = NULL;
    if (code.len == 0 || (markings & ~reaching->reach.markings) == 0) {
        return CORD_OK;
    }
    cord_status status = cord_api_pictures_subjects(reaching->holder->pictures,
                                                    reaching->holder->picture, &subjects, NULL);
    if (status != CORD_OK) {
        return status;
    }
    add_own(reaching, cord_organisation_subjects_of(subjects, owner), markings);
    cord_str *of_code = identity ? NULL : cord_arena_alloc(reaching->arena, sizeof *of_code);
    if (of_code) {
        *of_code = cord_arena_printf(reaching->arena, "org:%.*s", CORD_STR_ARG(code));
        add_own(reaching, (struct cord_organisation_subjects_some){of_code, 1}, markings);
    }
    return identity || (of_code && of_code->ptr) ? CORD_OK : CORD_E_NOMEM;
}

static cord_status add_region(struct reaching *reaching, cord_str region)
{
    unsigned markings = markings_over(&reaching->holder->identity.rights, reaching->verb,
                                      CORD_STR(" unknown"), region, reaching->at_ns);
    const struct cord_organisation_subjects *subjects = NULL;
    if (region.len == 0 || (markings & ~reaching->reach.markings) == 0) {
        return CORD_OK;
    }
    cord_status status = cord_api_pictures_subjects(reaching->holder->pictures,
                                                    reaching->holder->picture, &subjects, NULL);
    if (status == CORD_OK) {
        add_own(reaching, cord_organisation_subjects_in(subjects, region), markings);
    }
    return status;
}

static cord_status reach(void *self, const struct cord_api_principal *principal, const char *name,
                         bool audit, struct cord_arena *arena, struct cord_record_reach *ret_reach)
{
    const struct cord_api_accounts *port = self;
    const struct holder *holder = principal->rights;
    const struct cord_rights *rights = &holder->identity.rights;
    cord_status status = CORD_OK;
    struct reaching reaching = {
        .port = port,
        .holder = holder,
        .at_ns = now_ns(port),
        .arena = arena,
        .reach = {.audit = audit, .claimant = CORD_STR("")},
        /* Each grant's, twice where its code is not known, and those of a token's one. */
        .own = cord_arena_alloc(arena, (2 * rights->count + 2) * sizeof *reaching.own)};
    if (!reaching.own) {
        return CORD_E_NOMEM;
    }
    if (!cord_role_verb_find(cord_str_from(name), &reaching.verb)) {
        *ret_reach = reaching.reach;
        return CORD_OK;
    }
    /* No organisation's code begins with a blank: what is shown of it is shown of all. */
    reaching.reach.markings =
        markings_over(rights, reaching.verb, CORD_STR(" unknown"), CORD_STR(""), reaching.at_ns);
    for (size_t i = 0; status == CORD_OK && i < rights->count; i++) {
        const struct cord_grant *grant = &rights->grants[i];
        if (grant->scope == CORD_SCOPE_ORGANISATION) {
            status = add_organisation(&reaching, grant->code);
        } else if (grant->scope == CORD_SCOPE_REGION) {
            status = add_region(&reaching, grant->code);
        }
    }
    if (status == CORD_OK && rights->limited) {
        status = add_organisation(&reaching, rights->only);
    }
    if (status == CORD_OK && !audit && rights->organisation.len > 0) {
        reaching.reach.claimant_markings = markings_over(
            rights, reaching.verb, rights->organisation, CORD_STR(""), reaching.at_ns);
        reaching.reach.claimant =
            cord_arena_printf(arena, "org:%.*s", CORD_STR_ARG(rights->organisation));
        status = reaching.reach.claimant.ptr ? CORD_OK : CORD_E_NOMEM;
    }
    reaching.reach.own = reaching.own;
    *ret_reach = reaching.reach;
    return status;
}

/* --- the audit --- */

/* What a request holds is anybody's: what the record would refuse is not told as it is. */
static void put_member(struct cord_buf *value, const char *name, cord_str text, size_t most)
{
    cord_str shown = cord_str_slice(text, 0, most);
    if (text.len > 0) {
        cord_json_put_name(value, name);
        cord_json_write_string(value, cord_claim_read_is_plain(shown) ? shown : CORD_STR("?"));
    }
}

/* What audit.read and audit.change hold, in the order of their members. */
struct said {
    cord_str verb;
    cord_str target;
    const char *outcome;
    cord_str address;
    cord_str reason;
};

static void put_said(struct cord_buf *value, const struct said *said)
{
    cord_buf_put_char(value, '{');
    put_member(value, "verb", said->verb, 64);
    put_member(value, "target", said->target.len > 0 ? said->target : CORD_STR("-"), 256);
    put_member(value, "outcome", cord_str_from(said->outcome), 16);
    put_member(value, "address", said->address, ADDRESS_MAX);
    put_member(value, "reason", said->reason, 1024);
    cord_buf_put_char(value, '}');
}

/* By whom, of whom, and all that the entry says; but for the port, which is of one connection. */
static cord_status digest_of(const struct cord_claim *claim, const struct said *entry,
                             struct cord_digest *ret_digest)
{
    struct said said = *entry;
    struct cord_buf text;
    size_t port = said.address.len;
    while (port > 0 && said.address.ptr[port - 1] != ':') {
        port--;
    }
    said.address = port > 0 ? cord_str_slice(said.address, 0, port - 1) : said.address;
    cord_buf_init(&text, (size_t)2 * VALUE_BYTES_MAX);
    put_said(&text, &said);
    cord_buf_printf(&text, "\n%.*s\n%.*s", CORD_STR_ARG(claim->claimant),
                    CORD_STR_ARG(claim->subject));
    cord_status status =
        text.failed ? CORD_E_NOMEM : cord_digest_of(cord_buf_str(&text), ret_digest);
    cord_buf_done(&text);
    return status;
}

/* What is read again and again is told once in a while; what changes something, each time. */
static cord_status tell(const struct cord_api_accounts *port, const struct cord_claim *claim,
                        const struct said *said, bool changes, struct cord_error *err)
{
    struct cord_record_outcome outcome;
    struct cord_digest digest;
    int64_t at_ns = cord_clock_now_ns(&port->clock);
    cord_status status = changes ? CORD_OK : digest_of(claim, said, &digest);
    if (status != CORD_OK || (!changes && cord_api_told_lately(port->told, &digest, at_ns))) {
        return status;
    }
    status = cord_record_append(port->record, claim, 1, &outcome, err);
    if (status == CORD_OK && !changes) {
        cord_api_told_put(port->told, &digest, at_ns);
    }
    return status;
}

static cord_status audit(void *self, struct cord_api_principal *principal,
                         const struct cord_api_act *act, struct cord_error *err)
{
    const struct cord_api_accounts *port = self;
    struct holder *holder = principal->rights;
    struct cord_buf value;
    char subject[80];
    unsigned shown = holder->several ? 2 : holder->others ? 1 : 0;
    if (!act->changes && shown <= holder->told) {
        return CORD_OK;
    }
    const struct said said = {
        .verb = cord_str_from(act->id),
        .target = act->target,
        .outcome = act->done ? "done" : "refused",
        .address = act->peer,
        .reason = act->reason.len > 0 ? act->reason
                  : holder->several   ? CORD_STR("of several organisations")
                                      : CORD_STR(""),
    };
    bool one = holder->others && !holder->several && holder->of[0] != '\0' && holder->of[0] != ' ';
    (void)snprintf(subject, sizeof subject, "%s%s",
                   one ? "org:" : "system:", one ? holder->of : "cordon");
    if (!cord_claim_is_subject(cord_str_from(subject), NULL)) { /* no code: what a sender made up */
        (void)snprintf(subject, sizeof subject, "system:cordon");
    }
    cord_buf_init(&value, VALUE_BYTES_MAX);
    put_said(&value, &said);
    const struct cord_claim claim = {
        .kind =
            cord_claim_kind_find(act->changes ? CORD_STR("audit.change") : CORD_STR("audit.read")),
        .subject = cord_str_from(subject),
        .value = cord_buf_str(&value),
        .valid_from_ns = CORD_TIME_NONE,
        .valid_to_ns = CORD_TIME_NONE,
        .claimant = cord_str_from(principal->name),
        .method = CORD_STR("telemetry"),
        .confidence = CORD_CLAIM_CERTAIN,
        .basis = CORD_CLAIM_CONFIRMED,
        .marking = CORD_CLAIM_AMBER_STRICT,
    };
    cord_status status = value.failed ? CORD_E_NOMEM : tell(port, &claim, &said, act->changes, err);
    cord_buf_done(&value);
    holder->told = status == CORD_OK ? shown : holder->told;
    return status;
}

/* --- the whole --- */

struct cord_api_accounts *cord_api_accounts_new(struct cord_accounts *accounts,
                                                struct cord_record *record,
                                                struct cord_api_pictures *pictures,
                                                struct cord_clock clock)
{
    struct cord_api_accounts *port = calloc(1, sizeof *port);
    if (port) {
        *port = (struct cord_api_accounts){accounts, record, pictures, clock, cord_api_told_new()};
        if (!port->told) {
            free(port);
            return NULL;
        }
    }
    return port;
}

void cord_api_accounts_free(struct cord_api_accounts *port)
{
    if (port) {
        cord_api_told_free(port->told);
        free(port);
    }
}

struct cord_api_access cord_api_accounts_access(struct cord_api_accounts *port)
{
    return (struct cord_api_access){
        .enter = enter,
        .leave = leave,
        .version = version,
        .renew = renew,
        .any = any,
        .may = may,
        .everywhere = everywhere,
        .reach = reach,
        .audit = audit,
        .self = port,
    };
}
