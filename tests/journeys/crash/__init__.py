"""Kills the server at random moments, starts it again and looks whether anything is wrong.

    python -m tests.journeys.crash --runs 200 --seed 7 --kinds deletion,cleanup

What is killed is data: `kinds` has a row for each kind of work, `moments` the kills that are not
in the middle of some work. A run is right if the task ends by itself in its stated state, every
item has come true exactly once, the counters equal the effects (right after the kill, too), and no
write that was acknowledged before the kill is lost.
"""
