"""The loop: what is due is claimed, run in slices, committed and ended."""
