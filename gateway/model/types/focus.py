"""Identities: users, and the roles, orgs, services and archetypes that they are assigned to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.schema import Schema

ENUMS = {
    "AuthorizationDecision": "allow deny",
    "AuthorizationPhase": "request execution",
    "SpecialObject": "self",
}

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
credentials             UserCredentialsType
"""

CREDENTIALS = """
password                PasswordType
securityQuestions       any                     refused
nonce                   any                     refused
"""

LOGIN_ITEMS = """
value                   ProtectedStringType
metadata                MetadataType            op
forceChange             boolean                 refused
hint                    string                  refused
historyEntry            any*                    refused
"""

PROTECTED_STRING = """
clearValue              string
encryptedData           any                     refused
hashedData              any                     refused
externalData            any                     refused
"""

ABSTRACT_ROLE = """
displayName             polystring
identifier              string
requestable             boolean
delegable               boolean
riskLevel               string
inducement              AssignmentType*         assignment
authorization           AuthorizationType*
autoassign              AutoassignType
"""

AUTHORIZATION = """
identifier              string
name                    string
description             string
documentation           string
lifecycleState          string                  refused
decision                enum:AuthorizationDecision
action                  uri*
phase                   enum:AuthorizationPhase
enforcementStrategy     any                     refused
object                  AuthorizationObjectSelectorType*
parent                  any                     refused
item                    path*                   refused
exceptItem              path*                   refused
itemValue               any*                    refused
target                  any*                    refused
relation                qname*                  refused
orderConstraints        any                     refused
limitations             any                     refused
zoneOfControl           any                     refused
"""

OBJECT_SELECTOR = """
identifier              string
name                    string
description             string
documentation           string
type                    qname
filter                  any
special                 enum:SpecialObject
subtype                 string                  refused
parent                  any                     refused
archetypeRef            ref:ArchetypeType*      refused
orgRef                  ref:OrgType             refused
orgRelation             any                     refused
roleRelation            any                     refused
tenant                  any                     refused
owner                   any                     refused
requester               any                     refused
relatedObject           any                     refused
assignee                any                     refused
candidateAssignee       any                     refused
delegator               any                     refused
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
    for name, values in ENUMS.items():
        schema.declare_enum(name, values)
    for name, rows in (
        ("AutoassignType", AUTOASSIGN),
        ("AuthorizationObjectSelectorType", OBJECT_SELECTOR),
        ("AuthorizationType", AUTHORIZATION),
        ("ProtectedStringType", PROTECTED_STRING),
        ("PasswordType", LOGIN_ITEMS),
        ("UserCredentialsType", CREDENTIALS),
    ):
        schema.declare(name, rows)
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
