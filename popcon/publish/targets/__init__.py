"""One file a platform that packs are published to."""
