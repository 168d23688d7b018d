/* zeek_columns.c: see zeek_columns.h. */
#include "normalise/zeek_columns.h"

#include <string.h>

#define ID       "id.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"
#define ID_TYPES "addr\tport\taddr\tport\t"

static const struct cord_zeek_columns layouts[] = {
    {"conn",
     "ts\tuid\t" ID "proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\t"
     "local_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\t"
     "tunnel_parents",
     "time\tstring\t" ID_TYPES "enum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\t"
     "string\tcount\tcount\tcount\tcount\tset[string]"},
    {"conn",
     "ts\tuid\t" ID "proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\t"
     "local_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\t"
     "tunnel_parents\tip_proto",
     "time\tstring\t" ID_TYPES "enum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\t"
     "string\tcount\tcount\tcount\tcount\tset[string]\tcount"},
    {"conn",
     "ts\tuid\t" ID "proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\t"
     "missed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents",
     "time\tstring\t" ID_TYPES "enum\tstring\tinterval\tcount\tcount\tstring\tbool\tcount\tstring\t"
     "count\tcount\tcount\tcount\tset[string]"},
    {"dns",
     "ts\tuid\t" ID "proto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\t"
     "rcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
     "time\tstring\t" ID_TYPES
     "enum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\t"
     "string\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool"},
    {"dns",
     "ts\tuid\t" ID "proto\ttrans_id\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\t"
     "rcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
     "time\tstring\t" ID_TYPES "enum\tcount\tstring\tcount\tstring\tcount\tstring\tcount\tstring\t"
     "bool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool"},
    {"http",
     "ts\tuid\t" ID "trans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\torigin\t"
     "request_body_len\tresponse_body_len\tstatus_code\tstatus_msg\tinfo_code\tinfo_msg\ttags\t"
     "username\tpassword\tproxied\torig_fuids\torig_filenames\torig_mime_types\tresp_fuids\t"
     "resp_filenames\tresp_mime_types",
     "time\tstring\t" ID_TYPES "count\tstring\tstring\tstring\tstring\tstring\tstring\tstring\t"
     "count\tcount\tcount\tstring\tcount\tstring\tset[enum]\tstring\tstring\tset[string]\t"
     "vector[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]\t"
     "vector[string]"},
    {"http",
     "ts\tuid\t" ID "trans_depth\tmethod\thost\turi\treferrer\tuser_agent\trequest_body_len\t"
     "response_body_len\tstatus_code\tstatus_msg\tinfo_code\tinfo_msg\tfilename\ttags\tusername\t"
     "password\tproxied\torig_fuids\torig_mime_types\tresp_fuids\tresp_mime_types",
     "time\tstring\t" ID_TYPES
     "count\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tcount\t"
     "string\tcount\tstring\tstring\tset[enum]\tstring\tstring\tset[string]\tvector[string]\t"
     "vector[string]\tvector[string]\tvector[string]"},
    {"files",
     "ts\tfuid\ttx_hosts\trx_hosts\tconn_uids\tsource\tdepth\tanalyzers\tmime_type\tfilename\t"
     "duration\tlocal_orig\tis_orig\tseen_bytes\ttotal_bytes\tmissing_bytes\toverflow_bytes\t"
     "timedout\tparent_fuid\tmd5\tsha1\tsha256\textracted\textracted_cutoff\textracted_size",
     "time\tstring\tset[addr]\tset[addr]\tset[string]\tstring\tcount\tset[string]\tstring\tstring\t"
     "interval\tbool\tbool\tcount\tcount\tcount\tcount\tbool\tstring\tstring\tstring\tstring\t"
     "string\tbool\tcount"},
    {"files",
     "ts\tfuid\ttx_hosts\trx_hosts\tconn_uids\tsource\tdepth\tanalyzers\tmime_type\tfilename\t"
     "duration\tlocal_orig\tis_orig\tseen_bytes\ttotal_bytes\tmissing_bytes\toverflow_bytes\t"
     "timedout\tparent_fuid\tmd5\tsha1\tsha256\textracted",
     "time\tstring\tset[addr]\tset[addr]\tset[string]\tstring\tcount\tset[string]\tstring\tstring\t"
     "interval\tbool\tbool\tcount\tcount\tcount\tcount\tbool\tstring\tstring\tstring\tstring\t"
     "string"},
    {"ssl",
     "ts\tuid\t" ID "version\tcipher\tcurve\tserver_name\tresumed\tlast_alert\tnext_protocol\t"
     "established\tcert_chain_fuids\tclient_cert_chain_fuids\tsubject\tissuer\tclient_subject\t"
     "client_issuer",
     "time\tstring\t" ID_TYPES "string\tstring\tstring\tstring\tbool\tstring\tstring\tbool\t"
     "vector[string]\tvector[string]\tstring\tstring\tstring\tstring"},
    {"weird", "ts\tuid\t" ID "name\taddl\tnotice\tpeer",
     "time\tstring\t" ID_TYPES "string\tstring\tbool\tstring"},
    {"weird", "ts\tuid\t" ID "name\taddl\tnotice\tpeer\tsource",
     "time\tstring\t" ID_TYPES "string\tstring\tbool\tstring\tstring"},
};

static bool all_of(cord_str text, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!cord_str_is_digit(c) && (c == '\0' || !strchr(more, c))) {
            return false;
        }
    }
    return text.len > 0;
}

/* Could the value be of that type? Text may be anything. */
static bool may_be(cord_str type, cord_str value)
{
    if (cord_str_eq(type, CORD_STR("time"))) {
        return value.len > 10 && value.ptr[10] == '.' && all_of(value, ".");
    }
    if (cord_str_eq(value, CORD_STR("-"))) {
        return true;
    }
    if (cord_str_eq(type, CORD_STR("bool"))) {
        return value.len == 1 && (value.ptr[0] == 'T' || value.ptr[0] == 'F');
    }
    if (cord_str_eq(type, CORD_STR("count")) || cord_str_eq(type, CORD_STR("port"))) {
        return all_of(value, "");
    }
    if (cord_str_eq(type, CORD_STR("interval"))) {
        return all_of(value, ".-e+");
    }
    if (cord_str_eq(type, CORD_STR("addr"))) {
        return all_of(value, ".:abcdefABCDEF");
    }
    return true;
}

static bool fits(const char *type_list, cord_str row)
{
    cord_str types = cord_str_from(type_list);
    cord_str type;
    cord_str value;
    while (cord_str_cut(&types, '\t', &type)) {
        if (!cord_str_cut(&row, '\t', &value) || !may_be(type, value)) {
            return false;
        }
    }
    return !row.ptr;
}

const struct cord_zeek_columns *cord_zeek_columns_guess(cord_str row)
{
    size_t tab = cord_str_find_char(cord_str_slice(row, 0, 24), '\t', 0);
    if (tab == SIZE_MAX || tab < 12 || row.ptr[10] != '.') {
        return NULL;
    }
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (fits(layouts[i].types, row)) {
            return &layouts[i];
        }
    }
    return NULL;
}
