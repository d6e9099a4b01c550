"""Encodes animated WebP: as much quality as fits."""

from collections.abc import Sequence

from popcon.pixels import Rgba
from popcon.stickers import webp
from popcon.stickers.encoders.base import EncodedFile
from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


class WebpEncoder:
    """Lowers the quality step by step, guided by a few frames; the last bytes are spent frame by frame."""

    _FIRST, _SAMPLES = 6, 6

    def __init__(self, frames: Sequence[Rgba]) -> None:
        self._frames = frames
        self.trials: list[Trial] = []

    def encode(self, schedule: Schedule, limit: int | None) -> EncodedFile | None:
        shown = [self._frames[i] for i in schedule.frames]
        ends_on_first = len(shown) > 1 and schedule.frames[-1] == schedule.frames[0]
        body = shown[:-1] if ends_on_first else shown
        coded = webp.Stills(body)
        step = 0 if limit is None else self._guess(coded, len(body), limit)
        steps = [step] * len(body)
        while True:
            order = [*range(len(body)), 0] if ends_on_first else list(range(len(body)))
            sizes = [len(coded.still(i, steps[i])) for i in range(len(body))]
            total = webp.OVERHEAD + sum(webp.OVERHEAD_PER_FRAME + sizes[i] for i in order)
            worst = webp.STEPS[max(steps)]
            name = "lossless" if worst.lossless else f"quality {worst.quality}, alpha {worst.alpha_quality}"
            if len(set(steps)) == 1 or limit is None or total <= limit:
                fits = limit is None or total <= limit
                self.trials.append(Trial(setting=name, frames=len(order), bytes=total, fits=fits))
            if limit is None or total <= limit:
                stills = [(coded.parts[i], coded.still(i, steps[i])) for i in order]
                height, width = shown[0].shape[:2]
                data = webp.assemble((width, height), stills, schedule.durations_ms, schedule.plays)
                return EncodedFile(data, name, comfortable=max(steps) <= webp.COMFORTABLE)
            # Too large: all frames go two steps down, or, where little is over, a few of the largest one step.
            behind = [i for i in range(len(body)) if steps[i] == min(steps)]
            if steps[behind[0]] == len(webp.STEPS) - 1:
                return None
            over = total - limit
            down = 1
            if over > 0.025 * limit:
                chosen, down = behind, 2
            else:
                chosen = sorted(behind, key=lambda i: (-sizes[i], i))
                chosen = chosen[: max(1, round(over / (0.05 * total) * len(behind)))]
            for i in chosen:
                steps[i] = min(steps[i] + down, len(webp.STEPS) - 1)

    def _guess(self, coded: webp.Stills, count: int, limit: int) -> int:
        """Return the step whose estimated size is just under the limit: gallop from a middle one, then halve."""
        sample = sorted({round(k * (count - 1) / max(1, self._SAMPLES - 1)) for k in range(min(self._SAMPLES, count))})
        areas = [part.pixels.shape[0] * part.pixels.shape[1] for part in coded.parts]
        share = sum(areas) / sum(areas[i] for i in sample)

        def fits(step: int) -> bool:
            size = sum(len(coded.still(i, step)) for i in sample) * share
            return bool(webp.OVERHEAD + webp.OVERHEAD_PER_FRAME * (count + 1) + size <= 0.98 * limit)

        last = len(webp.STEPS) - 1
        low, high, stride = -1, last, 2  # low does not fit, high is taken to
        step = self._FIRST
        while high - low > 1:
            if fits(step):
                high = step
                step = max(low + 1, step - stride) if stride else (low + high) // 2
            else:
                low = step
                step = min(high - 1, step + stride) if stride else (low + high) // 2
            stride = 0 if low >= 0 and high < last else stride * 2
            step = min(max(step, low + 1), high - 1) if high - low > 1 else step
        return high
