package main

import (
	"context"
	"net"
	netsmtp "net/smtp"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// Answers come in over SMTP. One whose sender the office's mail server did not prove changes nothing and waits for a person.
func TestAnAnswerThatNobodyVouchesForWaitsForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx, now := t.Context(), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
		db, err := store.Open(ctx, store.Options{URL: url, Keys: store.TestKeyring(1)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		app := &pipeline.App{DB: db, Now: func() time.Time { return now }, Zone: time.FixedZone("CST", 8*3600), NewID: planner.SeededIDs(1, "test"), Host: "lianxin.example", Authserv: "mx.office.example"}
		sys := planner.System("test")
		first := store.Invite{ID: "I1", Event: "E1", Cadre: "C1", Method: "request", Sequence: 1, PartStat: "needs-action", SentAt: now}
		err = db.Write(ctx, sys, store.Op{Name: "test", Now: now}, func(tx *store.Tx) error {
			for _, put := range []func() error{
				func() error {
					return tx.PutAreas([]planner.Area{{Code: "411281", Name: "义马市", Level: planner.LevelCounty}})
				},
				func() error {
					return tx.PutUnits([]planner.Unit{{ID: "U1", Code: "D01", Name: "市政府", Network: planner.NetworkBureau, Area: "411281"}})
				},
				func() error {
					return tx.PutCadres([]planner.Cadre{{ID: "C1", Code: "G0001", Name: "某某", Unit: "U1", Title: "科员", Rank: planner.RankStaff, Mail: "mou@county.example.org", Active: true}})
				},
				func() error {
					return tx.PutEvents([]planner.Event{{ID: "E1", Key: "mwd/202601/C1", UID: "E1@lianxin.example", Kind: planner.EventMassWorkDay, On: civil.Of(2026, 1, 15), From: civil.MustClock("08:30"), Until: civil.MustClock("17:30"),
						NominalOn: civil.Of(2026, 1, 15), Cadre: "C1", Status: planner.StatusConfirmed, Digest: strings.Repeat("0", 64), CreatedAt: now, ChangedAt: now}})
				},
				func() error { return tx.PutInvites([]store.Invite{first}) },
			} {
				if err := put(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listening, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- listenReplies(listening, l, app, "lianxin.example") }()
		defer func() { stop(); <-done }()
		state := func() pipeline.InviteView {
			t.Helper()
			list, err := app.Invitations(ctx, sys, "C1")
			if err != nil || len(list) != 1 {
				t.Fatalf("got %v, %v", list, err)
			}
			return list[0]
		}
		const good = "Authentication-Results: mx.office.example 1; spf=fail smtp.mailfrom=x@evil.example;\r\n\tdkim=pass (2048-bit; a \"note\") header.d=example.org\r\n"
		second := 0
		send := func(headers, from, attendee, partstat string) {
			t.Helper()
			second++
			ics := "BEGIN:VCALENDAR\r\nPRODID:x\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE;PARTSTAT=" + partstat + attendee + "\r\nUID:E1@lianxin.example\r\nSEQUENCE:1\r\nDTSTAMP:" +
				now.Add(time.Duration(second)*time.Second).Format("20060102T150405Z") + "\r\nDTSTART:20260115T003000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
			mail := headers + "From: " + from + "\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n" + ics
			if err := netsmtp.SendMail(l.Addr().String(), nil, "anybody@example.org", []string{"rili@lianxin.example"}, []byte(mail)); err != nil {
				t.Fatal(err)
			}
		}
		const self, me = ":mailto:mou@county.example.org", "mou@county.example.org"
		for _, c := range []struct{ name, headers, from, attendee, why string }{
			{"no word of the server", "", me, self, store.HeldUnproved},
			{"another server's word", strings.Replace(good, "mx.office.example", "mx.evil.example", 1), me, self, store.HeldUnproved},
			{"a forged word below the server's", "Authentication-Results: mx.office.example; none\r\n" + good, me, self, store.HeldUnproved},
			{"a failed signature", strings.Replace(good, "dkim=pass", "dkim=fail", 1), me, self, store.HeldUnproved},
			{"a pass in a comment", "Authentication-Results: mx.office.example; dkim=fail (dkim=pass header.d=example.org) header.d=example.org\r\n", me, self, store.HeldUnproved},
			{"a pass in a quoted string", "Authentication-Results: mx.office.example; dkim=fail reason=\"x; dkim=pass header.d=example.org\" header.d=evil.example\r\n", me, self, store.HeldUnproved},
			{"somebody else's signature", strings.Replace(good, "header.d=example.org", "header.d=evil.example", 1), me, self, store.HeldUnproved},
			{"a signature of a top-level domain", strings.Replace(good, "header.d=example.org", "header.d=org", 1), me, self, store.HeldUnproved},
			{"a name that ends alike", strings.Replace(good, "header.d=example.org", "header.d=ample.org", 1), me, self, store.HeldUnproved},
			{"another sender, proved", good, "evil@county.example.org", self, store.HeldSender},
			{"another sender who says to answer for them", good, "evil@county.example.org", `;SENT-BY="mailto:evil@county.example.org"` + self, store.HeldSender},
		} {
			send(c.headers, c.from, c.attendee, "DECLINED")
			if v := state(); v.PartStat != "needs-action" || v.Held != "declined" || v.HeldWhy != c.why {
				t.Errorf("%s: got %+v, want it to wait as %s", c.name, v, c.why)
			}
			if err := app.SettleAnswer(ctx, sys, "I1", false, "电话问过本人"); err != nil {
				t.Fatalf("%s: drop: %v", c.name, err)
			}
			if v := state(); v.PartStat != "needs-action" || v.Held != "" {
				t.Errorf("%s: after it was dropped got %+v", c.name, v)
			}
		}
		if err := app.SettleAnswer(ctx, sys, "I1", true, "电话问过本人"); planner.KindOf(err) != planner.NotFound {
			t.Errorf("settled twice: got %v, want NotFound", err)
		}
		if err := app.SettleAnswer(ctx, planner.Principal{Account: "A9", Cadre: "C1"}, "I1", true, "电话问过本人"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("settled by the person in the person's name: got %v, want Forbidden", err)
		}
		send("", me, self, "DECLINED")
		if err := app.SettleAnswer(ctx, sys, "I1", true, "电话问过本人"); err != nil {
			t.Fatal(err)
		}
		if v := state(); v.PartStat != "declined" || v.Held != "" {
			t.Errorf("after it was taken got %+v", v)
		}
		for _, headers := range []string{good, "Authentication-Results: mx.office.example; dmarc=pass header.from=county.example.org\r\n",
			"Authentication-Results: MX.Office.Example; spf=pass smtp.mailfrom=bounce@county.example.org\r\n" + strings.Replace(good, "dkim=pass", "dkim=fail", 1)} {
			for _, partstat := range []string{"ACCEPTED", "TENTATIVE"} {
				send(headers, me, self, partstat)
				if v := state(); v.PartStat != strings.ToLower(partstat) || v.Held != "" {
					t.Errorf("proved by %q: got %+v, want %s", headers, v, partstat)
				}
			}
		}
		app.Authserv = "" // an office that names no server takes the sender's word, and only the person's own
		send("", me, self, "DECLINED")
		if v := state(); v.PartStat != "declined" {
			t.Errorf("without a server that is trusted: got %+v", v)
		}
	})
}
