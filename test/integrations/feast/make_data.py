"""One row of the releases view, for Feast to read its schema from."""

import os

import pandas as pd

os.makedirs("data", exist_ok=True)
at = pd.Timestamp("2026-04-10T09:00:00Z")
row = {"service_id": ["payments"], "failure_count": [5], "queue_seconds": [31.0], "event_timestamp": [at], "created": [at]}
pd.DataFrame(row).to_parquet("data/releases.parquet")
