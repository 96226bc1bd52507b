"""What licences and penalties share: the counterparty columns of the 双公示 layout, and whom they leave out.

The identity-card columns of that layout are never stored.
"""

from __future__ import annotations

from pipeline.domain import Text, Uscc
from pipeline.feeds.contract import CodeOf, Exclusion, Field

COUNTERPARTY: tuple[Field, ...] = (
    Field(
        "uscc",
        Uscc,
        Text("统一社会信用代码", "Unified social credit code"),
        aliases=("行政相对人代码_1", "行政相对人代码_1(统一社会信用代码)", "行政相对人统一社会信用代码"),
        max_length=40,
    ),
    Field("entity_name", str, Text("主体名称", "Name of the entity"), aliases=("企业名称",), max_length=200),
    Field("reg_no", str, Text("注册号(15位)", "Registration no. (15 digits)"), aliases=("注册号",), max_length=40),
    Field("cp_name", str, Text("行政相对人名称", "Name of the counterparty"), aliases=("行政相对人",), max_length=200),
    Field("cp_type", CodeOf("counterparty_type"), Text("行政相对人类别", "Kind of counterparty")),
    Field(
        "cp_code_2",
        str,
        Text("行政相对人代码_2(工商注册号)", "Counterparty code 2 (registration no.)"),
        aliases=("行政相对人代码_2", "工商注册号"),
        max_length=50,
    ),
    Field(
        "cp_code_3",
        str,
        Text("行政相对人代码_3(组织机构代码)", "Counterparty code 3 (organisation code)"),
        aliases=("行政相对人代码_3", "组织机构代码"),
        max_length=9,
    ),
    Field(
        "cp_code_4",
        str,
        Text("行政相对人代码_4(税务登记号)", "Counterparty code 4 (tax registration)"),
        aliases=("行政相对人代码_4", "税务登记号"),
        max_length=32,
    ),
    Field(
        "cp_code_5",
        str,
        Text("行政相对人代码_5(事业单位证书号)", "Counterparty code 5 (public institution)"),
        aliases=("行政相对人代码_5", "事业单位证书号"),
        max_length=120,
    ),
    Field(
        "cp_code_6",
        str,
        Text("行政相对人代码_6(社会组织登记证号)", "Counterparty code 6 (social organisation)"),
        aliases=("行政相对人代码_6", "社会组织登记证号"),
        max_length=50,
    ),
    Field(
        "legal_rep",
        str,
        Text("法定代表人", "Legal representative"),
        aliases=("法定代表人(负责人)", "法定代表人姓名"),
        max_length=60,
        note="personal data: masked in lists",
    ),
)
"""Identity of the counterparty; the public layout calls the credit code 行政相对人代码_1."""

_NAME = r"\p{Han}{1,2}[*＊×某]{1,3}\p{Han}{0,2}"
_BASIS = "SEED-4.1.3"

NATURAL_PERSONS: tuple[Exclusion, ...] = (
    Exclusion(
        rule="natural_person",
        title=Text("行政相对人为自然人", "The counterparty is a natural person"),
        column="cp_type",
        pattern="^(3|自然人)$",
        basis=_BASIS,
    ),
    *(
        Exclusion(
            rule="natural_person_masked",
            title=Text("名称为隐去的自然人姓名", "The name is a masked name of a person"),
            column=column,
            pattern=f"^{_NAME}([、,， ]{_NAME})*$",
            basis=_BASIS,
        )
        for column in ("entity_name", "cp_name")
    ),
    *(
        Exclusion(
            rule="natural_person_name",
            title=Text("名称为二三字姓名且无主体代码", "A name of two or three characters and no code of an entity"),
            column=column,
            pattern=r"^\p{Han}{2,3}$",
            basis=_BASIS,
            unless=("uscc", "reg_no", "cp_code_2", "cp_code_3"),
        )
        for column in ("entity_name", "cp_name")
    ),
)
"""SEED 四(一)3 gathers information on enterprises: persons are left out by what the record says of them."""
