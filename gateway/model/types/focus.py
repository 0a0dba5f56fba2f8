"""Identities: users, and the roles, orgs, services and archetypes that they are assigned to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

FOCUS = """
costCenter              string
emailAddress            string
locale                  string
locality                polystring
preferredLanguage       string
timezone                string
telephoneNumber         string
linkRef                 ref:ShadowType*         reference
personaRef              ref:FocusType*          reference
activation              ActivationType
identities              FocusIdentitiesType
"""

IDENTITIES = """
identity                any*
normalizedData          ExtensionType
"""

USER = """
fullName                polystring
givenName               polystring
familyName              polystring
additionalName          polystring
nickName                polystring
honorificPrefix         polystring
honorificSuffix         polystring
title                   polystring
preferredName           polystring
displayName             polystring
employeeNumber          string
employeeType            string*
personalNumber          string
organization            polystring*
organizationalUnit      polystring*
"""

ABSTRACT_ROLE = """
displayName             polystring
identifier              string
requestable             boolean
delegable               boolean
riskLevel               string
inducement              AssignmentType*         assignment
autoassign              AutoassignType
"""

AUTOASSIGN = """
enabled                 boolean
focus                   any
"""

ROLE = """
roleType                string*
"""

ORG = """
orgType                 string*
tenant                  boolean
mailDomain              string*
displayOrder            int
"""

SERVICE = """
serviceType             string*
displayOrder            int
url                     uri
"""

ARCHETYPE = """
archetypeType           string
archetypePolicy         any
"""


def declare(schema: Schema) -> None:
    """Add these types."""
    schema.declare("AutoassignType", AUTOASSIGN)
    schema.declare("FocusIdentitiesType", IDENTITIES)
    schema.declare(
        "FocusType", FOCUS, extends="AssignmentHolderType", is_object=True, abstract=True
    )
    schema.declare("UserType", USER, extends="FocusType", is_object=True)
    schema.declare(
        "AbstractRoleType", ABSTRACT_ROLE, extends="FocusType", is_object=True, abstract=True
    )
    for name, rows in (
        ("RoleType", ROLE),
        ("OrgType", ORG),
        ("ServiceType", SERVICE),
        ("ArchetypeType", ARCHETYPE),
    ):
        schema.declare(name, rows, extends="AbstractRoleType", is_object=True)
