"""The 24 preset actions: what a drawing or video engine is told, in body mechanics, and their emoji tags."""

from collections.abc import Mapping
from types import MappingProxyType

from popcon.models.action import Action

_ALL = (
    Action(
        name="wave",
        title="Wave",
        motion="raises one hand beside the head and wags it from side to side in two quick bursts, fingers spread, "
        "while the body leans away and the head tips towards the hand",
        effect="small motion lines beside the waving hand",
        emoji=("👋",),
    ),
    Action(
        name="laugh",
        title="Laugh",
        motion="throws the head back, eyes squeezed shut and mouth wide open, shoulders and belly shaking in fast "
        "little jerks that swell, ebb and swell again",
        effect="tears of joy at the eyes and motion lines at both sides",
        emoji=("😂", "🤣"),
    ),
    Action(
        name="cry",
        title="Cry",
        motion="sinks into itself with the chin down and both fists at the eyes; three sobs heave the chest up in "
        "jerks, then it drops again, trembling",
        effect="large tears rolling from both eyes",
        emoji=("😭", "😢"),
    ),
    Action(
        name="angry",
        title="Angry",
        motion="clenches both fists at its sides, brows drawn down, trembles harder and harder as the body swells "
        "with pressure, then stamps one foot",
        effect="a red anger mark at the temple and puffs of steam from the head",
        emoji=("😡", "💢"),
    ),
    Action(
        name="love",
        title="Love",
        motion="clasps both hands at the chest and sways dreamily from side to side with half-shut eyes while the "
        "body swells twice like a heartbeat",
        effect="hearts rising around the head and a blush on the cheeks",
        emoji=("😍", "❤️"),
    ),
    Action(
        name="wink",
        title="Wink",
        motion="dips a little, then pops the head over to one side and shuts one eye, holds the pose with a thumb up "
        "and a smile, and comes back",
        effect="a sparkle beside the shut eye",
        emoji=("😉",),
    ),
    Action(
        name="jump",
        title="Jump",
        motion="crouches deeply with swinging arms, shoots up stretched long, hangs in the air with arms high, lands "
        "with bent knees and springs back upright",
        effect="motion lines and little stars",
        emoji=("🤸", "🎈"),
    ),
    Action(
        name="dance",
        title="Dance",
        motion="swings the hips left and right on the beat, the head answering the other way, feet stepping and arms "
        "rising in turn",
        effect="musical notes floating around",
        emoji=("💃", "🕺"),
    ),
    Action(
        name="bow",
        title="Bow",
        motion="draws itself up with the hands at the sides, bends deeply forward from the hips with a straight back, "
        "holds, and rises again",
        effect="bow lines curving above the back",
        emoji=("🙇",),
    ),
    Action(
        name="clap",
        title="Clap",
        motion="claps both hands together in front of the chest five times, the whole body bouncing a little with "
        "each clap, eyes smiling",
        effect="shock lines bursting from the hands",
        emoji=("👏",),
    ),
    Action(
        name="sleep",
        title="Sleep",
        motion="sleeps with shut eyes and the cheek on folded hands, chest rising and sinking slowly, head dropping "
        "lower until it starts up a little",
        effect="Zzz rising from the head",
        emoji=("😴", "💤"),
    ),
    Action(
        name="surprised",
        title="Surprised",
        motion="flinches down, then shoots up on tiptoe with wide eyes, an open mouth and spread hands, quivers "
        "there and slowly comes down",
        effect="an exclamation mark and shock lines around the head",
        emoji=("😲", "❗"),
    ),
    Action(
        name="thinking",
        title="Thinking",
        motion="tips the head to one side with a hand tapping at the chin, narrows one eye, then tries the other side",
        effect="a question mark beside the head",
        emoji=("🤔", "❓"),
    ),
    Action(
        name="cheer",
        title="Cheer",
        motion="hops twice with both fists thrown high above the head, knees tucked, mouth open in a shout of joy",
        effect="confetti raining down",
        emoji=("🎉", "🙌"),
    ),
    Action(
        name="hug",
        title="Hug",
        motion="spreads both arms wide, wraps them around and squeezes tight with shut eyes, rocks from side to side, "
        "then opens again",
        effect="hearts around and a blush on the cheeks",
        emoji=("🤗",),
    ),
    Action(
        name="run",
        title="Run",
        motion="runs on the spot leaning forward, knees and arms pumping in turn, the body bouncing with each stride",
        effect="speed lines streaming past and a sweat drop",
        emoji=("🏃", "💨"),
    ),
    Action(
        name="shy",
        title="Shy",
        motion="turns away with lowered head and hands before the mouth, twisting on the spot, peeks back for a "
        "moment and turns away again",
        effect="a blush on the cheeks and a nervous sweat drop",
        emoji=("😳", "🥺"),
    ),
    Action(
        name="cool",
        title="Cool",
        motion="leans back slowly with the chin up and narrowed eyes, nods to a beat of its own, then snaps over to "
        "the other side",
        effect="a sun glint at the eye",
        emoji=("😎",),
    ),
    Action(
        name="sick",
        title="Sick",
        motion="reels in a slow curve with sagging shoulders, one hand at the mouth and one on the belly, cheeks "
        "filling, heaves once and sags",
        effect="a dizzy swirl circling the head",
        emoji=("🤢", "🤒"),
    ),
    Action(
        name="eat",
        title="Eat",
        motion="opens wide, leans in for a bite from both hands, then chews with full cheeks, the head bobbing with "
        "pleasure",
        effect="food crumbs flying from the mouth",
        emoji=("😋", "🍔"),
    ),
    Action(
        name="thank-you",
        title="Thank you",
        motion="presses both palms together at the chest, makes a quick grateful bow and comes up with the head "
        "warmly tilted and smiling eyes",
        effect="sparkle and hearts around",
        emoji=("🙏", "💖"),
    ),
    Action(
        name="good-night",
        title="Good night",
        motion="stretches long with a big yawn behind one hand, then sinks and lets the head fall drowsily to one "
        "side with closing eyes",
        effect="a crescent moon and Zzz above",
        emoji=("🌙", "😴"),
    ),
    Action(
        name="sorry",
        title="Sorry",
        motion="shrinks with raised brows, hands pressed together above the lowered head, bows quickly twice and "
        "trembles at the lowest point",
        effect="sweat drops and bow lines",
        emoji=("🙇", "😓"),
    ),
    Action(
        name="ok",
        title="OK",
        motion="pops up with one hand making the OK sign beside the face, nods firmly twice and holds it with a smile",
        effect="a thumbs up and a sparkle",
        emoji=("👌", "👍"),
    ),
)

PRESETS: Mapping[str, Action] = MappingProxyType({action.name: action for action in _ALL})
"""The preset actions by name, in the order in which they are shown."""
