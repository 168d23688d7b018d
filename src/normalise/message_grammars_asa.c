/*
 * message_grammars_asa.c: messages of Cisco's ASA, PIX, FWSM and FTD, by their number.
 *
 * After Cisco's "Secure Firewall ASA Series Syslog Messages". For one number
 * the fuller layout stands first.
 */
#include "normalise/message_grammars.h"

/* interface:address/port, with the user that an identity firewall adds. */
#define SOURCE "{src_interface}:{src_ip}/{src_port}<({src_user})>"
#define TARGET "{dst_interface}:{dst_ip}/{dst_port}<({dst_user})>"
#define MAPPED_SOURCE                                                                              \
    "{src_interface}:{src_ip}/{src_port} ({src_nat_ip}/{src_nat_port})<({src_user})>"
#define MAPPED_TARGET                                                                              \
    "{dst_interface}:{dst_ip}/{dst_port} ({dst_nat_ip}/{dst_nat_port})<({dst_user})>"
#define PEER    "Group = {group}, <Username = {user:t}, >IP = {src_ip}, "
#define SESSION "Group \\<{group:t}\\> User \\<{user:t}\\> IP \\<{src_ip}\\> "

const struct cord_message_grammar cord_message_grammars_asa[] = {
    {"104001", "({}) Switching to {switch_state} - {reason:t}"},
    {"104002", "({}) Switching to {switch_state} - {reason:t}"},
    {"106001", "{direction} {protocol} connection {action} from {src_ip}/{src_port} to "
               "{dst_ip}/{dst_port} flags {tcp_flags:t} on interface {dst_interface}"},
    {"106002", "{protocol} Connection {action} by {direction} list {rule} src {src_ip} "
               "<{src_port:n} >dest {dst_ip}< {dst_port:n}>"},
    {"106023", "{action} <protocol >{protocol} src " SOURCE " dst " TARGET
               "<~(type {icmp_type}, code {icmp_code})> by access-group \"{rule:t}\"< [{}, {}]>"},
    {"106023", "{action} <protocol >{protocol} src {src_interface}:{src_ip}<({src_user})> dst "
               "{dst_interface}:{dst_ip}<({dst_user})>< (type {icmp_type}, code {icmp_code})> by "
               "access-group \"{rule:t}\""},
    {"106006", "{action} {direction} {protocol} from {src_ip}/{src_port} to {dst_ip}/{dst_port}"
               "< on interface {dst_interface}>"},
    {"106007", "{action} {direction} {protocol} from {src_ip}/{src_port} to {dst_ip}/{dst_port}"
               "< due to {reason:t}>"},
    {"106010", "{action} {direction} protocol {protocol} src " SOURCE " dst " TARGET},
    {"106010", "{action} {direction} {protocol} src " SOURCE " dst " TARGET},
    {"106010", "{action} {direction} <protocol >{protocol} src {src_interface}:{src_ip} dst "
               "{dst_interface}:{dst_ip}"},
    {"106010", "{action} {direction} <protocol >{protocol} from {src_ip}/{src_port} to "
               "{dst_ip}/{dst_port}< on interface {dst_interface}>"},
    {"106012", "{action} {protocol} from {src_ip} to {dst_ip}, IP options {options}"},
    {"106014", "{action} {direction} {protocol} src {src_interface}:{src_ip}<({src_user})> dst "
               "{dst_interface}:{dst_ip}<({dst_user})>~<(type {icmp_type}, code {icmp_code})>"},
    {"106015", "{action} {protocol} (no connection) from {src_ip}/{src_port} to "
               "{dst_ip}/{dst_port} flags {tcp_flags:t} on interface {dst_interface}"
               "{reason:=no connection}"},
    {"106016", "{action} {protocol} spoof from ({src_ip}) to {dst_ip} on interface "
               "{dst_interface}{reason:=spoof}"},
    {"106017", "{action} {protocol} due to {reason:t} from {src_ip} to {dst_ip}"},
    {"106018", "{protocol} packet type {icmp_type} {action} by {direction} list {rule} src "
               "{src_ip} dest {dst_ip}"},
    {"106020", "{action} {protocol} teardrop fragment ({}, {}) from {src_ip} to {dst_ip}"},
    {"106021", "{action} {protocol} reverse path check from {src_ip} to {dst_ip} on interface "
               "{dst_interface}{reason:=reverse path check}"},
    {"106022", "{action} {protocol} connection spoof from {src_ip} to {dst_ip} on interface "
               "{dst_interface}{reason:=connection spoof}"},
    {"106100", "access-list {rule} {action} {protocol} {src_interface}/{src_ip}({src_port})"
               "<({src_user})> -\\> {dst_interface}/{dst_ip}({dst_port})<({dst_user})> hit-cnt "
               "{hit_count:n} {interval:t} [{hashcode1}, {hashcode2}]"},
    {"106102", "access-list {rule} {action} {protocol} for user '{user:t}' "
               "{src_interface}/{src_ip}({src_port}) -\\> {dst_interface}/{dst_ip}({dst_port})"
               " hit-cnt {hit_count:n} {interval:t} [{hashcode1}, {hashcode2}]"},
    {"106102", "access-list {rule} {action} {protocol} for user {user} "
               "{src_interface}/{src_ip}({src_port}) <-\\> >{dst_interface}/{dst_ip}({dst_port})"
               " hit-cnt {hit_count:n} {interval:t} [{hashcode1}, {hashcode2}]"},
    {"106103", "access-list {rule} {action} {protocol} for user {user} "
               "{src_interface}/{src_ip}({src_port}) <-\\> >{dst_interface}/{dst_ip}({dst_port})"
               " hit-cnt {hit_count:n} {interval:t} [{hashcode1}, {hashcode2}]"},
    {"110002", "{reason:t} for {protocol} from {src_interface}:{src_ip}/{src_port} to "
               "{dst_ip}/{dst_port}"},
    {"110003", "{reason:t} for {protocol} from {src_interface}:{src_ip}/{src_port} to "
               "{dst_interface}:{dst_ip}/{dst_port}"},
    {"111008", "User '{user}' executed the '{command:t}' command"},
    {"111009", "User '{user}' executed cmd: {command:t}"},
    {"111010", "User '{user}', running '{application:t}' from IP {src_ip}, executed "
               "'{command:t}'"},
    {"113004", "AAA user {aaa_type} {action} : server = {server_ip} : user = {user:t}"},
    {"113005", "AAA user {aaa_type} {action} : reason = {reason:t} : server = {server_ip} : user = "
               "{user}< : user IP = {src_ip}>"},
    {"113006", "User '{user}' locked out on exceeding '{attempts}' successive failed"},
    {"113012", "AAA user {aaa_type} {action} : local database : user = {user:t}"},
    {"113015", "AAA user {aaa_type} {action} : reason = {reason:t} : local database : user = "
               "{user}< : user IP = {src_ip}>"},
    {"113019", PEER "{reason_text:t}. Session Type: {session_type}, Duration: {duration:t}, "
                    "Bytes xmt: {bytes_sent:n}, Bytes rcv: {bytes_received:n}, Reason: {reason:t}"},
    {"113022", "AAA Marking {protocol} server {server_ip} in aaa-server group {group} as {action}"},
    {"113039", SESSION "{session:t}"},
    {"302013", "{action} {direction} {protocol} connection {connection_id} for " MAPPED_SOURCE
               " to " MAPPED_TARGET "~<({user})>"},
    {"302013",
     "{action} <{direction} >{protocol} connection {connection_id} for " SOURCE " to " TARGET},
    {"302014", "{action} {protocol} connection {connection_id} for " SOURCE " to " TARGET
               " duration {duration} bytes {bytes:n}< {reason:t} from {initiator}>~<({user})>"
               "< {reason:t}>"},
    {"302020", "{action} <{direction} >{protocol} connection for faddr {dst_ip}/{icmp_seq}"
               "<({dst_user})> gaddr {src_nat_ip}/{icmp_type} laddr {src_ip}/{}<({src_user})>"
               "~<type {} code {icmp_code}>"},
    {"302020", "{action} <{direction} >{protocol} connection for faddr {dst_ip}/{icmp_seq} gaddr "
               "{src_nat_ip} laddr {src_ip}"},
    {"303002", "FTP connection from {src_interface}:{src_ip}/{src_port} to "
               "{dst_interface}:{dst_ip}/{dst_port}, user {user} {action} file {filename:t}"},
    {"304001", "<{user}@>{src_ip:a}<({src_user})> {action:=Accessed URL}Accessed URL "
               "{dst_ip:a}:{url|c-uri:t}"},
    {"304002", "Access denied URL {url|c-uri:t} SRC {src_ip} DEST {dst_ip}"
               "{action:=denied}"},
    {"305005", "{reason:t} for {protocol} src {src_interface}:{src_ip}</{src_port}> dst "
               "{dst_interface}:{dst_ip}/{dst_port}"},
    {"305006", "{reason:t} for {protocol} src {src_interface}:{src_ip}/{src_port} dst "
               "{dst_interface}:{dst_ip}/{dst_port}"},
    {"305006", "{reason:t} for {protocol} src {src_interface}:{src_ip} dst "
               "{dst_interface}:{dst_ip} (type {icmp_type}, code {icmp_code})"},
    {"305011", "{action} {translation_type} {protocol} translation from "
               "{src_interface}:{src_ip}/{src_port}<({src_user})> to "
               "{src_nat_interface}:{src_nat_ip}/{src_nat_port}< duration {duration}>"},
    {"305011", "{action} {translation_type} translation from {src_interface}:{src_ip} to "
               "{src_nat_interface}:{src_nat_ip}< duration {duration}>"},
    {"305013", "{reason:t}; Connection <for >{protocol} src " SOURCE " dst " TARGET " {action}"},
    {"313001", "{action} {protocol} type={icmp_type:n}, <code={icmp_code:n} >from {src_ip} on "
               "interface {src_interface}< to {dst_ip}>"},
    {"313004", "{action} {protocol} type={icmp_type:n}, from< laddr> {src_ip} on interface "
               "{src_interface} to {dst_ip}"},
    {"313005", "{reason|action:t} for {protocol} error message: {} src "
               "{src_interface}:{src_ip}<({src_user})> dst {dst_interface}:{dst_ip}<({dst_user})> "
               "(type {icmp_type}, code {icmp_code}) on {} interface. Original IP payload: "
               "{original_protocol} src {original_src_ip}/{original_src_port}<({})> dst "
               "{original_dst_ip}/{original_dst_port:n}"},
    {"313005", "{reason|action:t} for {protocol} error message: {} src "
               "{src_interface}:{src_ip}<({src_user})> dst {dst_interface}:{dst_ip}<({dst_user})> "
               "(type {icmp_type}, code {icmp_code})"},
    {"315011", "{protocol} session from {src_ip} on interface {src_interface} for user "
               "\"{user:t}\" {action}< by {}>< SSH server>, reason: {reason:t}"},
    {"321001", "Resource '{resource:t}' limit of {limit:n} reached< for {context:t}>"},
    {"402117", "{type}: Received a <non-IPSec><non-IPsec> packet (protocol= {protocol}) from "
               "{src_ip} to {dst_ip:a}"},
    {"402119", "{type}: Received an {protocol} packet (SPI= {spi}, sequence number= {sequence}) "
               "from {src_ip} (user= {user}) to {dst_ip} that {reason:t}."},
    {"419001", "{action} {protocol} packet from {src_interface}:{src_ip}/{src_port} to "
               "{dst_interface}:{dst_ip}/{dst_port}, reason: {reason:t}"},
    {"419002", "{reason:t} from {src_interface}:{src_ip}/{src_port} to "
               "{dst_interface}:{dst_ip}/{dst_port} with different"},
    {"500004", "{reason:t} for protocol={protocol}, from {src_ip}/{src_port} to "
               "{dst_ip}/{dst_port:n}"},
    {"502103", "User priv level changed: Uname: {user} From: {old_level} To: {new_level}"},
    {"602303", "{type}: An {direction} {tunnel_type} SA (SPI= {spi}) between {src_ip} and {dst_ip} "
               "(<user= >{user}) has been {action:t}."},
    {"605004", "Login {action} from {src_ip}/{src_port} to {dst_interface}:{dst_ip}/{service} for "
               "user \"{user:t}\""},
    {"605004", "Login {action} from {src_ip} to {dst_interface} for user \"{user:t}\""},
    {"611101", "User authentication {action}: <IP address: {src_ip}, >Uname: {user}"},
    {"710001", "{protocol} access {action} <by {reason} >from {src_ip}/{src_port} to "
               "{dst_interface}:{dst_ip}/{dst_port}"},
    {"710001", "{protocol} request {action} from {src_ip}/{src_port} to "
               "{dst_interface}:{dst_ip}/{dst_port}"},
    {"710001", "{protocol} request {action} from {src_ip} to {dst_interface}:{dst_ip}"},
    {"713172", "Group = {group}, <Username = {user:t}, >IP = {src_ip}, Automatic NAT Detection "
               "Status:~Remote end {remote_nat:t} behind a NAT device~This~end~{local_nat}~behind"},
    {"713", PEER "{reason:t}"},
    {"716", SESSION "{session:t}"},
    {"722051", "Group \\<{group:t}\\> User \\<{user:t}\\> IP \\<{src_ip}\\> IPv4 Address "
               "\\<{assigned_ip}\\>"},
    {"722", SESSION "{session:t}"},
    {"733100", "[~{burst_object}] drop {burst_id} exceeded. Current burst rate is "
               "{current_burst_rate:n} per second, max configured rate is "
               "{configured_burst_rate:n}; Current average rate is {current_average_rate:n} per "
               "second, max configured rate is {configured_average_rate:n}; Cumulative total count "
               "is {cumulative_count:n}"},
    {0},
};

/* Numbers whose messages are laid out like those of another. */
const struct cord_message_alias cord_message_grammars_asa_like[] = {
    {"104003", "104001"}, {"104004", "104001"}, {"302015", "302013"},
    {"302016", "302014"}, {"302303", "302013"}, {"302304", "302014"},
    {"302021", "302020"}, {"305009", "305011"}, {"305010", "305011"},
    {"305012", "305011"}, {"313008", "313001"}, {"402120", "402119"},
    {"602304", "602303"}, {"605005", "605004"}, {"611102", "611101"},
    {"710002", "710001"}, {"710003", "710001"}, {"710004", "710001"},
    {"710005", "710001"}, {"710006", "710001"}, {0},
};
