/* api_figures.c: numbers, each derived from the claims that whoever asks may see. */
#include "api/api_internal.h"
#include "api/api_pictures.h"

#include "care/figure.h"

enum { ID_MAX = 64 };

/* --- shapes --- */

static const char *const BASES[] = {"confirmed", "reported", "estimated", NULL};

static const struct cord_api_member PART_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "value", .type = CORD_API_DECIMAL, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape PART = {
    .name = "FigurePart", .help = "What a figure is made of.", .members = PART_MEMBERS};

static const struct cord_api_member STATED_MEMBERS[] = {
    {.name = "amount", .type = CORD_API_DECIMAL, .required = true},
    {.name = "unit", .type = CORD_API_TEXT, .required = true},
    {.name = "claimant", .type = CORD_API_TEXT, .required = true},
    {.name = "at", .type = CORD_API_TIME},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape STATED = {.name = "FigureStated",
                                             .help = "What somebody published as the figure.",
                                             .members = STATED_MEMBERS};

static const struct cord_api_member ITEM_MEMBERS[] = {
    {.name = "what", .type = CORD_API_TEXT, .required = true},
    {.name = "part", .type = CORD_API_TEXT, .required = true},
    {.name = "amount", .type = CORD_API_DECIMAL, .required = true},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ITEM = {
    .name = "FigureItem", .help = "One of what was counted or added up.", .members = ITEM_MEMBERS};

static const struct cord_api_member FIGURE_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "title", .type = CORD_API_TEXT, .required = true},
    {.name = "definition", .type = CORD_API_LINES, .required = true},
    {.name = "value",
     .type = CORD_API_DECIMAL,
     .required = true,
     .nullable = true,
     .help = "null: not known"},
    {.name = "unit", .type = CORD_API_TEXT, .required = true},
    {.name = "of", .type = CORD_API_DECIMAL, .help = "of a share: the denominator"},
    {.name = "of_what", .type = CORD_API_TEXT},
    {.name = "share", .type = CORD_API_TEXT, .help = "in percent; never without its fraction"},
    {.name = "basis",
     .type = CORD_API_WORD,
     .required = true,
     .nullable = true,
     .words = BASES,
     .help = "the worst of what is behind it"},
    {.name = "lowest", .type = CORD_API_DECIMAL},
    {.name = "highest", .type = CORD_API_DECIMAL},
    {.name = "known_at", .type = CORD_API_TIME},
    {.name = "about", .type = CORD_API_TIME},
    {.name = "from", .type = CORD_API_TIME},
    {.name = "to", .type = CORD_API_TIME},
    {.name = "expected",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "who should have said something"},
    {.name = "reporting",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "who has"},
    {.name = "note", .type = CORD_API_LINES, .help = "of method"},
    {.name = "parts", .type = CORD_API_LIST, .required = true, .shape = &PART},
    {.name = "stated", .type = CORD_API_LIST, .required = true, .shape = &STATED},
    {.name = "claim_count", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "items", .type = CORD_API_LIST, .shape = &ITEM, .help = "of one figure alone"},
    {.name = "claims",
     .type = CORD_API_TEXTS,
     .help = "of one figure alone: ids of those behind it"},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_figures_shape = {
    .name = "Figure",
    .help = "A number with unit, method, time and source. Amounts are texts, for they are exact.",
    .members = FIGURE_MEMBERS};

/* --- what may be counted --- */

struct counting {
    struct cord_api_call *call;
    struct cord_record_view *figures; /* that the scope uses */
    struct cord_record_view *claims;  /* another, for looking at claims meanwhile */
    struct cord_api_marks_eye eye;
    struct cord_api_pictures_lent lent;
    struct cord_figure_scope *scope;
};

static bool sees(void *self, const struct cord_answer *answer)
{
    const struct counting *counting = self;
    return cord_api_marks_sees(&counting->eye, answer->subject, answer->claimant, answer->claim);
}

static cord_status lend(void *self, struct cord_as_of as_of,
                        const struct cord_organisations **ret_picture, struct cord_error *err)
{
    struct counting *counting = self;
    return cord_api_pictures_lend(&counting->lent, as_of, ret_picture, err);
}

/* False: a problem is set. _done either way. */
static bool counting_init(struct counting *counting, struct cord_api_call *call)
{
    struct cord_error err = {""};
    struct cord_as_of as_of = cord_api_call_as_of(call);
    bool now = as_of.known_ns == INT64_MAX;
    as_of.known_ns = now ? call->now_ns : as_of.known_ns;
    *counting = (struct counting){.call = call,
                                  .lent = {.pictures = call->options->ports.pictures,
                                           .now_ns = now ? call->now_ns : CORD_TIME_NONE}};
    const struct cord_figure_request request = {.as_of = as_of,
                                                .from_ns = cord_api_call_time(call, "from"),
                                                .sees = sees,
                                                .lend = lend,
                                                .self = counting};
    cord_status status = cord_api_views_take(call->api->views, &counting->figures, &err);
    if (status == CORD_OK) {
        status = cord_api_views_take(call->api->views, &counting->claims, &err);
    }
    counting->eye = (struct cord_api_marks_eye){call->api, &call->principal, call->route->verb,
                                                counting->claims};
    if (status == CORD_OK) {
        status = cord_figure_scope_new(counting->figures, &request, &counting->scope, &err);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

static void counting_done(struct counting *counting)
{
    cord_figure_scope_free(counting->scope);
    cord_api_pictures_take_back(&counting->lent);
    cord_api_views_give(counting->call->api->views, counting->claims);
    cord_api_views_give(counting->call->api->views, counting->figures);
}

static cord_status put_figure(struct counting *counting,
                              const struct cord_figure_definition *definition, bool items,
                              struct cord_error *err)
{
    const struct cord_figure *figure = NULL;
    cord_status status = cord_figure_compute(counting->scope, definition, &figure, err);
    if (status == CORD_OK) {
        cord_json_put_item(&counting->call->out);
        cord_api_opaque_write_figure(&counting->call->api->opaque, figure, items,
                                     &counting->call->out);
    }
    return status;
}

/* --- routes --- */

#define WHEN_PARAMETERS                                                                            \
    CORD_API_SHAPE_AT, CORD_API_SHAPE_ABOUT,                                                       \
    {                                                                                              \
        .name = "from", .type = CORD_API_TIME,                                                     \
        .help =                                                                                    \
            "what happened is counted from here on; unless said, from the incident's beginning"    \
    }

static const struct cord_api_member PARAMETERS[] = {WHEN_PARAMETERS, {.type = CORD_API_END}};

static void answer_list(struct cord_api_call *call)
{
    struct counting counting;
    struct cord_error err = {""};
    uint64_t at = 0;
    size_t left = cord_api_call_limit(call);
    cord_status status = CORD_OK;
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    if (counting_init(&counting, call)) {
        cord_api_call_page(call);
        for (; at < cord_figure_count() && left > 0 && status == CORD_OK; at++, left--) {
            status = put_figure(&counting, cord_figure_definition((size_t)at), false, &err);
        }
        if (status == CORD_OK) {
            cord_api_call_page_end_number(call, at < cord_figure_count(), at);
        } else {
            cord_api_call_failed(call, status, &err);
        }
    }
    counting_done(&counting);
}

const struct cord_api_route cord_api_figures_list = {
    .method = CORD_HTTP_GET,
    .path = "/figures",
    .id = "listFigures",
    .verb = "figures.read",
    .flags = CORD_API_PAGED,
    .parameters = PARAMETERS,
    .status = 200,
    .reply = &cord_api_figures_shape,
    .summary = "All figures, as known at one time, about another",
    .help =
        "Counted over the claims that whoever asks may see. Give `at`, so that all pages are of "
        "the same moment.",
    .answer = answer_list,
};

static void answer_get(struct cord_api_call *call)
{
    const struct cord_figure_definition *definition = cord_figure_find(call->variables[0]);
    struct counting counting;
    struct cord_error err = {""};
    if (!definition) {
        cord_api_call_missing(call);
        return;
    }
    if (counting_init(&counting, call)) {
        cord_status status = put_figure(&counting, definition, true, &err);
        cord_buf_put_char(&call->out, '\n');
        if (status != CORD_OK) {
            cord_api_call_failed(call, status, &err);
        }
    }
    counting_done(&counting);
}

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", ID_MAX, "trusts.affected");

const struct cord_api_route cord_api_figures_get = {
    .method = CORD_HTTP_GET,
    .path = "/figures/{id}",
    .id = "getFigure",
    .verb = "figures.read",
    .variables = ID_VARIABLE,
    .parameters = PARAMETERS,
    .status = 200,
    .reply = &cord_api_figures_shape,
    .summary = "One figure, with what was counted and the claims behind it",
    .answer = answer_get,
};

/* --- what moved --- */

static const struct cord_api_member MOVE_MEMBERS[] = {
    {.name = "what", .type = CORD_API_TEXT, .required = true},
    {.name = "from_part",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "empty: was not counted"},
    {.name = "to_part", .type = CORD_API_TEXT, .required = true, .help = "empty: is not counted"},
    {.name = "from_amount", .type = CORD_API_TEXT, .required = true},
    {.name = "to_amount", .type = CORD_API_TEXT, .required = true},
    {.name = "from_claim", .type = CORD_API_ID, .required = true, .nullable = true},
    {.name = "to_claim",
     .type = CORD_API_ID,
     .required = true,
     .nullable = true,
     .help = "says why, when it is there"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape MOVE = {.name = "FigureMove",
                                           .help = "What came, left or moved between two moments.",
                                           .members = MOVE_MEMBERS};

struct moves {
    struct cord_api_call *call;
    uint64_t skip;
    uint64_t at;
    size_t left;
    bool more;
};

static cord_status put_move(void *self, const struct cord_figure_move *move)
{
    struct moves *moves = self;
    struct cord_buf *out = &moves->call->out;
    if (moves->left == 0) {
        moves->more = true;
        return CORD_E_END;
    }
    if (moves->at++ < moves->skip) {
        return CORD_OK;
    }
    moves->left--;
    cord_json_put_object(out);
    cord_json_put_text(out, "what", move->what);
    cord_json_put_text(out, "from_part", move->from_part);
    cord_json_put_text(out, "to_part", move->to_part);
    cord_json_put_text(out, "from_amount", move->from_amount);
    cord_json_put_text(out, "to_amount", move->to_amount);
    cord_api_call_put_id(moves->call, CORD_API_OPAQUE_CLAIM, "from_claim", move->from_claim);
    cord_api_call_put_id(moves->call, CORD_API_OPAQUE_CLAIM, "to_claim", move->to_claim);
    cord_buf_put_char(out, '}');
    return CORD_OK;
}

/* The same figure as known before. */
static cord_status compute_before(struct counting *counting, struct cord_figure_scope **ret_scope,
                                  const struct cord_figure_definition *definition,
                                  const struct cord_figure **ret_figure, struct cord_error *err)
{
    const struct cord_api_call *call = counting->call;
    const struct cord_figure_request request = {
        .as_of = {.known_ns = cord_api_call_time(call, "since"), .about_ns = INT64_MAX},
        .from_ns = cord_api_call_time(call, "from"),
        .sees = sees,
        .lend = lend,
        .self = counting};
    cord_status status = cord_figure_scope_new(counting->figures, &request, ret_scope, err);
    return status == CORD_OK ? cord_figure_compute(*ret_scope, definition, ret_figure, err)
                             : status;
}

static void answer_moves(struct cord_api_call *call)
{
    const struct cord_figure_definition *definition = cord_figure_find(call->variables[0]);
    struct moves moves = {.call = call, .left = cord_api_call_limit(call)};
    struct cord_figure_scope *scope = NULL;
    const struct cord_figure *before = NULL;
    const struct cord_figure *after = NULL;
    struct counting counting;
    struct cord_error err = {""};
    if (!definition) {
        cord_api_call_missing(call);
        return;
    }
    if (!cord_api_call_place_number(call, &moves.skip)) {
        return;
    }
    if (counting_init(&counting, call)) {
        cord_status status = compute_before(&counting, &scope, definition, &before, &err);
        if (status == CORD_OK) {
            status = cord_figure_compute(counting.scope, definition, &after, &err);
        }
        cord_api_call_page(call);
        if (status == CORD_OK) {
            status = cord_figure_compare(before, after, put_move, &moves);
        }
        if (status == CORD_OK || status == CORD_E_END) {
            cord_api_call_page_end_number(call, moves.more, moves.at);
        } else {
            cord_api_call_failed(call, status, &err);
        }
    }
    cord_figure_scope_free(scope);
    counting_done(&counting);
}

static const struct cord_api_member MOVES_PARAMETERS[] = {
    {.name = "since",
     .type = CORD_API_TIME,
     .required = true,
     .help = "as known at this time, compared with `at`"},
    WHEN_PARAMETERS,
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_figures_moves = {
    .method = CORD_HTTP_GET,
    .path = "/figures/{id}/moves",
    .id = "listFigureMoves",
    .verb = "figures.read",
    .flags = CORD_API_PAGED,
    .variables = ID_VARIABLE,
    .parameters = MOVES_PARAMETERS,
    .status = 200,
    .reply = &MOVE,
    .summary = "What moved in a figure since a time, and by which claims",
    .answer = answer_moves,
};
