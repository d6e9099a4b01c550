"""The puppet: the embedded default engine for start frames and clips. It needs no key, no weights, no network.

`rig` guesses a character's parts from its outline, `warp`, `arms`, `face` and `mitts` pose it, `choreography` and
`moves` say when, `manner` how a kind of body plays it, `words` reads prompts, `effects` draws what flies around.
`engine` has the two engines.
"""
