"""What is measured, and against what: `python -m bench` prints the tables of docs/performance.md."""
