/*
 * message_grammars_line.c: lines that have no header of a syslog kind, and
 * messages by the program that wrote them.
 */
#include "normalise/message_grammars.h"

#define HAPROXY_FROM "{c-ip|src_ip}:{src_port:n} [{request_date:t}] {frontend_name} "
#define HAPROXY_COUNTS                                                                             \
    "{termination_state} {active_connections}/{frontend_connections}/{backend_connections}/"       \
    "{server_connections}/{retries} {server_queue}/{backend_queue}"
#define HAPROXY_HTTP                                                                               \
    HAPROXY_FROM "{backend_name}/{server_name} {time_request}/{time_queue}/{time_connect}/"        \
                 "{time_response}/{time_total} {sc-status:n} {sc-bytes} {} {} " HAPROXY_COUNTS     \
                 "~<\\{{request_headers:e}\\}>~<\\{{response_headers:e}\\}> \"{request:r}\""
#define HAPROXY_TCP                                                                                \
    HAPROXY_FROM "{backend_name}/{server_name} {time_queue}/{time_connect}/{time_total} "          \
                 "{bytes} " HAPROXY_COUNTS

const struct cord_message_grammar cord_message_grammars_program[] = {
    {"haproxy", HAPROXY_HTTP},
    {"haproxy", HAPROXY_TCP},
    {"haproxy", "Connect from {src_ip:a}:{src_port:n} to {dst_ip:a}:{dst_port:n} "
                "({frontend_name}/{mode})"},
    {"haproxy", HAPROXY_FROM ": {reason:t}"},
    {"postfix", "connect from {src_host}[{src_ip:a}]{action:=connect}"},
    {"postfix", "disconnect from {src_host}[{src_ip:a}]{action:=disconnect}"},
    {"postfix", "lost connection after {command} from {src_host}[{src_ip:a}]"
                "{action:=lost connection}"},
    {"postfix", "NOQUEUE: {action}: {command} from {src_host}[{src_ip:a}]: {status:n} "
                "{reason:t}; from=\\<{from:e}\\> to=\\<{to:e}\\>"},
    {"postfix", "NOQUEUE: {action}: {command} from {src_host}[{src_ip:a}]: {reason:t}"},
    {"postfix", "warning: {src_host}[{src_ip:a}]: SASL {method} {action:=authentication failed}"
                "authentication failed"},
    {"postfix", "{queue_id}: client={src_host}[{src_ip:a}]<, sasl_method={method}>"
                "<, sasl_username={user}>"},
    {"postfix", "{queue_id}: message-id=\\<{message_id:t}\\>"},
    {"postfix", "{queue_id}: from=\\<{from:e}\\>, size={size:n}, nrcpt={recipients:n}"},
    {"postfix", "{queue_id}: to=\\<{to:e}\\>,< orig_to=\\<{orig_to:e}\\>,> relay={relay:t}, "
                "delay={delay:n}, delays={delays}, dsn={dsn}, status={action} ({reason:t})"},
    {"postfix", "{queue_id}: {action}: {command} from {src_host}[{src_ip:a}]: {reason:t}"},
    {"dovecot", "{service}: {action:t}: user=\\<{user:e}\\>, <method={method}, >rip={src_ip}, "
                "lip={dst_ip:a}"},
    {"dovecot", "{service}: {action:t}: Disconnected: {reason:t}: user=\\<{user:e}\\>, "
                "<method={method}, >rip={src_ip}, lip={dst_ip:a}"},
    {"dovecot", "{service}({user}): {reason:t}"},
    {"vsftpd", "[{user}] {action} {command}: Client \"{src_ip:t}\"<, \"{filename:t}\">"},
    {"vsftpd", "{action} {command}: Client \"{src_ip:t}\""},
    {"proftpd", "{} ({src_host}[{src_ip:a}]) - USER {user:t}: {action:t}"},
    {"proftpd", "{} ({src_host}[{src_ip:a}]) - {reason:t}"},
    {"named", "<{severity}: >client <@{} >{src_ip:a}#{src_port:n}:< view {view}:> "
              "{action:=denied}query< (cache)> '{query:t}/{record_type}/IN' denied"},
    {"dhcpd", "DHCPREQUEST for {dst_ip:a}< ({server_ip})> from {mac}< ({client_name})> via "
              "{interface}{action:=DHCPREQUEST}"},
    {"dhcpd", "DHCPACK <on ><to >{dst_ip:a} <to {mac} ><({client_name}) >via {interface}"
              "{action:=DHCPACK}"},
    {"dhcpd", "DHCPDISCOVER from {mac}< ({client_name})> via {interface}{action:=DHCPDISCOVER}"},
    {"dhcpd", "DHCPOFFER on {dst_ip:a} to {mac}< ({client_name})> via {interface}"
              "{action:=DHCPOFFER}"},
    {"openvpn", "{src_ip:a}:{src_port:n} [{user}] Peer Connection Initiated with {}"
                "{action:=connected}"},
    {"postgres", "[{}] {level}:~{action:t} for user \"{user:t}\""},
    {0},
};

/* Packet filters by their program; VMware's write the rule behind the action. */
#define FLOW_END "{src_ip:a}/{src_port:n}-\\>{dst_ip:a}/{dst_port:n}"
const struct cord_message_grammar cord_message_grammars_filter[] = {
    {"dfwpktlogs", "{} INET {reason} {action} {rule} {direction} {length:n} {protocol} " FLOW_END},
    {"FIREWALL-PKTLOG",
     "<- - - >INET {reason} {action} {rule} {direction} {protocol} <{tcp_flags} >" FLOW_END},
    {"forward", "in:{src_interface} out:{dst_interface}, <src-mac {src_mac}, >proto {protocol}"
                "< ({tcp_flags})>, {src_ip}:{src_port:n}-\\>{dst_ip}:{dst_port:n}, len {length:n}"},
    {"input", "in:{src_interface} out:{dst_interface}, <src-mac {src_mac}, >proto {protocol}"
              "< ({tcp_flags})>, {src_ip}:{src_port:n}-\\>{dst_ip}:{dst_port:n}, len {length:n}"},
    {"filterlog",
     "{rule:e},{sub_rule:e},{anchor:e},{tracker:e},{interface:e},{reason:e},{action},"
     "{direction},4,{tos:e},{ecn:e},{ttl:e},{id:e},{offset:e},{ip_flags:e},"
     "{protocol_id:e},{protocol},{length:e},{src_ip},{dst_ip}<,{src_port:n},{dst_port:n}>"},
    {"filterlog",
     "{rule:e},{sub_rule:e},{anchor:e},{tracker:e},{interface:e},{reason:e},{action},"
     "{direction},6,{ip_class:e},{flow_label:e},{hop_limit:e},{protocol},{protocol_id:e},"
     "{length:e},{src_ip},{dst_ip}<,{src_port:n},{dst_port:n}>"},
    {"filterlog", "{rule:e},{sub_rule:e},{anchor:e},{tracker:e},{interface:e},{reason:e},{action},"
                  "{direction},"},
    {0},
};

/* Products that write pairs, by what their lines cannot do without. */
const struct cord_message_marks cord_message_grammars_pairs[] = {
    {CORD_MESSAGE_CLASS_FIREWALL, {"device=\"SFW\"", "log_type=\"Firewall\""}},
    {CORD_MESSAGE_CLASS_PROXY, {"device=\"SFW\"", "log_type=\"Content Filtering\""}},
    {CORD_MESSAGE_CLASS_FIREWALL, {" fw=", " pri="}},                  /* SonicWall */
    {CORD_MESSAGE_CLASS_PROXY, {"c-ip=", "cs-method="}},               /* Blue Coat */
    {CORD_MESSAGE_CLASS_PROXY, {"urlcategory=", "requestmethod="}},    /* Zscaler */
    {CORD_MESSAGE_CLASS_FIREWALL, {"|product=Firewall|", "|loguid="}}, /* Check Point */
    {CORD_MESSAGE_CLASS_COUNT, {0}},
};

/* Amazon's web distributions: the log's #Fields names, when they have a header, are
 * these. */
#define CLOUDFRONT                                                                                 \
    "{date:t}\t{time:t}\t{x-edge-location:t}\t{sc-bytes:n}\t{c-ip|src_ip:t}\t{cs-method:t}\t"      \
    "{cs-host:t}\t{cs-uri-stem|c-uri:t}\t{sc-status:n}\t{cs-referer:t}\t"                          \
    "{cs-user-agent|c-useragent:t}\t"                                                              \
    "{cs-uri-query:t}\t{cs-cookie:t}\t{x-edge-result-type:t}\t{x-edge-request-id:t}\t"             \
    "{x-host-header:t}\t{cs-protocol:t}\t{cs-bytes:t}\t{time-taken:n}"                             \
    "<\t{x-forwarded-for:t}\t{ssl-protocol:t}\t{ssl-cipher:t}\t"                                   \
    "{x-edge-response-result-type}>"                                                               \
    "<\t{cs-protocol-version:t}\t{fle-status:t}\t{fle-encrypted-fields:t}\t{c-port|src_port:t}\t"  \
    "{time-to-first-byte:t}\t{x-edge-detailed-result-type:t}\t{sc-content-type:t}\t"               \
    "{sc-content-len:t}\t>"

/* Behind its time; an application load balancer's has its type in front. */
#define ELB                                                                                        \
    "{elb} {c-ip|src_ip:a}:{src_port:n} {dst_ip|backend_address} {request_processing_time:n} "     \
    "{backend_processing_time:n} {response_processing_time:n} {sc-status} {backend_status} "       \
    "{cs-bytes:n} {sc-bytes:n} \"{request:r}\""                                                    \
    "< \"{cs-user-agent|c-useragent:e}\" {ssl-cipher} {ssl-protocol}>"

#define S3                                                                                         \
    "{bucket_owner} {bucket} [{timestamp:t}] {c-ip|src_ip} {requester|user} {request_id} "         \
    "{operation} {key} <\"{request_uri:r}\" ><- >{sc-status} {error_code} {sc-bytes} "             \
    "{object_size} {total_time} {turn_around_time} <\"{cs-referer:t}\" >~<- >"                     \
    "<\"{cs-user-agent|c-useragent:t}\" >~<{version_id} >"                                         \
    "<{host_id} {signature_version} {ssl-cipher} {authentication_type} {cs-host} {ssl-protocol}>"

#define EXIM                                                                                       \
    "<[{pid:n}] >{message_id} \\<= {sender|from}< H={src_host}>< ({helo})>"                        \
    "< [{src_ip}]><:{src_port:n}>< I=[{dst_ip}]:{dst_port:n}>< U={local_user}>< P={protocol}>"     \
    "< X={ssl-cipher}>< CV={}>< A={authenticator}>< S={size:n}>< M8S={}>< RT={}>"                  \
    "< id={header_id}>< T=\"{subject:t}\" from>< from>< \\<{envelope_from:t}\\>>< for {to:t}>"

#define TYPE(name) "[{timestamp:n}] {type:=" name "}" name ": "
#define SERVICE    "{hostname:t};{service:t};"
#define RESULT     "{state:t};{state_type:t};{attempt:n};{reason:t}"

const struct cord_message_line_grammar cord_message_grammars_line[] = {
    {'t', CORD_MESSAGE_CLASS_PROXY, CLOUDFRONT},
    {'d', CORD_MESSAGE_CLASS_WEB, ELB},
    {'d', CORD_MESSAGE_CLASS_MAIL, EXIM},
    {'d', CORD_MESSAGE_CLASS_MAIL,
     "<[{pid:n}] >{message_id} ={}\\> {to|recipient}< \\<{}\\>>< F=\\<{from}\\>>< R={router}>"
     "< T={transport}>< S={size:n}>< H={dst_host}>< [{dst_ip}]><:{dst_port:n}>"},
    {'d', CORD_MESSAGE_CLASS_MYSQL,
     "{thread:n} [{level}] <[{code}] [{subsystem}] >Access denied for user "
     "'{user:e}'@'{src_host:t}'"
     "{action:=Access denied}"},
    {'d', CORD_MESSAGE_CLASS_MYSQL, "{thread:n} [{level}] [{code}] [{subsystem}] {reason:t}"},
    {'d', CORD_MESSAGE_CLASS_POSTGRES,
     "<{} >[{pid:n}] <{user}@{database} >{level:=FATAL}FATAL:  {reason:t} for user \"{user:t}\""},
    {'d', CORD_MESSAGE_CLASS_POSTGRES, "<{} >[{pid:n}] <{user}@{database} >{level}:  {reason:t}"},
    {'d', CORD_MESSAGE_CLASS_MONGODB,
     "{severity} {component} [{context}] connection accepted from {src_ip:a}:{src_port:n}"
     "{action:=connection accepted}"},
    {'d', CORD_MESSAGE_CLASS_MONGODB, "{severity} {component} [{context}] {reason:t}"},
    {'h', CORD_MESSAGE_CLASS_WEB, "{type} {timestamp} " ELB},
    {'0', CORD_MESSAGE_CLASS_WEB, HAPROXY_HTTP},
    {'0', CORD_MESSAGE_CLASS_NETWORK, HAPROXY_TCP},
    {'0', CORD_MESSAGE_CLASS_REDIS,
     "{timestamp:n} [{database:n} {src_ip:a}:{src_port:n}] \"{command|action:t}\"< {arguments:t}>"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("CURRENT HOST STATE") "{hostname:t};" RESULT},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("CURRENT SERVICE STATE") SERVICE RESULT},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("INITIAL HOST STATE") "{hostname:t};" RESULT},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("INITIAL SERVICE STATE") SERVICE RESULT},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("HOST ALERT") "{hostname:t};" RESULT},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("SERVICE ALERT") SERVICE RESULT},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("HOST NOTIFICATION") "{user:t};{hostname:t};{state:t};{notification_command:t};"
                               "{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("SERVICE NOTIFICATION") "{user:t};" SERVICE "{state:t};{notification_command:t};"
                                  "{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("HOST FLAPPING ALERT") "{hostname:t};{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("SERVICE FLAPPING ALERT") SERVICE "{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("HOST DOWNTIME ALERT") "{hostname:t};{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("SERVICE DOWNTIME ALERT") SERVICE "{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("PASSIVE HOST CHECK") "{hostname:t};{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("PASSIVE SERVICE CHECK") SERVICE "{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("HOST EVENT HANDLER") "{hostname:t};{state:t};{state_type:t};{attempt:t};"
                                "{event_handler:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("SERVICE EVENT HANDLER") SERVICE "{state:t};{state_type:t};{attempt:t};"
                                           "{event_handler:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("TIMEPERIOD TRANSITION") "{service:t};{period_from:t};{period_to:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("EXTERNAL COMMAND") "{command:=SCHEDULE_HOST_DOWNTIME}SCHEDULE_HOST_DOWNTIME;"
                              "{hostname:t};{start_time:n};{end_time:n};{fixed:n};{trigger_id:n};"
                              "{duration:n};{user:t};{comment:e};"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("EXTERNAL COMMAND") "{command:=SCHEDULE_SERVICE_DOWNTIME}SCHEDULE_SERVICE_"
                              "DOWNTIME;" SERVICE
                              "{start_time:n};{end_time:n};{fixed:n};{trigger_id:n};"
                              "{duration:n};{user:t};{comment:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("EXTERNAL COMMAND") "{command:=PROCESS_SERVICE_CHECK_RESULT}PROCESS_SERVICE_CHECK_"
                              "RESULT;" SERVICE "{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS,
     TYPE("EXTERNAL COMMAND") "{command:=PROCESS_HOST_CHECK_RESULT}PROCESS_HOST_CHECK_RESULT;"
                              "{hostname:t};{state:t};{reason:t}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("EXTERNAL COMMAND") "{command:t};" SERVICE "{reason:e}"},
    {'[', CORD_MESSAGE_CLASS_NAGIOS, TYPE("EXTERNAL COMMAND") "{command:t};{hostname:t}"},
    {'*', CORD_MESSAGE_CLASS_S3, S3},
    {0},
};
