package notifier

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"
)

// SMSGateway sends text messages over any gateway that takes an HTTP POST, of which every carrier and county has its own.
// The body is a template whose values are escaped for its content type, so that no word can break out of it:
//
//	{"mobile": {{.To}}, "content": {{.Text}}, "id": {{.Key}}, "sign": {{.Sign}}}
//	mobile={{.To}}&content={{.Text}}
//
// In JSON a value comes with its quotation marks. To is a mainland mobile number.
type SMSGateway struct {
	Account
	URL      Secret
	Type     string // content type: application/json or application/x-www-form-urlencoded; empty: the first
	Body     string // template; values .To, .Text, .Key, .Sign, .Title, .Time (seconds since 1970)
	Sign     string // 【…】 before the text, if not empty
	User     string // Basic authorization, if not empty
	Password Secret
	Header   map[string]Secret // further headers, an API key as a rule
	OK       string            // regular expression that the body of an answer matches when the message was taken; empty: 2xx is enough
	Again    string            // that it matches when the gateway is busy or wants a pause
	Keyed    bool              // the gateway delivers one .Key once
	Most     int               // characters of the text; zero: 300, some five parts of a long message

	Number  string          // regular expression with one group: the gateway's number of the message in its answer; empty: none
	Receipt GatewayReceipts // how it pushes receipts; the zero value: it does not
}

// GatewayReceipts is how a gateway tells us, by POST to /receipts/NAME, what became of messages.
type GatewayReceipts struct {
	Token Secret // what it shows as ?token= or as Bearer authorization
	Each  string // regular expression of one receipt in the body, with groups named number (.Key or the gateway's own number) and status
	OK    string // that the status of a message matches that arrived
	Bad   string // and of one that did not; any other status is left
}

// Pushed is one receipt of a gateway.
type Pushed struct {
	Number  string
	Arrival Arrival
}

// ErrReceiptToken says that a push did not show the token.
var ErrReceiptToken = errors.New("notifier: a receipt without the gateway's token")

const receiptsMost = 2000 // of one push

// Receipts reads what a gateway pushed. [ErrReceiptToken] if the token is not its own; a body without a receipt gives none.
func (c SMSGateway) Receipts(token string, body []byte) (out []Pushed, err error) {
	r := c.Receipt
	if r.Token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(r.Token)) != 1 {
		return nil, ErrReceiptToken
	}
	each, ok, bad, err := r.patterns()
	if err != nil {
		return nil, err
	}
	for _, m := range each.FindAllSubmatch(body, receiptsMost) {
		p := Pushed{Number: string(m[each.SubexpIndex("number")]), Arrival: ArrivalPending}
		switch status := m[each.SubexpIndex("status")]; {
		case ok.Match(status):
			p.Arrival = ArrivalDone
		case bad != nil && bad.Match(status):
			p.Arrival = ArrivalFailed
		}
		out = append(out, p)
	}
	return out, nil
}

func (r GatewayReceipts) patterns() (each, ok, bad *regexp.Regexp, err error) {
	if each, err = regexp.Compile(r.Each); err != nil {
		return nil, nil, nil, fmt.Errorf("pattern of receipts: %w", err)
	}
	if each.SubexpIndex("number") < 0 || each.SubexpIndex("status") < 0 {
		return nil, nil, nil, errors.New("the pattern of receipts needs the groups (?P<number>…) and (?P<status>…)")
	}
	if ok, err = regexp.Compile(r.OK); err != nil || r.OK == "" {
		return nil, nil, nil, fmt.Errorf("pattern of a message that arrived: %q", r.OK)
	}
	if r.Bad != "" {
		bad, err = regexp.Compile(r.Bad)
	}
	return each, ok, bad, err
}

const gatewayMost = 300

// Name is the label, or sms.
func (c SMSGateway) Name() string { return c.name("sms") }

// Wants is what To must be.
func (c SMSGateway) Wants() AddressKind { return ToMobile }

// TakesKey is what the settings say of the gateway.
func (c SMSGateway) TakesKey() bool { return c.Keyed }

// Limits are what the office states.
func (c SMSGateway) Limits() []Limit { return c.limits() }

// gatewayTypes escape a value for their content.
var gatewayTypes = map[string]func(string) (string, error){
	"application/json": func(s string) (string, error) {
		b, err := encode(s)
		return string(b), err
	},
	"application/x-www-form-urlencoded": func(s string) (string, error) { return url.QueryEscape(s), nil },
}

func (c SMSGateway) kind() string {
	if c.Type == "" {
		return "application/json"
	}
	return c.Type
}

// Check reports what is wrong with the settings, by wording a message as Send would.
func (c SMSGateway) Check() error {
	for _, pattern := range []string{c.OK, c.Again} {
		if _, err := regexp.Compile(pattern); err != nil {
			return fmt.Errorf("pattern of answers: %w", err)
		}
	}
	if number, err := regexp.Compile(c.Number); err != nil || c.Number != "" && number.NumSubexp() != 1 {
		return fmt.Errorf("pattern of the gateway's number %q needs one group", c.Number)
	}
	if c.Receipt != (GatewayReceipts{}) {
		if c.Receipt.Token == "" {
			return errors.New("receipts need a token")
		}
		if _, _, _, err := c.Receipt.patterns(); err != nil {
			return err
		}
	}
	body, err := c.body("13800000000", Message{Key: "key", Subject: `"\&`, Text: "“}\n"})
	if err != nil {
		return err
	}
	if c.kind() == "application/json" && !json.Valid(body) {
		return errors.New("the template does not give JSON; values bring their own quotation marks")
	}
	if !strings.Contains(string(body), "13800000000") {
		return errors.New("the template has no {{.To}}")
	}
	return nil
}

func (c SMSGateway) body(mobile string, m Message) ([]byte, error) {
	escape, known := gatewayTypes[c.kind()]
	if !known {
		return nil, fmt.Errorf("content type %q; known are application/json and application/x-www-form-urlencoded", c.Type)
	}
	t, err := template.New("body").Option("missingkey=error").Parse(c.Body)
	if err != nil {
		return nil, fmt.Errorf("template of the body: %w", err)
	}
	most := c.Most
	if most <= 0 {
		most = gatewayMost
	}
	words := m.text("", 1<<20, plain)
	if c.Sign != "" {
		words = "【" + c.Sign + "】" + words
	}
	seconds := ""
	if c.Now != nil {
		seconds = fmt.Sprint(c.Now().Unix())
	}
	values := map[string]string{"To": mobile, "Text": clipRunes(words, most), "Key": m.Key, "Sign": c.Sign, "Title": clipRunes(oneLine(m.pieces()[0].Title), most), "Time": seconds}
	for name, v := range values {
		if values[name], err = escape(v); err != nil {
			return nil, err
		}
	}
	var b strings.Builder
	if err := t.Execute(&b, values); err != nil {
		return nil, fmt.Errorf("template of the body: %w", err)
	}
	return []byte(b.String()), nil
}

// Send hands one text message over.
func (c SMSGateway) Send(ctx context.Context, m Message) (Receipt, error) {
	mobile, err := mobileOf(m.To)
	if err != nil {
		return Receipt{}, err
	}
	body, err := c.body(mobile, m)
	if err != nil {
		return Receipt{}, &Permanent{err}
	}
	header := http.Header{"Content-Type": {c.kind() + "; charset=utf-8"}}
	hide := []string{mobile, string(c.URL), string(c.Password)}
	if c.Keyed {
		header.Set("Idempotency-Key", m.Key)
	}
	for name, v := range c.Header {
		header.Set(name, string(v))
		hide = append(hide, string(v))
	}
	if c.User != "" {
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.User+":"+string(c.Password))))
	}
	got, err := c.exchange(ctx, call{http.MethodPost, string(c.URL), header, body, slices.DeleteFunc(hide, func(s string) bool { return s == "" })})
	if err != nil {
		return Receipt{}, err
	}
	if err := c.judge(got); err != nil {
		return Receipt{}, err
	}
	return c.receipt(m, got), nil
}

// receipt is the gateway's number of a message; where receipts are pushed without one, it is our key.
func (c SMSGateway) receipt(m Message, got answer) Receipt {
	if c.Number != "" {
		if number := matched(c.Number, got.body); number != nil {
			return Receipt{ID: clip(string(number[1]))}
		}
	}
	if c.Receipt.Token != "" {
		return Receipt{ID: m.Key}
	}
	return Receipt{}
}

// judge reads the answer by the office's patterns: many gateways answer 200 to everything.
func (c SMSGateway) judge(a answer) error {
	if err := a.took(); err != nil {
		return err
	}
	matches := func(pattern string) (bool, error) {
		re, err := regexp.Compile(pattern)
		return err == nil && re.Match(a.body), err
	}
	if c.Again != "" {
		if hit, err := matches(c.Again); err != nil {
			return &Uncertain{fmt.Errorf("pattern of answers: %w", err)}
		} else if hit {
			return &RateLimited{RetryAfter: max(a.retryAfter(), gatewayPause), Err: a.words()}
		}
	}
	if c.OK != "" {
		if hit, err := matches(c.OK); err != nil {
			return &Uncertain{fmt.Errorf("pattern of answers: %w", err)}
		} else if !hit {
			return &Permanent{a.words()}
		}
	}
	return nil
}

// matched finds a pattern's groups; a pattern that is none finds nothing, since Check reports it.
func matched(pattern string, body []byte) [][]byte {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	return re.FindSubmatch(body)
}

// gatewayPause is for how long a gateway rests that is busy.
const gatewayPause = time.Minute
