import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

const server = (field: string) =>
  pypiServer(
    `from pydantic import AliasChoices, Field\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    model_config = {"env_prefix": "A_"}\n    ${field}\nsettings = Settings()\ndef main():\n    mcp.run()\n`,
    "",
  );

test("pydantic-settings: an alias names the variable in letters of any size, and each of several does", async () => {
  for (const [field, required, optional, choices] of [
    ['key: str = Field(validation_alias="b_key")', ["B_KEY"], [], []],
    ['key: str = Field(validation_alias=AliasChoices("k", "b_key"))', ["B_KEY"], [], []],
    ['key: str | None = Field(None, validation_alias=AliasChoices("k", "b_key"))', [], ["B_KEY"], []],
    [
      'key: str = Field(validation_alias=AliasChoices("B_KEY", "C_KEY"))',
      [],
      ["B_KEY", "C_KEY"],
      [[[["B_KEY"], ["C_KEY"]], true]],
    ],
    ['key: str = Field("x", validation_alias=AliasChoices("B_MODE", "C_MODE"))', [], ["B_MODE", "C_MODE"], []],
    // A name that no variable can have leaves none.
    ['key: str = Field("x", validation_alias="b-key")', [], [], []],
    ["key: str", ["A_KEY"], [], []],
  ] satisfies [string, string[], string[], [string[][], boolean][]][])
    assert.deepEqual(await readDemands(server(field)), { required, optional, choices }, field);
});
