from __future__ import annotations

import numpy as np

from pipeline.demo.codes import make_reg_no, make_uscc, spoil_check, text_of
from pipeline.domain import Uscc


def codes(size: int = 500) -> list[str]:
    rng = np.random.default_rng(3)
    division = np.full(size, 220502)
    return list(text_of(make_uscc(rng, np.ones(size, int), division, np.arange(size) % 2 == 0)).to_pylist())


def test_credit_codes_are_valid_and_different() -> None:
    made = codes()
    assert all(Uscc.is_valid(code) for code in made)
    assert all(Uscc.organisation_check(code[8:16]) == code[16] for code in made)
    assert len(set(made)) == len(made)
    assert {code[8:10] == "MA" for code in made[::2]} == {True}


def test_a_spoilt_code_differs_in_its_check_character_only() -> None:
    rng = np.random.default_rng(3)
    right = make_uscc(rng, np.ones(300, int), np.full(300, 220524), np.zeros(300, bool))
    wrong = spoil_check(right, rng)
    assert (right[:, :17] == wrong[:, :17]).all()
    assert not any(Uscc.is_valid(code) for code in text_of(wrong).to_pylist())


def test_old_numbers_end_in_their_check_digit() -> None:
    for number in text_of(make_reg_no(np.random.default_rng(1), np.full(50, 220581))).to_pylist():
        product = 10  # ISO 7064 MOD 11,10
        for digit in number[:14]:
            product = ((product + int(digit)) % 10 or 10) * 2 % 11
        assert (product + int(number[14])) % 10 == 1
