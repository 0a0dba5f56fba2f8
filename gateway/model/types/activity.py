"""Activity definitions: what a task does, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

ENUMS = {
    "ExecutionMode": "full preview shadowManagementPreview dryRun none bucketAnalysis",
    "PredefinedConfiguration": "production development",
    "StepInterruptibility": "none hard full",
    "OrderDirection": "ascending descending",
    "ProcessingOption": "automatic skip process",
    "ErrorCategory": (
        "network security policy policyThreshold schema configuration unsupported generic"
    ),
    "PolicyProcessing": "full none",
    "StringComparison": "interval prefix exactMatch",
    "ValidityQueryStyle": "singleQuery separateObjectAndAssignmentQueries",
    "FailedObjectsSelectionMethod": "default narrowQuery filterAfterRetrieval fetchFailedObjects",
}

QUERY = """
description             string
filter                  any
paging                  PagingType
"""

PAGING = """
orderBy                 path
orderDirection          enum:OrderDirection
offset                  int
maxSize                 int
"""

# However they are selected, they are the same objects of the repository.
FAILED_OBJECTS = """
status                  enum:ResultStatus*
taskRef                 ref:TaskType*  -- The tasks that failed with them; the task itself, if none is named.
timeFrom                dateTime
timeTo                  dateTime
selectionMethod         enum:FailedObjectsSelectionMethod
"""

OBJECT_SET = """
type                    qname
archetypeRef            ref:ArchetypeType
objectRef               ref:ObjectType*
query                   QueryType
searchOptions           any                     refused
useRepositoryDirectly   boolean
failedObjectsSelector   FailedObjectsSelectorType  -- Only those of the objects that a task has failed with.
"""

RECOMPUTATION = """
objects                 ObjectSetType
executionOptions        any
"""

NO_OP = """
steps                   int  -- How many steps it takes, 1 if it is missing.
delay                   int  -- Milliseconds in each step.
stepInterruptibility    enum:StepInterruptibility
"""

CHANGE_OF_EACH = """
objects                 ObjectSetType
delta                   any
executionOptions        any
"""

LISTED_CHANGES = """
delta                   any*
request                 any*
executionOptions        any
"""

SCRIPT_OVER_EACH = """
objects                 ObjectSetType
scriptExecutionRequest  any
"""

SCRIPT_ONCE = """
scriptExecutionRequest  any
"""

VALIDITY_SCAN = """
objects                 ObjectSetType
queryStyle              enum:ValidityQueryStyle
validityConstraint      any                     refused
"""

OBJECTS_ONLY = """
objects                 ObjectSetType
"""

INTEGRITY_CHECK = """
objects                 ObjectSetType
histogramColumns        int  -- Read and not used: there are no histograms.
"""

CLEANUP_POLICY = """
maxAge                  duration  -- How long after it was closed, or made, an object is deleted.
maxRecords              int                     refused
"""

CLEANUP_POLICIES = """
auditRecords            any                     refused
closedTasks             CleanupPolicyType
closedCases             CleanupPolicyType
outputReports           CleanupPolicyType
closedCertificationCampaigns CleanupPolicyType
simulationResults       any                     refused
objectResults           any                     refused
deadNodes               any                     refused
"""

CLEANUP = """
policies                CleanupPoliciesType
"""

# Which workflow a job walks through; where it stands is told by the job.
WORKFLOW_WORK = """
workflow                string
job                     string
"""

# Work that this version knows by name and refuses when a task is created, in the field's own words.
REFUSED_WORK = """
import shadowReclassification reconciliation liveSynchronization asynchronousUpdate shadowRefresh
reindexing repartitioning shadowCleanup shadowIntegrityCheck reportExport reportImport
distributedReportExport activityAutoScaling propagation multiPropagation roleMembershipManagement
roleAnalysisClustering roleAnalysisPatternDetection certificationStartCampaign
certificationOpenNextStage certificationCloseCurrentStage certificationRemediation
certificationReiterateCampaign correlation mappings extension
""".split()

WORK = """
recomputation           RecomputationWorkType
noOp                    NoOpWorkType
deletion                RecomputationWorkType
iterativeChangeExecution IterativeChangeWorkType
explicitChangeExecution ListedChangesWorkType
nonIterativeChangeExecution ListedChangesWorkType
iterativeScripting      IterativeScriptingWorkType
nonIterativeScripting   NonIterativeScriptingWorkType
focusValidityScan       FocusValidityScanWorkType
triggerScan             ObjectsWorkType
objectIntegrityCheck    IntegrityCheckWorkType
cleanup                 CleanupWorkType
workflow                WorkflowWorkType        refused
""" + "".join(f"{name} any refused\n" for name in REFUSED_WORK)

COMPOSITION = """
activity                ActivityDefinitionType*
"""

EXECUTION = """
mode                    enum:ExecutionMode
configurationToUse      any                     refused
"""

SITUATION = """
status                  enum:ResultStatus*
errorCategory           enum:ErrorCategory*
"""

RETRY_LATER = """
initialInterval         duration
nextInterval            duration
retryLimit              int
"""

REACTION = """
ignore                  any
stop                    any
retryLater              RetryLaterType
stopAfter               int
"""

ERROR_ENTRY = """
order                   int
situation               ErrorSituationType
reaction                ErrorReactionType
"""

ERROR_HANDLING = """
entry                   ErrorHandlingEntryType*
"""

CONTROL_FLOW = """
processingOption        enum:ProcessingOption
errorHandling           ErrorHandlingType
bucketProcessingCondition any                   refused
itemProcessingCondition any                     refused
parallelExecution       boolean                 refused
"""

NUMERIC_SEGMENTATION = """
discriminator           path
matchingRule            string
numberOfBuckets         int
from                    decimal
to                      decimal
bucketSize              decimal
"""

BOUNDARY = """
position                int*
characters              string*
"""

STRING_SEGMENTATION = """
discriminator           path
matchingRule            string
boundary                StringBoundaryType*
depth                   int
comparisonMethod        enum:StringComparison
"""

EXPLICIT_SEGMENTATION = """
discriminator           path
matchingRule            string
content                 any*
"""

IMPLICIT_SEGMENTATION = """
numberOfBuckets         int
"""

BUCKETS = """
numericSegmentation     NumericSegmentationType
stringSegmentation      StringSegmentationType
oidSegmentation         StringSegmentationType
explicitSegmentation    ExplicitSegmentationType
implicitSegmentation    ImplicitSegmentationType
allocation              any                     refused
sampling                any                     refused
"""

DISTRIBUTION = """
buckets                 BucketsType
workers                 any                     refused
workerThreads           int
subtask                 any                     refused
subtasks                any                     refused
autoScaling             any                     refused
"""

EXECUTION_TIME = """
exceeds                 duration
below                   duration                refused
"""

ITEM_RESULT = """
status                  enum:ResultStatus*
errorCategory           enum:ErrorCategory*
"""

POLICY_CONSTRAINTS = """
executionTime           ExecutionTimeConstraintType
itemProcessingResult    ItemResultConstraintType
executionAttempts       any                     refused
and                     any                     refused
or                      any                     refused
not                     any                     refused
"""

WATER_MARK = """
count                   int
percentage              decimal
"""

POLICY_THRESHOLD = """
lowWaterMark            WaterMarkType
highWaterMark           any                     refused
timeInterval            any                     refused
"""

POLICY_ACTIONS = """
notification            any
suspendTask             any
skipActivity            any
restartActivity         any                     refused
"""

POLICY = """
name                    string
description             string
identifier              string
order                   int
policyConstraints       ActivityPolicyConstraintsType
policyThreshold         PolicyThresholdType
policyActions           ActivityPolicyActionsType
"""

POLICY_PROCESSING = """
activityPolicies        enum:PolicyProcessing
virtualAssignmentPolicies enum:PolicyProcessing
"""

POLICIES = """
policy                  ActivityPolicyType*
policyRef               any                     refused
processing              PolicyProcessingType
"""

ACTIVITY = """
order                   int
identifier              string
description             string
displayOrder            int
work                    WorkDefinitionsType
composition             ActivityCompositionType
executionMode           enum:ExecutionMode
execution               ActivityExecutionType
controlFlow             ActivityControlFlowType
distribution            ActivityDistributionType
reporting               any                     refused
policies                ActivityPoliciesType
virtualAssignments      any                     refused
tailoring               any                     refused
"""

TABLES = (
    ("PagingType", PAGING),
    ("QueryType", QUERY),
    ("FailedObjectsSelectorType", FAILED_OBJECTS),
    ("ObjectSetType", OBJECT_SET),
    ("RecomputationWorkType", RECOMPUTATION),
    ("NoOpWorkType", NO_OP),
    ("IterativeChangeWorkType", CHANGE_OF_EACH),
    ("ListedChangesWorkType", LISTED_CHANGES),
    ("IterativeScriptingWorkType", SCRIPT_OVER_EACH),
    ("NonIterativeScriptingWorkType", SCRIPT_ONCE),
    ("FocusValidityScanWorkType", VALIDITY_SCAN),
    ("ObjectsWorkType", OBJECTS_ONLY),
    ("IntegrityCheckWorkType", INTEGRITY_CHECK),
    ("CleanupPolicyType", CLEANUP_POLICY),
    ("CleanupPoliciesType", CLEANUP_POLICIES),
    ("CleanupWorkType", CLEANUP),
    ("WorkflowWorkType", WORKFLOW_WORK),
    ("WorkDefinitionsType", WORK),
    ("ActivityCompositionType", COMPOSITION),
    ("ActivityExecutionType", EXECUTION),
    ("ErrorSituationType", SITUATION),
    ("RetryLaterType", RETRY_LATER),
    ("ErrorReactionType", REACTION),
    ("ErrorHandlingEntryType", ERROR_ENTRY),
    ("ErrorHandlingType", ERROR_HANDLING),
    ("ActivityControlFlowType", CONTROL_FLOW),
    ("NumericSegmentationType", NUMERIC_SEGMENTATION),
    ("StringBoundaryType", BOUNDARY),
    ("StringSegmentationType", STRING_SEGMENTATION),
    ("ExplicitSegmentationType", EXPLICIT_SEGMENTATION),
    ("ImplicitSegmentationType", IMPLICIT_SEGMENTATION),
    ("BucketsType", BUCKETS),
    ("ActivityDistributionType", DISTRIBUTION),
    ("ExecutionTimeConstraintType", EXECUTION_TIME),
    ("ItemResultConstraintType", ITEM_RESULT),
    ("ActivityPolicyConstraintsType", POLICY_CONSTRAINTS),
    ("WaterMarkType", WATER_MARK),
    ("PolicyThresholdType", POLICY_THRESHOLD),
    ("ActivityPolicyActionsType", POLICY_ACTIONS),
    ("ActivityPolicyType", POLICY),
    ("PolicyProcessingType", POLICY_PROCESSING),
    ("ActivityPoliciesType", POLICIES),
    ("ActivityDefinitionType", ACTIVITY),
)


def declare(schema: Schema) -> None:
    """Add these types."""
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    for name, rows in TABLES:
        schema.declare(name, rows)
