"""What the puppet does for each preset: key poses, timing and effects. `CHOREOGRAPHY` names them all."""

from collections.abc import Callable, Mapping

from popcon.engines.puppet.choreography import deeds, feelings, greetings
from popcon.engines.puppet.choreography.base import Choreography

CHOREOGRAPHY: Mapping[str, Callable[[], Choreography]] = {
    "wave": greetings.wave,
    "laugh": feelings.laugh,
    "cry": feelings.cry,
    "angry": feelings.angry,
    "love": feelings.love,
    "wink": feelings.wink,
    "jump": deeds.jump,
    "dance": deeds.dance,
    "bow": greetings.bow,
    "clap": greetings.clap,
    "sleep": deeds.sleep,
    "surprised": feelings.surprised,
    "thinking": feelings.thinking,
    "cheer": deeds.cheer,
    "hug": greetings.hug,
    "run": deeds.run,
    "shy": feelings.shy,
    "cool": feelings.cool,
    "sick": feelings.sick,
    "eat": deeds.eat,
    "thank-you": greetings.thank_you,
    "good-night": greetings.good_night,
    "sorry": greetings.sorry,
    "ok": greetings.ok,
}

__all__ = ["CHOREOGRAPHY", "Choreography"]
