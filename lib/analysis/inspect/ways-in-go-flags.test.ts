import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { goServer } from "../testing/repositories.ts";

const FATAL = ' {\n\tlog.Fatal("no")\n}';
const NO = ' {\n\treturn errors.New("no")\n}';
const SERVE = 's := server.NewMCPServer("thing", "1")\n\treturn server.ServeStdio(s)';

/** A server whose command of cobra does something first. */
const cobraServer = (top: string, run: string, init: string) => ({
  ...goServer(""),
  "main.go": `package main\n${top}\nvar rootCmd = &cobra.Command{Use: "thing", RunE: func(cmd *cobra.Command, args []string) error {\n${run}\n\t${SERVE}\n}}\nfunc init() {\n${init}\n}\nfunc main() {\n\tif err := rootCmd.Execute(); err != nil {\n\t\tos.Exit(1)\n\t}\n}\n`,
});

const urfaveServer = (flag: string, run: string) => ({
  ...goServer(""),
  "main.go": `package main\nfunc main() {\n\tapp := &cli.App{Flags: []cli.Flag{&cli.StringFlag{${flag}}}, Action: func(c *cli.Context) error {\n${run}\n\t${SERVE}\n}}\n\tif err := app.Run(os.Args); err != nil {\n\t\tlog.Fatal(err)\n\t}\n}\n`,
});

const KEY = ["--key"];
const A = ["A_KEY"];
const PACKAGE = 'var key = flag.String("key", "", "API key")';
const INIT = 'var key string\nfunc init() {\n\tflag.StringVar(&key, "key", "", "API key")\n}';

test("Go: a flag is demanded wherever a program keeps it", async () => {
  await assertDemands([
    [goServer(`flag.Parse()\nif *key == ""${FATAL}`, PACKAGE), KEY],
    [goServer(`flag.Parse()\nif *key == ""${FATAL}`, 'var (\n\tkey = flag.String("key", "", "API key")\n)'), KEY],
    [goServer(`var key string\nflag.StringVar(&key, "key", "", "API key")\nflag.Parse()\nif key == ""${FATAL}`), KEY],
    [goServer(`flag.Parse()\nif key == ""${FATAL}`, INIT), KEY],
    [
      goServer(
        `fs := flag.NewFlagSet("thing", flag.ExitOnError)\nkey := fs.String("key", "", "")\nif *key == ""${FATAL}`,
      ),
      KEY,
    ],
    [goServer(`var cfg Config\nflag.StringVar(&cfg.Key, "key", "", "")\nif cfg.Key == ""${FATAL}`), KEY],
    [
      goServer(
        `var cfg Config\nflag.StringVar(&cfg.Key, "key", "", "")\nif err := cfg.Validate(); err != nil${FATAL}`,
        `func (c *Config) Validate() error {\n\tif c.Key == ""${NO}\n\treturn nil\n}`,
      ),
      KEY,
    ],
    [
      goServer(
        `flag.Parse()\ncfg := Config{Key: *key}\nif err := cfg.Validate(); err != nil${FATAL}`,
        `${PACKAGE}\nfunc (c *Config) Validate() error {\n\tif c.Key == ""${NO}\n\treturn nil\n}`,
      ),
      KEY,
    ],
    [goServer(`flag.Parse()\nif *url == ""${FATAL}`, 'var url = flag.String("url", "https://a.example", "")'), []],
  ]);
});

test("Go: a flag is demanded where a command of a library asks for it", async () => {
  const local = `\tvar key string\n\tcmd := &cobra.Command{Use: "thing", RunE: func(cmd *cobra.Command, args []string) error {\n\tif key == ""${NO}\n\t${SERVE}\n}}\n\tcmd.Flags().StringVar(&key, "key", "", "")\n\treturn cmd`;
  await assertDemands([
    [cobraServer("var key string", `if key == ""${NO}`, 'rootCmd.Flags().StringVar(&key, "key", "", "")'), KEY],
    [
      cobraServer(
        "var key string",
        `if key == ""${NO}`,
        'rootCmd.PersistentFlags().StringVarP(&key, "key", "k", "", "")',
      ),
      KEY,
    ],
    [
      cobraServer(
        "",
        `key, _ := cmd.Flags().GetString("key")\nif key == ""${NO}`,
        'rootCmd.Flags().String("key", "", "")',
      ),
      KEY,
    ],
    [
      cobraServer(
        "var dirs []string",
        `if len(dirs) == 0${NO}`,
        'rootCmd.Flags().StringSliceVar(&dirs, "dir", []string{}, "")',
      ),
      ["--dir"],
    ],
    [
      cobraServer(
        "var dirs []string",
        `if len(dirs) == 0${NO}`,
        'rootCmd.Flags().StringArrayVarP(&dirs, "dir", "d", nil, "")',
      ),
      ["--dir"],
    ],
    [
      cobraServer(
        "var dirs []string",
        `if len(dirs) == 0${NO}`,
        'rootCmd.Flags().StringSliceVar(&dirs, "dir", []string{"."}, "")',
      ),
      [],
    ],
    [
      {
        ...goServer(""),
        "main.go": `package main\nfunc newCmd() *cobra.Command {\n${local}\n}\nfunc main() {\n\tif err := newCmd().Execute(); err != nil {\n\t\tos.Exit(1)\n\t}\n}\n`,
      },
      KEY,
    ],
    [urfaveServer('Name: "key"', `key := c.String("key")\nif key == ""${NO}`), KEY],
    [urfaveServer('Name: "key", Value: "x"', `key := c.String("key")\nif key == ""${NO}`), []],
  ]);
});

test("Go: a variable that stands behind a flag is demanded in its place", async () => {
  const env = 'key = os.Getenv("A_KEY")';
  await assertDemands([
    [goServer(`flag.Parse()\nif key == "" {\n\t${env}\n}\nif key == ""${FATAL}`, INIT), A],
    [goServer(`flag.Parse()\nif *key == "" {\n\t*${env}\n}\nif *key == ""${FATAL}`, PACKAGE), A],
    [goServer(`flag.Parse()\nif *key == ""${FATAL}`, 'var key = flag.String("key", os.Getenv("A_KEY"), "")'), A],
    [
      cobraServer(
        "",
        `key, _ := cmd.Flags().GetString("key")\nif key == "" {\n\t${env}\n}\nif key == ""${NO}`,
        'rootCmd.Flags().String("key", "", "")',
      ),
      A,
    ],
  ]);
});

test("Go: a flag is not demanded where the program has another value for it", async () => {
  const load = "cfg, err := load()\nif err != nil {\n\treturn err\n}\n";
  await assertDemands([
    [goServer(`flag.Parse()\nif *key == "" {\n\t*key = readFile()\n}\nif *key == ""${FATAL}`, PACKAGE), []],
    [
      cobraServer(
        "var key string",
        `${load}if key != "" {\n\tcfg.Key = key\n}\nif cfg.Key == ""${NO}`,
        'rootCmd.Flags().StringVar(&key, "key", "", "")',
      ),
      [],
    ],
    [
      goServer(
        `var cfg Config\nflag.StringVar(&cfg.Key, "key", "", "")\nuse(cfg)\nc := load()\nif c.Key == ""${FATAL}`,
        "func load() *Thing {\n\treturn &Thing{Key: read()}\n}",
      ),
      [],
    ],
    [
      cobraServer(
        `var key string\nvar loginCmd = &cobra.Command{Use: "login", RunE: func(cmd *cobra.Command, args []string) error {\n\tif key == ""${NO}\n\treturn nil\n}}`,
        "",
        'loginCmd.Flags().StringVar(&key, "key", "", "")\nrootCmd.AddCommand(loginCmd)',
      ),
      [],
    ],
  ]);
});
