package notifier

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// vendor is a fake of one provider: it checks a request as the provider's manual says, by code that shares nothing with
// the channel's, and answers as a test wants.
type vendor struct {
	*httptest.Server
	check func(r *http.Request, body []byte) (words string, err error) // words: what a reader would see
	reply map[string]reply                                             // by mode; "ok" among them

	mu       sync.Mutex
	mode     string
	words    []string // taken
	faults   []string // what a real provider would have refused, for whatever reason
	requests []string // lines and headers, for the search for leaks
	tokens   int      // how many were given out
}

type reply struct {
	status int
	header http.Header
	body   string
}

func newVendor(t *testing.T, check func(*http.Request, []byte) (string, error), replies map[string]reply) *vendor {
	v := &vendor{check: check, reply: replies, mode: "ok"}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) set(mode string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mode = mode
}

func (v *vendor) taken() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.words)
}

const theToken = "ACCESS-TOKEN-OF-THE-FAKE"

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests = append(v.requests, r.Method+" "+r.URL.RequestURI())
	if strings.Contains(r.URL.Path, "gettoken") || strings.Contains(r.URL.Path, "tenant_access_token") {
		v.tokens++
		if !strings.Contains(r.URL.RawQuery+string(body), theSecret) {
			v.faults = append(v.faults, "a token asked for without the secret")
		}
		fmt.Fprintf(w, `{"errcode":0,"code":0,"errmsg":"ok","access_token":%q,"tenant_access_token":%q,"expires_in":7200,"expire":7200}`, theToken, theToken)
		return
	}
	words, err := v.check(r, body)
	if err != nil {
		v.faults = append(v.faults, err.Error())
		w.WriteHeader(http.StatusTeapot)
		return
	}
	switch v.mode {
	case "cut":
		v.words = append(v.words, words)
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
		return
	case "half": // the head of an answer, and no more
		v.words = append(v.words, words)
		conn, out, _ := w.(http.Hijacker).Hijack()
		out.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"errcode\"")
		out.Flush()
		conn.Close()
		return
	case "slow":
		v.mu.Unlock()
		<-r.Context().Done()
		v.mu.Lock()
		return
	case "stale":
		v.mode = "ok"
		v.give(w, "stale")
		return
	}
	if v.mode == "ok" {
		v.words = append(v.words, words)
	}
	v.give(w, v.mode)
}

func (v *vendor) give(w http.ResponseWriter, mode string) {
	a, known := v.reply[mode]
	if !known {
		switch mode {
		case "503":
			a = reply{status: 503, body: "<html>upstream"}
		case "429":
			a = reply{status: 429, header: http.Header{"Retry-After": {"7"}}, body: "slow down"}
		case "garbage":
			a = reply{body: "<html>a captive portal"}
		}
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	io.WriteString(w, a.body)
}

// handMAC is HMAC-SHA256 as RFC 2104 draws it, so that the fakes do not check a signature by what made it.
func handMAC(key, text []byte) []byte {
	if len(key) > 64 {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	inner, outer := make([]byte, 64), make([]byte, 64)
	copy(inner, key)
	copy(outer, key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	first := sha256.Sum256(append(inner, text...))
	second := sha256.Sum256(append(outer, first[:]...))
	return second[:]
}

const (
	theSecret = "SECRET-0f3b9c77aa5d4e21"
	theKeyID  = "KEYID-5502"
	theMember = "wang.ning-01"
	theMobile = "13800138000"
	theHook   = "HOOK-51c3e0d2"
)

var theNow = time.Date(2026, 1, 12, 0, 0, 30, 0, time.UTC)

func nowForTest() time.Time { return theNow }

// text fields of JSON that a check looks into.
type anyJSON map[string]any

func parse(body []byte) (anyJSON, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	if strings.Contains(string(body), `\u`) {
		return nil, errors.New(`the body has a \u escape, which WeCom refuses (40033)`)
	}
	var v anyJSON
	return v, json.Unmarshal(body, &v)
}

func (v anyJSON) at(path string) string {
	var at any = map[string]any(v)
	for _, p := range strings.Split(path, ".") {
		switch x := at.(type) {
		case map[string]any:
			at = x[p]
		case []any:
			i, err := strconv.Atoi(p)
			if err != nil || i >= len(x) {
				return ""
			}
			at = x[i]
		default:
			return ""
		}
	}
	switch x := at.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case nil:
		return ""
	}
	return fmt.Sprint(at)
}

func within(what, s string, bytes int) error {
	switch {
	case s == "":
		return errors.New(what + " is empty")
	case len(s) > bytes:
		return fmt.Errorf("%s has %d bytes, the limit is %d", what, len(s), bytes)
	case strings.ContainsRune(s, utf8.RuneError):
		return errors.New(what + " has a character cut in two")
	}
	return nil
}

// Checks by the manuals.

func checkWeComBot(r *http.Request, body []byte) (string, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	if r.URL.Path != "/cgi-bin/webhook/send" || r.URL.Query().Get("key") != theHook {
		return "", errors.New("wrong address of the bot")
	}
	if v.at("msgtype") == "text" {
		if v.at("text.mentioned_list.0") != theMember {
			return "", errors.New("nobody is mentioned")
		}
		return v.at("text.content"), within("text.content", v.at("text.content"), 2048)
	}
	words := v.at("markdown.content")
	if !strings.HasPrefix(words, "<@"+theMember+">") {
		return "", errors.New("nobody is mentioned")
	}
	return words, within("markdown.content", words, 4096)
}

func checkWeComApp(r *http.Request, body []byte) (string, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	if r.URL.Path != "/cgi-bin/message/send" || r.URL.Query().Get("access_token") != theToken || v.at("agentid") != "1000002" || v.at("touser") != theMember {
		return "", errors.New("wrong address, token, agent or member")
	}
	words := v.at(v.at("msgtype") + ".content")
	return words, within("content", words, 2048)
}

func checkDingTalkBot(r *http.Request, body []byte) (string, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || r.URL.Path != "/robot/send" || q.Get("access_token") != theHook {
		return "", errors.New("wrong address of the bot")
	}
	ms, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	if err != nil || theNow.Sub(time.UnixMilli(ms)).Abs() > time.Hour {
		return "", errors.New("the timestamp is more than an hour off")
	}
	want := base64.StdEncoding.EncodeToString(handMAC([]byte(theSecret), []byte(q.Get("timestamp")+"\n"+theSecret)))
	if q.Get("sign") != want {
		return "", fmt.Errorf("sign %q, want %q", q.Get("sign"), want)
	}
	words := v.at("markdown.text")
	if v.at("at.atUserIds.0") != theMember || !strings.Contains(words, "@"+theMember) || v.at("at.isAtAll") != "false" {
		return "", errors.New("nobody is mentioned, or all are")
	}
	if v.at("markdown.title") == "" {
		return "", errors.New("no title")
	}
	return words, within("the request", string(body), 20_000)
}

func checkDingTalkApp(r *http.Request, body []byte) (string, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	if r.URL.Query().Get("access_token") != theToken || v.at("agent_id") != "778899" {
		return "", errors.New("wrong token or agent")
	}
	if strings.HasSuffix(r.URL.Path, "/getsendresult") {
		return "", nil
	}
	words := v.at("msg.markdown.text")
	if r.URL.Path != "/topapi/message/corpconversation/asyncsend_v2" || v.at("userid_list") != theMember {
		return "", errors.New("wrong interface or member")
	}
	return words, within("msg", words, 2048)
}

func feishuWordsOf(post anyJSON) (words string, at bool) {
	lines, _ := post["content"].([]any)
	for _, l := range lines {
		pieces, _ := l.([]any)
		for _, p := range pieces {
			piece := anyJSON(p.(map[string]any))
			at = at || piece.at("tag") == "at" && piece.at("user_id") == theMember
			words += piece.at("text")
		}
		words += "\n"
	}
	return words, at
}

func checkFeishuBot(r *http.Request, body []byte) (string, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	if r.URL.Path != "/open-apis/bot/v2/hook/"+theHook {
		return "", errors.New("wrong address of the bot")
	}
	s, err := strconv.ParseInt(v.at("timestamp"), 10, 64)
	if err != nil || theNow.Sub(time.Unix(s, 0)).Abs() > time.Hour {
		return "", errors.New("the timestamp is more than an hour off")
	}
	if want := base64.StdEncoding.EncodeToString(handMAC([]byte(v.at("timestamp")+"\n"+theSecret), nil)); v.at("sign") != want {
		return "", fmt.Errorf("sign %q, want %q", v.at("sign"), want)
	}
	words, at := feishuWordsOf(anyJSON(v["content"].(map[string]any)["post"].(map[string]any)["zh_cn"].(map[string]any)))
	if v.at("msg_type") != "post" || !at {
		return "", errors.New("no rich text, or nobody is mentioned")
	}
	return words, within("the request", string(body), 20<<10)
}

func checkFeishuApp(r *http.Request, body []byte) (string, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	if r.URL.Path != "/open-apis/im/v1/messages" || r.URL.Query().Get("receive_id_type") != "user_id" || r.Header.Get("Authorization") != "Bearer "+theToken {
		return "", errors.New("wrong interface, type of ID or token")
	}
	if key := v.at("uuid"); key == "" || len(key) > 50 {
		return "", errors.New("no uuid, or a long one")
	}
	var content anyJSON
	if err := json.Unmarshal([]byte(v.at("content")), &content); err != nil {
		return "", fmt.Errorf("content must be JSON in a string: %w", err)
	}
	words, _ := feishuWordsOf(anyJSON(content["zh_cn"].(map[string]any)))
	if v.at("receive_id") != theMember {
		return "", errors.New("wrong member")
	}
	return words, within("the request", string(body), 30<<10)
}

// checkACS3 rebuilds the canonical request from what came over the wire.
func checkACS3(r *http.Request, body []byte) error {
	var credential, signed, signature string
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			signed = value
		case "Signature":
			signature = value
		}
	}
	hash := fmt.Sprintf("%x", sha256.Sum256(body))
	if scheme != "ACS3-HMAC-SHA256" || credential != theKeyID || r.Header.Get("x-acs-content-sha256") != hash {
		return errors.New("scheme, credential or hash of the body is wrong")
	}
	for _, need := range []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"} {
		if !slices.Contains(strings.Split(signed, ";"), need) {
			return errors.New(need + " is not signed")
		}
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", r.Header.Get("x-acs-date"))
	if err != nil || theNow.Sub(at).Abs() > 15*time.Minute {
		return errors.New("x-acs-date is more than 15 minutes off")
	}
	canonical := r.Method + "\n" + r.URL.EscapedPath() + "\n" + r.URL.RawQuery + "\n"
	for _, h := range strings.Split(signed, ";") {
		value := r.Header.Get(h)
		if h == "host" {
			value = r.Host
		}
		canonical += h + ":" + strings.TrimSpace(value) + "\n"
	}
	canonical += "\n" + signed + "\n" + hash
	toSign := "ACS3-HMAC-SHA256\n" + fmt.Sprintf("%x", sha256.Sum256([]byte(canonical)))
	if want := hex.EncodeToString(handMAC([]byte(theSecret), []byte(toSign))); signature != want {
		return fmt.Errorf("signature %s, want %s", signature, want)
	}
	return nil
}

func checkAliyun(r *http.Request, body []byte) (string, error) {
	if err := checkACS3(r, body); err != nil {
		return "", err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Header.Get("x-acs-version") != "2017-05-25" || r.URL.RawQuery != "" {
		return "", errors.New("not a form, wrong version, or a number in the URL")
	}
	if r.Header.Get("x-acs-action") == "QuerySendDetails" {
		return "", nil
	}
	var params map[string]string
	if err := json.Unmarshal([]byte(form.Get("TemplateParam")), &params); err != nil {
		return "", err
	}
	if form.Get("PhoneNumbers") != theMobile || form.Get("SignName") != "义马市信访局" || form.Get("TemplateCode") != "SMS_1" || form.Get("OutId") == "" {
		return "", errors.New("number, sign, template or OutId is wrong")
	}
	return params["title"], checkParams(params["title"], params["count"])
}

func checkParams(values ...string) error {
	for _, v := range values {
		if v == "" || utf8.RuneCountInString(v) > 35 || strings.ContainsAny(v, "\n【】") || strings.ContainsRune(v, utf8.RuneError) {
			return fmt.Errorf("the variable %q would be refused", v)
		}
	}
	return nil
}

// checkTC3 does the same for Tencent.
func checkTC3(r *http.Request, body []byte) error {
	stamp, err := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	if err != nil || theNow.Sub(time.Unix(stamp, 0)).Abs() > 5*time.Minute {
		return errors.New("the timestamp is more than five minutes off")
	}
	day := time.Unix(stamp, 0).UTC().Format("2006-01-02")
	scope := day + "/sms/tc3_request"
	canonical := "POST\n/\n\ncontent-type:" + r.Header.Get("Content-Type") + "\nhost:" + r.Host + "\n\ncontent-type;host\n" + fmt.Sprintf("%x", sha256.Sum256(body))
	toSign := fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s\n%x", stamp, scope, sha256.Sum256([]byte(canonical)))
	signing := handMAC(handMAC(handMAC([]byte("TC3"+theSecret), []byte(day)), []byte("sms")), []byte("tc3_request"))
	want := fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=content-type;host, Signature=%x", theKeyID, scope, handMAC(signing, []byte(toSign)))
	if got := r.Header.Get("Authorization"); got != want {
		return fmt.Errorf("authorization %q, want %q", got, want)
	}
	return nil
}

func checkTencent(r *http.Request, body []byte) (string, error) {
	if err := checkTC3(r, body); err != nil {
		return "", err
	}
	v, err := parse(body)
	if err != nil || r.Header.Get("X-TC-Version") != "2021-01-11" || r.Header.Get("X-TC-Region") == "" {
		return "", errors.New("no JSON, wrong version or no region")
	}
	if r.Header.Get("X-TC-Action") != "SendSms" {
		return "", nil
	}
	if v.at("PhoneNumberSet.0") != "+86"+theMobile || v.at("SmsSdkAppId") != "1400006666" || v.at("TemplateId") != "SMS_1" || v.at("SessionContext") == "" {
		return "", errors.New("number, app, template or context is wrong")
	}
	return v.at("TemplateParamSet.0"), checkParams(v.at("TemplateParamSet.0"), v.at("TemplateParamSet.1"))
}

func checkGateway(r *http.Request, body []byte) (string, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	user, password, _ := r.BasicAuth()
	if user != "county" || password != theSecret || v.at("mobile") != theMobile {
		return "", errors.New("user, password or number is wrong")
	}
	words := v.at("content")
	if utf8.RuneCountInString(words) > 300 || !strings.HasPrefix(words, "【义马市信访局】") {
		return "", errors.New("the text is too long or unsigned")
	}
	return words, within("content", words, 1200)
}

func checkWebhook(r *http.Request, body []byte) (string, error) {
	stamp := r.Header.Get("X-Lianxin-Timestamp")
	s, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || theNow.Sub(time.Unix(s, 0)).Abs() > 5*time.Minute {
		return "", errors.New("the timestamp is more than five minutes off")
	}
	if want := "sha256=" + hex.EncodeToString(handMAC([]byte(theSecret), []byte(stamp+"."+string(body)))); r.Header.Get("X-Lianxin-Signature") != want {
		return "", errors.New("the signature is wrong")
	}
	v, err := parse(body)
	if err != nil || r.Header.Get("Idempotency-Key") != v.at("key") {
		return "", errors.New("no JSON, or another key than in the header")
	}
	return v.at("items.0.title") + "\n" + v.at("text"), nil
}
