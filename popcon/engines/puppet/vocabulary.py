"""The words that ask for moves, feelings, sizes and speeds."""

from collections.abc import Callable
from dataclasses import dataclass

from popcon.engines.puppet import moves
from popcon.engines.puppet.pose import Score


@dataclass(frozen=True)
class Move:
    """A move that words can ask for.

    Attributes:
        name: how it is called in notes.
        words: stems; each also matches with -s, -es, -ed, -ing and the like after it.
        make: the move at a number of beats in the loop.
        beats: at an ordinary speed.
        first: the phase within its first beat that makes the best still.
    """

    name: str
    words: tuple[str, ...]
    make: Callable[[int], Score]
    beats: int
    first: float = 0.3


MOVES: tuple[Move, ...] = (
    Move("bounce", ("bounc", "bob", "boing", "hop", "弹", "蹦"), moves.bounce, 2, 0.44),
    Move("leap", ("leap", "jump", "spring", "pounce", "跳"), moves.leap, 1, 0.44),
    Move(
        "shiver",
        ("shiver", "trembl", "quiver", "quak", "shudder", "vibrat", "buzz", "发抖", "颤"),
        moves.shiver,
        8,
        0.1,
    ),
    Move(
        "shake head",
        (
            "shake head",
            "shakes head",
            "shaking head",
            "head shake",
            "shake its head",
            "shakes its head",
            "shaking its head",
            "no no",
            "摇头",
        ),
        moves.refuse,
        3,
    ),
    Move("shake", ("shak", "rattl", "jitter", "摇晃", "抖"), moves.shake, 6, 0.25),
    Move("sway", ("sway", "swing", "rock", "waver", "摇摆"), moves.sway, 1, 0.55),
    Move("nod", ("nod", "agree", "点头"), moves.nod, 3, 0.22),
    Move("tilt", ("tilt", "cock", "lean head", "歪头"), moves.tilt, 1, 0.4),
    Move("spin", ("spin", "twirl", "whirl", "rotat", "pirouette", "turn around", "转圈", "旋转"), moves.spin, 1, 0.3),
    Move("tumble", ("tumbl", "flip", "somersault", "roll", "cartwheel", "翻"), moves.tumble, 1, 0.35),
    Move("zoom", ("zoom", "grow", "shrink", "scale up", "bigger", "approach", "放大", "缩"), moves.zoom, 1, 0.55),
    Move("pop up", ("pop", "appear", "pops up", "出现"), moves.pop, 1, 0.3),
    Move("float", ("float", "hover", "fly", "flies", "drift", "levitat", "飘", "飞"), moves.floating, 1, 0.3),
    Move("stretch", ("stretch", "reach up", "elongat", "伸"), moves.tall, 1, 0.5),
    Move("squash", ("squash", "squish", "flatten", "squeez", "压扁"), moves.squash, 1, 0.34),
    Move("wobble", ("wobbl", "jiggl", "jelly", "wiggl", "squirm", "扭"), moves.wobble, 4, 0.12),
    Move("breathe", ("breath", "inhal", "exhal", "sigh", "呼吸"), moves.breathe, 1, 0.45),
    Move("heartbeat", ("heartbeat", "heart beat", "puls", "throb", "心跳"), moves.heartbeat, 2, 0.1),
    Move("stomp", ("stomp", "stamp", "march", "跺"), moves.stomp, 2, 0.25),
    Move("walk", ("walk", "stroll", "step", "waddl", "tiptoe", "走"), moves.walk, 2, 0.2),
    Move("slide", ("slid", "glid", "dash", "skat", "滑"), moves.slide, 1, 0.3),
    Move("peek", ("peek", "lean", "peep", "探头"), moves.peek, 1, 0.4),
    Move("look around", ("look around", "looks around", "looking", "search", "glanc", "张望"), moves.look, 1, 0.2),
    Move("faint", ("faint", "collaps", "pass out", "fall", "fell", "drop dead", "晕倒"), moves.faint, 1, 0.6),
    Move("lunge", ("lung", "punch", "kick", "attack", "thrust", "strik", "打"), moves.lunge, 2, 0.34),
    Move(
        "raise arms",
        ("raise arm", "arms up", "raises", "raising", "hands up", "lift arm", "举手"),
        moves.raise_arms,
        1,
        0.4,
    ),
    Move("kiss", ("kiss", "smooch", "亲", "吻"), moves.kiss, 1, 0.5),
    Move("pout", ("pout", "sulk", "huff", "嘟嘴"), moves.pout, 1, 0.1),
    Move("blink", ("blink", "眨眼"), moves.blinking, 2, 0.5),
    Move("twist", ("twist", "turn", "hips", "扭腰"), moves.twisting, 2, 0.25),
    Move("headbang", ("headbang", "head bang", "head-bang", "rock out", "甩头"), moves.headbang, 4, 0.5),
    Move("swell", ("swell", "puff", "inflat", "explod", "burst", "膨胀"), moves.swell, 1, 0.62),
)
"""Every move, in the order in which words are tried: longer phrases win over shorter ones wherever they overlap."""

ACTIONS: dict[str, tuple[str, ...]] = {
    "wave": ("wav", "greet", "hello", "goodbye", "bye", "hi", "挥手"),
    "laugh": ("laugh", "giggl", "chuckl", "lol", "haha", "笑"),
    "cry": ("cry", "cries", "cried", "sob", "weep", "tear", "sad", "sadness", "sorrow", "哭", "伤心"),
    "angry": ("angr", "anger", "rage", "raging", "furious", "fury", "mad", "annoyed", "grumpy", "生气", "愤怒"),
    "love": ("love", "lovingly", "loving", "adore", "in love", "爱"),
    "wink": ("wink", "flirt"),
    "dance": ("danc", "disco", "boogie", "groov", "party", "跳舞"),
    "bow": ("bow", "bowing", "curts", "鞠躬"),
    "clap": ("clap", "applau", "鼓掌"),
    "sleep": ("sleep", "snor", "nap", "doz", "asleep", "睡"),
    "surprised": ("surpris", "shock", "startl", "gasp", "amaz", "惊"),
    "thinking": ("think", "ponder", "wonder", "confus", "puzzl", "思考", "想"),
    "cheer": (
        "cheer",
        "celebrat",
        "hooray",
        "happy",
        "happily",
        "happiness",
        "joy",
        "excite",
        "victory",
        "庆祝",
        "开心",
    ),
    "hug": ("hug", "cuddl", "embrac", "抱"),
    "run": ("run", "running", "runs", "jog", "sprint", "rush", "hurr", "escap", "跑"),
    "shy": ("shy", "bashful", "embarrass", "timid", "害羞"),
    "cool": ("cool", "confident", "swagger", "smug", "酷"),
    "sick": ("sick", "nause", "vomit", "ill", "dizzy", "queasy", "病"),
    "eat": ("eat", "munch", "chew", "nibbl", "bite", "biting", "gobbl", "吃"),
    "thank-you": ("thank", "grateful", "gratitude", "谢"),
    "good-night": ("good night", "goodnight", "yawn", "tired", "drowsy", "晚安"),
    "sorry": ("sorry", "apolog", "regret", "beg", "抱歉", "对不起"),
    "ok": ("ok", "okay", "approv", "thumbs up", "好的"),
}
"""Words that ask for a preset's choreography: deeds and feelings."""

FEELINGS = frozenset({"angry", "cry", "love", "shy", "cool", "sick", "surprised", "cheer", "laugh", "good-night"})
"""Presets whose face and mood can colour another move ("shake with anger")."""

SMALLER = (
    "subtl",
    "slight",
    "gentl",
    "soft",
    "light",
    "little",
    "small",
    "tiny",
    "barely",
    "mild",
    "calm",
    "delicat",
    "轻",
    "微",
)
LARGER = (
    "big",
    "deep",
    "high",
    "strong",
    "wild",
    "hard",
    "exaggerat",
    "intens",
    "violent",
    "extrem",
    "energetic",
    "huge",
    "massive",
    "crazy",
    "fierce",
    "dramatic",
    "大",
    "猛",
)
SLOWER = ("slow", "lazy", "lazily", "gradual", "calm", "sleepil", "慢")
FASTER = ("fast", "quick", "rapid", "frantic", "hectic", "speedy", "snappy", "wild", "furiously", "hyper", "快")
