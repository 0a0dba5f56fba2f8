"""Jobs: walks through graphs of steps, some of which people do.

* `values`: what a step's inputs refer to, and what nobody is shown (pure)
* `marks`: what a course is told and what it tells (pure)
* `board`: how the steps of a walk stand to one another (pure)
* `course`: one walk under way: what starts, what ends, what follows (pure)
* `builtins`: the steps that need nothing but their inputs, as a table (pure)
* `applications`: methods by application and name, as a table, with the vendor's names (pure)
* `transformations`: documents of steps and links that make values of values (pure)
* `json_query`: paths with filters into values (pure)
* `javascript`: what values are where both of these come from (pure)
* `limits`: how much one evaluation may cost (pure)
* `graphs`: what keeps a graph from being walked (pure)
* `inputs`: whether a job's variables are what its workflow asks for (pure)
* `openness`: which inputs of a step the workflow fixes, and which it leaves open (pure)
* `children`: what has come of what a step has started (pure)
* `access`: who may see and work on what, as tables (pure)
* `recording`: the items that tell of steps (pure)
* `starting`: new tasks for jobs and for what their steps start
* `walking`: does automatic steps inside a task's run
* `jobs`: the verbs: start, finish, revert, retry, claim ...
"""
