"""Resources, what is found on them, and what connects to them: types that filters speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

ENUMS = {
    "AvailabilityStatus": "up down broken",
    "AdministrativeOperationalState": "operational maintenance",
    "SynchronizationSituation": "deleted unmatched disputed linked unlinked",
    "PendingOperationExecutionStatus": "requested executionPending executing completed",
    "ShadowLifecycleState": "conceived proposed live gestating gone corpse tombstone",
    "CorrelationSituation": "noOwner existingOwner uncertain error",
}

SHADOW = """
resourceRef             ref:ResourceType
shadowLifecycleState    enum:ShadowLifecycleState op
primaryIdentifierValue  string                  op
objectClass             qname
auxiliaryObjectClass    qname*
kind                    enum:ShadowKind
intent                  string
tag                     string
exists                  boolean                 op
dead                    boolean                 op
deathTimestamp          dateTime                op
iteration               int                     op
iterationToken          string                  op
synchronizationSituation enum:SynchronizationSituation op
synchronizationTimestamp dateTime               op
fullSynchronizationTimestamp dateTime           op
synchronizationSituationDescription any*        op
correlation             ShadowCorrelationType   op
pendingOperation        PendingOperationType*   op
attributes              ShadowAttributesType
associations            ShadowAttributesType
activation              ActivationType
credentials             CredentialsType
protectedObject         boolean                 op
ignored                 boolean
assigned                boolean
contentDescription      string
"""

SHADOW_CORRELATION = """
situation               enum:CorrelationSituation op
correlationStartTimestamp dateTime              op
correlationEndTimestamp dateTime                op
correlationCaseOpenTimestamp dateTime           op
correlationCaseCloseTimestamp dateTime          op
performerRef            ref:FocusType*          op
"""

PENDING_OPERATION = """
type                    string                  op
executionStatus         enum:PendingOperationExecutionStatus op
resultStatus            enum:ResultStatus       op
requestTimestamp        dateTime                op
completionTimestamp     dateTime                op
lastAttemptTimestamp    dateTime                op
attemptNumber           int                     op
attempt                 int                     op
asynchronousOperationReference string           op
"""

CREDENTIALS = """
password                CredentialType
"""

CREDENTIAL = """
metadata                MetadataType            op
lastSuccessfulLogin     any                     op
lastFailedLogin         any                     op
failedLogins            int                     op
forceChange             boolean
"""

RESOURCE = """
connectorRef            ref:ConnectorType
connectorConfiguration  ExtensionType
additionalConnector     any*
namespace               uri
schema                  any
schemaHandling          any
synchronization         any
capabilities            any
scripts                 any
consistency             any
business                ResourceBusinessType
administrativeOperationalState AdministrativeOperationalStateType
operationalState        OperationalStateType    op
operationalStateHistory OperationalStateType*   op
template                boolean
abstract                boolean
super                   any
projection              any
"""

ADMINISTRATIVE_STATE = """
administrativeAvailabilityStatus enum:AdministrativeOperationalState
"""

OPERATIONAL_STATE = """
lastAvailabilityStatus  enum:AvailabilityStatus op
message                 string                  op
nodeId                  string                  op
timestamp               dateTime                op
"""

BUSINESS = """
administrativeState     string
ownerRef                ref:FocusType*
approverRef             ref:FocusType*
operatorRef             ref:FocusType*
"""

CONNECTOR = """
framework               uri
connectorType           string
connectorVersion        string
connectorBundle         string
displayName             polystring
available               boolean
targetSystemType        uri*
namespace               uri
connectorHostRef        ref:ConnectorHostType
schema                  any
"""

CONNECTOR_HOST = """
hostname                string
port                    string
protectConnection       boolean
timeout                 int
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    schema.declare("ShadowAttributesType", "", open=True)
    for name, rows in (
        ("ShadowCorrelationType", SHADOW_CORRELATION),
        ("PendingOperationType", PENDING_OPERATION),
        ("CredentialsType", CREDENTIALS),
        ("CredentialType", CREDENTIAL),
        ("AdministrativeOperationalStateType", ADMINISTRATIVE_STATE),
        ("OperationalStateType", OPERATIONAL_STATE),
        ("ResourceBusinessType", BUSINESS),
    ):
        schema.declare(name, rows)
    schema.declare("ShadowType", SHADOW, extends="ObjectType", is_object=True)
    schema.declare("ResourceType", RESOURCE, extends="AssignmentHolderType", is_object=True)
    schema.declare("ConnectorType", CONNECTOR, extends="AssignmentHolderType", is_object=True)
    schema.declare(
        "ConnectorHostType", CONNECTOR_HOST, extends="AssignmentHolderType", is_object=True
    )
