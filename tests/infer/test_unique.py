"""Ids that are there twice."""

from hypothesis import given
from hypothesis import strategies as st
from qawl.infer.unique import SeenIds


@given(st.lists(st.text(max_size=2) | st.just("\ud800")), st.integers(1, 5))
def test_it_answers_as_a_set_does(names: list[str], pending: int) -> None:
    seen, known = SeenIds(pending), set[str]()
    for name in names:
        assert seen.add(name) is (name not in known)
        known.add(name)


def test_an_id_stays_known_when_thousands_have_come_after_it() -> None:
    seen = SeenIds(pending=1000)
    assert all(seen.add(str(number)) for number in range(5500))
    assert not any(seen.add(str(number)) for number in range(5500))
