package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// channelEntry is one entry of the channels file. A secret is written as env:NAME, or in the plain if nobody but the owner
// can read the file.
type channelEntry struct {
	Kind     string            `yaml:"kind"`    // wecom-bot, wecom, dingtalk-bot, dingtalk, feishu-bot, feishu, sms-aliyun, sms-tencent, sms-gateway, webhook
	Name     string            `yaml:"name"`    // of the channel; empty: the kind, sms for the three
	Address  string            `yaml:"address"` // base URL, for a private installation of the vendor's; of a gateway or webhook: the URL
	Budget   string            `yaml:"budget"`  // "20/1m, 5/1s"; empty: what the vendor states
	ID       string            `yaml:"id"`      // corp ID, app key, app ID or access key ID
	Secret   string            `yaml:"secret"`
	Token    string            `yaml:"token"`   // of a bot's webhook address
	Agent    int64             `yaml:"agent"`   // of an app of WeCom or DingTalk
	IDType   string            `yaml:"id-type"` // Feishu: user_id, open_id, union_id
	Plain    bool              `yaml:"plain"`   // WeCom: text instead of Markdown
	App      string            `yaml:"app"`     // Tencent: SmsSdkAppId
	Region   string            `yaml:"region"`
	Sign     string            `yaml:"sign"`
	Template string            `yaml:"template"`
	Special  map[string]string `yaml:"templates"` // our template → the vendor's
	Params   []smsParamEntry   `yaml:"params"`
	Type     string            `yaml:"type"` // of a gateway's body
	Body     string            `yaml:"body"`
	User     string            `yaml:"user"`
	Header   map[string]string `yaml:"header"`
	OK       string            `yaml:"ok"`
	Again    string            `yaml:"again"`
	Keyed    bool              `yaml:"keyed"`
	Most     int               `yaml:"most"`
	Number   string            `yaml:"number"`  // of a gateway: pattern of its own number in its answer
	Receipt  receiptEntry      `yaml:"receipt"` // of a gateway: how it pushes receipts to /receipts/NAME
}

type receiptEntry struct {
	Token string `yaml:"token"`
	Each  string `yaml:"each"`
	OK    string `yaml:"ok"`
	Bad   string `yaml:"bad"`
}

type smsParamEntry struct {
	Name string `yaml:"name"`
	From string `yaml:"from"`
	Most int    `yaml:"most"`
}

// readChannels reads the channels file, which lists channels in the order of preference. tokens are for apps; they get
// their database when it is open.
func readChannels(name string, tokens *notifier.Tokens) (cs []notifier.Channel, err error) {
	if name == "" {
		return nil, nil
	}
	wrong := func(where, zh, en string) error {
		return &planner.Error{Kind: planner.Invalid, Where: strings.TrimSpace(name + " " + where), Say: planner.Text{ZH: zh, EN: en}}
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, wrong("", "读不到渠道文件，请检查路径。", "the channels file cannot be read; check the path.")
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, wrong("", "读不到渠道文件，请检查权限。", "the channels file cannot be read; check its permissions.")
	}
	var entries []channelEntry
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&entries); err != nil && !errors.Is(err, io.EOF) {
		// yaml repeats values in its errors, and they may be secrets: only the lines are shown.
		return nil, wrong("", "渠道文件的格式不对："+yamlLines(err)+"。", "the channels file is not of the right form: "+yamlLines(err)+".")
	}
	private := info.Mode().Perm()&0o077 == 0
	for i, e := range entries {
		where := "#" + strconv.Itoa(i+1)
		open := 0
		secret := func(s string) notifier.Secret {
			if v, ok := strings.CutPrefix(s, "env:"); ok {
				return notifier.Secret(os.Getenv(v))
			}
			if s != "" && !private {
				open++
			}
			return notifier.Secret(s)
		}
		c, err := e.channel(secret, tokens)
		if open > 0 {
			return nil, wrong(where, "密钥写在别人也能读的文件里。请执行 chmod 600，或写成 env:变量名。", "a secret stands in a file that others can read; chmod 600 it, or write env:NAME.")
		}
		if err != nil {
			return nil, wrong(where, "渠道设置不对："+err.Error()+"。", "the settings of a channel are wrong: "+err.Error()+".")
		}
		for _, other := range cs {
			if other.Name() == c.Name() {
				return nil, wrong(where, "两个渠道都叫“"+c.Name()+"”，请用 name 区分。", "two channels are named "+c.Name()+"; tell them apart by name.")
			}
		}
		if c.Name() == pipeline.SlipChannel || c.Name() == "mail" {
			return nil, wrong(where, "“"+c.Name()+"”留给自带的渠道。", c.Name()+" is the name of a channel of our own.")
		}
		cs = append(cs, c)
	}
	return cs, nil
}

// yamlLines are the lines that an error of yaml names.
func yamlLines(err error) string {
	var lines []string
	for _, w := range strings.Fields(err.Error()) {
		if n := strings.TrimSuffix(w, ":"); n != w {
			if _, err := strconv.Atoi(n); err == nil {
				lines = append(lines, n)
			}
		}
	}
	if len(lines) == 0 {
		return "YAML"
	}
	return "line " + strings.Join(lines, ", ")
}

// channel makes the channel of an entry. need refuses empty settings.
func (e channelEntry) channel(secret func(string) notifier.Secret, tokens *notifier.Tokens) (notifier.Channel, error) {
	budget, err := readBudget(e.Budget)
	if err != nil {
		return nil, err
	}
	// The vendors compare the time of a signature with theirs, so --now does not move it.
	a := notifier.Account{Label: e.Name, BaseURL: e.Address, Now: time.Now, Budget: budget}
	form := notifier.SMSForm{Sign: e.Sign, Template: e.Template, Templates: e.Special}
	for _, p := range e.Params {
		form.Params = append(form.Params, notifier.SMSParam{Name: p.Name, From: p.From, Most: p.Most})
	}
	key, token := secret(e.Secret), secret(e.Token)
	need := func(given map[string]bool) error {
		for name, ok := range given {
			if !ok {
				return fmt.Errorf("%s: %s?", e.Kind, name)
			}
		}
		return nil
	}
	isSMS := map[string]bool{"id": e.ID != "", "secret": key != "", "sign": e.Sign != "", "template": e.Template != ""}
	switch e.Kind {
	case "wecom-bot":
		return notifier.WeComBot{Account: a, Key: token, Text: e.Plain}, need(map[string]bool{"token": token != ""})
	case "wecom":
		return notifier.WeComApp{Account: a, CorpID: e.ID, Agent: int(e.Agent), Secret: key, Tokens: tokens, Text: e.Plain},
			need(map[string]bool{"id": e.ID != "", "agent": e.Agent != 0, "secret": key != ""})
	case "dingtalk-bot":
		return notifier.DingTalkBot{Account: a, Token: token, Secret: key}, need(map[string]bool{"token": token != ""})
	case "dingtalk":
		return notifier.DingTalkApp{Account: a, AppKey: e.ID, AppSecret: key, Agent: e.Agent, Tokens: tokens},
			need(map[string]bool{"id": e.ID != "", "agent": e.Agent != 0, "secret": key != ""})
	case "feishu-bot":
		return notifier.FeishuBot{Account: a, Hook: token, Secret: key}, need(map[string]bool{"token": token != ""})
	case "feishu":
		return notifier.FeishuApp{Account: a, AppID: e.ID, AppSecret: key, IDType: e.IDType, Tokens: tokens}, need(map[string]bool{"id": e.ID != "", "secret": key != ""})
	case "sms-aliyun":
		return notifier.AliyunSMS{Account: a, KeyID: e.ID, Secret: key, Form: form}, errors.Join(need(isSMS), form.Check())
	case "sms-tencent":
		isSMS["app"] = e.App != ""
		return notifier.TencentSMS{Account: a, KeyID: e.ID, Secret: key, App: e.App, Region: e.Region, Form: form}, errors.Join(need(isSMS), form.Check())
	case "sms-gateway":
		g := notifier.SMSGateway{Account: a, URL: secret(e.Address), Type: e.Type, Body: e.Body, Sign: e.Sign, User: e.User, Password: key, OK: e.OK, Again: e.Again, Keyed: e.Keyed, Most: e.Most, Number: e.Number,
			Receipt: notifier.GatewayReceipts{Token: secret(e.Receipt.Token), Each: e.Receipt.Each, OK: e.Receipt.OK, Bad: e.Receipt.Bad}}
		for name, v := range e.Header {
			if g.Header == nil {
				g.Header = map[string]notifier.Secret{}
			}
			g.Header[name] = secret(v)
		}
		return g, errors.Join(need(map[string]bool{"address": g.URL != ""}), g.Check())
	case "webhook":
		w := notifier.Webhook{Account: a, URL: secret(e.Address), Secret: key}
		return w, need(map[string]bool{"address": w.URL != "", "secret": key != ""})
	}
	return nil, fmt.Errorf("kind %q", e.Kind)
}

// readBudget reads "20/1m, 5/1s".
func readBudget(s string) (limits []notifier.Limit, err error) {
	if s == "" {
		return nil, nil
	}
	for _, part := range strings.Split(s, ",") {
		n, per, ok := strings.Cut(strings.TrimSpace(part), "/")
		count, err := strconv.Atoi(n)
		window, err2 := time.ParseDuration(per)
		if !ok || err != nil || err2 != nil || count < 1 || count > 10_000 || window < 10*time.Millisecond {
			return nil, fmt.Errorf("budget %q: 20/1m", part)
		}
		limits = append(limits, notifier.Limit{N: count, Per: window})
	}
	return limits, nil
}
