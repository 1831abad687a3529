"""Seeds by purpose."""

from hypothesis import given
from hypothesis import strategies as st

from ticketscope.seeds import derive


def test_the_same_on_every_machine() -> None:
    # printf 1/0/dropout | b2sum -l 64
    assert derive(1, 0, "dropout") == 0xEDE751B3546EA719 >> 1
    assert derive("1", "0", "dropout") == derive(1, 0, "dropout")


@given(st.lists(st.integers() | st.text(), min_size=1, max_size=4))
def test_fits_torch_and_numpy(parts: list[int | str]) -> None:
    assert 0 <= derive(*parts) < 2**63
    assert derive(*parts) == derive(*parts)


def test_purposes_replicates_and_levels_do_not_share_seeds() -> None:
    seeds = {
        derive(1, replicate, level, purpose)
        for replicate in range(20)
        for level in range(20)
        for purpose in ("training", "pruning", "initialisation")
    }
    assert len(seeds) == 20 * 20 * 3
    assert derive(1, 23) != derive(12, 3)
