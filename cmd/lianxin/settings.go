package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/followup"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// settingsFile is read from the folder in which lianxin is started.
const settingsFile = "lianxin.yaml"

// Settings are the flags that every command takes.
type Settings struct {
	Config    string `placeholder:"FILE" help:"设置文件；默认当前目录的 lianxin.yaml（可以没有）。 Settings file; lianxin.yaml if it exists."`
	Database  string `env:"LIANXIN_DATABASE_URL" default:"sqlite:lianxin.db" placeholder:"URL" help:"sqlite:路径 或 postgres://…"`
	Keys      string `env:"LIANXIN_KEYS" default:"lianxin.key" placeholder:"FILE" help:"联系方式的密钥文件，放在数据库和备份之外。 Key file, kept outside database and backup."`
	Zone      string `env:"LIANXIN_ZONE" default:"Asia/Shanghai" help:"办公时区。 The office's time zone."`
	Lang      string `env:"LIANXIN_LANG" default:"zh" enum:"zh,en" help:"zh 或 en"`
	JSON      bool   `help:"表格改为 JSON 输出。 Tables as JSON."`
	At        string `name:"now" env:"LIANXIN_NOW" placeholder:"TIME" help:"把时钟拨到此刻，如 2026-01-05T08:00（用于演练）。 Move the clock."`
	Seed      uint64 `env:"LIANXIN_SEED" help:"编号种子；0 为随机（正式使用）。 Seed of IDs; 0 is random."`
	Host      string `env:"LIANXIN_HOST" default:"lianxin.local" help:"日历 UID 的主机名，定了就不要改。 Host part of calendar UIDs; never change it."`
	BaseURL   string `env:"LIANXIN_BASE_URL" default:"http://127.0.0.1:8080" help:"网页地址，写进提醒和日历。 Address of the pages."`
	County    string `env:"LIANXIN_COUNTY" default:"义马市" help:"县（市、区）名。 Name of the county."`
	Office    string `env:"LIANXIN_OFFICE" default:"义马市信访局" help:"公示落款单位。 The office that signs notices."`
	Hall      string `env:"LIANXIN_HALL" default:"义马市群众来访接待中心" help:"接待大厅。 The reception hall."`
	Phone     string `env:"LIANXIN_PHONE" default:"0398-0000000" help:"咨询电话（办公电话）。 The office's phone."`
	Mail      string `env:"LIANXIN_MAIL" default:"office@lianxin.example" help:"发信地址。 Sender of mails, organizer of feeds."`
	Preset    string `env:"LIANXIN_PRESET" default:"yima" help:"规则与样例的预设，见 lianxin rules presets。 Preset of rules and samples."`
	Care      string `env:"LIANXIN_CARE" placeholder:"FILE" help:"定期关心：按群众自选的需求定期生成小事；default 用自带的 care.yaml，或指定文件；空则不生成。 Care that comes round for needs: default, a file, or empty for none."`
	Policy    string `env:"LIANXIN_POLICY" placeholder:"FILE" help:"政策文件 policy.yaml：改规则的价、开关规则、定人数和上限；空则按预设。 Policy file: prices, switches, loads, caps."`
	Ladder    string `env:"LIANXIN_LADDER" placeholder:"LIMITS" help:"提级阶梯：逾期多久告知 室、站、局，如 1工作日,3工作日,7日（1wd,3wd,7d）；空则 1、3、5 个工作日。 When each rung hears of an overdue task."`
	Templates string `env:"LIANXIN_TEMPLATES" placeholder:"FILE" help:"提醒文字的模板文件；空则用自带的，见 lianxin remind templates。 File of the words of reminders."`
	Slips     string `env:"LIANXIN_SLIPS" default:"slips" placeholder:"DIR" help:"打印提醒条的目录：没有其他渠道的人用它。 Folder of printed slips, the last resort."`
	Channel   string `name:"channels-file" env:"LIANXIN_CHANNELS" placeholder:"FILE" help:"渠道文件 channels.yaml（企业微信、钉钉、飞书、短信、网络回调），按先后次序；密钥写 env:变量名，或把文件设为 0600。 Channels file, in order of preference; secrets as env:NAME or in a file of mode 0600."`
	SMTPHost  string `name:"smtp-host" env:"LIANXIN_SMTP_HOST" placeholder:"HOST" help:"邮件服务器；空则不发邮件。 Mail server; empty sends none."`
	SMTPPort  int    `name:"smtp-port" env:"LIANXIN_SMTP_PORT" default:"587" help:"邮件服务器端口。 Its port."`
	SMTPUser  string `name:"smtp-user" env:"LIANXIN_SMTP_USER" help:"发信账号；空则不登录。密码只从环境变量 LIANXIN_SMTP_PASSWORD 读。 Account; its password is read from LIANXIN_SMTP_PASSWORD alone."`
	SMTPLock  string `name:"smtp-security" env:"LIANXIN_SMTP_SECURITY" default:"starttls" enum:"starttls,tls,none" help:"starttls、tls，或 none（仅限本机或可信网络）。 none only on a trusted network."`
	Authserv  string `name:"mail-authserv" env:"LIANXIN_MAIL_AUTHSERV" placeholder:"ID" help:"收件服务器在 Authentication-Results 里的名字（RFC 8601 authserv-id）；填了，没有它证明的邀请答复就等人核实。 Name of the receiving server in Authentication-Results; if given, answers that it did not prove wait for a person."`
	Quiet     bool   `short:"q" help:"不显示进度。 No progress."`

	out, err io.Writer
	zone     *time.Location
	now      func() time.Time
	origins  map[string]string // setting → where its value came from
	file     map[string]string // of the settings file
	fileName string
	args     []string
}

// load reads the settings file before the flags are parsed, since flags win over it.
func (s *Settings) load(args []string) error {
	s.args, s.origins = args, map[string]string{}
	s.fileName = os.Getenv("LIANXIN_CONFIG")
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			s.fileName = v
		} else if a == "--config" && i+1 < len(args) {
			s.fileName = args[i+1]
		}
	}
	named := s.fileName != ""
	if !named {
		s.fileName = settingsFile
	}
	b, err := os.ReadFile(s.fileName)
	if err != nil {
		if !named && os.IsNotExist(err) {
			s.fileName = ""
			return nil
		}
		return &planner.Error{Kind: planner.Invalid, Where: s.fileName, Err: err,
			Say: planner.Text{ZH: "读不到这个设置文件，请检查路径。", EN: "the settings file cannot be read; check the path."}}
	}
	if err := yaml.Unmarshal(b, &s.file); err != nil {
		return &planner.Error{Kind: planner.Invalid, Where: s.fileName, Err: err,
			Say: planner.Text{ZH: "设置文件不是“名称: 值”的格式：" + err.Error(), EN: "the settings file is not lines of name: value: " + err.Error()}}
	}
	known := settingNames()
	for name := range s.file {
		if !slices.Contains(known, name) {
			return &planner.Error{Kind: planner.Invalid, Where: s.fileName,
				Say: planner.Text{ZH: "不认识的设置“" + name + "”。可用的有：" + strings.Join(known, "、"), EN: "unknown setting " + name + "; known are: " + strings.Join(known, ", ")}}
		}
	}
	return nil
}

// settingNames are the names a settings file may hold: the long flags of Settings.
func settingNames() []string {
	var only struct {
		Settings `embed:""`
	}
	p, err := kong.New(&only, kong.Exit(func(int) {}))
	if err != nil {
		panic(err) // the struct tags are ours
	}
	var names []string
	for _, f := range p.Model.Flags {
		if f.Name != "help" && f.Name != "config" {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

// fromFile gives kong the file's values. kong would let a resolver win over the environment; we want the opposite, so a
// flag whose variable is set is left alone.
func (s *Settings) fromFile() kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
		for _, env := range f.Envs {
			if _, set := os.LookupEnv(env); set {
				s.origins[f.Name] = env
				return nil, nil
			}
		}
		if v, ok := s.file[f.Name]; ok {
			s.origins[f.Name] = s.fileName
			return v, nil
		}
		return nil, nil
	})
}

// finish checks the settings and sets the clock.
func (s *Settings) finish() (err error) {
	if s.zone, err = time.LoadLocation(s.Zone); err != nil {
		return invalid("不认识时区“"+s.Zone+"”，请用 Asia/Shanghai 这样的名称。", "unknown time zone "+s.Zone+"; use a name such as Asia/Shanghai.")
	}
	s.now = time.Now
	if s.At != "" {
		var at time.Time
		for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly, time.RFC3339} {
			if at, err = time.ParseInLocation(layout, s.At, s.zone); err == nil {
				break
			}
		}
		if err != nil {
			return invalid("--now 的“"+s.At+"”看不懂，请写成 2026-01-05T08:00。", "--now "+s.At+" is not a time; write 2026-01-05T08:00.")
		}
		at = at.UTC()
		s.now = func() time.Time { return at }
	}
	return nil
}

func invalid(zh, en string) error { return planner.Fail(planner.Invalid, zh, en) }

// operator is who runs a command: somebody with the key file and the database at hand, so the planner's rights.
func operator(command string) planner.Principal { return planner.System("lianxin " + command) }

// open connects to the database and wires the use cases. The caller closes App.DB.
func (s *Settings) open(ctx context.Context, command string) (*pipeline.App, error) {
	tokens := &notifier.Tokens{}
	channels, err := s.channels(tokens)
	if err != nil {
		return nil, err
	}
	policy, err := s.readPolicy(s.Policy)
	if err != nil {
		return nil, err
	}
	care, err := readCare(s.Care)
	if err != nil {
		return nil, err
	}
	templates, err := readTemplates(s.Templates)
	if err != nil {
		return nil, err
	}
	var ladder followup.Ladder
	if s.Ladder != "" {
		if ladder, err = followup.ParseLadder(s.Ladder); err != nil {
			return nil, err
		}
	}
	keys, err := store.LoadKeyring(s.Keys)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := store.Open(ctx, store.Options{URL: s.Database, Keys: keys, Log: log, Now: s.now})
	if err != nil {
		return nil, err
	}
	newID, series := planner.RandomIDs(), planner.SeriesIDs
	if s.Seed != 0 {
		newID, series = planner.SeededIDs(s.Seed, command), nil
	}
	app := &pipeline.App{DB: db, Now: s.now, Zone: s.zone, NewID: newID, Series: series, Host: s.Host, BaseURL: strings.TrimSuffix(s.BaseURL, "/"), Log: log, Preset: s.Preset, Policy: policy, Care: care, Ladder: ladder, Templates: templates,
		Office:   pipeline.Office{County: s.County, Name: s.Office, Hall: s.Hall, Phone: s.Phone, Mail: s.Mail},
		Channels: channels, Authserv: s.Authserv}
	tokens.DB = db.Writer()
	return app, nil
}

// channels in the order of preference: those of the channels file, mail if there is a server, then the printed slip that
// reaches everybody.
func (s *Settings) channels(tokens *notifier.Tokens) ([]notifier.Channel, error) {
	cs, err := readChannels(s.Channel, tokens)
	if err != nil {
		return nil, err
	}
	if s.SMTPHost != "" {
		locks := map[string]notifier.Security{"starttls": notifier.StartTLS, "tls": notifier.TLS, "none": notifier.PlainText}
		cs = append(cs, notifier.SMTP{Host: s.SMTPHost, Port: s.SMTPPort, From: s.Mail, Domain: s.Host,
			Username: s.SMTPUser, Password: notifier.Secret(os.Getenv("LIANXIN_SMTP_PASSWORD")), Security: locks[s.SMTPLock]})
	}
	return append(cs, notifier.File{Label: pipeline.SlipChannel, Dir: s.Slips}), nil
}

// with opens the application for one command and closes it.
func (s *Settings) with(ctx context.Context, command string, fn func(*pipeline.App) error) error {
	app, err := s.open(ctx, command)
	if err != nil {
		return err
	}
	defer app.DB.Close()
	return fn(app)
}

// writeJSON prints v for programs.
func (s *Settings) writeJSON(v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// say prints a line in the user's language: Chinese first, English behind it unless one language was asked for.
func (s *Settings) say(zh, en string, args ...any) {
	line := zh
	if s.Lang == "en" {
		line = en
	}
	fmt.Fprintf(s.err, line+"\n", args...)
}

// findings prints what a check found, as sentences.
func (s *Settings) findings(fs []planner.Finding) {
	for _, f := range fs {
		t := f.Sentence()
		mark := map[planner.Severity]string{planner.Stop: "✗", planner.Warn: "!", planner.Note: "·"}[f.Severity]
		if s.Lang == "en" {
			fmt.Fprintf(s.err, "%s %s\n", mark, t.EN)
		} else {
			fmt.Fprintf(s.err, "%s %s\n    %s\n", mark, t.ZH, t.EN)
		}
	}
}

// create opens a file for writing beside its final name and moves it there when fn succeeds, so that a stopped command
// leaves no half file.
func create(name string, fn func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return unwritable(name, err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".lianxin-*")
	if err != nil {
		return unwritable(name, err)
	}
	defer os.Remove(f.Name())
	if err := fn(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return unwritable(name, err)
	}
	if err := f.Close(); err != nil {
		return unwritable(name, err)
	}
	return os.Rename(f.Name(), name)
}

func unwritable(name string, err error) error {
	return &planner.Error{Kind: planner.Unavailable, Where: name, Err: err,
		Say: planner.Text{ZH: "写不进这个文件或目录，请检查权限和磁盘空间。", EN: "cannot write here; check permissions and disk space."}}
}
