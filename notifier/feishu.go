package notifier

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const feishuHost = "https://open.feishu.cn"

// feishuCodes are the codes of open.feishu.cn (自定义机器人使用指南, 发送消息, 通用错误码) that say more than "refused".
var feishuCodes = map[int]meaning{
	0: meansOK, 11232: meansPause, 11233: meansPause, 99991400: meansPause, 230020: meansPauseOne,
	230049: meansAgain, // a message with this uuid is just being sent
	1500:   meansAgain, 99991663: meansStale, 99991661: meansStale, 99991664: meansStale, 99991668: meansStale,
	19001: meansAccount, 19021: meansAccount, 19022: meansAccount, 10003: meansAccount, 10014: meansAccount, 10015: meansAccount,
	99991401: meansAccount, 99991662: meansAccount, 99991672: meansAccount, 230006: meansAccount, 230027: meansAccount,
}

// feishuTooMany is 9499, which Feishu gives for a request of the wrong form and, in other words, for too many.
const feishuTooMany = 9499

// feishuAnswer is the part of Feishu's answers that we read.
type feishuAnswer struct {
	Code   *int   `json:"code"`
	Words  string `json:"msg"`
	Token  Secret `json:"tenant_access_token"`
	Expire int    `json:"expire"`
	Data   struct {
		MessageID string `json:"message_id"`
	} `json:"data"`
}

func (f feishuAnswer) err(a answer) error {
	if f.Code == nil {
		return a.byStatus()
	}
	m := feishuCodes[*f.Code]
	if *f.Code == feishuTooMany && strings.Contains(strings.ToLower(f.Words), "too many") {
		m = meansPause
	}
	return a.said(m, strconv.Itoa(*f.Code), f.Words, 0)
}

// feishuPost is the message as rich text 富文本 post: its pieces are JSON, so that no word of ours can become markup.
// most bounds the bytes of the words.
func feishuPost(m Message, id, name string, most int) map[string]any {
	var lines [][]map[string]string
	var first []map[string]string
	if id != "" {
		first = append(first, map[string]string{"tag": "at", "user_id": id})
	} else if name != "" {
		first = append(first, map[string]string{"tag": "text", "text": plain(oneLine(name))})
	}
	if first != nil {
		lines = append(lines, first)
	}
	words := m.text("", most, plain)
	link := m.link()
	if link != "" {
		words = strings.TrimSuffix(words, "\n"+link)
	}
	for _, l := range strings.Split(words, "\n") {
		lines = append(lines, []map[string]string{{"tag": "text", "text": l}})
	}
	if link != "" {
		lines = append(lines, []map[string]string{{"tag": "a", "text": link, "href": link}})
	}
	title := ""
	if len(m.Items) > 1 {
		title = clipBytes(plain(oneLine(m.Subject)), 200)
	}
	return map[string]any{"zh_cn": map[string]any{"title": title, "content": lines}}
}

const (
	feishuBotMost = 20 << 10 // bytes of a bot's request (自定义机器人使用指南: 请求体的数据大小不能超过20KB)
	feishuAppMost = 30 << 10 // bytes of rich text (发送消息: 富文本消息请求体最大不能超过30KB)
	feishuWords   = 8 << 10  // of words, which leaves room for the JSON around each line
)

// FeishuBot is the bot of one Feishu 飞书 group (自定义机器人使用指南, 签名校验). To is a member's open ID or user ID after @, who is
// mentioned, or a name. Feishu knows no idempotency key here.
type FeishuBot struct {
	Account
	Hook   Secret // what follows /open-apis/bot/v2/hook/ in the webhook address
	Secret Secret // of 签名校验; empty: the bot is guarded by keywords or addresses
}

// Name is the label, or feishu-bot.
func (c FeishuBot) Name() string { return c.name("feishu-bot") }

// Wants is what To must be.
func (c FeishuBot) Wants() AddressKind { return ToGroup }

// TakesKey is false.
func (c FeishuBot) TakesKey() bool { return false }

// Limits: 单租户单机器人100次/分钟，5次/秒 (open.feishu.cn/document/client-docs/bot-v3/add-custom-bot and …/ukTMukTMukTM/uUzN04SN3QjL1cDN, 频控策略,
// which also advises against full and half hours; ours go as the budget lets them).
func (c FeishuBot) Limits() []Limit {
	return c.limits(Limit{N: 100, Per: time.Minute}, Limit{N: 5, Per: time.Second})
}

// Send posts the message to the group.
func (c FeishuBot) Send(ctx context.Context, m Message) (Receipt, error) {
	id, name := mention(m.To)
	if id != "" && !memberID(id) {
		return Receipt{}, &Permanent{errors.New("not the ID of a Feishu member")}
	}
	body := map[string]any{"msg_type": "post"}
	if c.Secret != "" {
		s := strconv.FormatInt(c.Now().Unix(), 10)
		body["timestamp"], body["sign"] = s, hmac64(s+"\n"+string(c.Secret), "") // the key is the text, and nothing is signed
	}
	if err := fit(feishuBotMost, feishuWords, func(most int) any {
		body["content"] = map[string]any{"post": feishuPost(m, id, name, most)}
		return body
	}); err != nil {
		return Receipt{}, err
	}
	var said feishuAnswer
	got, err := c.post(ctx, c.base(feishuHost)+"/open-apis/bot/v2/hook/"+url.PathEscape(string(c.Hook)), body, &said, string(c.Hook), id)
	if err == nil {
		err = said.err(got)
	}
	return Receipt{}, err
}

// FeishuApp sends a Feishu app's message to one member (POST /open-apis/im/v1/messages). To is the member's ID of IDType.
//
// It passes the key as uuid: Feishu sends one uuid once within an hour. As our last retries come later than that, the
// channel does not promise to take keys; a second try within the hour is harmless.
type FeishuApp struct {
	Account
	AppID     string
	AppSecret Secret
	IDType    string // receive_id_type: open_id, user_id, union_id; empty: user_id
	Tokens    *Tokens
}

// Name is the label, or feishu.
func (c FeishuApp) Name() string { return c.name("feishu") }

// Wants is what To must be.
func (c FeishuApp) Wants() AddressKind { return ToMember }

// TakesKey is false.
func (c FeishuApp) TakesKey() bool { return false }

// Limits: 1000次/分钟、50次/秒 for an app (发送消息, 频率限制; 5 a second to one member, which three messages a day do not reach).
func (c FeishuApp) Limits() []Limit {
	return c.limits(Limit{N: 1000, Per: time.Minute}, Limit{N: 50, Per: time.Second})
}

// feishuKeyMost is the longest uuid that Feishu takes.
const feishuKeyMost = 50

// Send hands the message to the app.
func (c FeishuApp) Send(ctx context.Context, m Message) (r Receipt, err error) {
	if !memberID(m.To) {
		return r, &Permanent{errors.New("not the ID of a Feishu member")}
	}
	kind := c.IDType
	if kind == "" {
		kind = "user_id"
	}
	body := map[string]any{"receive_id": m.To, "msg_type": "post"}
	if len(m.Key) <= feishuKeyMost {
		body["uuid"] = m.Key
	}
	var encoding error
	err = fit(feishuAppMost, feishuWords, func(most int) any {
		content, err := encode(feishuPost(m, "", "", most))
		encoding = err
		body["content"] = string(content)
		return body
	})
	if err = errors.Join(encoding, err); err != nil {
		return r, &Permanent{err}
	}
	err = c.Tokens.with(ctx, "feishu "+c.AppID, c.AppSecret, c.token, func(token Secret) error {
		payload, err := encode(body)
		if err != nil {
			return &Permanent{err}
		}
		header := http.Header{"Authorization": {"Bearer " + string(token)}}
		got, err := c.exchange(ctx, call{http.MethodPost, c.base(feishuHost) + "/open-apis/im/v1/messages?receive_id_type=" + url.QueryEscape(kind), header, payload, []string{string(token), m.To}})
		if err != nil {
			return err
		}
		var said feishuAnswer
		if err = got.read(&said); err == nil {
			err = said.err(got)
		}
		r.ID = said.Data.MessageID
		return err
	})
	return r, err
}

// token: /open-apis/auth/v3/tenant_access_token/internal.
func (c FeishuApp) token(ctx context.Context) (Secret, time.Duration, error) {
	var said feishuAnswer
	got, err := c.post(ctx, c.base(feishuHost)+"/open-apis/auth/v3/tenant_access_token/internal",
		map[string]string{"app_id": c.AppID, "app_secret": string(c.AppSecret)}, &said, string(c.AppSecret))
	if err != nil {
		return "", 0, err
	}
	return said.Token, tokenLife(said.Expire), said.err(got)
}
