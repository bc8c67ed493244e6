package notifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"lianxin/migrations/dbtest"
)

// rig is one channel at its fake.
type rig struct {
	name    string
	to      string
	check   func(*http.Request, []byte) (string, error)
	make    func(a Account, tokens *Tokens) Channel
	reply   map[string]reply
	account bool // has an access token
}

var form = SMSForm{Sign: "义马市信访局", Template: "SMS_1", Params: []SMSParam{{Name: "title", From: "title"}, {Name: "count", From: "count"}}}

func text(body string) reply { return reply{body: body} }

// what vendors answer, in their own words; numbers stand for what they like to repeat.
var rigs = []rig{
	{name: "wecom-bot", to: "@" + theMember, check: checkWeComBot,
		make: func(a Account, _ *Tokens) Channel { return WeComBot{Account: a, Key: theHook} },
		reply: map[string]reply{"ok": text(`{"errcode":0,"errmsg":"ok"}`), "temporary": text(`{"errcode":-1,"errmsg":"system busy"}`),
			"permanent": text(`{"errcode":40058,"errmsg":"markdown.content exceed max length 4096. 13800138000 ` + theHook + `"}`),
			"limited":   text(`{"errcode":45009,"errmsg":"api freq out of limit"}`), "account": text(`{"errcode":93000,"errmsg":"invalid webhook url ` + theHook + `"}`)}},
	{name: "wecom-bot in plain text", to: "@" + theMember, check: checkWeComBot,
		make:  func(a Account, _ *Tokens) Channel { return WeComBot{Account: a, Key: theHook, Text: true} },
		reply: map[string]reply{"ok": text(`{"errcode":0,"errmsg":"ok"}`)}},
	{name: "wecom", to: theMember, check: checkWeComApp, account: true,
		make: func(a Account, tokens *Tokens) Channel {
			return WeComApp{Account: a, CorpID: "ww1", Agent: 1000002, Secret: theSecret, Tokens: tokens}
		},
		reply: map[string]reply{"ok": text(`{"errcode":0,"errmsg":"ok","invaliduser":"","msgid":"MSG1"}`), "temporary": text(`{"errcode":-1,"errmsg":"system busy"}`),
			"permanent": text(`{"errcode":81013,"errmsg":"user & party & tag all invalid: ` + theMember + `"}`), "limited": text(`{"errcode":45009,"errmsg":"api freq out of limit"}`),
			"account": text(`{"errcode":60020,"errmsg":"not allow to access from your ip"}`), "stale": text(`{"errcode":42001,"errmsg":"access_token expired ` + theToken + `"}`),
			"invalid": text(`{"errcode":0,"errmsg":"ok","invaliduser":"` + theMember + `"}`)}},
	{name: "dingtalk-bot", to: "@" + theMember, check: checkDingTalkBot,
		make: func(a Account, _ *Tokens) Channel {
			return DingTalkBot{Account: a, Token: theHook, Secret: theSecret}
		},
		reply: map[string]reply{"ok": text(`{"errcode":0,"errmsg":"ok"}`), "temporary": text(`{"errcode":-1,"errmsg":"系统繁忙"}`),
			"permanent": text(`{"errcode":400105,"errmsg":"unsupported msgtype 138 0013 8000"}`),
			"limited":   text(`{"status":1111,"wait":5,"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`),
			"account":   text(`{"errcode":310000,"errmsg":"sign not match ` + theHook + `"}`)}},
	{name: "dingtalk", to: theMember, check: checkDingTalkApp, account: true,
		make: func(a Account, tokens *Tokens) Channel {
			return DingTalkApp{Account: a, AppKey: "ding1", AppSecret: theSecret, Agent: 778899, Tokens: tokens}
		},
		reply: map[string]reply{"ok": text(`{"errcode":0,"task_id":256271667526,"request_id":"4jzllmte0wau"}`), "temporary": text(`{"errcode":-1,"errmsg":"系统繁忙"}`),
			"permanent": text(`{"errcode":88,"sub_code":"33012","errmsg":"无效的USERID ` + theMember + `"}`),
			"limited":   text(`{"errcode":143103,"errmsg":"企业单应用消息发送人次QPM超限"}`), "account": text(`{"errcode":88,"sub_code":"60011","errmsg":"没有调用该接口的权限"}`),
			"stale": text(`{"errcode":88,"sub_code":"40014","errmsg":"不合法的access_token"}`)}},
	{name: "feishu-bot", to: "@" + theMember, check: checkFeishuBot,
		make: func(a Account, _ *Tokens) Channel { return FeishuBot{Account: a, Hook: theHook, Secret: theSecret} },
		reply: map[string]reply{"ok": text(`{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`), "temporary": text(`{"code":1500,"msg":"internal error"}`),
			"permanent": text(`{"code":9499,"msg":"Bad Request","data":{}}`), "limited": text(`{"code":11232,"msg":"frequency limited psm[lark.oapi.app_platform_runtime]"}`),
			"account": text(`{"code":19021,"data":{},"msg":"sign match fail or timestamp is not within one hour from current time"}`),
			"toomany": text(`{"code":9499,"msg":"too many request","data":{}}`)}},
	{name: "feishu", to: theMember, check: checkFeishuApp, account: true,
		make: func(a Account, tokens *Tokens) Channel {
			return FeishuApp{Account: a, AppID: "cli_1", AppSecret: theSecret, Tokens: tokens}
		},
		reply: map[string]reply{"ok": text(`{"code":0,"msg":"success","data":{"message_id":"om_dc13264520392913993dd051dba21dcf"}}`),
			"temporary": text(`{"code":230049,"msg":"The message is being sent"}`),
			"permanent": {status: 400, body: `{"code":230013,"msg":"Bot has NO availability to this user ` + theMember + `"}`},
			"limited":   {status: 400, header: http.Header{"X-Ogw-Ratelimit-Reset": {"52"}}, body: `{"code":99991400,"msg":"request trigger frequency limit"}`},
			"account":   {status: 400, body: `{"code":230006,"msg":"Bot ability is not activated"}`}, "stale": {status: 400, body: `{"code":99991663,"msg":"Invalid access token for authorization"}`}}},
	{name: "aliyun", to: theMobile, check: checkAliyun,
		make: func(a Account, _ *Tokens) Channel {
			return AliyunSMS{Account: a, KeyID: theKeyID, Secret: theSecret, Form: form}
		},
		reply: map[string]reply{"ok": text(`{"Code":"OK","Message":"OK","BizId":"9006197469364984^0","RequestId":"F655A8D5"}`), "temporary": {status: 500, body: `{"Code":"isp.SYSTEM_ERROR","Message":"x"}`},
			"permanent": text(`{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"invalid mobile number 13800138000"}`), "limited": text(`{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发分钟级流控Permits:1"}`),
			"account": {status: 403, body: `{"Code":"SignatureDoesNotMatch","Message":"` + theKeyID + `"}`}, "tomorrow": text(`{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发天级流控Permits:10"}`)}},
	{name: "tencent", to: "+86 138-0013-8000", check: checkTencent,
		make: func(a Account, _ *Tokens) Channel {
			return TencentSMS{Account: a, KeyID: theKeyID, Secret: theSecret, App: "1400006666", Form: form}
		},
		reply: map[string]reply{"ok": text(`{"Response":{"SendStatusSet":[{"SerialNo":"5000:1045710669157053657849499619","PhoneNumber":"+8613800138000","Code":"Ok","Message":"send success"}]}}`),
			"temporary": text(`{"Response":{"Error":{"Code":"InternalError.Timeout","Message":"x"}}}`),
			"permanent": text(`{"Response":{"SendStatusSet":[{"SerialNo":"","Code":"FailedOperation.PhoneNumberInBlacklist","Message":"phone +8613800138000 is in blacklist"}]}}`),
			"limited":   text(`{"Response":{"SendStatusSet":[{"SerialNo":"","Code":"LimitExceeded.PhoneNumberThirtySecondLimit","Message":"one in 30 s"}]}}`),
			"account":   text(`{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"` + theKeyID + `"}}}`)}},
	{name: "gateway", to: theMobile, check: checkGateway,
		make: func(a Account, _ *Tokens) Channel {
			return SMSGateway{Account: a, URL: Secret(a.BaseURL + "/sms?" + theHook), Body: `{"mobile":{{.To}},"content":{{.Text}},"id":{{.Key}}}`, Sign: "义马市信访局",
				User: "county", Password: theSecret, OK: `"result":0`, Again: `"result":9`, Most: 300}
		},
		reply: map[string]reply{"ok": text(`{"result":0}`), "temporary": {status: 408}, "permanent": text(`{"result":3,"mobile":"13800138000"}`), "limited": text(`{"result":9}`),
			"account": {status: 401, body: "who are you"}}},
	{name: "webhook", to: "王宁 0001", check: checkWebhook,
		make: func(a Account, _ *Tokens) Channel {
			return Webhook{Account: a, URL: Secret(a.BaseURL + "/in?" + theHook), Secret: theSecret}
		},
		reply: map[string]reply{"ok": {status: 202}, "temporary": {status: 409}, "permanent": {status: 422, body: "no such person"}, "limited": {status: 503, header: http.Header{"Retry-After": {"40"}}},
			"account": {status: 401}}},
}

// hard is a message with all that could break a request: four-byte characters, quotation marks, markup of every vendor, a
// mention of all, line ends of all kinds, control characters and half a character.
var hard = Message{Key: "KEY-1234567890", Subject: "【连心】群众工作日：1月15日 \u202e周四", Text: "请走访5户",
	Items: []Item{{Template: "mass-work-day", Title: "𠮷𬭎龘喆 <@all> **粗** [点我](https://evil.example) \"引\"", Body: "请到㛃家沟，户编号：001、002。\r\n<at user_id=\"all\">所有人</at>\u2028\x07@all `code`\n# 标题 \xff\n- 一"}},
	Foot:  "——义马市信访局", Link: "http://127.0.0.1:8080/"}

// long is one with more words than any vendor takes.
func long() Message {
	m := hard
	m.Items = []Item{{Title: strings.Repeat("𠮷", 3000), Body: strings.Repeat("龘", 9000)}, {Title: "二", Body: strings.Repeat("𬭎\n", 9000)}}
	m.Text, m.Subject = strings.Repeat("𠮷", 9000), strings.Repeat("题", 900)
	return m
}

func tokensFor(t *testing.T) *Tokens {
	t.Helper()
	db, err := openURL(dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &Tokens{DB: db}
}

func (g rig) up(t *testing.T, tokens *Tokens) (*vendor, Channel) {
	v := newVendor(t, g.check, g.reply)
	return v, g.make(Account{BaseURL: v.URL, Now: nowForTest}, tokens)
}

func TestEveryChannelMeansWhatItsVendorSays(t *testing.T) {
	for _, g := range rigs {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			tokens := tokensFor(t)
			v, c := g.up(t, tokens)
			m := hard
			m.To = g.to
			for _, step := range []struct {
				mode string
				want any // the error's type; nil: taken
			}{
				{"ok", nil}, {"temporary", new(*Temporary)}, {"permanent", new(*Permanent)}, {"limited", new(*RateLimited)}, {"account", new(*Down)},
				{"503", new(*Down)}, {"429", new(*RateLimited)}, {"cut", new(*Uncertain)}, {"half", new(*Uncertain)}, {"stale", nil}, {"invalid", new(*Permanent)}, {"toomany", new(*RateLimited)},
				{"tomorrow", new(*Permanent)}, {"garbage", new(*Uncertain)}, {"ok", nil},
			} {
				if _, has := g.reply[step.mode]; !has && !slices.Contains([]string{"503", "429", "cut", "half", "garbage"}, step.mode) {
					continue
				}
				if step.mode == "garbage" && (g.name == "webhook" || g.name == "gateway") {
					continue // any 2xx is a yes there, or what the pattern says
				}
				v.set(step.mode)
				r, err := c.Send(t.Context(), m)
				switch {
				case step.want == nil && err != nil:
					t.Errorf("%s: got %v, want the message taken", step.mode, err)
				case step.want != nil && !errors.As(err, step.want):
					t.Errorf("%s: got %T %v, want %s", step.mode, err, err, reflect.TypeOf(step.want).Elem().Elem().Name())
				}
				if err != nil {
					for _, leak := range []string{theHook, theSecret, theToken, theKeyID, theMobile, "138-0013-8000", "138 0013 8000", theMember} {
						if strings.Contains(err.Error(), leak) {
							t.Errorf("%s: the error shows %q: %v", step.mode, leak, err)
						}
					}
				}
				if limited, ok := errors.AsType[*RateLimited](err); ok && step.mode == "429" && limited.RetryAfter != 7*time.Second {
					t.Errorf("429: got a pause of %v, want the 7 s of Retry-After", limited.RetryAfter)
				}
				if step.mode == "ok" && g.account && r.ID == "" {
					t.Error("no receipt of an app's message")
				}
			}
			if len(v.faults) > 0 {
				t.Errorf("the vendor would have refused: %q", v.faults)
			}
			if g.account && v.tokens != 2 {
				t.Errorf("got %d tokens asked for, want 2: one at first, one after the stale one", v.tokens)
			}
		})
	}
}

func TestLongMessagesAreCutBetweenCharacters(t *testing.T) {
	tokens := tokensFor(t)
	for _, g := range rigs {
		v, c := g.up(t, tokens)
		for _, m := range []Message{long(), {Key: "K", Subject: hard.Subject, Text: strings.Repeat("a\n", 20_000), Link: hard.Link}} {
			m.To = g.to
			if _, err := c.Send(t.Context(), m); err != nil {
				t.Errorf("%s: got %v", g.name, err)
			}
		}
		if len(v.faults) > 0 {
			t.Errorf("%s would have refused: %q", g.name, v.faults)
		}
	}
}

func TestClipKeepsWholeCharactersAndTheLimit(t *testing.T) {
	const s = "a𠮷龘é\U0001F469\u200d\U0001F467ok"
	for n := range len(s) + 3 {
		got := clipBytes(s, n)
		if len(got) > n || !utf8.ValidString(got) || n >= len(s) && got != s {
			t.Errorf("clip to %d bytes: got %q of %d bytes", n, got, len(got))
		}
	}
}

// What people write must not become a mention of all, a link or markup.
func TestWordsDoNotBecomeMarkup(t *testing.T) {
	tokens := tokensFor(t)
	for _, g := range rigs {
		v, c := g.up(t, tokens)
		m := hard
		m.To = g.to
		if _, err := c.Send(t.Context(), m); err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		words := v.taken()[0]
		if !strings.Contains(words, "𠮷𬭎龘喆") {
			t.Errorf("%s lost the rare characters: %q", g.name, words)
		}
		if strings.HasPrefix(g.name, "feishu") || g.name == "webhook" || g.name == "gateway" || len(words) < 60 {
			continue // pieces of JSON, or no markup there
		}
		for _, markup := range []string{"<@all>", "](https://evil", "<at ", "**粗**", "`code`", "\n# "} {
			if strings.Contains(words, markup) && !(strings.Contains(g.name, "plain") && !strings.HasPrefix(markup, "<")) {
				t.Errorf("%s: %q came through in %q", g.name, markup, words)
			}
		}
	}
}

// A context that ends is minded in a moment, and the outcome says what is known.
func TestASlowVendorIsLeftInTime(t *testing.T) {
	tokens := tokensFor(t)
	for _, g := range rigs {
		v, c := g.up(t, tokens)
		m := hard
		m.To = g.to
		if _, err := c.Send(t.Context(), m); err != nil { // the token is there
			t.Fatal(err)
		}
		v.set("slow")
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
		began := time.Now()
		_, err := c.Send(ctx, m)
		cancel()
		if _, ok := errors.AsType[*Uncertain](err); !ok {
			t.Errorf("%s: got %T %v, want Uncertain: the vendor has the request", g.name, err, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: got an answer after %v, want at once", g.name, took)
		}
	}
}

func TestNobodyAtTheAddressIsDown(t *testing.T) {
	tokens := tokensFor(t)
	for _, g := range rigs {
		c := g.make(Account{BaseURL: "http://127.0.0.1:1", Now: nowForTest}, tokens)
		m := hard
		m.To = g.to
		_, err := c.Send(t.Context(), m)
		if _, ok := errors.AsType[*Down](err); !ok {
			t.Errorf("%s: got %T %v, want Down", g.name, err, err)
		}
		if err != nil && strings.Contains(err.Error(), theHook) {
			t.Errorf("%s: the error shows the address: %v", g.name, err)
		}
	}
}

// A redirect would carry the token elsewhere.
func TestNoRedirectIsFollowed(t *testing.T) {
	elsewhere := newVendor(t, func(*http.Request, []byte) (string, error) { return "stolen", nil }, map[string]reply{"ok": text(`{"errcode":0}`)})
	v := newVendor(t, func(*http.Request, []byte) (string, error) { return "", nil },
		map[string]reply{"ok": {status: 307, header: http.Header{"Location": {elsewhere.URL + "/"}}}})
	_, err := WeComBot{Account: Account{BaseURL: v.URL}, Key: theHook}.Send(t.Context(), Message{Text: "x"})
	if _, ok := errors.AsType[*Down](err); !ok || len(elsewhere.requests) > 0 {
		t.Errorf("got %T %v and %d requests elsewhere, want Down and none", err, err, len(elsewhere.requests))
	}
}

func TestAddressesThatCouldBreakOutAreRefused(t *testing.T) {
	tokens := tokensFor(t)
	for _, g := range rigs {
		v, c := g.up(t, tokens)
		for _, to := range []string{"@all", "@", "@a|b", "@a><@b", "wang\nning", "1380013800", "238001380001", "@ALL"} {
			if g.name == "webhook" || strings.Contains(g.name, "bot") && !strings.HasPrefix(to, "@") || to == "@" && strings.Contains(g.name, "bot") {
				continue // a name may be anything; it is escaped
			}
			if strings.HasPrefix(g.to, "@") == false && !strings.HasPrefix(to, "@") && g.to == theMember && memberID(to) {
				continue // digits are a member's ID somewhere
			}
			m := hard
			m.To = to
			_, err := c.Send(t.Context(), m)
			if _, ok := errors.AsType[*Permanent](err); !ok {
				t.Errorf("%s to %q: got %T %v, want Permanent", g.name, to, err, err)
			} else if len(to) > 3 && strings.Contains(err.Error(), to) {
				t.Errorf("%s: the error shows the address: %v", g.name, err)
			}
		}
		if len(v.taken()) > 0 {
			t.Errorf("%s: got %d messages taken, want none", g.name, len(v.taken()))
		}
	}
}

// However a channel is printed, logged or marshalled, its secrets do not show.
func TestSecretsDoNotShow(t *testing.T) {
	for _, g := range rigs {
		c := g.make(Account{BaseURL: "http://a.example", Now: nowForTest}, nil)
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("channel", "c", c)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("channel", "c", c)
		fmt.Fprintf(&log, "%v %+v %#v %s %q %x", c, c, c, c, c, Secret(theSecret))
		if b, err := json.Marshal(struct{ S Secret }{theSecret}); err == nil {
			log.Write(b)
		}
		for _, s := range []string{theSecret, theHook} {
			if strings.Contains(log.String(), s) {
				t.Errorf("%s: the secret shows in %s", g.name, log.String())
			}
		}
	}
}

func TestBudgetsAreTheVendors(t *testing.T) {
	want := map[string][]Limit{
		"wecom-bot": {{N: 20, Per: time.Minute}}, "dingtalk-bot": {{N: 20, Per: time.Minute}},
		"feishu-bot": {{N: 100, Per: time.Minute}, {N: 5, Per: time.Second}}, "feishu": {{N: 1000, Per: time.Minute}, {N: 50, Per: time.Second}},
	}
	for _, g := range rigs {
		c := g.make(Account{}, nil)
		if w, ok := want[g.name]; ok && !reflect.DeepEqual(c.(Limited).Limits(), w) {
			t.Errorf("%s: got %v, want %v", g.name, c.(Limited).Limits(), w)
		}
		for _, l := range c.(Limited).Limits() {
			if err := l.check(); err != nil {
				t.Errorf("%s: %v", g.name, err)
			}
		}
		own := []Limit{{N: 3, Per: time.Hour}}
		if got := g.make(Account{Budget: own}, nil).(Limited).Limits(); !reflect.DeepEqual(got, own) {
			t.Errorf("%s: got %v, want the office's %v", g.name, got, own)
		}
	}
}

// The examples that the manuals print, to the last digit.
func TestSignaturesOfTheManuals(t *testing.T) {
	h := http.Header{"Host": {"ecs.cn-shanghai.aliyuncs.com"}, "X-Acs-Action": {"RunInstances"}, "X-Acs-Date": {"2023-10-26T10:22:32Z"},
		"X-Acs-Signature-Nonce": {"3156853299f313e23d1673dc12e1703d"}, "X-Acs-Version": {"2014-05-26"}}
	signACS3(h, "YourAccessKeyId", "YourAccessKeySecret", "POST", "/", url.Values{"ImageId": {"win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}, "RegionId": {"cn-shanghai"}}, nil)
	if want := "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"; !strings.HasSuffix(h.Get("Authorization"), want) {
		t.Errorf("ACS3: got %s, want …%s", h.Get("Authorization"), want)
	}
	h = http.Header{"Host": {"cvm.tencentcloudapi.com"}, "Content-Type": {"application/json; charset=utf-8"}}
	signTC3(h, "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", time.Unix(1551113065, 0),
		[]byte(`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`))
	if want := "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"; !strings.HasSuffix(h.Get("Authorization"), want) {
		t.Errorf("TC3: got %s, want …%s", h.Get("Authorization"), want)
	}
}

func TestReceiptsTellWhatArrived(t *testing.T) {
	tokens := tokensFor(t)
	answers := map[string]map[string]reply{
		"dingtalk": {"arrived": text(`{"errcode":0,"send_result":{"read_user_id_list":["` + theMember + `"]}}`), "failed": text(`{"errcode":0,"send_result":{"forbidden_user_id_list":["` + strings.ToUpper(theMember) + `"]}}`),
			"pending": text(`{"errcode":0,"send_result":{}}`)},
		"aliyun": {"arrived": text(`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"SendStatus":3}]}}`), "failed": text(`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"SendStatus":2}]}}`),
			"pending": text(`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[]}}`)},
		"tencent": {"arrived": text(`{"Response":{"PullSmsSendStatusSet":[{"SerialNo":"1","ReportStatus":"SUCCESS"}]}}`), "failed": text(`{"Response":{"PullSmsSendStatusSet":[{"SerialNo":"1","ReportStatus":"FAIL"}]}}`),
			"pending": text(`{"Response":{"PullSmsSendStatusSet":[{"SerialNo":"2","ReportStatus":"FAIL"}]}}`)},
	}
	asked := 0
	for _, g := range rigs {
		replies, ok := answers[g.name]
		if !ok {
			continue
		}
		g.reply = replies
		v, c := g.up(t, tokens)
		for mode := range replies {
			v.set(mode)
			got, err := c.(Receipter).Arrived(t.Context(), "1", g.to, theNow)
			if err != nil || string(got) != mode {
				t.Errorf("%s: got %q, %v, want %q", g.name, got, err, mode)
			}
			asked++
		}
		if len(v.faults) > 0 {
			t.Errorf("%s would have refused: %q", g.name, v.faults)
		}
	}
	if asked != 9 {
		t.Errorf("got %d receipts asked for, want 9", asked)
	}
}

func TestAGatewaysSettingsAreChecked(t *testing.T) {
	good := SMSGateway{Body: `{"m":{{.To}},"c":{{.Text}}}`}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	if err := (SMSGateway{Type: "application/x-www-form-urlencoded", Body: `m={{.To}}&c={{.Text}}`}).Check(); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]SMSGateway{
		"quoted values": {Body: `{"m":"{{.To}}","c":"{{.Text}}"}`}, "no number": {Body: `{"c":{{.Text}}}`}, "an unknown value": {Body: `{"m":{{.To}},"c":{{.Name}}}`},
		"half a template": {Body: `{"m":{{.To}`}, "a type without escaping": {Type: "text/xml", Body: `<m>{{.To}}</m>`}, "a bad pattern": {Body: good.Body, OK: "("},
	} {
		if bad.Check() == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// Replicas that need a token at the same moment ask for one together, whatever engine keeps it.
func TestATokenIsRefreshedOnceAcrossReplicas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		var replicas []*Tokens
		for range 3 {
			db, err := openURL(url)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			replicas = append(replicas, &Tokens{DB: db})
		}
		var mu sync.Mutex
		asked := 0
		fetch := func(context.Context) (Secret, time.Duration, error) {
			time.Sleep(30 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			asked++
			return Secret(fmt.Sprintf("token %d", asked)), 2 * time.Hour, nil
		}
		use := func(want string) {
			t.Helper()
			var wg sync.WaitGroup
			for i := range 12 {
				wg.Go(func() {
					err := replicas[i%3].with(t.Context(), "app", theSecret, fetch, func(s Secret) error {
						if string(s) != want {
							t.Errorf("got %q, want %q", string(s), want)
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		use("token 1")
		if asked != 1 {
			t.Errorf("got %d tokens asked for by three replicas, want 1", asked)
		}
		stale := 0
		err := replicas[0].with(t.Context(), "app", theSecret, fetch, func(s Secret) error {
			if stale++; stale == 1 {
				return &staleToken{errors.New("expired")}
			}
			return nil
		})
		if err != nil || asked != 2 {
			t.Errorf("after a stale token: got %v and %d asked for, want 2", err, asked)
		}
		use("token 2")
		err = replicas[1].with(t.Context(), "app", "another secret", fetch, func(Secret) error { return nil })
		if err != nil || asked != 3 {
			t.Errorf("with a new secret: got %v and %d asked for, want 3: the old token cannot be read", err, asked)
		}
		searchTokens(t, replicas[0].DB)
	})
}

// searchTokens looks for a token in the plain.
func searchTokens(t *testing.T, db *sqlx.DB) {
	t.Helper()
	var stored []string
	if err := db.Select(&stored, `SELECT token FROM notifier_tokens`); err != nil {
		t.Fatal(err)
	}
	if len(stored) != 1 || stored[0] == "" || strings.Contains(stored[0], "token") {
		t.Errorf("got %q stored, want one sealed token", stored)
	}
}

// A process that dies while it asks does not block the others for longer than its right lasts.
func TestADeadReplicasTurnEnds(t *testing.T) {
	tokens := tokensFor(t)
	db := tokens.DB
	if _, err := db.Exec(`INSERT INTO notifier_tokens (app, token, ends_ms, taken_ms, holder) VALUES ('app', '', 0, CAST(unixepoch('subsec') * 1000 AS INTEGER) + 150, 'dead')`); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	fetch := func(context.Context) (Secret, time.Duration, error) { return "t", time.Hour, nil }
	if err := tokens.with(t.Context(), "app", theSecret, fetch, func(Secret) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("got a token after %v, want the dead one's turn respected", took)
	}
}
