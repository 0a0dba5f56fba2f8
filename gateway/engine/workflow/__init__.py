"""Jobs: walks through graphs of steps, some of which people do.

course   one walk under way: what starts, what ends, what follows   (pure)
values   what a step's inputs refer to                               (pure)
builtins the steps that need nothing but their inputs                (pure)
graphs   what keeps a graph from being walked                        (pure)
walking  does automatic steps inside a task's run
jobs     the verbs: start, finish, revert, retry, claim ...
"""
