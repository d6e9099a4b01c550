"""Pictures, clips, frames and loops, vector drawing, the mascot."""
