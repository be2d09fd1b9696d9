"""The drawings: values in, Block Kit as plain dictionaries out; nothing here waits or knows a database."""
