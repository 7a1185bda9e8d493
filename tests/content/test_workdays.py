from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.workdays import add_workdays, is_workday, unknown_years

# domain facts: 2016 with its make-up Saturdays
VECTORS = [
    (date(2016, 2, 5), 3, date(2016, 2, 15)),
    (date(2016, 2, 5), 20, date(2016, 3, 9)),
    (date(2016, 5, 18), 3, date(2016, 5, 23)),
    (date(2016, 5, 18), 20, date(2016, 6, 16)),
    (date(2016, 9, 30), 3, date(2016, 10, 10)),
    (date(2016, 9, 30), 20, date(2016, 11, 2)),
    (date(2016, 12, 1), 3, date(2016, 12, 6)),
    (date(2016, 12, 1), 20, date(2016, 12, 29)),
]


@pytest.mark.parametrize(("start", "days", "due"), VECTORS)
def test_holidays_and_make_up_saturdays_of_2016_are_known(start: date, days: int, due: date) -> None:
    assert add_workdays(start, days) == (due, False)


def test_before_the_calendar_only_weekdays_count() -> None:
    assert add_workdays(date(1990, 3, 2), 20) == (date(1990, 3, 30), True)
    assert add_workdays(date(2003, 12, 30), 20)[1] is True


def test_a_year_that_the_calendar_does_not_know_yet_is_named() -> None:
    far = date(2099, 6, 1)
    due, guessed = add_workdays(far, 20)
    assert guessed
    assert unknown_years(far, due) == (2099,)
    assert unknown_years(date(2016, 1, 1), date(2016, 12, 31)) == ()


def test_a_limit_that_reaches_over_the_calendars_end_says_so() -> None:
    assert unknown_years(date(2003, 12, 1), date(2004, 2, 1)) == (2003,)


def test_a_make_up_saturday_is_a_working_day_and_a_holiday_is_none() -> None:
    assert is_workday(date(2016, 2, 6))
    assert not is_workday(date(2016, 10, 3))


def test_counting_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="forwards"):
        add_workdays(date(2016, 1, 1), -1)


@given(st.dates(date(1985, 1, 1), date(2060, 1, 1)), st.integers(1, 40))
def test_the_due_day_is_a_working_day_and_one_day_less_falls_earlier(start: date, days: int) -> None:
    due, _ = add_workdays(start, days)
    assert is_workday(due)
    assert add_workdays(start, days - 1)[0] < due <= start + timedelta(days=days * 3 + 14)
