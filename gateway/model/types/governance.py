"""Cases, access certification, policies and simulation: types that filters speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

ENUMS = {
    "CampaignState": "created inReviewStage reviewStageDone inRemediation closed",
    "ProcessedObjectState": "unmodified added modified deleted",
}

CASE = """
parentRef               ref:CaseType
objectRef               ref:ObjectType
targetRef               ref:ObjectType
requestorRef            ref:FocusType
state                   string
outcome                 uri
closeTimestamp          dateTime                op
stageNumber             int                     op
event                   any*                    op
workItem                CaseWorkItemType*
approvalContext         ApprovalContextType
correlationContext      any
"""

APPROVAL_CONTEXT = """
changeAspect            string
approvalSchema          any
immediateExecution      boolean
"""

ABSTRACT_WORK_ITEM = """
name                    polystring
stageNumber             int
originalAssigneeRef     ref:FocusType*
assigneeRef             ref:FocusType*
candidateRef            ref:FocusType*
performerRef            ref:FocusType
output                  WorkItemOutputType
outputChangeTimestamp   dateTime
createTimestamp         dateTime
closeTimestamp          dateTime
deadline                dateTime
escalationLevel         WorkItemEscalationType
"""

OUTPUT = """
outcome                 string
comment                 string
"""

ESCALATION = """
number                  int
name                    string
displayName             string
"""

CERTIFICATION_DEFINITION = """
handlerUri              uri
scopeDefinition         any
stageDefinition         any*
remediationDefinition   any
ownerRef                ref:FocusType
lastCampaignStartedTimestamp dateTime           op
lastCampaignClosedTimestamp dateTime            op
lastCampaignIdUsed      int                     op
adHoc                   boolean
automatic               boolean
"""

CAMPAIGN = """
definitionRef           ref:AccessCertificationDefinitionType
ownerRef                ref:FocusType
handlerUri              uri
startTimestamp          dateTime                op
endTimestamp            dateTime                op
state                   enum:CampaignState      op
stageNumber             int                     op
iteration               int                     op
campaignIteration       int                     op
stage                   CertificationStageType*
case                    AccessCertificationCaseType*
scopeDefinition         any
"""

STAGE = """
number                  int
name                    string
startTimestamp          dateTime
deadline                dateTime
endTimestamp            dateTime
"""

CERTIFICATION_CASE = """
objectRef               ref:ObjectType
targetRef               ref:ObjectType
tenantRef               ref:OrgType
orgRef                  ref:OrgType
activation              ActivationType
currentStageOutcome     uri
currentStageCreateTimestamp dateTime
currentStageDeadline    dateTime
stageNumber             int
iteration               int
campaignIteration       int
outcome                 uri
remediedTimestamp       dateTime
reviewFinishedTimestamp dateTime
workItem                AccessCertificationWorkItemType*
assignment              AssignmentType
isInducement            boolean
"""

CERTIFICATION_WORK_ITEM = """
iteration               int
campaignIteration       int
"""

PROCESSED_OBJECT = """
name                    polystring
oid                     string
type                    qname
state                   enum:ProcessedObjectState
transactionId           string
projectionRecords       int
before                  ProcessedObjectStateType
after                   ProcessedObjectStateType
resourceObjectCoordinates any
"""

PROCESSED_STATE = """
attributes              ShadowAttributesType
extension               ExtensionType
"""

SIMULATION_RESULT = """
startTimestamp          dateTime                op
endTimestamp            dateTime                op
rootTaskRef             ref:TaskType
definition              any
metric                  any*
processedObject         SimulationResultProcessedObjectType*
"""

OUTLIER = """
objectRef               ref:FocusType
overallConfidence       decimal
partitionCount          int
"""

CLUSTER = """
roleAnalysisSessionRef  ref:RoleAnalysisSessionType
category                string
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    for name, rows in (
        ("ApprovalContextType", APPROVAL_CONTEXT),
        ("WorkItemOutputType", OUTPUT),
        ("WorkItemEscalationType", ESCALATION),
        ("AbstractWorkItemType", ABSTRACT_WORK_ITEM),
        ("CertificationStageType", STAGE),
        ("AccessCertificationCaseType", CERTIFICATION_CASE),
        ("ProcessedObjectStateType", PROCESSED_STATE),
        ("SimulationResultProcessedObjectType", PROCESSED_OBJECT),
    ):
        schema.declare(name, rows)
    schema.declare("CaseWorkItemType", "", extends="AbstractWorkItemType")
    schema.declare(
        "AccessCertificationWorkItemType", CERTIFICATION_WORK_ITEM, extends="AbstractWorkItemType"
    )
    for name, rows in (
        ("CaseType", CASE),
        ("AccessCertificationDefinitionType", CERTIFICATION_DEFINITION),
        ("AccessCertificationCampaignType", CAMPAIGN),
        ("SimulationResultType", SIMULATION_RESULT),
        ("RoleAnalysisSessionType", ""),
        ("RoleAnalysisClusterType", CLUSTER),
        ("RoleAnalysisOutlierType", OUTLIER),
    ):
        schema.declare(name, rows, extends="AssignmentHolderType", is_object=True)
    schema.declare("PolicyType", "", extends="AbstractRoleType", is_object=True)
