"""How fast the embedded grammar is, and what the word form alone tells of each probing task.

    python benchmarks/grammar.py                 50,000 pairs, 50,000 annotated sentences, baselines
    python benchmarks/grammar.py --num 2000      a quick look

One core. The baselines are those of docs/grammar.md: 6,000 training and 1,500 test sentences.
"""

import argparse
import time
from collections.abc import Iterable, Iterator

from ticketscope.annotation.tasks import TASKS, Targets, Task
from ticketscope.corpus import grammar
from ticketscope.corpus.grammar import Annotated, output
from ticketscope.probing.baselines import majority, majority_by_word

SEED = 21


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num", type=int, default=50_000)
    num = parser.parse_args().num
    print(f"{num:,} pairs: {_seconds(output.pair_lines('train', num, SEED)):.1f} s")
    print(f"{num:,} annotated: {_seconds(output.json_lines('train', num, SEED)):.1f} s")
    train = list(grammar.annotations("train", 6_000, SEED))
    test = list(grammar.annotations("test", 1_500, SEED))
    print("| task | score | targets | labels | majority | by word |\n|---|---|---|---|---|---|")
    for task in TASKS.values():
        seen, unseen = list(_examples(task, train)), list(_examples(task, test))
        targets = [target for _, found in seen for target in found]
        labels = {target.label for target in targets} if task.kind != "regression" else ()
        overall, by_word = majority(task, seen, unseen), majority_by_word(task, seen, unseen)
        print(
            f"| `{task.id}` | {task.metric} | {len(targets):,} | {len(labels) or ''} "
            f"| {overall:.3f} | {by_word:.3f} |"
        )


def _seconds(lines: Iterable[str]) -> float:
    start = time.perf_counter()
    for _ in lines:
        pass
    return time.perf_counter() - start


def _examples(task: Task, sentences: list[Annotated]) -> Iterator[tuple[tuple[str, ...], Targets]]:
    for found in sentences:
        for sentence in (found.gold, found.corrupted):
            targets = task.targets(sentence, SEED)
            if targets is not None:
                yield sentence.words, targets


if __name__ == "__main__":
    main()
