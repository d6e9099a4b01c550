"""Paid work under fire: is anything bought twice, lost, over a limit or over a budget?

    python -m benchmarks.paid [--runs 200] [--seed 1]

Real worker processes use the real SDK against a double of DashScope, on a small clock: a vendor's minute is a
quarter of a second. In each run workers are killed (SIGKILL) at random moments, or the wire plays one of its faults;
then the run is continued until it is done. What the double counted is compared with what was needed.
"""

import argparse
import sys
import time
from decimal import Decimal

from tests.paid_runs import DoubleProcess, random_runs, rush, short_money


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=200, help="randomised runs")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments and faults")
    parser.add_argument("--actions", type=int, default=24, help="actions at once")
    parser.add_argument("--scale", type=float, default=0.1, help="the vendor's clock: 0.1 makes 30 s last 3 s")
    asked = parser.parse_args()
    with DoubleProcess() as double:
        begun = time.monotonic()
        counts = random_runs(double, asked.runs, asked.seed, print)
        print(f"\n| randomised runs | killed | wire faults | of them looked up | wrong | minutes |\n|{'---|' * 6}")
        print(f"| {counts['runs']} | {counts.get('killed', 0)} | {counts.get('faults', 0)} | {counts['looked up']} "
              f"| {counts.get('wrong', 0)} | {(time.monotonic() - begun) / 60:.1f} |")  # fmt: skip
        print(f"\n| {asked.actions} actions | most at once | most submits/s | wall s | best s | ratio | wrong |")
        print(f"|{'---|' * 7}")
        for processes in (1, 3):
            r = rush(double, asked.actions, asked.scale, processes)
            print(f"| {processes} process{'es' if processes > 1 else ''} | {r['at once']:.0f} "
                  f"| {r['submits a second']:.0f} | {r['wall']:.1f} | {r['best']:.1f} | {r['ratio']:.3f} "
                  f"| {r['wrong']:.0f} |", flush=True)  # fmt: skip
        money = short_money(double, 10, Decimal("2.30"))
        print(f"\n| {' | '.join(money)} |\n|{'---|' * len(money)}\n| {' | '.join(str(v) for v in money.values())} |")
    return 1 if counts.get("wrong") or money["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
