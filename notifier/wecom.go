package notifier

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const weComHost = "https://qyapi.weixin.qq.com"

// weComCodes are the codes of developer.work.weixin.qq.com/document/path/90313 that say more than "refused".
var weComCodes = map[int]meaning{
	0: meansOK, -1: meansAgain, 6000: meansAgain,
	45009: meansPause, 45033: meansPause, 45047: meansPauseOne,
	40014: meansStale, 41001: meansStale, 42001: meansStale,
	40001: meansAccount, 40013: meansAccount, 40056: meansAccount, 41002: meansAccount, 41004: meansAccount, 41011: meansAccount,
	48001: meansAccount, 48002: meansAccount, 50001: meansAccount, 60011: meansAccount, 60020: meansAccount,
	93000: meansAccount, 93008: meansAccount, 93017: meansAccount, 301002: meansAccount,
}

// weComPause is for how long a minute's limit blocks (…/document/path/90312: 按分钟拦截则被屏蔽60秒).
const weComPause = time.Minute

// weComAnswer is the part of WeCom's answers that we read.
type weComAnswer struct {
	Code        *int   `json:"errcode"`
	Words       string `json:"errmsg"`
	InvalidUser string `json:"invaliduser"`
	MessageID   string `json:"msgid"`
	Token       Secret `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
}

func (w weComAnswer) err(a answer) error {
	if w.Code == nil {
		return a.byStatus()
	}
	return a.said(weComCodes[*w.Code], strconv.Itoa(*w.Code), w.Words, weComPause)
}

// WeComBot is the bot of one WeCom 企业微信 group (…/document/path/91770). To is a member's ID after @, who is mentioned, or
// a name. WeCom knows no idempotency key here: what became of a message whose answer was lost, nobody can say.
type WeComBot struct {
	Account
	Key  Secret // of the bot's webhook address
	Text bool   // plain text instead of Markdown, which the WeChat plug-in does not show
}

const (
	weComBotText     = 2048 // bytes of text.content
	weComBotMarkdown = 4096 // bytes of markdown.content
)

// Name is the label, or wecom-bot.
func (c WeComBot) Name() string { return c.name("wecom-bot") }

// Wants is what To must be.
func (c WeComBot) Wants() AddressKind { return ToGroup }

// TakesKey is false.
func (c WeComBot) TakesKey() bool { return false }

// Limits: 每个机器人发送的消息不能超过20条/分钟 (…/document/path/91770).
func (c WeComBot) Limits() []Limit { return c.limits(Limit{N: 20, Per: time.Minute}) }

// Send posts the message to the group.
func (c WeComBot) Send(ctx context.Context, m Message) (Receipt, error) {
	id, name := mention(m.To)
	if id != "" && !memberID(id) {
		return Receipt{}, &Permanent{errors.New("not the ID of a WeCom member")}
	}
	body := map[string]any{"msgtype": "markdown"}
	switch {
	case c.Text:
		head := ""
		if name != "" {
			head = clipBytes(untag(oneLine(name)), 120) + "\n"
		}
		text := map[string]any{"content": m.text(head, weComBotText, untag)}
		if id != "" {
			text["mentioned_list"] = []string{id}
		}
		body = map[string]any{"msgtype": "text", "text": text}
	case id != "":
		body["markdown"] = map[string]any{"content": m.markdown("<@"+id+">\n", weComBotMarkdown)}
	case name != "":
		body["markdown"] = map[string]any{"content": m.markdown(clipBytes(unmark(oneLine(name)), 120)+"\n", weComBotMarkdown)}
	default:
		body["markdown"] = map[string]any{"content": m.markdown("", weComBotMarkdown)}
	}
	var said weComAnswer
	got, err := c.post(ctx, c.base(weComHost)+"/cgi-bin/webhook/send?key="+url.QueryEscape(string(c.Key)), body, &said, string(c.Key), id)
	if err == nil {
		err = said.err(got)
	}
	return Receipt{}, err
}

// WeComApp sends a WeCom app's message to one member (…/document/path/90236). To is the member's user ID.
//
// WeCom drops a second message of the same content to the same member within four hours, if asked, and we ask. So a second
// try does no harm; but it is no key, since the content may have changed in between.
type WeComApp struct {
	Account
	CorpID string
	Agent  int
	Secret Secret
	Tokens *Tokens
	Text   bool // plain text instead of Markdown, which the WeChat plug-in does not show
}

const (
	weComAppMost    = 2048           // bytes of text.content and of markdown.content
	weComDuplicates = 4 * 60 * 60    // seconds, the most that WeCom takes
	weComTokenLife  = 2 * time.Hour  // if the answer does not say
	weComTokenMost  = 12 * time.Hour // an answer that says more is not believed
)

// Name is the label, or wecom.
func (c WeComApp) Name() string { return c.name("wecom") }

// Wants is what To must be.
func (c WeComApp) Wants() AddressKind { return ToMember }

// TakesKey is false.
func (c WeComApp) TakesKey() bool { return false }

// Limits: WeCom bounds an app by member (30 a minute, 1,000 an hour: …/document/path/90312 and 90454) and by day (200 times the
// members), which three messages a day do not reach, and states no rate for the app: 发消息频率不计入基础频率. We keep to half of that
// base, 10,000 calls of one interface a minute, all the same.
func (c WeComApp) Limits() []Limit { return c.limits(Limit{N: 5000, Per: time.Minute}) }

// Send hands the message to the app.
func (c WeComApp) Send(ctx context.Context, m Message) (r Receipt, err error) {
	if !memberID(m.To) {
		return r, &Permanent{errors.New("not the ID of a WeCom member")}
	}
	body := map[string]any{"touser": m.To, "agentid": c.Agent, "enable_duplicate_check": 1, "duplicate_check_interval": weComDuplicates}
	if c.Text {
		body["msgtype"], body["text"] = "text", map[string]string{"content": m.text("", weComAppMost, untag)}
	} else {
		body["msgtype"], body["markdown"] = "markdown", map[string]string{"content": m.markdown("", weComAppMost)}
	}
	err = c.Tokens.with(ctx, "wecom "+c.CorpID+" "+strconv.Itoa(c.Agent), c.Secret, c.token, func(token Secret) error {
		var said weComAnswer
		got, err := c.post(ctx, c.base(weComHost)+"/cgi-bin/message/send?access_token="+url.QueryEscape(string(token)), body, &said, string(token), m.To)
		if err == nil {
			err = said.err(got)
		}
		if err == nil && said.InvalidUser != "" {
			err = &Permanent{errors.New("the member is unknown to the app, or outside of those who may see it")}
		}
		r.ID = said.MessageID
		return err
	})
	return r, err
}

// token: …/document/path/91039.
func (c WeComApp) token(ctx context.Context) (Secret, time.Duration, error) {
	got, err := c.exchange(ctx, call{method: http.MethodGet, hide: []string{string(c.Secret)},
		url: c.base(weComHost) + "/cgi-bin/gettoken?corpid=" + url.QueryEscape(c.CorpID) + "&corpsecret=" + url.QueryEscape(string(c.Secret))})
	if err != nil {
		return "", 0, err
	}
	var said weComAnswer
	if err := got.read(&said); err != nil {
		return "", 0, err
	}
	return said.Token, tokenLife(said.ExpiresIn), said.err(got)
}

// tokenLife is how long a vendor says a token holds.
func tokenLife(seconds int) time.Duration {
	if seconds <= 0 {
		return weComTokenLife
	}
	return min(time.Duration(seconds)*time.Second, weComTokenMost)
}
