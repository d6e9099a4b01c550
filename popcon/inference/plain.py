"""The plain JSON that serverless GPU vendors use: a task, a picture and parameters to an alpha mask.

    {"task": "birefnet" | "sam" | "rembg", "image": base64, "params": {…}}
    -> {"mask": base64 of a grey PNG of the picture's size, "width": …, "height": …, "score": … (sam)}

`params` of sam: {"points": [[x, y], …], "labels": [1 or 0, …]}, labels 1 where left out.
"""

import base64
import binascii
import io
from typing import Any

import numpy as np
from PIL import Image

from popcon.engines.base import Click
from popcon.errors import BadInput
from popcon.inference.service import Service, served_names
from popcon.media.pictures.picture import load_picture

TASKS = ("birefnet", "sam", "rembg")
MOST_POINTS = 200


def answer(service: Service, request: Any) -> dict[str, Any]:
    """Do a task.

    Raises:
        BadInput: the request is not as above.
        NotServed: this host has no such model.
    """
    if not isinstance(request, dict) or request.get("task") not in TASKS:
        raise BadInput(f"The request needs a `task`: one of {', '.join(TASKS)}.")
    params = request.get("params") or {}
    if not isinstance(params, dict):
        raise BadInput("`params` has to be an object.")
    frame = _picture(request.get("image"))
    said: dict[str, Any] = {"width": frame.shape[1], "height": frame.shape[0]}
    if request["task"] == "sam":
        mask, score = service.predict(service.first(served_names("segment")), frame, _clicks(params), None)
        said["score"] = score
    else:
        (mask,) = service.alphas(service.first([request["task"]]), [frame])
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG")
    return {"mask": base64.b64encode(buffer.getvalue()).decode(), **said}


def _picture(text: Any) -> Any:
    if not isinstance(text, str) or not text:
        raise BadInput("The request needs an `image`: base64 of a PNG, JPEG or WebP.")
    try:
        data = base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("`image` is not base64.") from error
    rgba = load_picture(data, "`image`")
    share = rgba[..., 3:] / np.float32(255)
    return np.rint(rgba[..., :3] * share + 255 * (1 - share)).astype(np.uint8)  # transparent parts on white


def _clicks(params: dict[str, Any]) -> list[Click]:
    points, labels = params.get("points"), params.get("labels")
    try:
        wanted = [(float(x), float(y)) for x, y in points or []]
        kinds = [_positive(label) for label in labels] if labels is not None else [True] * len(wanted)
        if len(kinds) != len(wanted) or len(wanted) > MOST_POINTS:
            raise BadInput(
                f"There are {len(wanted)} points and {len(kinds)} labels; give one label a point, and at most "
                f"{MOST_POINTS} points."
            )
        return [Click(x=x, y=y, positive=kind) for (x, y), kind in zip(wanted, kinds, strict=True)]
    except (TypeError, ValueError, OverflowError) as error:  # also pydantic's, for what is no finite number
        raise BadInput("`points` has to be a list of [x, y], `labels` a list of 1 and 0.") from error


def _positive(label: Any) -> bool:
    if label not in (0, 1):
        raise ValueError(label)
    return bool(label)
