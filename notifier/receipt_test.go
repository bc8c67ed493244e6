package notifier

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// carrier stands for Aliyun and Tencent with a carrier behind them: it checks signatures as the manuals say, keeps what it took, and
// answers look-ups from that. cut closes the connection after taking; state is what the carrier knows.
type carrier struct {
	mu     sync.Mutex
	faults []error
	took   []string // our keys
	cut    bool
	lose   bool   // the connection breaks and the message is not taken
	state  string // 1, 2, 3 as Aliyun writes it
	asked  int
}

func (c *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	tencent := r.Header.Get("X-TC-Action") != ""
	check := checkAliyun
	if tencent {
		check = checkTencent
	}
	if _, err := check(r, body); err != nil {
		c.faults = append(c.faults, err)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	if r.Header.Get("X-TC-Action") == "SendSms" || r.Header.Get("x-acs-action") == "SendSms" {
		if !c.lose {
			key := ""
			if tencent {
				v, _ := parse(body)
				key = v.at("SessionContext")
			} else {
				form, _ := url.ParseQuery(string(body))
				key = form.Get("OutId")
			}
			c.took = append(c.took, key)
		}
		if c.cut || c.lose {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
			return
		}
		if tencent {
			fmt.Fprintf(w, `{"Response":{"SendStatusSet":[{"SerialNo":"serial-%d","Code":"Ok"}]}}`, len(c.took))
		} else {
			fmt.Fprintf(w, `{"Code":"OK","BizId":"biz-%d"}`, len(c.took))
		}
		return
	}
	c.asked++
	list := ""
	for i, key := range c.took {
		if tencent && c.state != "1" { // Tencent lists what the carrier has answered for
			list += fmt.Sprintf(`,{"SerialNo":"serial-%d","ReportStatus":%q,"SessionContext":%q}`, i+1, map[string]string{"2": "FAIL", "3": "SUCCESS"}[c.state], key)
		}
		if !tencent {
			if form, _ := url.ParseQuery(string(body)); form.Get("SendDate") != "20260105" || form.Get("PhoneNumber") != theMobile {
				c.faults = append(c.faults, errors.New("another day or number"))
			}
			list += fmt.Sprintf(`,{"SendStatus":%s,"OutId":%q}`, c.state, key)
		}
	}
	if list != "" {
		list = list[1:]
	}
	if tencent {
		fmt.Fprintf(w, `{"Response":{"PullSmsSendStatusSet":[%s]}}`, list)
	} else {
		fmt.Fprintf(w, `{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[%s]}}`, list)
	}
}

func (c *carrier) set(state string, cut, lose bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.cut, c.lose = state, cut, lose
}

func TestReceiptsSettleWhatIsUncertainAndSayWhatArrived(t *testing.T) {
	form := SMSForm{Sign: "义马市信访局", Template: "SMS_1", Params: []SMSParam{{Name: "title", From: "subject"}, {Name: "count", From: "count"}}}
	for name, make := range map[string]func(Account) Channel{
		"aliyun": func(a Account) Channel { return AliyunSMS{Account: a, KeyID: theKeyID, Secret: theSecret, Form: form} },
		"tencent": func(a Account) Channel {
			return TencentSMS{Account: a, KeyID: theKeyID, Secret: theSecret, App: "1400006666", Form: form}
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
				c := &carrier{state: "1"}
				srv := httptest.NewServer(c)
				defer srv.Close()
				sms, slip := make(Account{BaseURL: srv.URL, Now: nowForTest, Label: "sms"}), &fake{name: "slip", keyed: true}
				o := newOffice(t, db, sms, slip)
				for who, p := range o.people {
					p.Addresses[0].To = theMobile
					o.people[who] = p
				}
				o.SendAgain = func(string) bool { return true } // a look-up comes before the policy
				state := func(want ...string) {
					t.Helper()
					got := []string{}
					for _, d := range o.deliveries() {
						got = append(got, d.Recipient+" "+d.Channel+" "+string(d.State))
					}
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("got %v, want %v", got, want)
					}
				}
				look := func(want Receipts) {
					t.Helper()
					got, err := o.worker.LookUpReceipts(t.Context())
					if err != nil || got != want {
						t.Errorf("look-up: got %+v, %v; want %+v", got, err, want)
					}
				}
				// Taken, then the carrier's answer.
				o.enqueue(notice("甲", "s", "a", "2026-01-05 08:00", ""))
				want(t, "handed", o.run().Handed, 1)
				look(Receipts{Asked: 1, Pending: 1})
				look(Receipts{}) // not before its time
				c.set("3", false, false)
				o.clock.set("2026-01-05 08:02")
				look(Receipts{Asked: 1, Arrived: 1})
				state("甲 sms delivered")
				look(Receipts{})

				// Taken, and the answer cut off: found by our key, not sent again.
				c.set("3", true, false)
				o.enqueue(notice("乙", "s", "a", "2026-01-05 08:02", ""))
				want(t, "cut off", o.run().Uncertain, 1)
				o.runAt("2026-01-05 08:04")
				state("甲 sms delivered", "乙 sms delivered")
				want(t, "taken once", len(c.took), 2)

				// Not taken, and the connection broke: looked for during a quarter of an hour, then the rule's policy.
				c.set("3", false, true)
				o.enqueue(notice("丙", "s", "a", "2026-01-05 08:05", ""))
				want(t, "broken off", o.runAt("2026-01-05 08:05").Uncertain, 1)
				c.set("3", false, false)
				o.runAt("2026-01-05 08:10")
				want(t, "still looked for", len(c.took), 2)
				o.runAt("2026-01-05 08:21")
				want(t, "sent after a quarter of an hour", len(c.took), 3)

				// It did not arrive: the next address follows, once.
				c.set("2", false, false)
				o.clock.set("2026-01-05 08:23")
				look(Receipts{Asked: 1, Failed: 1})
				o.run()
				want(t, "slips", slip.texts(), []string{"丙: s/a"})
				state("甲 sms delivered", "乙 sms delivered", "丙 sms failed", "丙 slip handed")
				want(t, "notices", o.states(), []string{"s/a done", "s/a done", "s/a done"})
				c.mu.Lock()
				defer c.mu.Unlock()
				if len(c.faults) > 0 {
					t.Errorf("the vendor would have refused: %v", c.faults)
				}
			})
		})
	}
}

func TestReceiptsAreAskedForThreeDaysAndNotLonger(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		c := &carrier{state: "1"}
		srv := httptest.NewServer(c)
		defer srv.Close()
		o := newOffice(t, db, AliyunSMS{Account: Account{BaseURL: srv.URL, Now: nowForTest}, KeyID: theKeyID, Secret: theSecret,
			Form: SMSForm{Sign: "义马市信访局", Template: "SMS_1", Params: []SMSParam{{Name: "title", From: "subject"}, {Name: "count", From: "count"}}}})
		p := o.people["甲"]
		p.Addresses[0].To = theMobile
		o.enqueue(notice("甲", "s", "a", "2026-01-05 08:00", ""))
		o.run()
		for range 7 * 24 * 6 {
			if _, err := o.worker.LookUpReceipts(t.Context()); err != nil {
				t.Fatal(err)
			}
			o.clock.add(10 * time.Minute)
		}
		if c.asked < 10 || c.asked > 60 {
			t.Errorf("asked %d times in a week, want some dozen in the first three days", c.asked)
		}
		want(t, "what nobody confirmed stays handed", string(o.deliveries()[0].State), "handed")
	})
}

func TestAGatewayPushesItsReceipts(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		cut := false
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if cut {
				conn, _, _ := w.(http.Hijacker).Hijack()
				conn.Close()
				return
			}
			io.WriteString(w, `{"code":0,"msgid":"G-77"}`)
		}))
		defer srv.Close()
		g := SMSGateway{URL: Secret(srv.URL), Body: `{"m":{{.To}},"c":{{.Text}},"id":{{.Key}}}`, Number: `"msgid":"([^"]+)"`,
			Receipt: GatewayReceipts{Token: "T0KEN", Each: `\{"id":"(?P<number>[^"]+)","stat":"(?P<status>[A-Z]+)"\}`, OK: "^DELIVRD$", Bad: "^(UNDELIV|REJECTD)$"}}
		if err := g.Check(); err != nil {
			t.Fatal(err)
		}
		slip := &fake{name: "slip", keyed: true}
		o := newOffice(t, db, g, slip)
		for who, p := range o.people {
			p.Addresses[0].To = theMobile
			o.people[who] = p
		}
		o.enqueue(notice("甲", "s", "a", "2026-01-05 08:00", ""))
		o.run()
		if _, err := g.Receipts("guess", nil); !errors.Is(err, ErrReceiptToken) {
			t.Errorf("a wrong token: %v", err)
		}
		if _, err := (SMSGateway{}).Receipts("", nil); !errors.Is(err, ErrReceiptToken) {
			t.Errorf("a gateway without receipts: %v", err)
		}
		push := func(body string, want ...error) {
			t.Helper()
			list, err := g.Receipts("T0KEN", []byte(body))
			if err != nil || len(list) != len(want) {
				t.Fatalf("got %v, %v; want %d receipts", list, err, len(want))
			}
			for i, p := range list {
				if err := o.Receive(t.Context(), g.Name(), p.Number, p.Arrival); !errors.Is(err, want[i]) {
					t.Errorf("receipt %d: %v, want %v", i, err, want[i])
				}
			}
		}
		push(`[{"id":"G-77","stat":"ACCEPTD"},{"id":"nobody","stat":"DELIVRD"}]`, nil, ErrNoSuchMessage)
		want(t, "accepted is not delivered", string(o.deliveries()[0].State), "handed")
		push(`[{"id":"G-77","stat":"DELIVRD"}]`, nil)
		want(t, "delivered", string(o.deliveries()[0].State), "delivered")
		push(`[{"id":"G-77","stat":"UNDELIV"}]`, ErrNoSuchMessage) // settled: a second push changes nothing
		want(t, "still delivered", string(o.deliveries()[0].State), "delivered")
		// An uncertain one is settled under our key.
		cut = true
		o.enqueue(notice("乙", "s", "a", "2026-01-05 08:00", ""))
		want(t, "uncertain", o.run().Uncertain, 1)
		doubt, err := Deliveries(t.Context(), db, Filter{Delivery: DeliveryUncertain})
		if err != nil || len(doubt) != 1 {
			t.Fatalf("uncertain: %v, %v", doubt, err)
		}
		push(`{"id":"`+doubt[0].ID+`","stat":"UNDELIV"}`, nil)
		o.run()
		want(t, "the slip follows", slip.texts(), []string{"乙: s/a"})
	})
}
