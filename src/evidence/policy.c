/* policy.c: see policy.h. */
#include "evidence/policy.h"

#include "base/arena.h"
#include "base/nearest.h"
#include "base/vec.h"

#include <stdlib.h>

enum { WORDS_MAX = 64 };

struct keep {
    cord_str organisation;
    cord_str source;
    cord_str event_class;
    struct cord_policy_term term;
};

struct cord_policy {
    struct cord_arena *arena;
    struct keep *keeps;
    size_t keep_count;
    size_t keep_cap;
    cord_str *personal;
    size_t personal_count;
    size_t personal_cap;
    struct cord_policy_term otherwise;
};

/* Fields that name or locate a person: users, their addresses and machines'
 * addresses, pseudonymised patients. Each stands for itself and, behind a dot,
 * for the end of a longer name: "user.name" is also "client.user.name". Whole
 * messages are not here: they are what is left of the event; where a user's
 * name is taken out of one, that stretch of it goes. */
static const char *const personal_fields[] = {
    "user",
    "username",
    "user_name",
    "user.name",
    "user.email",
    "user.full_name",
    "user.id",
    "TargetUserName",
    "SubjectUserName",
    "TargetUserSid",
    "SubjectUserSid",
    "TargetOutboundUserName",
    "SourceUser",
    "TargetUser",
    "ParentUser",
    "AccountName",
    "SamAccountName",
    "UserPrincipalName",
    "userPrincipalName",
    "UserId",
    "userIdentity.arn",
    "userIdentity.userName",
    "userIdentity.principalId",
    "actor.alternateId",
    "actor.displayName",
    "email",
    "mailfrom",
    "rcptto",
    "smtp.mail_from",
    "smtp.rcpt_to",
    "acct",
    "auid",
    "IpAddress",
    "ClientAddress",
    "SourceAddress",
    "SourceIp",
    "src_ip",
    "source.ip",
    "client.ip",
    "sourceIPAddress",
    "id.orig_h",
    "c-ip",
    "cs-username",
    "remote_user",
    "remote_addr",
    "ClientIP",
    "ipAddress",
    "ActiveParticipant.UserID", /* ATNA, as normalise/privacy.h names its fields */
    "ActiveParticipant.AlternativeUserID",
    "NetworkAccessPointID",
    "ParticipantObjectID",
    "who.display", /* FHIR AuditEvent: agents, what they did it to */
    "who.reference",
    "who.identifier.value",
    "agent.name",
    "agent.altId",
    "userId.value",
    "network.address",
    "entity.what.reference",
    "entity.what.identifier.value",
    "entity.identifier.value",
    "patient.reference",
    "patient.identifier.value",
    "patient",
    "patient_id",
    "patient.id",
    "PatientID",
    "patient_key",
    "nhs_number",
    "NHSNumber",
    "nir",
    "ins",
};

/* Shell wildcards, without regard to case. Goes back to the last '*' only: at
 * most text times pattern. */
static bool fits(cord_str pattern, cord_str text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t mark = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.len &&
                   (pattern.ptr[p] == '?' ||
                    cord_str_lower_char(pattern.ptr[p]) == cord_str_lower_char(text.ptr[t]))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

static size_t split(cord_str line, cord_str words[WORDS_MAX])
{
    size_t count = 0;
    line = cord_str_slice(line, 0, cord_str_find_char(line, '#', 0));
    for (size_t at = 0; at < line.len;) {
        if (line.ptr[at] == ' ' || line.ptr[at] == '\t' || line.ptr[at] == '\r') {
            at++;
            continue;
        }
        size_t end = at;
        while (end < line.len && line.ptr[end] != ' ' && line.ptr[end] != '\t' &&
               line.ptr[end] != '\r') {
            end++;
        }
        if (count == WORDS_MAX) {
            return WORDS_MAX + 1;
        }
        words[count++] = cord_str_slice(line, at, end - at);
        at = end;
    }
    return count;
}

static cord_status read_days(cord_str word, uint32_t *ret_days, struct cord_error *err)
{
    uint64_t days = 0;
    if (cord_str_eq_fold(word, CORD_STR("ever"))) {
        *ret_days = CORD_POLICY_EVER;
        return CORD_OK;
    }
    if (!cord_str_u64(word, &days) || days == 0 || days > CORD_POLICY_DAYS_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "'%.*s' is no number of days: 1 to %u, or ever",
                              CORD_STR_ARG(word), CORD_POLICY_DAYS_MAX);
    }
    *ret_days = (uint32_t)days;
    return CORD_OK;
}

/* One or two words. */
static cord_status read_term(const cord_str *words, size_t count, struct cord_policy_term *term,
                             struct cord_error *err)
{
    cord_status status = read_days(words[0], &term->days, err);
    term->personal_days = term->days;
    if (status == CORD_OK && count == 2) {
        status = read_days(words[1], &term->personal_days, err);
    }
    if (status == CORD_OK && term->personal_days > term->days) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "what names a person would be kept longer ('%.*s' days) than its "
                              "event ('%.*s')",
                              CORD_STR_ARG(words[1]), CORD_STR_ARG(words[0]));
    }
    return status;
}

static cord_status add_keep(struct cord_policy *policy, const struct keep *keep)
{
    struct keep *keeps =
        cord_vec_room(policy->keeps, policy->keep_count, &policy->keep_cap, sizeof *keeps);
    if (!keeps) {
        return CORD_E_NOMEM;
    }
    policy->keeps = keeps;
    keeps[policy->keep_count++] = *keep;
    return CORD_OK;
}

static cord_status add_personal(struct cord_policy *policy, cord_str name)
{
    cord_str *names = cord_vec_room(policy->personal, policy->personal_count, &policy->personal_cap,
                                    sizeof *names);
    if (!names) {
        return CORD_E_NOMEM;
    }
    policy->personal = names;
    names[policy->personal_count++] = name;
    return CORD_OK;
}

/* What a line may begin with, and how many words are behind that. */
static const struct form {
    const char *name;
    size_t least;
    size_t most;
    const char *text;
} forms[] = {
    {"keep", 4, 5, "keep ORGANISATION SOURCE CLASS DAYS [PERSONAL-DAYS]"},
    {"default", 1, 2, "default DAYS [PERSONAL-DAYS]"},
    {"personal", 1, WORDS_MAX - 1, "personal FIELD..."},
};

static cord_status find_form(cord_str name, const struct form **ret_form, struct cord_error *err)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, name);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (cord_str_eq(name, cord_str_from(forms[i].name))) {
            *ret_form = &forms[i];
            return CORD_OK;
        }
        cord_nearest_offer(&nearest, cord_str_from(forms[i].name));
    }
    cord_str near = cord_nearest_found(&nearest);
    return cord_error_set(err, CORD_E_FORMAT,
                          "there is no '%.*s'%s%.*s%s; a line begins with keep, default or "
                          "personal",
                          CORD_STR_ARG(name), near.ptr ? ", did you mean '" : "",
                          CORD_STR_ARG(near), near.ptr ? "'?" : "");
}

static cord_status read_line(struct cord_policy *policy, const cord_str *words, size_t count,
                             struct cord_error *err)
{
    const struct form *form = NULL;
    cord_status status = find_form(words[0], &form, err);
    if (status != CORD_OK || !form) {
        return status;
    }
    if (count - 1 < form->least || count - 1 > form->most) {
        return cord_error_set(err, CORD_E_FORMAT, "too %s words: it is '%s'",
                              count - 1 < form->least ? "few" : "many", form->text);
    }
    if (form == &forms[1]) {
        return read_term(words + 1, count - 1, &policy->otherwise, err);
    }
    if (form == &forms[0]) {
        struct keep keep = {.organisation = words[1], .source = words[2], .event_class = words[3]};
        status = read_term(words + 4, count - 4, &keep.term, err);
        return status == CORD_OK ? add_keep(policy, &keep) : status;
    }
    for (size_t i = 1; i < count && status == CORD_OK; i++) {
        status = add_personal(policy, words[i]);
    }
    return status;
}

static cord_status read_lines(struct cord_policy *policy, cord_str text, struct cord_error *err)
{
    cord_str line;
    for (unsigned number = 1; cord_str_cut(&text, '\n', &line); number++) {
        cord_str words[WORDS_MAX];
        size_t count = split(line, words);
        cord_status status = count == 0 ? CORD_OK : read_line(policy, words, count, err);
        if (status != CORD_OK) {
            cord_error_context(err, "line %u", number);
            return status;
        }
    }
    return CORD_OK;
}

cord_status cord_policy_parse(cord_str text, struct cord_policy **ret_policy,
                              struct cord_error *err)
{
    struct cord_policy *policy = calloc(1, sizeof *policy);
    if (!policy) {
        return CORD_E_NOMEM;
    }
    cord_status status = CORD_E_NOMEM;
    policy->otherwise = (struct cord_policy_term){CORD_POLICY_EVER, CORD_POLICY_EVER};
    policy->arena = cord_arena_new(CORD_POLICY_BYTES_MAX + 4096);
    cord_str copy = policy->arena ? cord_arena_copy(policy->arena, text) : (cord_str){0};
    if (copy.ptr) {
        status = read_lines(policy, copy, err);
    } else if (text.len > CORD_POLICY_BYTES_MAX) {
        status = cord_error_set(err, CORD_E_LIMIT, "longer than %u bytes", CORD_POLICY_BYTES_MAX);
    }
    if (status != CORD_OK) {
        cord_policy_free(policy);
        return status;
    }
    *ret_policy = policy;
    return CORD_OK;
}

void cord_policy_free(struct cord_policy *policy)
{
    if (policy) {
        free(policy->personal);
        free(policy->keeps);
        cord_arena_free(policy->arena);
        free(policy);
    }
}

struct cord_policy_term cord_policy_term(const struct cord_policy *policy,
                                         const struct cord_origin *origin)
{
    for (size_t i = 0; i < policy->keep_count; i++) {
        const struct keep *keep = &policy->keeps[i];
        if (fits(keep->organisation, origin->organisation) && fits(keep->source, origin->source) &&
            fits(keep->event_class, origin->event_class)) {
            return keep->term;
        }
    }
    return policy->otherwise;
}

/* The name itself, or its end behind a dot. */
static bool is_called(cord_str name, cord_str field)
{
    if (name.len < field.len) {
        return false;
    }
    size_t at = name.len - field.len;
    return cord_str_eq_fold(cord_str_from_byte(name, at), field) &&
           (at == 0 || name.ptr[at - 1] == '.');
}

bool cord_policy_is_personal(const struct cord_policy *policy, const cord_str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof personal_fields / sizeof *personal_fields; k++) {
            if (is_called(names[i], cord_str_from(personal_fields[k]))) {
                return true;
            }
        }
        for (size_t k = 0; k < policy->personal_count; k++) {
            if (is_called(names[i], policy->personal[k])) {
                return true;
            }
        }
    }
    return false;
}
