"""midPoint's own names: namespaces, collections and the elements of its wire."""

from __future__ import annotations

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
TYPES = "http://prism.evolveum.com/xml/ns/public/types-3"
API_TYPES = "http://midpoint.evolveum.com/xml/ns/public/common/api-types-3"
QUERY = "http://prism.evolveum.com/xml/ns/public/query-3"
SCRIPTING = "http://midpoint.evolveum.com/xml/ns/public/model/scripting-3"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

#: Prefix to namespace, for the prefixes that mean something without a declaration.
NAMESPACES = {
    "c": COMMON,
    "t": TYPES,
    "q": QUERY,
    "s": SCRIPTING,
    "org": "http://midpoint.evolveum.com/xml/ns/public/common/org-3",
    "ri": "http://midpoint.evolveum.com/xml/ns/public/resource/instance-3",
    "icfs": "http://midpoint.evolveum.com/xml/ns/public/connector/icf-1/resource-schema-3",
    "icfc": "http://midpoint.evolveum.com/xml/ns/public/connector/icf-1/connector-schema-3",
    "a": "http://prism.evolveum.com/xml/ns/public/annotation-3",
    "aud": "http://midpoint.evolveum.com/xml/ns/public/common/audit-3",
    "ra": "http://midpoint.evolveum.com/xml/ns/public/resource/annotation-3",
    "cap": "http://midpoint.evolveum.com/xml/ns/public/resource/capabilities-3",
    "mext": "http://midpoint.evolveum.com/xml/ns/public/model/extension-3",
    "xsd": XSD,
    "xsi": XSI,
}
PREFIX_OF = {namespace: prefix for prefix, namespace in NAMESPACES.items()}
#: Namespaces of the schema itself, whose names are written without them.
OWN = frozenset({"", COMMON, TYPES, QUERY, API_TYPES, SCRIPTING})

#: Path segment to type and root element.
COLLECTIONS: dict[str, tuple[str, str]] = {
    "tasks": ("TaskType", "task"),
    "users": ("UserType", "user"),
    "roles": ("RoleType", "role"),
    "orgs": ("OrgType", "org"),
    "services": ("ServiceType", "service"),
    "archetypes": ("ArchetypeType", "archetype"),
    "resources": ("ResourceType", "resource"),
    "shadows": ("ShadowType", "shadow"),
    "connectors": ("ConnectorType", "connector"),
    "connectorHosts": ("ConnectorHostType", "connectorHost"),
    "systemConfigurations": ("SystemConfigurationType", "systemConfiguration"),
    "securityPolicies": ("SecurityPolicyType", "securityPolicy"),
    "valuePolicies": ("ValuePolicyType", "valuePolicy"),
    "objectTemplates": ("ObjectTemplateType", "objectTemplate"),
    "objectCollections": ("ObjectCollectionType", "objectCollection"),
    "lookupTables": ("LookupTableType", "lookupTable"),
    "functionLibraries": ("FunctionLibraryType", "functionLibrary"),
    "messageTemplates": ("MessageTemplateType", "messageTemplate"),
    "reports": ("ReportType", "report"),
    "reportData": ("ReportDataType", "reportData"),
    "dashboards": ("DashboardType", "dashboard"),
    "forms": ("FormType", "form"),
    "sequences": ("SequenceType", "sequence"),
    "marks": ("MarkType", "mark"),
    "cases": ("CaseType", "case"),
}
COLLECTION_OF = {type_name: segment for segment, (type_name, _) in COLLECTIONS.items()}
ROOT_OF = dict(COLLECTIONS.values())
#: Equal mounts of the same API (midPoint's servlet mappings), each also without `/midpoint`.
MOUNTS = tuple(
    f"{context}{prefix}"
    for context in ("/midpoint", "")
    for prefix in ("/ws/rest", "/rest/model", "/api/model")
)


def write_qualified_name(namespace: str, local: str) -> str:
    """A name of a namespace as a value: with its prefix, or `namespace#name` if it has none."""
    prefix = PREFIX_OF.get(namespace)
    return f"{prefix}:{local}" if prefix else f"{namespace}#{local}"


def split_namespace(name: str) -> tuple[str, str] | None:
    """Namespace and local name of a name that tells its namespace; None for one that does not."""
    namespace, mark, local = name.rpartition("#")
    if mark and local and namespace:
        return namespace, local
    prefix, colon, local = name.partition(":")
    if colon and local and prefix in NAMESPACES:
        return NAMESPACES[prefix], local
    return None
