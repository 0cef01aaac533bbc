"""The residents of the demo city before any database sees them: determinism, exact counts, laws of families."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import islice

import pytest

from core.codes import division_code, resident_id
from core.codes.ages import age_on
from core.codes.division_code import DivisionKind, Tier
from core.codes.names import check_name
from core.codes.phones import check_phone
from core.codes.sets import ETHNICITIES, RELATIONS, Gender, IdType, MaritalStatus
from core.demo_city.divisions import CITY, homes, plan, village_codes
from core.demo_city.identities import Identities
from core.demo_city.people import NewFamily, families
from core.persons.service import NewPerson

TODAY = date(2022, 11, 30)
SEEDS = (1, 7, 20221130)
MARRIED = {MaritalStatus.FIRST_MARRIAGE, MaritalStatus.REMARRIED}


@pytest.fixture(scope="module", params=SEEDS)
def city(request: pytest.FixtureRequest) -> list[NewFamily]:
    return list(families(6000, request.param, TODAY))


def everyone(city: list[NewFamily]) -> list[NewPerson]:
    return [person for family in city for person, _ in family.members]


def by_relation(family: NewFamily, *prefixes: str) -> list[NewPerson]:
    return [person for person, relation in family.members if relation.startswith(prefixes)]


@pytest.mark.parametrize("count", [1, 2, 7, 1000, 1037])
@pytest.mark.parametrize("seed", [*SEEDS, 0, -3])
def test_the_count_is_exact_and_the_seed_decides(count: int, seed: int) -> None:
    made = list(families(count, seed, TODAY))
    assert sum(len(family.members) for family in made) == count
    assert made == list(families(count, seed, TODAY))
    assert made != list(families(count, seed + 1, TODAY))


def test_a_larger_city_begins_like_a_smaller_one() -> None:
    small = list(families(500, 1, TODAY))[:-1]
    assert small == list(islice(families(5000, 1, TODAY), len(small)))


def test_ids_are_valid_unique_and_agree_with_their_owners(city: list[NewFamily]) -> None:
    people = [person for person in everyone(city) if person.id_type is IdType.RESIDENT_ID]
    for person in people:
        assert person.id_number
        parsed = resident_id.parse(person.id_number, TODAY)
        assert (parsed.gender, parsed.birth_date) == (person.gender, person.birth_date)
        assert person.id_number.startswith("410189")
    assert len({person.id_number for person in people}) == len(people)
    kinds = Counter(person.id_type for person in everyone(city))
    assert kinds[IdType.PASSPORT] < 40
    assert kinds[IdType.NONE] < 30


def test_when_the_ids_of_a_day_run_out_earlier_birth_dates_follow() -> None:
    identities = Identities("x")
    day = date(2000, 3, 1)
    made = [identities.resident(day, Gender.FEMALE) for _ in range(1000)]
    assert len({number for number, _ in made}) == 1000
    assert [made[index][1] for index in (399, 400, 800)] == [day, date(2000, 2, 29), date(2000, 2, 28)]


def test_every_value_is_one_the_services_take(city: list[NewFamily]) -> None:
    for person in everyone(city):
        assert check_name(person.name) == person.name
        assert person.birth_date
        assert person.birth_date <= TODAY
        assert age_on(person.birth_date, TODAY) <= 99
        assert person.ethnicity is None or person.ethnicity in ETHNICITIES.labels
        assert person.phone is None or check_phone(person.phone) == person.phone
        assert {person.registered_division, person.residence_division} <= set(village_codes())
    assert {r for f in city for _, r in f.members} <= set(RELATIONS.labels)
    assert len({family.code for family in city}) == len(city)


def test_one_head_who_comes_first_and_at_most_one_spouse(city: list[NewFamily]) -> None:
    for family in city:
        relations = [relation for _, relation in family.members]
        assert relations.count("02") == 1
        assert relations[0] == "02"
        assert len(by_relation(family, "1")) <= 1


def test_spouses_are_married_adults_of_different_gender(city: list[NewFamily]) -> None:
    couples = [
        (family.members[0][0], spouse) for family in city for spouse in by_relation(family, "10", "11", "12")
    ]
    couples += [(son, wife) for f in city for wife in by_relation(f, "38") for son in by_relation(f, "20")]
    assert len(couples) > 900
    for one, other in couples:
        assert {one.gender, other.gender} == {Gender.MALE, Gender.FEMALE}
        assert one.marital_status is other.marital_status
        assert one.marital_status in MARRIED


def test_nobody_marries_too_young(city: list[NewFamily]) -> None:
    for person in everyone(city):
        assert person.birth_date
        if person.marital_status is not MaritalStatus.UNMARRIED:
            assert age_on(person.birth_date, TODAY) >= (22 if person.gender is Gender.MALE else 20)


def test_parents_are_fifteen_years_older_than_children(city: list[NewFamily]) -> None:
    pairs = []
    for family in city:
        heads = [person for person, relation in family.members if relation in ("02", "11", "12")]
        pairs += [(parent, child) for parent in heads for child in by_relation(family, "2", "3")
                  if child not in by_relation(family, "38")]  # fmt: skip
        pairs += [(parent, family.members[0][0]) for parent in by_relation(family, "5")]
        middle = by_relation(family, "20", "38")
        pairs += [(parent, child) for parent in middle for child in by_relation(family, "4")]
    pairs = [(parent, child) for parent, child in pairs if parent is not child]
    assert len(pairs) > 2000
    for parent, child in pairs:
        assert parent.birth_date
        assert child.birth_date
        assert age_on(parent.birth_date, child.birth_date) >= 15


def test_the_ages_are_those_of_a_county(city: list[NewFamily]) -> None:
    ages = [age_on(person.birth_date, TODAY) for person in everyone(city) if person.birth_date]
    children, elders = (sum(test) / len(ages) for test in ([a < 15 for a in ages], [a >= 60 for a in ages]))
    assert 0.13 < children < 0.22
    assert 0.16 < elders < 0.25
    assert max(ages) >= 90


def test_shares_of_ethnicities_disabilities_and_people_away(city: list[NewFamily]) -> None:
    people = everyone(city)

    def share(counted: list[bool]) -> float:
        return sum(counted) / len(people)

    assert 0.94 < share([person.ethnicity == "01" for person in people]) < 0.99
    assert 0.04 < share([bool(person.disabilities) for person in people]) < 0.09
    away = [person.residence_division != person.registered_division for person in people]
    assert 0.05 < share(away) < 0.15


def test_most_children_bear_the_surname_of_the_father(city: list[NewFamily]) -> None:
    pairs = [
        (family.members[0][0].name[0], child.name[0])
        for family in city
        if family.members[0][0].gender is Gender.MALE
        for child in by_relation(family, "2", "31", "32", "33")
    ]
    assert sum(father == child for father, child in pairs) / len(pairs) > 0.9


def test_the_plan_is_a_tree_with_the_places_that_documents_name() -> None:
    codes = {place.code for place in plan()}
    assert {CITY, "410189101000", "410189102000", "410189101201", "410189102203", "410189201000"} <= codes
    assert {division_code.parent(code) for code in codes} <= {*codes, None}
    assert len(codes) == len(plan())
    kinds = Counter(division_code.proposed_kind(c) for c in codes if division_code.tier(c) is Tier.TOWN)
    assert kinds == {DivisionKind.STREET: 3, DivisionKind.TOWN: 6, DivisionKind.TOWNSHIP: 1}


def test_every_home_has_an_urban_rural_class_and_villages_outnumber_communities() -> None:
    kinds = Counter(division_code.proposed_kind(place.code) for place in homes())
    assert kinds[DivisionKind.VILLAGE] > kinds[DivisionKind.COMMUNITY] > 18
    classes = {place.urban_rural_class for place in homes()}
    assert classes == {"111", "112", "121", "122", "210", "220"}
