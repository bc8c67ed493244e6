package notifier

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const dingTalkHost = "https://oapi.dingtalk.com"

// dingTalkCodes are the codes of open.dingtalk.com (自定义机器人 and 工作通知, 错误码) that say more than "refused". Behind 88
// stands another code: see err.
var dingTalkCodes = map[string]meaning{
	"0": meansOK, "-1": meansAgain, "15": meansAgain,
	"130101": meansPause, "410100": meansPause, "90018": meansPause, "143103": meansPause, "143104": meansPause, "143105": meansPauseOne,
	"40014": meansStale, "42001": meansStale, "40001": meansStale,
	"300001": meansAccount, "310000": meansAccount, "400013": meansAccount, "400101": meansAccount, "400102": meansAccount, "400106": meansAccount,
	"40078": meansAccount, "40089": meansAccount, "40096": meansAccount, "60011": meansAccount, "60020": meansAccount, "50002": meansAccount, "49010": meansAccount,
}

const (
	// dingTalkPause: a bot that sent more than 20 in a minute is silenced for ten (自定义机器人, 消息发送频率限制).
	dingTalkPause = 10 * time.Minute

	dingTalkMost = 20_000 // bytes of a request (自定义机器人: 20000字节); a work notice takes 2,048 (消息类型与数据格式)
	dingTalkWork = 2048
)

// dingTalkAnswer is the part of DingTalk's answers that we read.
type dingTalkAnswer struct {
	Code      json.Number `json:"errcode"`
	SubCode   string      `json:"sub_code"`
	Words     string      `json:"errmsg"`
	Token     Secret      `json:"access_token"`
	ExpiresIn int         `json:"expires_in"`
	Task      json.Number `json:"task_id"`
	Result    struct {
		InvalidUsers   []string `json:"invalid_user_id_list"`
		ForbiddenUsers []string `json:"forbidden_user_id_list"`
		FailedUsers    []string `json:"failed_user_id_list"`
		ReadUsers      []string `json:"read_user_id_list"`
		UnreadUsers    []string `json:"unread_user_id_list"`
	} `json:"send_result"`
}

func (d dingTalkAnswer) err(a answer, pause time.Duration) error {
	code := d.Code.String()
	if code == "" {
		return a.byStatus()
	}
	if code == "88" && d.SubCode != "" {
		code = d.SubCode
	}
	return a.said(dingTalkCodes[code], code, d.Words, pause)
}

// DingTalkBot is the bot of one DingTalk 钉钉 group (自定义机器人接入, 加签). To is a member's user ID after @, who is mentioned,
// or a name. DingTalk knows no idempotency key here.
type DingTalkBot struct {
	Account
	Token  Secret // access_token of the webhook address
	Secret Secret // of 加签, SEC…; empty: the bot is guarded by keywords or addresses
}

// Name is the label, or dingtalk-bot.
func (c DingTalkBot) Name() string { return c.name("dingtalk-bot") }

// Wants is what To must be.
func (c DingTalkBot) Wants() AddressKind { return ToGroup }

// TakesKey is false.
func (c DingTalkBot) TakesKey() bool { return false }

// Limits: 每个机器人每分钟最多发送20条，超过则限流10分钟 (open.dingtalk.com/document/group/custom-robot-access, 消息发送频率限制).
func (c DingTalkBot) Limits() []Limit { return c.limits(Limit{N: 20, Per: time.Minute}) }

// Send posts the message to the group.
func (c DingTalkBot) Send(ctx context.Context, m Message) (Receipt, error) {
	id, name := mention(m.To)
	if id != "" && !memberID(id) {
		return Receipt{}, &Permanent{errors.New("not the ID of a DingTalk member")}
	}
	head, at := "", map[string]any{"isAtAll": false}
	if id != "" { // a member is rung only if the text holds the mention too
		head, at["atUserIds"] = "@"+id+"\n\n", []string{id}
	} else if name != "" {
		head = clipBytes(unmark(oneLine(name)), 120) + "\n\n"
	}
	body := map[string]any{"msgtype": "markdown", "at": at}
	if err := fit(dingTalkMost, dingTalkMost, func(words int) any {
		body["markdown"] = map[string]string{"title": clipBytes(plain(oneLine(m.Subject)), 200), "text": m.markdown(head, words)}
		return body
	}); err != nil {
		return Receipt{}, err
	}
	query := "access_token=" + url.QueryEscape(string(c.Token))
	if c.Secret != "" {
		ms := strconv.FormatInt(c.Now().UnixMilli(), 10)
		query += "&timestamp=" + ms + "&sign=" + url.QueryEscape(hmac64(string(c.Secret), ms+"\n"+string(c.Secret)))
	}
	var said dingTalkAnswer
	got, err := c.post(ctx, c.base(dingTalkHost)+"/robot/send?"+query, body, &said, string(c.Token), id)
	if err == nil {
		err = said.err(got, dingTalkPause)
	}
	return Receipt{}, err
}

// hmac64 is HMAC-SHA256 in Base64, as the bots of DingTalk and Feishu are signed.
func hmac64(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// DingTalkApp sends a work notice 工作通知 to one member (topapi/message/corpconversation/asyncsend_v2). To is the member's
// user ID. DingTalk takes it and delivers it later; the receipt can be asked for a day.
//
// It drops a second notice of the same content to the same member on one day, so a second try does no harm; but it is no
// key, since the content may have changed in between.
type DingTalkApp struct {
	Account
	AppKey    string
	AppSecret Secret
	Agent     int64
	Tokens    *Tokens
}

// Name is the label, or dingtalk.
func (c DingTalkApp) Name() string { return c.name("dingtalk") }

// Wants is what To must be.
func (c DingTalkApp) Wants() AddressKind { return ToMember }

// TakesKey is false.
func (c DingTalkApp) TakesKey() bool { return false }

// Limits: an organization's own app may call 1,500 times a minute (工作通知, 频率限制; 500 a day to one member, which three
// messages do not reach).
func (c DingTalkApp) Limits() []Limit { return c.limits(Limit{N: 1500, Per: time.Minute}) }

// Send hands the notice over.
func (c DingTalkApp) Send(ctx context.Context, m Message) (r Receipt, err error) {
	if !memberID(m.To) {
		return r, &Permanent{errors.New("not the ID of a DingTalk member")}
	}
	body := map[string]any{"agent_id": c.Agent, "userid_list": m.To, "msg": map[string]any{"msgtype": "markdown",
		"markdown": map[string]string{"title": clipBytes(plain(oneLine(m.Subject)), 200), "text": m.markdown("", dingTalkWork)}}}
	err = c.ask(ctx, "asyncsend_v2", body, m.To, func(said dingTalkAnswer) { r.ID = said.Task.String() })
	return r, err
}

// Arrived asks what became of a notice (getsendresult): once the notice is in the member's list, read or
// not, it has arrived. DingTalk answers for 24 hours and only by its own number, so an answer that was lost cannot be looked up.
func (c DingTalkApp) Arrived(ctx context.Context, receipt, to string, _ time.Time) (a Arrival, err error) {
	task, err := strconv.ParseInt(receipt, 10, 64)
	if err != nil {
		return ArrivalPending, &Permanent{errors.New("not a receipt of DingTalk")}
	}
	a = ArrivalPending
	err = c.ask(ctx, "getsendresult", map[string]any{"agent_id": c.Agent, "task_id": task}, to, func(said dingTalkAnswer) {
		switch {
		case holds(said.Result.ReadUsers, to), holds(said.Result.UnreadUsers, to):
			a = ArrivalDone
		case holds(said.Result.InvalidUsers, to), holds(said.Result.ForbiddenUsers, to), holds(said.Result.FailedUsers, to):
			a = ArrivalFailed
		}
	})
	return a, err
}

// ask calls one interface of work notices with a token.
func (c DingTalkApp) ask(ctx context.Context, name string, body any, to string, use func(dingTalkAnswer)) error {
	return c.Tokens.with(ctx, "dingtalk "+c.AppKey, c.AppSecret, c.token, func(token Secret) error {
		var said dingTalkAnswer
		got, err := c.post(ctx, c.base(dingTalkHost)+"/topapi/message/corpconversation/"+name+"?access_token="+url.QueryEscape(string(token)), body, &said, string(token), to)
		if err == nil {
			err = said.err(got, time.Minute)
		}
		if err == nil {
			use(said)
		}
		return err
	})
}

// token: https://oapi.dingtalk.com/gettoken (获取企业内部应用的access_token).
func (c DingTalkApp) token(ctx context.Context) (Secret, time.Duration, error) {
	got, err := c.exchange(ctx, call{method: http.MethodGet, hide: []string{string(c.AppSecret)},
		url: c.base(dingTalkHost) + "/gettoken?appkey=" + url.QueryEscape(c.AppKey) + "&appsecret=" + url.QueryEscape(string(c.AppSecret))})
	if err != nil {
		return "", 0, err
	}
	var said dingTalkAnswer
	if err := got.read(&said); err != nil {
		return "", 0, err
	}
	return said.Token, tokenLife(said.ExpiresIn), said.err(got, time.Minute)
}

// holds finds an ID; vendors change the case of IDs.
func holds(ids []string, id string) bool {
	for _, i := range ids {
		if strings.EqualFold(i, id) {
			return true
		}
	}
	return false
}
