package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"lianxin/notifier"
	"lianxin/planner"
)

func channelsFile(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "channels.yaml")
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return name
}

const oneOfEach = `
- {kind: wecom-bot, token: env:T_CHANNEL_SECRET, budget: "18/1m"}
- {kind: wecom, id: ww1, agent: 1000002, secret: env:T_CHANNEL_SECRET}
- {kind: dingtalk-bot, token: env:T_CHANNEL_SECRET, secret: env:T_CHANNEL_SECRET}
- {kind: dingtalk, id: ding1, agent: 778899, secret: env:T_CHANNEL_SECRET}
- {kind: feishu-bot, token: env:T_CHANNEL_SECRET, secret: env:T_CHANNEL_SECRET}
- {kind: feishu, id: cli_1, secret: env:T_CHANNEL_SECRET, id-type: open_id}
- {kind: sms-aliyun, id: key1, secret: env:T_CHANNEL_SECRET, sign: 义马市信访局, template: SMS_1, params: [{name: title, from: title, most: 30}]}
- {kind: sms-tencent, name: sms2, id: key2, secret: env:T_CHANNEL_SECRET, app: "1400006666", sign: 义马市信访局, template: "1110", params: [{from: title}, {from: count}]}
- {kind: sms-gateway, name: sms3, address: env:T_CHANNEL_URL, body: '{"m":{{.To}},"c":{{.Text}}}', header: {X-Key: env:T_CHANNEL_SECRET}, ok: '"result":0'}
- {kind: webhook, address: env:T_CHANNEL_URL, secret: env:T_CHANNEL_SECRET}
`

func TestChannelsComeFromTheirFile(t *testing.T) {
	t.Setenv("T_CHANNEL_SECRET", "s3cr3t-of-the-test")
	t.Setenv("T_CHANNEL_URL", "https://gateway.example/sms")
	cs, err := readChannels(channelsFile(t, 0o644, oneOfEach), &notifier.Tokens{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range cs {
		names = append(names, c.Name())
	}
	if got, want := strings.Join(names, " "), "wecom-bot wecom dingtalk-bot dingtalk feishu-bot feishu sms sms2 sms3 webhook"; got != want {
		t.Errorf("got %s, want %s in the file's order", got, want)
	}
	if l := cs[0].(notifier.Limited).Limits(); len(l) != 1 || l[0].N != 18 {
		t.Errorf("got the budget %v, want the office's 18 a minute", l)
	}
	if printed := fmt.Sprintf("%+v %#v", cs, cs); strings.Contains(printed, "s3cr3t") {
		t.Error("printed channels show a secret")
	}
}

func TestASecretInAFileThatOthersReadIsRefused(t *testing.T) {
	const text = "- {kind: wecom-bot, token: s3cr3t-in-the-plain}\n"
	for mode, want := range map[os.FileMode]planner.Kind{0o644: planner.Invalid, 0o640: planner.Invalid} {
		_, err := readChannels(channelsFile(t, mode, text), nil)
		if planner.KindOf(err) != want || strings.Contains(fmt.Sprint(err), "s3cr3t") {
			t.Errorf("mode %o: got %v, want Invalid without the secret", mode, err)
		}
	}
	if _, err := readChannels(channelsFile(t, 0o600, text), nil); err != nil {
		t.Errorf("mode 600: got %v", err)
	}
}

func TestWrongChannelsAreRefusedInWords(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown kind": "- {kind: pigeon}\n", "an unknown setting": "- {kind: wecom-bot, tokn: s3cr3t}\n", "no token": "- {kind: wecom-bot}\n",
		"two of one name": "- {kind: wecom-bot, token: s3cr3t}\n- {kind: wecom-bot, token: s3cr3t}\n", "no budget": "- {kind: wecom-bot, token: s3cr3t, budget: many}\n",
		"a name of ours": "- {kind: webhook, name: slip, address: 'https://a.example', secret: s3cr3t}\n", "not a list": "kind: s3cr3t\n",
		"a variable of nothing": "- {kind: sms-aliyun, id: k, secret: s3cr3t, sign: s, template: t, params: [{name: a, from: phone}]}\n",
	} {
		_, err := readChannels(channelsFile(t, 0o600, text), nil)
		if planner.KindOf(err) != planner.Invalid || strings.Contains(fmt.Sprint(err), "s3cr3t") {
			t.Errorf("%s: got %v, want Invalid in words without the secret", name, err)
		}
	}
}

// weComServer is WeCom as its manual says, as far as an app's message goes; anything else it refuses.
type weComServer struct {
	mu    sync.Mutex
	bad   []string
	texts []string
	no    bool // refuses everything, and repeats what it was sent
}

func (w *weComServer) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.no:
		fmt.Fprintf(rw, `{"errcode":40003,"errmsg":"invalid userid %s call %s"}`, "wang.ning 13800138000", strings.ReplaceAll(r.URL.RawQuery, `"`, ""))
	case r.URL.Path == "/cgi-bin/gettoken" && r.URL.Query().Get("corpid") == "ww1" && r.URL.Query().Get("corpsecret") == "s3cr3t-of-the-test":
		io.WriteString(rw, `{"errcode":0,"errmsg":"ok","access_token":"t0ken-of-the-test","expires_in":7200}`)
	case r.URL.Path == "/cgi-bin/message/send" && r.URL.Query().Get("access_token") == "t0ken-of-the-test" && bytes.Contains(body, []byte(`"touser":"wang.ning"`)):
		w.texts = append(w.texts, string(body))
		io.WriteString(rw, `{"errcode":0,"errmsg":"ok","msgid":"m1"}`)
	default:
		w.bad = append(w.bad, r.URL.RequestURI()+" "+string(body))
		io.WriteString(rw, `{"errcode":40058,"errmsg":"bad"}`)
	}
}

// From the command line: enter a member ID, send a test message to a server that is WeCom's double, give its code back, and
// find neither secret nor token nor ID in anything printed or stored.
func TestTheChannelCommandsEndToEnd(t *testing.T) {
	double := &weComServer{}
	server := httptest.NewServer(double)
	defer server.Close()
	t.Setenv("T_CHANNEL_SECRET", "s3cr3t-of-the-test")
	t.Setenv("LIANXIN_CHANNELS", channelsFile(t, 0o644, "- {kind: wecom, id: ww1, agent: 1000002, secret: env:T_CHANNEL_SECRET, address: "+server.URL+"}\n"))
	p := newProgram(t, "").start()
	dir := p.dir
	var printed bytes.Buffer
	lianxin := func(want int, args ...string) string {
		t.Helper()
		out, errs, got := p.try(args...)
		if got != want {
			t.Fatalf("lianxin %s: got exit %d, want %d: %s%s", strings.Join(args, " "), got, want, out, errs)
		}
		printed.WriteString(out + errs)
		return out + errs
	}
	// The small roster of the test of replanning.
	smallTown(p)
	lianxin(0, "channel", "set", "wecom", "K1", "wang.ning")
	lianxin(0, "channel", "test", "wecom", "K1")
	if len(double.texts) != 1 || len(double.bad) > 0 {
		t.Fatalf("got %d messages and what WeCom refuses: %q", len(double.texts), double.bad)
	}
	code := regexp.MustCompile(`验证码(\d{6})`).FindStringSubmatch(double.texts[0])
	if code == nil {
		t.Fatalf("no code in %s", double.texts[0])
	}
	lianxin(3, "channel", "prove", "wecom", "K1", "000000x")
	lianxin(0, "channel", "prove", "wecom", "K1", code[1])
	if list := lianxin(0, "channel", "list"); !strings.Contains(list, "wecom") || !strings.Contains(list, "slip") {
		t.Errorf("got %s, want both channels", list)
	}
	double.no = true
	p.env = append(p.env, "LIANXIN_NOW=2026-02-05T09:00")
	lianxin(3, "channel", "test", "nowhere", "K1")
	lianxin(4, "channel", "test", "wecom", "K1")
	for _, leak := range []string{"s3cr3t-of-the-test", "t0ken-of-the-test", "wang.ning", "13800138000"} {
		if strings.Contains(printed.String(), leak) {
			t.Errorf("%q was printed: %s", leak, printed.String())
		}
		stored, err := filepath.Glob(filepath.Join(dir, "lianxin.db*"))
		if err != nil || len(stored) == 0 {
			t.Fatal("no database", err)
		}
		for _, f := range stored {
			if b, err := os.ReadFile(f); err != nil || bytes.Contains(b, []byte(leak)) {
				t.Errorf("%s holds %q, or cannot be read: %v", f, leak, err)
			}
		}
	}
}
