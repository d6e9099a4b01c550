"""What all models have in common."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable record: unknown fields are refused, floats are finite, so that its JSON is its identity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
