"""Items that every object has, and those of objects that hold assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

ENUMS = {
    "ResultStatus": (
        "success warning partial_error fatal_error handled_error not_applicable in_progress unknown"
    ),
    "RecordType": "simple complex",
    "ActivationStatus": "enabled disabled archived",
    "LockoutStatus": "normal locked",
    "TimeIntervalStatus": "before in after",
    "ShadowKind": "account entitlement generic association unknown",
}

METADATA = """
requestTimestamp        dateTime                op
requestorRef            ref:FocusType           op
createTimestamp         dateTime                op
creatorRef              ref:FocusType           op
createChannel           uri                     op
createTaskRef           ref:TaskType            op
createApproverRef       ref:FocusType*          op
modifyTimestamp         dateTime                op
modifierRef             ref:FocusType           op
modifyChannel           uri                     op
modifyTaskRef           ref:TaskType            op
modifyApproverRef       ref:FocusType*          op
originMappingName       string                  op
"""

VALUE_METADATA = """
storage                 MetadataType            op
process                 MetadataType            op
provenance              any                     op
"""

TRIGGER = """
timestamp               dateTime
handlerUri              uri
originDescription       string
"""

OPERATION_EXECUTION = """
recordType              enum:RecordType         op
timestamp               dateTime                op
status                  enum:ResultStatus       op
message                 string                  op
operation               any                     op
initiatorRef            ref:FocusType           op
taskRef                 ref:TaskType            op
taskRunIdentifier       string                  op
activityPath            any                     op
channel                 uri                     op
"""

OBJECT = """
name                    polystring              object.name
description             string
documentation           string
subtype                 string*
fetchResult             any                     computed
extension               ExtensionType
parentOrgRef            ref:OrgType*            reference  op
trigger                 TriggerType*            op
metadata                MetadataType            op
tenantRef               ref:OrgType             op
lifecycleState          string
operationExecution      OperationExecutionType* outcome  op
lensContext             any                     removed
policySituation         uri*                    op
policyException         any*
policyStatement         any*
effectiveMarkRef        ref:MarkType*           reference
diagnosticInformation   any*                    op
indestructible          boolean  -- Nobody can delete the object as long as this is true.
"""

ASSIGNMENT = """
identifier              string
description             string
documentation           string
lifecycleState          string
subtype                 string*
metadata                MetadataType            op
extension               ExtensionType
policySituation         uri*                    op
validFrom               dateTime                removed
validTo                 dateTime                removed
targetRef               ref:AssignmentHolderType
orgRef                  ref:OrgType
tenantRef               ref:OrgType
activation              ActivationType
order                   int
construction            ConstructionType
effectiveMarkRef        ref:MarkType*
focusType               qname
"""

CONSTRUCTION = """
resourceRef             ref:ResourceType
kind                    enum:ShadowKind
intent                  string
description             string
attribute               any*
"""

ACTIVATION = """
administrativeStatus    enum:ActivationStatus
effectiveStatus         enum:ActivationStatus   op
validFrom               dateTime
validTo                 dateTime
validityStatus          enum:TimeIntervalStatus op
validityChangeTimestamp dateTime                op
disableReason           uri
disableTimestamp        dateTime                op
enableTimestamp         dateTime                op
archiveTimestamp        dateTime                op
lockoutStatus           enum:LockoutStatus
lockoutExpirationTimestamp dateTime             op
"""

ASSIGNMENT_HOLDER = """
assignment              AssignmentType*         assignment
iteration               int                     op
iterationToken          string                  op
archetypeRef            ref:ArchetypeType*      reference
roleMembershipRef       ref:AssignmentHolderType* reference  op
delegatedRef            ref:AssignmentHolderType* reference  op
roleInfluenceRef        ref:AssignmentHolderType* reference  op
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    schema.declare("MetadataType", METADATA)
    schema.declare("ValueMetadataType", VALUE_METADATA)
    schema.declare("ExtensionType", "", open=True)
    schema.declare("TriggerType", TRIGGER)
    schema.declare("OperationExecutionType", OPERATION_EXECUTION)
    schema.declare("ActivationType", ACTIVATION)
    schema.declare("ConstructionType", CONSTRUCTION)
    schema.declare("AssignmentType", ASSIGNMENT)
    schema.declare("ObjectType", OBJECT, is_object=True, abstract=True)
    schema.declare(
        "AssignmentHolderType",
        ASSIGNMENT_HOLDER,
        extends="ObjectType",
        is_object=True,
        abstract=True,
    )
