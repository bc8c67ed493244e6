package notifier

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
)

// Webhook posts a message as JSON to a system of the office, signed so that it can know us and refuse a replay:
//
//	POST URL
//	Content-Type: application/json; charset=utf-8
//	Idempotency-Key: the message's key; the same at each try
//	X-Lianxin-Timestamp: seconds since 1970
//	X-Lianxin-Signature: sha256= and HMAC-SHA256 in hex of timestamp, a full stop and the body, under the shared secret
//
//	{"key":"…","to":"…","subject":"…","text":"…","items":[{"title":"…","body":"…"}],"link":"…","urgent":false}
//
// The receiver answers 2xx when it has taken the message, and again 2xx without a second delivery when it sees the same
// key. 429 and 503 ask for a pause, 409 says that the key is just being handled, other 4xx refuse the message for good.
// It should refuse timestamps more than five minutes off.
type Webhook struct {
	Account
	URL    Secret // of the receiver: it may hold a token
	Secret Secret
}

// Name is the label, or webhook.
func (c Webhook) Name() string { return c.name("webhook") }

// TakesKey is true: it is what the receiver must do.
func (c Webhook) TakesKey() bool { return true }

// Limits are what the office states.
func (c Webhook) Limits() []Limit { return c.limits() }

// Send posts the message.
func (c Webhook) Send(ctx context.Context, m Message) (Receipt, error) {
	type item struct {
		Title string `json:"title"`
		Body  string `json:"body"`
	}
	items := []item{}
	for _, it := range m.Items {
		items = append(items, item{plain(it.Title), plain(it.Body)})
	}
	body, err := encode(struct {
		Key     string `json:"key"`
		To      string `json:"to"`
		Subject string `json:"subject"`
		Text    string `json:"text"`
		Items   []item `json:"items"`
		Link    string `json:"link"`
		Urgent  bool   `json:"urgent"`
	}{m.Key, plain(m.To), plain(m.Subject), plain(m.Text), items, m.link(), m.Urgent})
	if err != nil {
		return Receipt{}, &Permanent{err}
	}
	seconds := strconv.FormatInt(c.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(c.Secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	header := http.Header{"Content-Type": {jsonUTF8}, "Idempotency-Key": {m.Key}, "X-Lianxin-Timestamp": {seconds},
		"X-Lianxin-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
	got, err := c.exchange(ctx, call{http.MethodPost, string(c.URL), header, body, []string{string(c.URL), m.To}})
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{}, got.took()
}

// took judges an answer that need not have a body.
func (a answer) took() error {
	switch {
	case a.status >= 200 && a.status < 300:
		return nil
	case a.status == http.StatusConflict:
		return &Temporary{a.words()}
	case a.status == http.StatusServiceUnavailable && a.retryAfter() > 0:
		return &RateLimited{RetryAfter: a.retryAfter(), Err: a.words()}
	}
	return a.byStatus()
}
