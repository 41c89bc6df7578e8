from datetime import timedelta
import pandas as pd
from feast import Entity, FeatureView, Field, FileSource, RequestSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float64, Int64
from feast.value_type import ValueType

service = Entity(name="service", join_keys=["service_id"], value_type=ValueType.STRING)
source = FileSource(name="releases_source", path="data/releases.parquet", timestamp_field="event_timestamp", created_timestamp_column="created")
releases = FeatureView(
    name="releases", entities=[service], ttl=timedelta(hours=24),
    schema=[Field(name="failure_count", dtype=Int64), Field(name="queue_seconds", dtype=Float64)],
    source=source, online=True, tags={"team": "deploy"}, owner="ana@example.org",
)
now = RequestSource(name="now", schema=[Field(name="hour", dtype=Int64)])

@on_demand_feature_view(sources=[releases, now], schema=[Field(name="busy", dtype=Float64)], mode="pandas")
def busy(inputs: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame()
    out["busy"] = inputs["queue_seconds"] * (inputs["hour"] % 24)
    return out
