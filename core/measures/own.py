"""Core's own measures: residents, households, life events, organizations, committees, divisions (domain 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select

from core.access.permissions import REGISTRY_READ
from core.codes.division_code import DivisionKind, Tier, proposals
from core.codes.organizations import CommitteeKind, OrganizationKind, OrganizationStatus, QualificationKind
from core.codes.sets import HouseholdKind
from core.committees.models import Committee, CommitteeTerm
from core.divisions.models import Division, DivisionVersion
from core.events.models import EventRole, LifeEvent, LifeEventPerson, LifeEventType
from core.households.models import Household, HouseholdVersion
from core.measures.declared import Facts, Measure, MeasureKind, MeasureLevel, MeasurePeriod
from core.measures.frame import Frame
from core.organizations.models import OrganizationQualification, OrganizationVersion
from core.persons.models import Person, PersonVersion

Rows = Callable[[Frame], Any]


def _persons(prefix: str) -> Rows:
    """Persons alive on the day, by residence or (`registered_`) by registration."""

    def rows(frame: Frame) -> Any:
        then = PersonVersion
        alive = or_(then.death_date.is_(None), then.death_date > frame.as_of)
        return (
            select(
                then.person_id.label("key"),
                getattr(then, f"{prefix}division").label("division"),
                then.valid_from.label("day"),
            )
            .join(Person, Person.id == then.person_id)
            .where(frame.holds(then), frame.inside(then, prefix), alive, frame.standing(Person.removed_at))
        )

    return rows


def _households(frame: Frame) -> Any:
    then = HouseholdVersion
    return (
        select(
            then.household_id.label("key"), then.division.label("division"), Household.opened_on.label("day")
        )
        .join(Household, Household.id == then.household_id)
        .where(
            frame.holds(then),
            frame.inside(then),
            frame.lasts(then.valid_from, then.closed_on),
            Household.kind == HouseholdKind.REGISTERED,
            frame.standing(Household.removed_at),
        )
    )


def _events(type_: LifeEventType, *more: Callable[[Any], ColumnElement[bool]]) -> Rows:
    """What happened in the period, where the person lived then."""

    def rows(frame: Frame) -> Any:
        event = LifeEvent
        return select(
            event.id.label("key"), event.division.label("division"), event.event_date.label("day")
        ).where(
            event.type == type_,
            frame.inside(event),
            frame.happened(event.event_date),
            frame.known(event.reported_at, event.reversed_at),
            *(test(event) for test in more),
        )

    return rows


def _with_minors(event: Any) -> ColumnElement[bool]:
    part = LifeEventPerson
    return select(part.id).where(part.event_id == event.id, part.role == EventRole.CHILD).exists()


def _organizations(*kinds: OrganizationKind) -> Rows:
    """Organizations that exist on the day, of some kinds or of any."""

    def rows(frame: Frame) -> Any:
        then = OrganizationVersion
        wanted = [then.kind.in_(kinds)] if kinds else []
        return select(
            then.organization_id.label("key"),
            then.division.label("division"),
            then.registered_on.label("day"),
        ).where(frame.holds(then), frame.inside(then), then.status == OrganizationStatus.ACTIVE, *wanted)

    return rows


def _qualified(kind: QualificationKind) -> Rows:
    """Organizations whose qualification covers the day."""

    def rows(frame: Frame) -> Any:
        held, then = OrganizationQualification, OrganizationVersion
        return (
            select(
                held.organization_id.label("key"),
                then.division.label("division"),
                held.valid_from.label("day"),
            )
            .join(then, then.organization_id == held.organization_id)
            .where(held.kind == kind, frame.holds(held), frame.holds(then), frame.inside(then))
        )

    return rows


def _stands(frame: Frame, row: Any) -> ColumnElement[bool]:
    return and_(frame.lasts(row.opened_on, row.closed_on), frame.known(row.created_at))


def _committees(*kinds: CommitteeKind) -> Rows:
    def rows(frame: Frame) -> Any:
        row = Committee
        wanted = [row.kind.in_(kinds)] if kinds else []
        columns = (row.id.label("key"), row.division.label("division"), row.opened_on.label("day"))
        return select(*columns).where(frame.inside(row), _stands(frame, row), *wanted)

    return rows


def _elected(frame: Frame) -> Any:
    """Committees that are in a term of office on the day."""
    term = CommitteeTerm
    sitting = select(term.id).where(term.committee_id == Committee.id, frame.holds(term)).exists()
    return _committees()(frame).where(sitting)


def _divisions(frame: Frame, tier: Tier) -> Any:
    """Divisions in force on the day."""
    then = DivisionVersion
    return (
        select(Division.id.label("key"), Division.code.label("division"), Division.valid_from.label("day"))
        .join(then, then.division_id == Division.id)
        .where(
            Division.tier == tier,
            frame.under(Division.code),
            frame.holds(then),
            or_(then.closed_on.is_(None), then.closed_on > frame.as_of),
        )
    )


def _towns(frame: Frame) -> Any:
    return _divisions(frame, Tier.TOWN)


def _villages(kind: CommitteeKind, proposed: DivisionKind) -> Rows:
    """Villages or communities: what their committee is, else what their code proposes (domain 1.3)."""
    start, ranges = proposals(Tier.VILLAGE)

    def rows(frame: Frame) -> Any:
        number = func.substr(Division.code, literal_column(str(start + 1)), literal_column("3"))
        told = or_(
            *(number.between(f"{low:03}", f"{high:03}") for low, high, its in ranges if its is proposed)
        )
        body = select(Committee.id).where(Committee.division == Division.code, _stands(frame, Committee))
        decided = body.where(Committee.kind == kind).exists()
        return _divisions(frame, Tier.VILLAGE).where(or_(decided, and_(told, ~body.exists())))

    return rows


def _merged(frame: Frame) -> Any:
    """Divisions that ended in the period with a successor."""
    then = DivisionVersion
    return (
        select(Division.id.label("key"), Division.code.label("division"), then.closed_on.label("day"))
        .join(then, then.division_id == Division.id)
        .where(
            frame.under(Division.code),
            frame.holds(then),
            frame.happened(then.closed_on),
            then.successor_code.is_not(None),
        )
    )


def _counted(
    name: str,
    zh: str,
    en: str,
    units: tuple[str, str],
    definition: tuple[str, str],
    facts: Facts,
    **more: Any,
) -> Measure:
    return Measure(
        name=f"core.{name}",
        zh=zh,
        en=en,
        unit_zh=units[0],
        unit_en=units[1],
        definition_zh=definition[0],
        definition_en=definition[1],
        read=REGISTRY_READ,
        facts=facts,
        **more,
    )


_PERSONS, _HOMES, _CASES = ("人", "persons"), ("户", "households"), ("件", "events")
_BODIES, _PLACES = ("个", "organizations"), ("个", "divisions")
_WHERE = (
    "按当时的常住地统计，迁移按迁出地。",
    "Counted where the person lived then; a move where it started.",
)


_IN_PLACE = (
    "撤销日期就地登记，knownAt 只看登记时间。",
    "A committee's end is written in place: knownAt goes by when it was entered alone.",
)


def _event(
    name: str, zh: str, en: str, units: tuple[str, str], type_: LifeEventType, *tests: Any, **more: Any
) -> Measure:
    return _counted(
        name,
        zh,
        en,
        units,
        (f"期间内发生并已登记、未撤销的{zh}。", f"{en} in the period, recorded and not reversed."),
        Facts("life_event", _events(type_, *tests)),
        period=MeasurePeriod.IN_PERIOD,
        caveats=_WHERE,
        **more,
    )


def _bodies(name: str, zh: str, en: str, *kinds: OrganizationKind) -> Measure:
    return _counted(
        name,
        zh,
        en,
        _BODIES,
        (f"截至日存续的{zh}，按住所。", f"{en} that exist on the day, by seat."),
        Facts("organization", _organizations(*kinds)),
    )


def _qualification(name: str, zh: str, en: str, kind: QualificationKind) -> Measure:
    return _counted(
        name,
        zh,
        en,
        _BODIES,
        (f"截至日在{kind.zh}有效期内的社会组织，按住所。", f"{en}: the term covers the day, by seat."),
        Facts("organization", _qualified(kind)),
    )


def _settled(name: str, zh: str, en: str, facts: Facts, **more: Any) -> Measure:
    definition = (f"截至日有效的{zh}。", f"{en} in force on the day.")
    return _counted(name, zh, en, _PLACES, definition, facts, **more)


_SOCIAL = (OrganizationKind.ASSOCIATION, OrganizationKind.SOCIAL_SERVICE, OrganizationKind.FOUNDATION)
_TYPES = LifeEventType

CORE_MEASURES: tuple[Measure, ...] = (
    _counted(
        "population",
        "常住人口",
        "Residents",
        _PERSONS,
        ("截至日在世、登记在册的人员，按常住地。", "Registered persons alive on the day, by residence."),
        Facts("person", _persons("")),
    ),
    _counted(
        "registered_population",
        "户籍人口",
        "Registered population",
        _PERSONS,
        ("截至日在世、登记在册的人员，按户籍地。", "Registered persons alive on the day, by registration."),
        Facts("person", _persons("registered_")),
    ),
    _counted(
        "households",
        "户籍户",
        "Registered households",
        _HOMES,
        ("截至日未销户的户籍户，按地址。", "Registered households open on the day, by address."),
        Facts("household", _households),
    ),
    _event("births", "出生", "Births", _PERSONS, _TYPES.BIRTH),
    _event("deaths", "死亡", "Deaths", _PERSONS, _TYPES.DEATH),
    _event("moves", "迁移", "Moves", _CASES, _TYPES.MOVE),
    _event("marriages", "结婚登记", "Marriages", ("对", "couples"), _TYPES.MARRIAGE),
    _event("divorces", "离婚登记", "Divorces", ("对", "couples"), _TYPES.DIVORCE),
    _event(
        "divorces_with_minors",
        "涉及未成年子女的离婚登记",
        "Divorces with minor children",
        ("对", "couples"),
        _TYPES.DIVORCE,
        _with_minors,
        small_cells=True,
    ),
    _bodies("organizations", "组织", "Organizations"),
    _bodies("social_organizations", "社会组织", "Social organizations", *_SOCIAL),
    *(
        _bodies(f"{kind.name.lower()}s", kind.zh, f"Organizations of the kind {kind.en.lower()}", kind)
        for kind in _SOCIAL
    ),
    _qualification(
        "tax_exempt_organizations",
        "有免税资格的社会组织",
        "Organizations exempt from tax",
        QualificationKind.TAX_EXEMPT,
    ),
    _qualification(
        "deductible_organizations",
        "有公益性捐赠税前扣除资格的社会组织",
        "Organizations whose donors deduct",
        QualificationKind.DEDUCTIBLE,
    ),
    _settled("towns", "镇（街道）", "Towns and streets", Facts("division", _towns), level=MeasureLevel.TOWN),
    _settled(
        "villages",
        "村",
        "Villages",
        Facts("division", _villages(CommitteeKind.VILLAGE, DivisionKind.VILLAGE)),
        caveats=(
            "按村（居）委会类别，未设的按代码。",
            "By the kind of the committee; by the code where there is none.",
        ),
    ),
    _settled(
        "communities",
        "社区",
        "Communities",
        Facts("division", _villages(CommitteeKind.RESIDENT, DivisionKind.COMMUNITY)),
        caveats=(
            "按村（居）委会类别，未设的按代码。",
            "By the kind of the committee; by the code where there is none.",
        ),
    ),
    _settled(
        "village_committees",
        "村民委员会",
        "Villagers' committees",
        Facts("committee", _committees(CommitteeKind.VILLAGE)),
        caveats=_IN_PLACE,
    ),
    _settled(
        "resident_committees",
        "居民委员会",
        "Residents' committees",
        Facts("committee", _committees(CommitteeKind.RESIDENT)),
        caveats=_IN_PLACE,
    ),
    Measure(
        name="core.committees_in_term",
        zh="已换届的村（居）委会占比",
        en="Committees in a term of office",
        unit_zh="%",
        unit_en="%",
        definition_zh="截至日任期内的村（居）委会 ÷ 全部村（居）委会。",
        definition_en="Committees in a term on the day, of all committees.",
        read=REGISTRY_READ,
        kind=MeasureKind.RATE,
        numerator=Facts("committee", _elected),
        denominator=Facts("committee", _committees()),
    ),
    _counted(
        "divisions_merged",
        "并入其他区划的区划",
        "Divisions merged into others",
        _PLACES,
        ("期间内撤销并有接续区划的镇、村。", "Towns and villages that ended in the period with a successor."),
        Facts("division", _merged),
        period=MeasurePeriod.IN_PERIOD,
    ),
)
