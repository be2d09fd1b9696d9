"""The database: tables, queries, transactions, work. Imports nothing of ours."""
