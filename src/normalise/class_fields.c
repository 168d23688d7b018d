/*
 * class_fields.c: what Sigma calls the fields of each source.
 *
 * Names on the left are without the wrappers that class_rename.c takes off.
 * One ECS name means different Sigma fields in different categories, which is
 * why there is a list for each.
 */
#include "normalise/class_internal.h"

#define END                                                                                        \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }

static const struct cord_class_alias windows_aliases[] = {
    {"log_name", "Channel"},
    {"LogName", "Channel"},
    {"channel", "Channel"},
    {"EventLog", "Channel"},
    {"event_id", "EventID"},
    {"eventID", "EventID"},
    {"EventId", "EventID"},
    {"EventCode", "EventID"},
    {"event.code", "EventID"},
    {"SourceName", "Provider_Name"},
    {"source_name", "Provider_Name"},
    {"provider_name", "Provider_Name"},
    {"ProviderName", "Provider_Name"},
    {"providerName", "Provider_Name"},
    {"Provider.Name", "Provider_Name"},
    {"event.provider", "Provider_Name"},
    {"Computer", "ComputerName"},
    {"Hostname", "ComputerName"},
    {"SubjectUserName", "SubjectAccountName"},
    {"computer_name", "Computer"},
    {"ComputerName", "Computer"},
    {"Hostname", "Computer"},
    {"computer", "Computer"},
    {"host.name", "Computer"},
    {"message", "Message"},
    {"level", "Level"},
    {"task", "Task"},
    {"keywords", "Keywords"},
    {"record_id", "EventRecordID"},
    {"record_number", "EventRecordID"},
    {"RecordNumber", "EventRecordID"},
    {"user.identifier", "Security_UserID"},
    /* winlogbeat numbers unnamed event data; Sigma searches them as Data. */
    {"param1", "Data"},
    {"param2", "Data"},
    {"param3", "Data"},
    {"param4", "Data"},
    {"param5", "Data"},
    {"EventData", "Data"},
    END,
};
static const struct cord_class_fields windows_fields = {.aliases = windows_aliases};

/* NXLog has only the rendered text of events whose data is unnamed; it holds
 * what the rules look for in Data. */
static const struct cord_class_alias unnamed_aliases[] = {
    {"Message", "Data"},
    {"message", "Data"},
    END,
};
static const struct cord_class_fields unnamed_fields = {.aliases = unnamed_aliases};

/* Who did it, on a host. */
static const struct cord_class_alias host_aliases[] = {
    {"process.executable", "Image"},
    {"process.entity_id", "ProcessGuid"},
    {"process.pid", "ProcessId"},
    {"process.command_line", "CommandLine"},
    {"process.parent.executable", "ParentImage"},
    {"process.parent.command_line", "ParentCommandLine"},
    {"ImageFileName", "Image"},
    END,
};
static const struct cord_class_fields host_fields = {.aliases = host_aliases};

static const struct cord_class_alias process_aliases[] = {
    {"process.executable", "Image"},
    {"process.command_line", "CommandLine"},
    {"process.working_directory", "CurrentDirectory"},
    {"process.entity_id", "ProcessGuid"},
    {"process.pid", "ProcessId"},
    {"process.parent.executable", "ParentImage"},
    {"process.parent.command_line", "ParentCommandLine"},
    {"process.parent.entity_id", "ParentProcessGuid"},
    {"process.parent.pid", "ParentProcessId"},
    {"process.parent.user.name", "ParentUser"},
    {"process.pe.original_file_name", "OriginalFileName"},
    {"process.pe.product", "Product"},
    {"process.pe.company", "Company"},
    {"process.pe.description", "Description"},
    {"process.pe.file_version", "FileVersion"},
    {"process.pe.imphash", "Imphash"},
    {"process.hash.md5", "md5"},
    {"process.hash.sha1", "sha1"},
    {"process.hash.sha256", "sha256"},
    {"process.Ext.token.integrity_level_name", "IntegrityLevel"},
    {"winlog.logon.id", "LogonId"},
    {"logon.id", "LogonId"},
    {"user.name", "User"},
    {"event.ImageFileName", "Image"},
    {"event.CommandLine", "CommandLine"},
    {"event.ParentBaseFileName", "ParentImage"},
    {"ImageFileName", "Image"},
    {"ParentBaseFileName", "ParentImage"},
    END,
};
static const struct cord_class_fields process_fields = {.aliases = process_aliases};

static const struct cord_class_alias file_aliases[] = {
    {"file.path", "TargetFilename"},
    {"file.name", "FileName"},
    {"file.Ext.original.path", "SourceFilename"},
    {"file.hash.md5", "md5"},
    {"file.hash.sha1", "sha1"},
    {"file.hash.sha256", "sha256"},
    {"user.name", "User"},
    END,
};
static const struct cord_class_fields file_fields = {.aliases = file_aliases};

/* ETW's kernel file provider. */
static const struct cord_class_alias rename_aliases[] = {
    {"FilePath", "TargetFilename"},
    END,
};
static const struct cord_class_fields rename_fields = {.aliases = rename_aliases};

static const struct cord_class_alias network_aliases[] = {
    {"source.ip", "SourceIp"},
    {"source.port", "SourcePort"},
    {"source.domain", "SourceHostname"},
    {"destination.ip", "DestinationIp"},
    {"destination.port", "DestinationPort"},
    {"destination.domain", "DestinationHostname"},
    {"network.transport", "Protocol"},
    {"user.name", "User"},
    {"RemoteAddressIP4", "DestinationIp"},
    {"RemoteAddressIP6", "DestinationIp"},
    {"RemotePort", "DestinationPort"},
    {"LocalAddressIP4", "SourceIp"},
    {"LocalPort", "SourcePort"},
    {"event.RemoteAddressIP4", "DestinationIp"},
    {"event.RemotePort", "DestinationPort"},
    END,
};
static const struct cord_class_fields network_fields = {.aliases = network_aliases};

static const struct cord_class_alias registry_aliases[] = {
    {"registry.path", "TargetObject"},
    {"registry.data.strings", "Details"},
    {"user.name", "User"},
    END,
};
static const struct cord_class_fields registry_fields = {.aliases = registry_aliases};

static const struct cord_class_alias image_load_aliases[] = {
    {"dll.path", "ImageLoaded"},
    {"file.path", "ImageLoaded"},
    {"dll.pe.original_file_name", "OriginalFileName"},
    {"file.pe.original_file_name", "OriginalFileName"},
    {"dll.pe.product", "Product"},
    {"file.pe.product", "Product"},
    {"dll.pe.company", "Company"},
    {"file.pe.company", "Company"},
    {"dll.pe.description", "Description"},
    {"file.pe.description", "Description"},
    {"dll.pe.file_version", "FileVersion"},
    {"file.pe.file_version", "FileVersion"},
    {"dll.code_signature.signed", "Signed"},
    {"file.code_signature.signed", "Signed"},
    {"dll.code_signature.subject_name", "Signature"},
    {"file.code_signature.subject_name", "Signature"},
    {"dll.code_signature.status", "SignatureStatus"},
    {"file.code_signature.status", "SignatureStatus"},
    {"user.name", "User"},
    END,
};
static const struct cord_class_fields image_load_fields = {.aliases = image_load_aliases};

static const struct cord_class_alias dns_query_aliases[] = {
    {"dns.question.name", "QueryName"},
    {"dns.resolved_ip", "QueryResults"},
    {"sysmon.dns.status", "QueryStatus"},
    {"user.name", "User"},
    {"DomainName", "QueryName"},
    {"event.DomainName", "QueryName"},
    END,
};
static const struct cord_class_fields dns_query_fields = {.aliases = dns_query_aliases};

static const struct cord_class_alias pipe_aliases[] = {
    {"file.name", "PipeName"},
    {"user.name", "User"},
    END,
};
static const struct cord_class_fields pipe_fields = {.aliases = pipe_aliases};

static const struct cord_class_alias access_aliases[] = {
    {"process.executable", "SourceImage"},
    {"process.command_line", "SourceCommandLine"},
    {"process.parent.executable", "SourceParentImage"},
    {"process.entity_id", "SourceProcessGUID"},
    {"process.pid", "SourceProcessId"},
    {"user.name", "SourceUser"},
    END,
};
static const struct cord_class_fields access_fields = {.aliases = access_aliases};

static const struct cord_class_alias script_aliases[] = {
    {"powershell.file.script_block_text", "ScriptBlockText"},
    {"powershell.file.script_block_id", "ScriptBlockId"},
    {"file.path", "Path"},
    {"powershell.command.invocation_details.value", "Payload"},
    {"powershell.process.executable_version", "HostVersion"},
    END,
};
static const struct cord_class_fields script_fields = {.aliases = script_aliases};

static const struct cord_class_alias aliases_4688[] = {
    {"NewProcessName", "Image"},
    {"ParentProcessName", "ParentImage"},
    {"NewProcessId", "ProcessId"},
    {"ProcessId", "ParentProcessId"},
    {"MandatoryLabel", "IntegrityLevel"},
    {"SubjectLogonId", "LogonId"},
    {"ProcessCommandLine", "CommandLine"},
    /* Splunk's reading of the rendered text. */
    {"New_Process_Name", "Image"},
    {"Creator_Process_Name", "ParentImage"},
    {"New_Process_ID", "ProcessId"},
    {"Process_Command_Line", "CommandLine"},
    END,
};
const struct cord_class_fields cord_class_fields_4688 = {.aliases = aliases_4688};

static const struct cord_class_alias aliases_4657[] = {
    {"ProcessName", "Image"},
    {"NewValue", "Details"},
    END,
};
const struct cord_class_fields cord_class_fields_4657 = {.aliases = aliases_4657};

static const struct cord_class_alias aliases_5156[] = {
    {"Application", "Image"},
    {"SourceAddress", "SourceIp"},
    {"DestAddress", "DestinationIp"},
    {"DestPort", "DestinationPort"},
    END,
};
const struct cord_class_fields cord_class_fields_5156 = {.aliases = aliases_5156};

static const struct cord_class_alias defender_aliases[] = {
    {"ThreatName", "Signature"},
    {"Path", "Filename"},
    END,
};
const struct cord_class_fields cord_class_fields_defender = {.aliases = defender_aliases};

/* Requests to a web server or through a proxy. A path is offered as the query
 * as well: the public rules look for both in cs-uri-query. */
static const struct cord_class_alias web_aliases[] = {
    {"cs(User-Agent)", "cs-user-agent"},
    {"cs(User-Agent)", "c-useragent"},
    {"cs(Referer)", "cs-referer"},
    {"cs(Referer)", "cs-referrer"},
    {"cs(Referrer)", "cs-referrer"},
    {"cs(Cookie)", "cs-cookie"},
    {"cs(Host)", "cs-host"},
    {"cs-user-agent", "c-useragent"},
    {"cs-referer", "cs-referrer"},
    {"cs-referrer", "cs-referer"},
    {"cs-uri-stem", "cs-uri-query"},
    {"cs-uri-stem", "c-uri"},
    {"cs-uri-query", "c-uri-query"},
    {"cs-uri-query", "c-uri"},
    {"cs-uri-path", "cs-uri-stem"},
    {"cs-uri-path", "cs-uri-query"},
    {"cs-uri-path", "c-uri"},
    {"cs-uri-extension", "c-uri-extension"},
    {"cs-uri", "c-uri"},
    {"cs-uri", "cs-uri-query"},
    {"c-uri", "cs-uri-query"},
    {"c-uri", "cs-uri"},
    {"c-useragent", "cs-user-agent"},
    {"url.original", "cs-uri-query"},
    {"url.original", "c-uri"},
    {"url.original", "cs-uri"},
    {"url.full", "c-uri"},
    {"url.full", "cs-uri"},
    {"url.full", "cs-uri-query"},
    {"url.path", "cs-uri-stem"},
    {"url.path", "cs-uri-query"},
    {"url.query", "cs-uri-query"},
    {"url.query", "c-uri-query"},
    {"url.domain", "cs-host"},
    {"url.domain", "r-dns"},
    {"url.extension", "c-uri-extension"},
    {"http.request.method", "cs-method"},
    {"http.response.status_code", "sc-status"},
    {"http.request.referrer", "cs-referer"},
    {"http.request.referrer", "cs-referrer"},
    {"user_agent.original", "cs-user-agent"},
    {"user_agent.original", "c-useragent"},
    {"source.ip", "c-ip"},
    {"source.ip", "src_ip"},
    {"destination.ip", "dst_ip"},
    {"user.name", "cs-username"},
    END,
};
static const struct cord_class_fields web_fields = {.aliases = web_aliases};

static const struct cord_class_alias zeek_http_aliases[] = {
    {"uri", "c-uri"},
    {"uri", "cs-uri"},
    {"uri", "cs-uri-query"},
    {"uri", "cs-uri-stem"},
    {"method", "cs-method"},
    {"host", "cs-host"},
    {"host", "r-dns"},
    {"user_agent", "c-useragent"},
    {"user_agent", "cs-user-agent"},
    {"status_code", "sc-status"},
    {"referrer", "cs-referrer"},
    {"referrer", "cs-referer"},
    {"username", "cs-username"},
    {"request_body_len", "cs-bytes"},
    {"response_body_len", "sc-bytes"},
    END,
};
static const struct cord_class_fields zeek_http_fields = {.aliases = zeek_http_aliases};

static const struct cord_class_alias zeek_aliases[] = {
    {"id.orig_h", "src_ip"},
    {"id.orig_h", "c-ip"},
    {"id.orig_p", "src_port"},
    {"id.resp_h", "dst_ip"},
    {"id.resp_p", "dst_port"},
    {"id.resp_p", "destination.port"},
    {"source.ip", "id.orig_h"},
    {"source.port", "id.orig_p"},
    {"destination.ip", "id.resp_h"},
    {"destination.port", "id.resp_p"},
    {"qtype_name", "record_type"},
    {"answers", "answer"},
    END,
};
static const struct cord_class_fields zeek_fields = {
    .prefixes = {"zeek.connection.", "zeek.dns.", "zeek.http.", "zeek.smb_files.", "zeek.kerberos.",
                 "zeek.dce_rpc."},
    .aliases = zeek_aliases,
};

static const struct cord_class_alias suricata_aliases[] = {
    {"src_ip", "c-ip"},
    {"dest_ip", "dst_ip"},
    {"dest_port", "dst_port"},
    {"dest_port", "destination.port"},
    {"dns.rrname", "query"},
    {"dns.query.rrname", "query"},
    {"dns.queries.rrname", "query"},
    {"dns.rrtype", "record_type"},
    {"dns.query.rrtype", "record_type"},
    {"dns.queries.rrtype", "record_type"},
    {"dns.rdata", "answer"},
    {"dns.answers.rdata", "answer"},
    {"dns.grouped.A", "answer"},
    {"dns.grouped.AAAA", "answer"},
    {"dns.grouped.CNAME", "answer"},
    {"dns.grouped.TXT", "answer"},
    {"dns.grouped.MX", "answer"},
    {"dns.grouped.NS", "answer"},
    {"dns.grouped.PTR", "answer"},
    {"http.url", "c-uri"},
    {"http.url", "cs-uri"},
    {"http.url", "cs-uri-query"},
    {"http.url", "cs-uri-stem"},
    {"http.hostname", "cs-host"},
    {"http.hostname", "r-dns"},
    {"http.http_user_agent", "c-useragent"},
    {"http.http_user_agent", "cs-user-agent"},
    {"http.http_method", "cs-method"},
    {"http.status", "sc-status"},
    {"http.http_refer", "cs-referer"},
    {"http.http_refer", "cs-referrer"},
    {"http.http_content_type", "cs-content-type"},
    {"http.length", "sc-bytes"},
    END,
};
static const struct cord_class_fields suricata_fields = {.prefixes = {"suricata.eve."},
                                                         .aliases = suricata_aliases};

static const struct cord_class_alias dns_aliases[] = {
    {"dns.question.name", "query"},
    {"dns.question.type", "record_type"},
    {"dns.answers.data", "answer"},
    {"dns.resolved_ip", "answer"},
    {"query_name", "query"},
    {"query_type", "record_type"},
    {"answers.Rdata", "answer"},
    {"qname", "query"},
    {"domain", "query"},
    {"queryType", "record_type"},
    {"QNAME", "query"},
    {"QueryName", "query"},
    {"QueryType", "record_type"},
    {"source.ip", "src_ip"},
    END,
};
static const struct cord_class_fields dns_fields = {.aliases = dns_aliases};

static const struct cord_class_alias firewall_aliases[] = {
    {"source.ip", "src_ip"},
    {"source.port", "src_port"},
    {"destination.ip", "dst_ip"},
    {"destination.port", "dst_port"},
    {"event.action", "action"},
    {"srcip", "src_ip"},
    {"srcport", "src_port"},
    {"dstip", "dst_ip"},
    {"dstport", "dst_port"},
    {"srcaddr", "src_ip"},
    {"dstaddr", "dst_ip"},
    {"srcAddr", "src_ip"},
    {"dstAddr", "dst_ip"},
    {"dstPort", "dst_port"},
    {"SRC", "src_ip"},
    {"DST", "dst_ip"},
    {"SPT", "src_port"},
    {"DPT", "dst_port"},
    {"src", "src_ip"},
    {"dst", "dst_ip"},
    {"spt", "src_port"},
    {"dpt", "dst_port"},
    {"act", "action"},
    {"dst_port", "destination.port"},
    {"dstport", "destination.port"},
    {"dpt", "destination.port"},
    {"dstPort", "destination.port"},
    {"DPT", "destination.port"},
    {"l4_dst_port", "destination.port"},
    END,
};
static const struct cord_class_fields firewall_fields = {.aliases = firewall_aliases};

static const struct cord_class_alias antivirus_aliases[] = {
    {"ThreatName", "Signature"},  {"threat_name", "Signature"},
    {"threat.name", "Signature"}, {"signature", "Signature"},
    {"virus", "Signature"},       {"VirusName", "Signature"},
    {"file.path", "Filename"},    {"FilePath", "Filename"},
    {"file_path", "Filename"},    {"filename", "Filename"},
    {"FileName", "Filename"},     {"filePath", "Filename"},
    {"fname", "Filename"},        END,
};
static const struct cord_class_fields antivirus_fields = {.aliases = antivirus_aliases};

static const struct cord_class_alias cloudtrail_aliases[] = {
    {"event.action", "eventName"},
    {"event.provider", "eventSource"},
    {"user_agent.original", "userAgent"},
    {"source.ip", "sourceIPAddress"},
    {"source.address", "sourceIPAddress"},
    {"sourceIPAddress", "src_ip"},
    {"cloud.region", "awsRegion"},
    /* Collectors that write every name small. */
    {"eventname", "eventName"},
    {"eventsource", "eventSource"},
    {"eventtype", "eventType"},
    {"errorcode", "errorCode"},
    {"errormessage", "errorMessage"},
    {"useragent", "userAgent"},
    {"useridentity.type", "userIdentity.type"},
    {"useridentity.arn", "userIdentity.arn"},
    {"useridentity.sessioncontext.sessionissuer.type",
     "userIdentity.sessionContext.sessionIssuer.type"},
    {"requestparameters", "requestParameters"},
    {"requestparameters.attribute", "requestParameters.attribute"},
    {"responseelements", "responseElements"},
    {"responseelements.consolelogin", "responseElements.ConsoleLogin"},
    {"additionaleventdata.mfaused", "additionalEventData.MFAUsed"},
    {"sourceipaddress", "sourceIPAddress"},
    {"sourceipaddress", "src_ip"},
    END,
};
static const struct cord_class_fields cloudtrail_fields = {
    .prefixes = {"aws.cloudtrail.", "flattened."},
    .wholes = {"requestParameters", "responseElements", "requestparameters", "responseelements"},
    .camel = true,
    .aliases = cloudtrail_aliases,
};

static const struct cord_class_alias azure_aliases[] = {
    {"properties.activityDisplayName", "properties.message"},
    {"properties.activityDisplayName", "ActivityDisplayName"},
    {"properties.activityDisplayName", "OperationName"},
    {"properties.activityDisplayName", "ActivityType"},
    {"activityDisplayName", "properties.message"},
    {"activityDisplayName", "operationName"},
    {"activityDisplayName", "OperationName"},
    {"ActivityDisplayName", "properties.message"},
    {"operationName", "properties.message"},
    {"operationName", "OperationName"},
    {"operationName", "OperationNameValue"},
    {"operationName.value", "operationName"},
    {"operationName.value", "OperationNameValue"},
    {"operationName.localizedValue", "properties.message"},
    {"OperationNameValue", "operationName"},
    {"category", "CategoryValue"},
    {"category.value", "CategoryValue"},
    {"category.value", "category"},
    {"resourceProviderName.value", "ResourceProviderValue"},
    {"resultType", "ResultType"},
    {"properties.status.errorCode", "ResultType"},
    {"properties.status.errorCode", "resultType"},
    {"status.errorCode", "ResultType"},
    {"properties.status.failureReason", "ResultDescription"},
    {"status.failureReason", "ResultDescription"},
    {"resultDescription", "Resultdescription"},
    {"properties.result", "Status"},
    {"result", "Status"},
    {"resultSignature", "Status"},
    {"properties.resultReason", "failure_status_reason"},
    {"properties.deviceDetail.trustType", "DeviceDetail.trusttype"},
    {"deviceDetail.trustType", "DeviceDetail.trusttype"},
    {"properties.deviceDetail.deviceId", "DeviceDetail.deviceId"},
    {"deviceDetail.deviceId", "DeviceDetail.deviceId"},
    {"deviceDetail.deviceId", "properties.deviceDetail.deviceId"},
    {"properties.deviceDetail.isCompliant", "DeviceDetail.isCompliant"},
    {"deviceDetail.isCompliant", "DeviceDetail.isCompliant"},
    {"properties.clientAppUsed", "ClientApp"},
    {"clientAppUsed", "ClientApp"},
    {"properties.userPrincipalName", "Username"},
    {"userPrincipalName", "Username"},
    {"properties.location.countryOrRegion", "location"},
    {"location.countryOrRegion", "location"},
    {"properties.ipAddress", "callerIpAddress"},
    {"ipAddress", "callerIpAddress"},
    {"properties.initiatedBy.user.userPrincipalName", "Initiatied.By"},
    {"properties.initiatedBy.user.userPrincipalName", "properties.initiatedBy"},
    {"properties.initiatedBy.user.userPrincipalName", "Initiatedby"},
    {"properties.targetResources.modifiedProperties.displayName",
     "TargetResources.ModifiedProperties.DisplayName"},
    {"properties.targetResources.modifiedProperties.newValue",
     "TargetResources.ModifiedProperties.NewValue"},
    {"properties.targetResources.modifiedProperties.newValue",
     "TargetResources.modifiedProperties.newValue"},
    {"properties.targetResources.modifiedProperties.displayName",
     "TargetResources.modifiedProperties"},
    {"properties.targetResources.displayName", "TargetResources"},
    {"properties.targetResources.displayName", "Target"},
    {"properties.targetResources.displayName", "properties.targetResources"},
    {"properties.targetResources.type", "targetResources.type"},
    {"properties.additionalDetails.value", "additionalDetails.additionalInfo"},
    {"source.ip", "callerIpAddress"},
    {"user_agent.original", "userAgent"},
    {"UserAgent", "userAgent"},
    {"event.action", "operationName"},
    END,
};
static const struct cord_class_fields azure_fields = {
    .prefixes = {"azure.auditlogs.", "azure.signinlogs.", "azure.activitylogs.",
                 "azure.identityprotection.", "properties."},
    .camel = true,
    .pascal = true,
    .aliases = azure_aliases,
};

static const struct cord_class_alias gcp_aliases[] = {
    {"protoPayload.methodName", "gcp.audit.method_name"},
    {"protoPayload.methodName", "data.protoPayload.methodName"},
    {"data.protoPayload.methodName", "gcp.audit.method_name"},
    {"gcp.audit.method_name", "data.protoPayload.methodName"},
    {"protoPayload.serviceName", "data.protoPayload.serviceName"},
    {"protoPayload.serviceName", "protoPayload.Servicename"},
    {"protoPayload.serviceName", "eventService"},
    {"data.protoPayload.serviceName", "eventService"},
    {"protoPayload.metadata.event.eventName", "eventName"},
    {"protoPayload.metadata.event.parameter.value", "new_value"},
    {"protoPayload.authorizationInfo.permission", "data.protoPayload.authorizationInfo.permission"},
    {"protoPayload.authorizationInfo.granted", "data.protoPayload.authorizationInfo.granted"},
    {"protoPayload.resource.type", "data.protoPayload.resource.type"},
    {"resource.type", "data.protoPayload.resource.type"},
    {"logName", "data.protoPayload.logName"},
    {"protoPayload.logName", "data.protoPayload.logName"},
    {"name", "eventName"},
    {"events.name", "eventName"},
    {"events.name", "protoPayload.metadata.event.eventName"},
    {"name", "protoPayload.metadata.event.eventName"},
    {"eventService", "protoPayload.serviceName"},
    {"eventService", "protoPayload.Servicename"},
    {"event.action", "eventName"},
    {"parameters.SETTING_NAME", "setting_name"},
    {"parameters.NEW_VALUE", "new_value"},
    {"google_workspace.admin.setting.name", "setting_name"},
    {"google_workspace.admin.new_value", "new_value"},
    END,
};
static const struct cord_class_fields gcp_fields = {.aliases = gcp_aliases};

static const struct cord_class_alias m365_aliases[] = {
    {"Workload", "eventSource"},
    {"workload", "eventSource"},
    {"Operation", "eventName"},
    {"operation", "eventName"},
    {"operation", "Operation"},
    {"Name", "eventName"},
    {"ResultStatus", "status"},
    {"resultstatus", "status"},
    {"resultstatus", "ResultStatus"},
    {"workload", "Workload"},
    {"parameters", "Parameters"},
    {"objectid", "ObjectId"},
    {"Parameters.Value", "Parameters"},
    {"Parameters.Name", "Parameters"},
    {"parameters.Value", "Parameters"},
    {"parameters.Name", "Parameters"},
    {"event.action", "Operation"},
    {"event.provider", "Workload"},
    END,
};
static const struct cord_class_fields m365_fields = {.prefixes = {"o365.audit."},
                                                     .aliases = m365_aliases};

static const struct cord_class_alias okta_aliases[] = {
    {"eventtype", "eventType"},
    {"eventType", "eventtype"},
    {"event.action", "eventType"},
    {"displaymessage", "displayMessage"},
    {"legacyeventtype", "legacyEventType"},
    {"securitycontext.isProxy", "securityContext.isProxy"},
    {"debugcontext.debugData.requestUri", "debugContext.debugData.requestUri"},
    {"debugcontext.debugData.behaviors", "debugContext.debugData.behaviors"},
    {"debugcontext.debugData.logOnlySecurityData", "debugContext.debugData.logOnlySecurityData"},
    END,
};
static const struct cord_class_fields okta_fields = {
    .prefixes = {"okta."},
    .wholes = {"debugContext.debugData.behaviors", "debugContext.debugData.logOnlySecurityData",
               "debugcontext.debugData.behaviors", "debugcontext.debugData.logOnlySecurityData"},
    .camel = true,
    .aliases = okta_aliases};

static const struct cord_class_alias github_aliases[] = {
    {"event.action", "action"},
    END,
};
/* A Bundle's entries have the names of the resources in it. */
static const struct cord_class_fields fhir_fields = {.prefixes = {"entry.resource."}};

static const struct cord_class_fields github_fields = {.prefixes = {"github."},
                                                       .aliases = github_aliases};

static const struct cord_class_alias bitbucket_aliases[] = {
    {"bitbucket.audit.type.action", "auditType.action"},
    {"bitbucket.audit.type.category", "auditType.category"},
    END,
};
static const struct cord_class_fields bitbucket_fields = {.aliases = bitbucket_aliases};

static const struct cord_class_alias kubernetes_aliases[] = {
    {"objectRef.apiGroup", "apiGroup"},
    {"requestObject.spec.volumes.hostPath.path", "hostPath"},
    {"requestObject.spec.containers.securityContext.capabilities.add", "capabilities"},
    END,
};
static const struct cord_class_fields kubernetes_fields = {.prefixes = {"kubernetes.audit."},
                                                           .aliases = kubernetes_aliases};

static const struct cord_class_fields fortigate_fields = {.prefixes = {"fortinet.firewall."}};

static const struct cord_class_alias duo_aliases[] = {
    {"cisco_duo.auth.event_type", "event_type"},
    {"cisco_duo.auth.reason", "reason"},
    END,
};
static const struct cord_class_fields duo_fields = {.aliases = duo_aliases};

static const struct cord_class_alias auditd_aliases[] = {
    {"auditd.log.record_type", "type"}, {"record_type", "type"},  {"syscall", "SYSCALL"},
    {"process.executable", "exe"},      {"process.name", "comm"}, END,
};
static const struct cord_class_fields auditd_fields = {
    .prefixes = {"auditd.log.", "auditd.data.", "data.audit."},
    .aliases = auditd_aliases,
};

static const struct cord_class_alias sudo_aliases[] = {
    {"user", "USER"},
    {"command", "COMMAND"},
    END,
};
static const struct cord_class_fields sudo_fields = {.aliases = sudo_aliases};

struct choice {
    const char *product;  /* "" any */
    const char *category; /* "" any */
    const char *service;  /* "" any */
    const struct cord_class_fields *fields;
};

static const struct choice choices[] = {
    {"windows", "", "", &windows_fields},
    {"linux", "", "sysmon", &windows_fields},
    {"rpc_firewall", "", "", &windows_fields},
    {"windows", "", "powershell-classic", &unnamed_fields},
    {"windows", "", "application", &unnamed_fields},
    {"", "process_creation", "", &process_fields},
    {"", "process_termination", "", &process_fields},
    {"", "file_event", "", &file_fields},
    {"", "file_change", "", &file_fields},
    {"", "file_delete", "", &file_fields},
    {"", "file_access", "", &file_fields},
    {"", "file_rename", "", &file_fields},
    {"", "file_rename", "", &rename_fields},
    {"", "file_executable_detected", "", &file_fields},
    {"", "file_block", "", &file_fields},
    {"", "create_stream_hash", "", &file_fields},
    {"", "network_connection", "", &network_fields},
    {"", "registry_event", "", &registry_fields},
    {"", "registry_set", "", &registry_fields},
    {"", "registry_add", "", &registry_fields},
    {"", "registry_delete", "", &registry_fields},
    {"", "image_load", "", &image_load_fields},
    {"", "driver_load", "", &image_load_fields},
    {"", "dns_query", "", &dns_query_fields},
    {"", "pipe_created", "", &pipe_fields},
    {"", "process_access", "", &access_fields},
    {"", "create_remote_thread", "", &access_fields},
    {"", "ps_script", "", &script_fields},
    {"", "ps_module", "", &script_fields},
    {"windows", "", "sysmon", &host_fields},
    {"", "file_event", "", &host_fields},
    {"", "network_connection", "", &host_fields},
    {"", "registry_event", "", &host_fields},
    {"", "image_load", "", &host_fields},
    {"", "dns_query", "", &host_fields},
    {"", "webserver", "", &web_fields},
    {"", "proxy", "", &web_fields},
    {"zeek", "", "", &zeek_fields},
    {"zeek", "", "http", &zeek_http_fields},
    {"suricata", "", "", &suricata_fields},
    {"", "dns", "", &dns_fields},
    {"", "firewall", "", &firewall_fields},
    {"", "", "netflow", &firewall_fields},
    {"", "antivirus", "", &antivirus_fields},
    {"aws", "", "cloudtrail", &cloudtrail_fields},
    {"azure", "", "", &azure_fields},
    {"gcp", "", "", &gcp_fields},
    {"m365", "", "", &m365_fields},
    {"okta", "", "", &okta_fields},
    {"github", "", "", &github_fields},
    {"fhir", "", "audit", &fhir_fields},
    {"bitbucket", "", "", &bitbucket_fields},
    {"kubernetes", "", "", &kubernetes_fields},
    {"cisco", "", "duo", &duo_fields},
    {"fortigate", "", "", &fortigate_fields},
    {"linux", "", "auditd", &auditd_fields},
    {"linux", "", "sudo", &sudo_fields},
};

void cord_class_fields_choose(struct cord_class_words *words)
{
    for (size_t at = 0; at < sizeof(choices) / sizeof(choices[0]); at++) {
        const struct choice *choice = &choices[at];
        bool product = choice->product[0] == '\0' ||
                       cord_str_eq_fold(cord_str_from(choice->product), words->product);
        bool category =
            choice->category[0] == '\0' || cord_class_words_has_category(words, choice->category);
        bool service =
            choice->service[0] == '\0' || cord_class_words_has_service(words, choice->service);
        if (product && category && service) {
            cord_class_words_fields(words, choice->fields);
        }
    }
}
