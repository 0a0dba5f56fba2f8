-- Indexes for what operators look at: failures of the last hours, and tasks by state.

CREATE INDEX outcome_failure ON outcome (at) WHERE status IN ('fatal_error', 'partial_error');
CREATE INDEX outcome_failure_of_task ON outcome (task, at)
    WHERE status IN ('fatal_error', 'partial_error');
CREATE INDEX run_failure ON run (coalesce(ended, sessions ->> '$[#-1][1]', started))
    WHERE status IN ('fatal_error', 'partial_error');

-- Counts by state and result need nothing but the index; it still serves a search by state.
DROP INDEX task_execution_state;
CREATE INDEX task_execution_state ON task (execution_state, result_status);
