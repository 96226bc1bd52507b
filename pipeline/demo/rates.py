"""Every number that the synthetic city is aimed with, in two declarations: its causes and its dirt.

Shares are of 1 unless the name says otherwise; all are estimates made for the demonstration.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """How the city lives: population, hazards a month (`_hazard`), and weights on log odds (`_on_`)."""

    individuals_per_enterprise: float = 2500 / 3700
    individuals_gone_share: float = 0.10
    cancelled_share: float = 0.16
    revoked_share: float = 0.012
    moved_share: float = 0.003
    without_code: float = 0.012
    never_coded: float = 0.35
    renamed: float = 0.07
    moved_house: float = 0.09
    new_representative: float = 0.07
    namesakes: float = 0.004

    shared_fate: float = 0.6
    relatives_factor: float = 3.2
    unreachable_hazard: float = 0.0008
    found_again_hazard: float = 0.016
    distress_hazard: float = 0.0028
    recovery_hazard: float = 0.045
    dormant_hazard: float = 0.0004
    waking_hazard: float = 0.03

    random_checks_a_year: float = 0.052
    daily_checks_a_year: float = 0.78
    daily_checks_elsewhere: float = 0.1
    targeting: float = 0.65
    problem_base: float = -2.45
    problem_on_risk: float = 1.5
    problem_on_disorder: float = 0.5
    problem_on_field: float = 0.85
    problem_on_expired: float = 2.0
    problem_on_distress: float = 0.8
    case_after_problem: float = 0.215
    followed_complaints: float = 0.28
    case_after_complaint: float = 0.017

    report_on_time: float = 3.6
    listed_after_missing: float = 0.6
    cure_hazard: float = 0.11
    letter_returned: float = 0.06
    blacklisted_hazard: float = 0.055
    complaints_a_month: float = 0.0131
    sampling_fail: float = -4.4
    staffed_share: float = 0.052
    tax_graded_share: float = 0.14
    nationally_graded_share: float = 0.10
    late_renewal: float = -2.2


@dataclass(frozen=True)
class Naming:
    """How one supplier names the firms of its records: shares, the rest has a valid credit code.

    `reg_no`: old number only. `organisation`: organisation code only (where the layout has one).
    `name`: exact name only. `wide`: name with full-width signs. `former`: an old name if there is one.
    `wrong_check`: code with a wrong last character, name right. `mangled`: no code, and the name without place and legal form.
    `outside`: a firm that is not in the register. `person`: a natural person (layouts with cp_type).
    """

    reg_no: float = 0.0
    organisation: float = 0.0
    name: float = 0.0
    wide: float = 0.0
    former: float = 0.0
    wrong_check: float = 0.0
    mangled: float = 0.0
    outside: float = 0.0
    person: float = 0.0


@dataclass(frozen=True)
class Dirt:
    """What is wrong with the deliveries, as shares of the rows of a file unless said otherwise."""

    duplicate_rows: float = 0.012
    future_dates: float = 0.002
    unreadable_dates: float = 0.003
    unreadable_codes: float = 0.002
    fine_in_yuan: float = 0.02
    statistical_checks: float = 0.006
    statistical_reports: float = 0.002
    bad_file_rows: float = 0.12
