"""midPoint's own names: namespaces, collections and the elements of its wire."""

from __future__ import annotations

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
TYPES = "http://prism.evolveum.com/xml/ns/public/types-3"
API_TYPES = "http://midpoint.evolveum.com/xml/ns/public/common/api-types-3"

#: Path segment to type and root element.
COLLECTIONS: dict[str, tuple[str, str]] = {
    "tasks": ("TaskType", "task"),
    "users": ("UserType", "user"),
    "roles": ("RoleType", "role"),
    "orgs": ("OrgType", "org"),
    "services": ("ServiceType", "service"),
    "archetypes": ("ArchetypeType", "archetype"),
}
COLLECTION_OF = {type_name: segment for segment, (type_name, _) in COLLECTIONS.items()}
ROOT_OF = dict(COLLECTIONS.values())
#: Equal mounts of the same API (midPoint's servlet mappings), each also without `/midpoint`.
MOUNTS = tuple(
    f"{context}{prefix}"
    for context in ("/midpoint", "")
    for prefix in ("/ws/rest", "/rest/model", "/api/model")
)
