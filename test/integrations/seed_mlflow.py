"""Two versions of a model and of a prompt, each with the alias production on the first."""

import mlflow
from mlflow import MlflowClient

client = MlflowClient()
client.create_registered_model("lora")
for number in (1, 2):
    client.create_model_version("lora", source=f"s3://models/lora/{number}", tags={"team": "deploy"})
client.set_registered_model_alias("lora", "production", "1")
mlflow.genai.register_prompt(name="support", template="Answer {{question}}")
mlflow.genai.register_prompt(name="support", template="Answer {{question}} briefly")
mlflow.genai.set_prompt_alias("support", "production", 1)
