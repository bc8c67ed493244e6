package web

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// holdAnswers puts two answers that wait into a town: a cadre's about a mass-work-day, and a leader's about a reception.
func holdAnswers(t *testing.T, town *town) (day, reception planner.Event) {
	t.Helper()
	sys := planner.System("test")
	err := town.DB.Write(t.Context(), sys, store.Op{Name: "test", Now: town.Now()}, func(tx *store.Tx) error {
		es, err := tx.Events(store.EventFilter{Span: civil.Span{From: town.Today()}})
		if err != nil {
			return err
		}
		find := func(kind planner.EventKind) planner.Event {
			i := slices.IndexFunc(es, func(e planner.Event) bool { return e.Kind == kind && e.Cadre != "" })
			if i < 0 {
				t.Fatalf("the town has no %s of a person", kind)
			}
			return es[i]
		}
		day, reception = find(planner.EventMassWorkDay), find(planner.EventReception)
		return tx.PutInvites([]store.Invite{
			{ID: "I1", Event: day.ID, Cadre: day.Cadre, Method: "request", PartStat: "accepted", SentAt: town.Now(), Held: "declined", HeldWhy: store.HeldUnproved, HeldAt: town.Now()},
			{ID: "I2", Event: reception.ID, Cadre: reception.Cadre, Method: "request", PartStat: "needs-action", SentAt: town.Now(), Held: "tentative", HeldWhy: store.HeldSender, HeldAt: town.Now()}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return day, reception
}

func TestWhoKeepsTheCalendarSettlesAnswersThatWait(t *testing.T) {
	town := newTown(t)
	holdAnswers(t, town)
	sys := planner.System("test")
	if _, err := town.Appoint(t.Context(), sys, planner.Account{Login: "counter", Name: "窗口", Roles: []planner.Role{planner.RoleClerk}}); err != nil {
		t.Fatal(err)
	}
	if err := town.SetPassword(t.Context(), sys, "counter", townPassword); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	as := func(login string) visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		v := visitor{t, srv.URL, &http.Client{Jar: jar}}
		v.post("/sign-in", "login", login, "password", townPassword, "next", "/")
		return v
	}
	state := func(id string) store.Invite {
		t.Helper()
		var all []store.Invite
		err := town.DB.Read(t.Context(), sys, func(tx *store.Tx) (err error) { all, err = tx.Invites(""); return err })
		i := slices.IndexFunc(all, func(v store.Invite) bool { return v.ID == id })
		if err != nil || i < 0 {
			t.Fatalf("%s: %v", id, err)
		}
		return all[i]
	}
	for _, login := range []string{"cadre", "leader", "liaison", "secretary"} { // nobody settles for themselves or by the by
		v := as(login)
		if body := v.want(200, "/calendar"); strings.Contains(body, "/answers") {
			t.Errorf("%s: the calendar leads to the answers", login)
		}
		v.want(403, "/answers", "组织部门")
		if status, _ := v.post("/answers/I1", "do", "take", "why", "问过"); status != 403 || state("I1").Held == "" {
			t.Errorf("%s: got %d and %+v", login, status, state("I1"))
		}
	}
	counter := as("counter")
	if body := counter.want(200, "/answers", `action="/answers/I2"`, "答复待定", "不是从本人的邮箱发出的"); strings.Contains(body, "/answers/I1") {
		t.Error("the counter sees an answer about a mass-work-day, which is not theirs")
	}
	if status, _ := counter.post("/answers/I1", "do", "take", "why", "问过"); status != 404 || state("I1").Held == "" {
		t.Errorf("the counter settled an answer about a mass-work-day: %d", status)
	}
	office := as("office")
	office.want(200, "/calendar", `href="/answers"`)
	office.want(200, "/answers", `action="/answers/I1"`, `action="/answers/I2"`, "现在记的是：已答复参加", "邮件服务器没有证明发件人是真的")
	for name, fields := range map[string][]string{"no reason": {"do", "take", "why", " "}, "a long reason": {"do", "drop", "why", strings.Repeat("问", 201)}, "neither": {"why", "问过"}} {
		if status, body := office.post("/answers/I1", fields...); status != 422 || state("I1").Held != "declined" {
			t.Errorf("%s: got %d and %+v\n%.300s", name, status, state("I1"), body)
		}
	}
	if status, body := office.post("/answers/I1", "do", "take", "why", "电话问过本人"); status != 200 || !strings.Contains(body, "已照答复记。") || strings.Contains(body, "/answers/I1") {
		t.Errorf("taken: got %d %.300s", status, body)
	}
	if v := state("I1"); v.PartStat != "declined" || v.Held != "" {
		t.Errorf("taken: got %+v", v)
	}
	if status, body := counter.post("/answers/I2", "do", "drop", "why", "本人说没有回过"); status != 200 || !strings.Contains(body, "已作废") {
		t.Errorf("dropped: got %d %.300s", status, body)
	}
	if v := state("I2"); v.PartStat != "needs-action" || v.Held != "" {
		t.Errorf("dropped: got %+v", v)
	}
	if status, _ := office.post("/answers/I1", "do", "take", "why", "再来"); status != 404 {
		t.Errorf("settled twice: got %d", status)
	}
	// Who did it and how it was found out stand in the audit.
	for _, want := range [][2]string{{"经办人", "电话问过本人"}, {"窗口", "本人说没有回过"}} {
		var n int
		err := town.DB.Writer().QueryRowContext(t.Context(), `SELECT count(*) FROM audit_rows r JOIN audit_writes w ON w.seq = r.write_seq WHERE w.operation = 'invite-settle' AND w.actor = ? AND CAST(r.after AS TEXT) LIKE ?`, want[0], "%"+want[1]+"%").Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("the audit has %d rows of %v, want 1: %v", n, want, err)
		}
	}
}
