"""What models are told, one template a purpose with two blocks: `instructions` are ours, `content` a stranger's data.

`hub.pii.fill` renders them, lets in nothing but scrubbed parts, and gives each a `marker` nobody can guess.
"""
