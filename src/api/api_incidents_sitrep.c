/* api_incidents_sitrep.c: what is known of an incident, as a report; and those that were issued. */
#include "api/api_incidents.h"

#include "api/api_internal.h"
#include "triage/incident_sitrep.h"

/* As enum cord_incident_language. */
static const char *const LANGUAGES[] = {"en", "fr", NULL};

static const struct cord_api_member ISSUED_MEMBERS[] = {
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.name = "recorded", .type = CORD_API_TIME, .required = true},
    {.name = "at", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "title", .type = CORD_API_TEXT, .required = true},
    {.name = "who", .type = CORD_API_TEXT, .required = true, .help = "user:K7QM-2F9A-XHP3"},
    {.name = "text", .type = CORD_API_TEXTS, .required = true, .help = "its lines"},
    {.name = "previous", .type = CORD_API_ID},
    {.name = "replaced_by", .type = CORD_API_ID},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ISSUED = {
    .name = "IncidentReport", .help = "A report as it was issued.", .members = ISSUED_MEMBERS};

static const struct cord_api_member SITREP_MEMBERS[] = {
    {.name = "at", .type = CORD_API_TIME, .required = true, .help = "as known at"},
    {.name = "title", .type = CORD_API_TEXT, .required = true},
    {.name = "text", .type = CORD_API_TEXTS, .required = true, .help = "its lines"},
    {.name = "previous",
     .type = CORD_API_ID,
     .help = "the last one issued, with which it compares"},
    {.name = "issued", .type = CORD_API_LIST, .required = true, .shape = &ISSUED},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SITREP = {
    .name = "IncidentSituation",
    .help = "What is known of an incident and what has changed, and what was said of it before.",
    .members = SITREP_MEMBERS};

static void put_some_claim(struct cord_api_call *call, const char *name, uint64_t claim)
{
    if (claim > 0) {
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, name, claim);
    }
}

static void put_issued(struct cord_api_call *call, const struct cord_incident_report *report)
{
    struct cord_buf *out = &call->out;
    char who[CORD_API_OPAQUE_SUBJECT];
    cord_json_put_object(out);
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", report->claim);
    cord_json_put_time(out, "recorded", report->recorded_ns);
    cord_json_put_time(out, "at", report->at_ns);
    cord_json_put_text(out, "title", report->title);
    cord_json_put_text(out, "who", cord_api_opaque_show(&call->api->opaque, report->who, who));
    cord_json_put_name(out, "text");
    cord_buf_put(out, report->text);
    put_some_claim(call, "previous", report->previous);
    put_some_claim(call, "replaced_by", report->replaced_by);
    cord_buf_put_char(out, '}');
}

static void put(struct cord_api_call *call, const struct cord_incident *incident,
                const struct cord_incident_sitrep *sitrep)
{
    struct cord_buf *out = &call->out;
    cord_buf_put_char(out, '{');
    cord_json_put_time(out, "at", sitrep->at_ns);
    cord_json_put_text(out, "title", sitrep->title);
    cord_json_put_texts(out, "text", sitrep->lines, sitrep->line_count);
    put_some_claim(call, "previous", sitrep->previous);
    cord_json_put_name(out, "issued");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < incident->report_count; i++) {
        put_issued(call, &incident->reports[i]);
    }
    cord_buf_put(out, CORD_STR("]}\n"));
}

static void answer(struct cord_api_call *call)
{
    struct cord_api_incidents_eye eye;
    struct cord_incident *incident = NULL;
    struct cord_incident_sitrep *sitrep = NULL;
    struct cord_error err = {""};
    const struct cord_api_value *lang = cord_api_call_parameter(call, "lang");
    if (cord_api_incidents_eye_init(&eye, call, "incidents.read", cord_api_call_time(call, "at"))) {
        eye.request.language =
            lang->present ? (enum cord_incident_language)lang->number : CORD_INCIDENT_ENGLISH;
        cord_status status =
            cord_incident_read(eye.view, call->variables[0], &eye.request, &incident, &err);
        if (status == CORD_OK) {
            status = cord_incident_sitrep_draft(eye.view, call->variables[0], &eye.request, &sitrep,
                                                &err);
        }
        if (status == CORD_OK) {
            put(call, incident, sitrep);
        } else {
            cord_api_call_failed(call, status, &err);
        }
    }
    cord_incident_sitrep_free(sitrep);
    cord_incident_free(incident);
    cord_api_incidents_eye_done(&eye);
}

static const struct cord_api_member PARAMETERS[] = {
    {.name = "at", .type = CORD_API_TIME, .help = "as known at this time"},
    {.name = "lang",
     .type = CORD_API_WORD,
     .words = LANGUAGES,
     .help = "of the draft; English unless said. Issued ones stay as they were issued"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_incidents_sitrep = {
    .method = CORD_HTTP_GET,
    .path = "/incidents/{id}/sitrep",
    .id = "getIncidentSituation",
    .verb = "incidents.read",
    .variables = cord_api_incidents_variable,
    .parameters = PARAMETERS,
    .status = 200,
    .reply = &SITREP,
    .summary = "What is known of an incident, as a report",
    .help = "A draft, as known at one time, and the reports that were issued. An entry of the kind "
            "`sitrep` issues it as it is then, in its `lang`.",
    .answer = answer,
};
