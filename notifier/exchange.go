package notifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Account is what all channels over HTTP have in common.
type Account struct {
	Label   string           // the channel's name; empty: the vendor's word, as wecom-bot
	BaseURL string           // without a final slash; empty: the vendor's own
	Client  *http.Client     // nil: one of ours with time limits, which follows no redirect
	Now     func() time.Time // the clock of signatures, which vendors compare with theirs
	Budget  []Limit          // what the account may send; empty: what the vendor states
}

func (a Account) name(vendor string) string {
	if a.Label == "" {
		return vendor
	}
	return a.Label
}

func (a Account) base(vendor string) string {
	if a.BaseURL == "" {
		return vendor
	}
	return strings.TrimSuffix(a.BaseURL, "/")
}

func (a Account) limits(stated ...Limit) []Limit {
	if len(a.Budget) > 0 {
		return a.Budget
	}
	return stated
}

// ownClient bounds every phase and follows no redirect: where it led would be sent our token.
var ownClient = &http.Client{
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 15 * time.Second,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       50 * time.Second,
		ForceAttemptHTTP2:     true,
	},
}

// call is one request. What is in hide never shows in an error.
type call struct {
	method, url string
	header      http.Header
	body        []byte
	hide        []string
}

// answer is what the vendor said, whatever the status.
type answer struct {
	status int
	header http.Header
	body   []byte
	hide   []string
}

// answerMost is how much of an answer is read; none that we want is larger than a few kilobytes.
const answerMost = 1 << 20

// exchange sends a call. An error means that there is no answer: [Down] if not a byte of the request can have left,
// [Uncertain] otherwise.
func (a Account) exchange(ctx context.Context, c call) (answer, error) {
	var began atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { began.Store(true) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), c.method, c.url, bytes.NewReader(c.body))
	if err != nil {
		return answer{}, &Down{errors.New("the provider's address in the settings is not a URL")} // err would show it
	}
	req.Header = c.header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if c.body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", jsonUTF8)
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	client := a.Client
	if client == nil {
		client = ownClient
	}
	resp, err := client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		var body []byte
		if body, err = io.ReadAll(io.LimitReader(resp.Body, answerMost)); err == nil {
			return answer{resp.StatusCode, resp.Header, body, c.hide}, nil
		}
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // the URL holds the token
	}
	err = fmt.Errorf("no answer from the provider: %s", unreveal(err.Error(), c.hide...))
	if began.Load() {
		return answer{}, &Uncertain{err}
	}
	return answer{}, &Down{err}
}

const jsonUTF8 = "application/json; charset=utf-8"

// post sends v as JSON and reads the answer into out.
func (a Account) post(ctx context.Context, url string, v, out any, hide ...string) (answer, error) {
	body, err := encode(v)
	if err != nil {
		return answer{}, &Permanent{err}
	}
	got, err := a.exchange(ctx, call{http.MethodPost, url, nil, body, hide})
	if err != nil {
		return got, err
	}
	return got, got.read(out)
}

// encode writes JSON without \u escapes of <, > and &.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// read decodes an answer. One that is not the vendor's JSON is judged by its status.
func (a answer) read(out any) error {
	if err := json.Unmarshal(a.body, out); err == nil && a.status < 500 && a.status != http.StatusTooManyRequests {
		return nil
	}
	return a.byStatus()
}

// words are the answer as an error may show it.
func (a answer) words() error {
	return fmt.Errorf("HTTP status %d: %s", a.status, unreveal(string(a.body), a.hide...))
}

// byStatus is the meaning of an answer that says no more than its status. A success that cannot be read leaves open
// whether the message was taken.
func (a answer) byStatus() error {
	err := a.words()
	switch a.status {
	case http.StatusTooManyRequests:
		return &RateLimited{RetryAfter: a.retryAfter(), Err: err}
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return &Temporary{err}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return &Down{err} // key or address of the account: the office's to mend, not a fault of the message
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return &Down{err}
	}
	switch {
	case a.status >= 400 && a.status < 500:
		return &Permanent{err}
	case a.status >= 300 && a.status < 400:
		return &Down{err}
	}
	return &Uncertain{err}
}

// restAtMost bounds what an answer may ask for, so that a broken header does not silence a channel for a year.
const restAtMost = 24 * time.Hour

// retryAfter reads the pause that an answer asks for in seconds: the standard's header (RFC 9110 §10.2.3) or Feishu's.
// Zero if there is none.
func (a answer) retryAfter() time.Duration {
	for _, name := range []string{"Retry-After", "X-Ogw-Ratelimit-Reset"} {
		if s, err := strconv.Atoi(strings.TrimSpace(a.header.Get(name))); err == nil && s > 0 {
			return min(time.Duration(s)*time.Second, restAtMost)
		}
	}
	return 0
}

// meaning is what a vendor's error code says.
type meaning int

const (
	meansRefused  meaning = iota // also what an unknown code is taken for: the vendor answered and did not take it
	meansOK                      //
	meansAgain                   // busy, or this message may go later
	meansPause                   // too many messages
	meansPauseOne                // too many to this recipient
	meansAccount                 // key, secret, permission, address of the caller: nothing goes until the office mends it
	meansStale                   // the access token is over
)

// said is the error for a vendor's code and words; nil if it says all is well.
func (a answer) said(m meaning, code, words string, pause time.Duration) error {
	err := fmt.Errorf("the provider says %s: %s", code, unreveal(words, a.hide...))
	switch m {
	case meansOK:
		return nil
	case meansAgain:
		return &Temporary{err}
	case meansPause, meansPauseOne:
		if asked := a.retryAfter(); asked > 0 {
			pause = asked
		}
		return &RateLimited{RetryAfter: pause, One: m == meansPauseOne, Err: err}
	case meansAccount:
		return &Down{err}
	case meansStale:
		return &staleToken{err}
	}
	return &Permanent{err}
}

// staleToken says that the vendor wants a new access token. It never leaves the package.
type staleToken struct{ err error }

func (e *staleToken) Error() string { return e.err.Error() }
