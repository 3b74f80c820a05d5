"""The parts wired into something that runs."""
