"""Each matching rule, with answers that were worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.query.literals import RULES
from tests.conformance.query.crew import A, B, C, D, asked

if TYPE_CHECKING:
    from tests.conformance.query.crew import Answer
    from tests.conformance.query.world import World

#: Rule to filters with it.
RULE_ANSWERS: dict[str, list[Answer]] = {
    "stringIgnoreCase": [
        ("description contains[stringIgnoreCase] 'WONDER'", A),
        ("givenName =[stringIgnoreCase] 'BOB'", B),
        ("description =[stringIgnoreCase] ('BOB', 'x')", B),
        ("costCenter not =[stringIgnoreCase] '20'", A, C, D),
        ("subtype =[stringIgnoreCase] 'POET'", A),
    ],
    "polyStringStrict": [
        ("name =[polyStringStrict] 'alice'", A),
        ("name =[polyStringStrict] 'ALICE'",),
        ("name !=[polyStringStrict] 'alice'", B, C, D),
        ("name <=[polyStringStrict] 'bob'", A, B),
        ("locality startsWith[polyStringStrict] 'Ost'", C),
    ],
    "polyStringOrig": [
        ("givenName =[polyStringOrig] 'Alice'", A),
        ("givenName =[polyStringOrig] 'alice'",),
        ("givenName <[polyStringOrig] 'a'", A, B, C),
        ("fullName contains[polyStringOrig] 'Build'", B),
        ("givenName !=[polyStringOrig] 'Alice'", B, C, D),
    ],
    "polyStringNorm": [
        ("givenName =[polyStringNorm] 'ALICE!'", A),
        ("givenName <[polyStringNorm] 'a'",),
        ("fullName startsWith[polyStringNorm] '  Bob  B'", B),
        ("givenName !=[polyStringNorm] 'aLice'", B, C, D),
        ("locality =[polyStringNorm] ('OSTRAVA', 'x')", C),
    ],
    "strictIgnoreCase": [
        ("name =[strictIgnoreCase] 'ALICE'", A),
        ("name =[strictIgnoreCase] 'ALICE!'",),
        ("fullName contains[strictIgnoreCase] 'LIDD'", A),
        ("name !=[strictIgnoreCase] 'ALICE'", B, C, D),
        ("name >=[strictIgnoreCase] 'CAROL'", C, D),
    ],
    "origIgnoreCase": [
        ("name =[origIgnoreCase] 'BOB'", B),
        ("name =[origIgnoreCase] 'BOB!'",),
        ("fullName endsWith[origIgnoreCase] 'ROL'", C),
        ("name =[origIgnoreCase] ('BOB', 'CAROL')", B, C),
        ("locality not =[origIgnoreCase] 'ostrava'", A, B, D),
    ],
    "normIgnoreCase": [
        ("name =[normIgnoreCase] 'BOB!'", B),
        ("name =[normIgnoreCase] 'B-O-B'", B),
        ("name =[normIgnoreCase] 'b o b'",),
        ("fullName contains[normIgnoreCase] 'E L'", A),
        ("name !=[normIgnoreCase] 'BOB'", A, C, D),
    ],
    "distinguishedName": [
        ("description =[distinguishedName] 'UID=carol,c=X+ou=people,DC=EXAMPLE'", C),
        ("description =[distinguishedName] 'uid=carol,dc=example,ou=people+c=x'",),
        ("description endsWith[distinguishedName] 'dc = example'", C),
        ("description !=[distinguishedName] 'BOB'", A, C, D),
        ("description =[distinguishedName] (' BOB ', 'x')", B),
    ],
    "exchangeEmailAddresses": [
        ("emailAddress =[exchangeEmailAddresses] 'SMTP:ALICE@example.COM'", A),
        ("emailAddress =[exchangeEmailAddresses] 'smtp:alice@example.com'",),
        ("emailAddress =[exchangeEmailAddresses] 'alice@example.com'",),
        ("emailAddress !=[exchangeEmailAddresses] 'SMTP:alice@example.com'", B, C, D),
        ("emailAddress =[exchangeEmailAddresses] ('x', 'SMTP:alicE@example.com')", A),
    ],
    "uuid": [
        ("employeeNumber =[uuid] ' D290F1EE-6c54-4b01-90e6-d701748f0851 '", D),
        ("employeeNumber = 'd290f1ee-6c54-4b01-90e6-d701748f0851'",),
        ("employeeNumber =[uuid] '5 '", A),
        ("employeeNumber !=[uuid] 'D290F1EE-6c54-4b01-90e6-d701748f0851'", A, B, C),
        ("employeeNumber startsWith[uuid] 'D290'", D),
    ],
    "xml": [
        ("extension/layout =[xml] '<page size=\"4\"><logo></logo></page>'", A),
        ("extension/layout =[xml] '<page size=\"4\"><logo>x</logo></page>'",),
        # Which prefix stands for a namespace does not matter; that there is one does.
        ('extension/layout =[xml] \'<page xmlns="urn:page" size="4"></page>\'', B),
        ("extension/layout =[xml] '<page size=\"4\"/>'",),
        ('locale =[xml] \'<set a="1"   b="2"> </set>\'', C),
        ('locale = \'<set a="1" b="2"/>\'',),
        ("extension/layout =[xml] ('no <xml', '<a/>')", D),
        ("extension/layout !=[xml] 'no <xml'", A, B, C),
        ("extension/layout contains[xml] '<logo/>'", A),
    ],
}


@pytest.mark.parametrize(
    ("text", "type_name", "names"), asked(row for rows in RULE_ANSWERS.values() for row in rows)
)
def test_a_rule_selects_what_was_worked_out_by_hand(
    crew: World, text: str, type_name: str, names: list[str]
) -> None:
    assert crew.names(text, type_name) == names


def test_every_rule_has_five_answers() -> None:
    assert RULE_ANSWERS.keys() == RULES.keys()
    assert min(map(len, RULE_ANSWERS.values())) >= 5
