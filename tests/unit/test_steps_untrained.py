"""The untrained encoder that probes are compared with: what it is known by."""

from pathlib import Path

from ticketscope.config import training_identity
from ticketscope.steps.bench import Bench
from ticketscope.steps.probes.encoders import untrained
from ticketscope.study.recipes import recipe


def test_it_is_known_by_its_shape_as_networks_are(tmp_path: Path) -> None:
    """A setting that came later leaves it what it was, and so no run probes it again."""
    experiment = recipe("demo")
    bench = Bench.of(tmp_path, experiment)
    identity, _ = untrained(0, bench)
    assert identity["model"] == training_identity(experiment)["model"]
    assert untrained(1, bench)[0]["seed"] != identity["seed"]
