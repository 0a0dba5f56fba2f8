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

OBJECT_SET = """
type                    qname
archetypeRef            ref:ArchetypeType
objectRef               ref:ObjectType*
query                   QueryType
searchOptions           any
useRepositoryDirectly   boolean
failedObjectsSelector   any                     refused
"""

RECOMPUTATION = """
objects                 ObjectSetType
executionOptions        any
"""

NO_OP = """
steps                   int
delay                   int
stepInterruptibility    enum:StepInterruptibility
"""

# Work that this version knows by name and refuses when a task is created, in the field's own words.
REFUSED_WORK = """
import shadowReclassification reconciliation liveSynchronization asynchronousUpdate cleanup deletion
iterativeScripting nonIterativeScripting focusValidityScan triggerScan shadowRefresh
iterativeChangeExecution explicitChangeExecution nonIterativeChangeExecution reindexing
repartitioning shadowCleanup objectIntegrityCheck shadowIntegrityCheck reportExport reportImport
distributedReportExport activityAutoScaling propagation multiPropagation roleMembershipManagement
roleAnalysisClustering roleAnalysisPatternDetection certificationStartCampaign
certificationOpenNextStage certificationCloseCurrentStage certificationRemediation
certificationReiterateCampaign correlation mappings extension
""".split()

WORK = """
recomputation           RecomputationWorkType
noOp                    NoOpWorkType
""" + "".join(f"{name} any refused\n" for name in REFUSED_WORK)

EXECUTION = """
mode                    enum:ExecutionMode
configurationToUse      any                     refused
"""

DISTRIBUTION = """
buckets                 any                     refused
workers                 any                     refused
workerThreads           int
subtask                 any                     refused
subtasks                any                     refused
autoScaling             any                     refused
"""

ACTIVITY = """
order                   int
identifier              string
description             string
displayOrder            int
work                    WorkDefinitionsType
composition             any                     refused
executionMode           enum:ExecutionMode
execution               ActivityExecutionType
controlFlow             any                     refused
distribution            ActivityDistributionType
reporting               any                     refused
policies                any                     refused
virtualAssignments      any                     refused
tailoring               any                     refused
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    for name, rows in (
        ("PagingType", PAGING),
        ("QueryType", QUERY),
        ("ObjectSetType", OBJECT_SET),
        ("RecomputationWorkType", RECOMPUTATION),
        ("NoOpWorkType", NO_OP),
        ("WorkDefinitionsType", WORK),
        ("ActivityExecutionType", EXECUTION),
        ("ActivityDistributionType", DISTRIBUTION),
        ("ActivityDefinitionType", ACTIVITY),
    ):
        schema.declare(name, rows)
