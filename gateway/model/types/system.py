"""Audit records, reports, marks and other system objects: types that filters speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

ENUMS = {
    "AuditEventType": (
        "getObject addObject modifyObject deleteObject executeChangesRaw synchronization "
        "createSession terminateSession workItem workflowProcessInstance reconciliation "
        "suspendTask resumeTask discoverObject informationDisclosure runTaskImmediately"
    ),
    "AuditEventStage": "request execution resource",
    "FileFormat": "html csv xml",
    "NodeOperationalState": "starting up down",
}

AUDIT_EVENT = """
repoId                  long
timestamp               dateTime
eventIdentifier         string
eventType               enum:AuditEventType
eventStage              enum:AuditEventStage
sessionIdentifier       string
requestIdentifier       string
taskIdentifier          string
taskOID                 string
hostIdentifier          string
nodeIdentifier          string
remoteHostAddress       string
initiatorRef            ref:FocusType
attorneyRef             ref:FocusType
effectivePrincipalRef   ref:FocusType
targetRef               ref:ObjectType
targetOwnerRef          ref:FocusType
channel                 uri
outcome                 enum:ResultStatus
parameter               string
message                 string
result                  string
resourceOid             string*
changedItem             path*
delta                   ObjectDeltaOperationType*
property                any*
reference               any*
customColumnProperty    any*
"""

DELTA_OPERATION = """
objectDelta             any
executionResult         any
objectName              polystring
objectOid               string
resourceName            polystring
resourceOid             string
shadowKind              enum:ShadowKind
shadowIntent            string
"""

REPORT = """
objectCollection        any
dashboard               any
fileFormat              any
postReportScript        any
"""

REPORT_DATA = """
reportRef               ref:ReportType
fileFormat              enum:FileFormat
filePath                string
nodeRef                 ref:NodeType
"""

MARK = """
assignmentPolicyRule    any
eventMarkCategory       string
supportedProjection     any
displayName             polystring
"""

LOOKUP_TABLE = """
row                     LookupTableRowType*
"""

LOOKUP_ROW = """
key                     string
value                   string
label                   polystring
lastChangeTimestamp     dateTime
"""

OBJECT_COLLECTION = """
type                    qname
filter                  any
baseCollection          any
domain                  any
"""

NODE = """
nodeIdentifier          string
hostname                string
lastCheckInTime         dateTime                op
running                 boolean                 op
clustered               boolean                 op
operationalState        enum:NodeOperationalState op
"""

SEQUENCE = """
counter                 long                    op
maxUnusedValues         int
"""

DASHBOARD = """
widget                  any*
display                 any
"""

SYSTEM_CONFIGURATION = """
globalSecurityPolicyRef ref:SecurityPolicyType
globalPolicyRule        any*
defaultObjectPolicyConfiguration any*
deploymentInformation   any
logging                 any
internals               any
adminGuiConfiguration   any
cleanupPolicy           any
connectorFramework      any
messageTransportConfiguration any
notificationConfiguration any
profilingConfiguration  any
fullTextSearch          any
workflowConfiguration   any
roleManagement          any
access                  any
infrastructure          any
audit                   any
expressions             any
valueMetadata           any
"""

SECURITY_POLICY = """
authentication          any
credentials             CredentialsPolicyType
credentialsReset        any*
flow                    any
"""

CREDENTIALS_POLICY = """
default                 any
password                PasswordPolicyType
securityQuestions       any
nonce                   any*
"""

LOGIN_RULES = """
name                    string
description             string
valuePolicyRef          ref:ValuePolicyType
historyLength           int
minAge                  duration
maxAge                  duration
lockoutMaxFailedAttempts int
lockoutFailedAttemptsDuration duration
lockoutDuration         duration
storageMethod           any
"""

VALUE_POLICY = """
lifetime                any
minOccurs               string
maxOccurs               string
stringPolicy            StringPolicyType
prohibitedValues        any
"""

STRING_POLICY = """
description             string
limitations             StringLimitationsType
characterClass          CharacterClassType
"""

STRING_LIMITATIONS = """
minLength               int
maxLength               int
minUniqueChars          int
checkAgainstDictionary  boolean                 refused
checkPattern            string                  refused
checkExpression         any*                    refused
limit                   StringLimitType*
"""

STRING_LIMIT = """
description             string
minOccurs               int
maxOccurs               int
mustBeFirst             boolean
characterClass          CharacterClassType
"""

CHARACTER_CLASS = """
name                    string
value                   string
ref                     qname
characterClass          CharacterClassType*
"""

OBJECT_TEMPLATE = """
includeRef              ref:ObjectTemplateType*
iterationSpecification  any
item                    any*
mapping                 any*
correlation             any
"""

FUNCTION_LIBRARY = """
function                any*
"""

MESSAGE_TEMPLATE = """
defaultContent          any
localizedContent        any*
"""

FORM = """
formDefinition          any
"""

SCHEMA_OBJECT = """
namespace               uri
definition              any
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    schema.declare("ObjectDeltaOperationType", DELTA_OPERATION)
    schema.declare("AuditEventRecordType", AUDIT_EVENT)
    schema.declare("LookupTableRowType", LOOKUP_ROW)
    for name, rows in (
        ("CharacterClassType", CHARACTER_CLASS),
        ("StringLimitType", STRING_LIMIT),
        ("StringLimitationsType", STRING_LIMITATIONS),
        ("StringPolicyType", STRING_POLICY),
        ("PasswordPolicyType", LOGIN_RULES),
        ("CredentialsPolicyType", CREDENTIALS_POLICY),
    ):
        schema.declare(name, rows)
    for name, rows in (
        ("ReportType", REPORT),
        ("ReportDataType", REPORT_DATA),
        ("MarkType", MARK),
        ("LookupTableType", LOOKUP_TABLE),
        ("ObjectCollectionType", OBJECT_COLLECTION),
        ("NodeType", NODE),
        ("SequenceType", SEQUENCE),
        ("DashboardType", DASHBOARD),
        ("SystemConfigurationType", SYSTEM_CONFIGURATION),
        ("SecurityPolicyType", SECURITY_POLICY),
        ("ValuePolicyType", VALUE_POLICY),
        ("ObjectTemplateType", OBJECT_TEMPLATE),
        ("FunctionLibraryType", FUNCTION_LIBRARY),
        ("MessageTemplateType", MESSAGE_TEMPLATE),
        ("FormType", FORM),
        ("SchemaType", SCHEMA_OBJECT),
    ):
        schema.declare(name, rows, extends="AssignmentHolderType", is_object=True)
