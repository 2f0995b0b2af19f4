import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

const MODEL = "from pydantic import BaseModel\nclass Database(BaseModel):\n    host: str\n    port: int = 5432\n";

const server = (config: string, field: string, more: Record<string, string> = {}) =>
  pypiServer(
    `from pydantic_settings import BaseSettings, SettingsConfigDict\n${more["src/thing/models.py"] ? "from thing.models import Database\n" : MODEL}class Settings(BaseSettings):\n    model_config = SettingsConfigDict(${config})\n    key: str\n    ${field}\nsettings = Settings()\ndef main():\n    mcp.run()\n`,
    "",
    more,
  );

test("pydantic-settings: the fields of a nested model are variables of their own where a delimiter joins their names", async () => {
  const nested = 'env_prefix="A_", env_nested_delimiter="__"';
  const elsewhere = { "src/thing/models.py": MODEL };
  for (const [files, required, optional] of [
    [server(nested, "db: Database"), ["A_DB__HOST", "A_KEY"], ["A_DB__PORT"]],
    [server(nested, "db: Database", elsewhere), ["A_DB__HOST", "A_KEY"], ["A_DB__PORT"]],
    [server('env_prefix="A_", env_nested_delimiter="_"', "db: Database"), ["A_DB_HOST", "A_KEY"], ["A_DB_PORT"]],
    [server(nested, "db: Database | None = None"), ["A_KEY"], ["A_DB__HOST", "A_DB__PORT"]],
    [server(nested, 'db: Database = Database(host="x")'), ["A_KEY"], ["A_DB__HOST", "A_DB__PORT"]],
    [server(nested, "db: str"), ["A_DB", "A_KEY"], []],
    // A list of models is one variable.
    [server(nested, "db: list[Database] = []"), ["A_KEY"], ["A_DB"]],
    [server(nested, "db: Dict[str, Database] = Field(default_factory=dict)"), ["A_KEY"], ["A_DB"]],
    // Without a delimiter one variable holds the model as JSON.
    [server('env_prefix="A_"', "db: Database"), ["A_DB", "A_KEY"], []],
    [server('env_prefix="A_"', "db: Database = Database()"), ["A_KEY"], []],
    [server('env_prefix="A_"', "db: Database = Field(default_factory=Database)"), ["A_KEY"], []],
  ] satisfies [Record<string, string>, string[], string[]][]) {
    const found = await readDemands(files);
    assert.deepEqual([found.required, found.optional], [required, optional], files["src/thing/server.py"]);
  }
});

test("pydantic-settings: a field that holds settings of their own is no variable, and a prefix goes before env=", async () => {
  const files = (library: string, ...fields: string[]) =>
    pypiServer(
      `${library}\nfrom pydantic import Field, SecretStr\nclass Llm(BaseSettings):\n    model_config = {"env_prefix": "A_LLM_"}\n    class Config:\n        env_prefix = "A_LLM_"\n    api_key: SecretStr = Field(..., env="API_KEY")\nclass Settings(BaseSettings):\n${fields.map((field) => `    ${field}\n`).join("")}settings = Settings()\ndef main():\n    mcp.run()\n`,
      "",
    );
  const current = "from pydantic_settings import BaseSettings";
  for (const field of [
    "llm: Llm = Field(default_factory=Llm)",
    "llm: Llm = Llm()",
    "llm: Optional[Llm] = None",
    "llm: 'Llm'",
  ]) {
    const found = await readDemands(files(current, field, "mode: str = 'x'"));
    assert.deepEqual([...found.required, ...found.optional].sort(), ["A_LLM_API_KEY", "MODE"], field);
  }
  const old = await readDemands(files("from pydantic import BaseSettings", "mode: str = 'x'"));
  assert.deepEqual([...old.required, ...old.optional].sort(), ["API_KEY", "MODE"]);
});
