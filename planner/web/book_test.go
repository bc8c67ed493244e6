package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

var litSlot = pipeline.OpenSlot{On: day("2026-03-04"), From: 510, Until: 690, Leader: "丙某某", Title: "副市长", Portfolio: []string{"教育", "卫生"}, Place: "义马市群众来访接待中心", Free: 4, Seats: 6}

func litBook() bookPage {
	other := litSlot
	other.On, other.Free = day("2026-03-11"), 1
	return bookPage{BookSlots: pipeline.BookSlots{Subjects: []string{"教育", "卫生", "综合"}, Slots: []pipeline.OpenSlot{litSlot, other}}, Subject: "教育", Open: []pipeline.OpenSlot{litSlot, other},
		Wish: pipeline.BookWish{On: day("2026-03-04"), Persons: 2, Stands: "new", Words: "就近入学", Name: "王"}, Offers: []pipeline.OpenSlot{other}, Message: "2026-03-05的预约席位已满。"}
}

func litCounter() counterPage {
	return counterPage{Past: true, Now: true, Counter: pipeline.Counter{On: day("2026-03-04"), Prev: day("2026-03-03"), Next: day("2026-03-05"), Slot: &litSlot, Subjects: litSlot.Portfolio, Batches: 1, Persons: 3,
		Booked: []pipeline.CounterAppointment{{ID: "A1", Seat: 1, About: 510, State: planner.AppointmentReceived, Subject: "教育", Persons: 3, Name: "王某某", Words: "就近入学", Matter: "M1", Number: "2026-0001"},
			{ID: "A2", Seat: 2, About: 540, State: planner.AppointmentBooked, Subject: "卫生", Persons: 1, Contact: "0398-0000001"}},
		WalkIns: []planner.WalkIn{{ID: "W1", Number: 1, State: planner.WalkInReceived, Subject: "教育", Persons: 1}, {ID: "W2", Number: 2, State: planner.WalkInWaiting, Persons: 4}}}}
}

func TestAnybodyBooksMovesAndCancelsWithoutAccount(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	visit := func() visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return visitor{t, srv.URL, &http.Client{Jar: jar}}
	}
	home, office := visit(), visit()
	home.want(200, "/book", "预约领导接访", "教育")
	page := home.want(200, "/book?subject=教育", "选一个接待日", "副市长", "余6席")
	days := regexp.MustCompile(`name="on" value="([0-9-]{10})"`).FindAllStringSubmatch(page, -1)
	if len(days) < 3 {
		t.Fatalf("got %d days, want three or more", len(days))
	}
	first, second := days[1][1], days[2][1]
	fill := []string{"subject", "教育", "on", first, "persons", "2", "stands", "new", "name", "王小明", "contact", "19900000001", "words", "就近入学"}
	if status, body := home.post("/book", append(fill, "persons", "9")...); status != 422 || !strings.Contains(body, "不超过5人") || !strings.Contains(body, "就近入学") {
		t.Errorf("nine people: got %d, want 422 in words with what was written", status)
	}
	status, body := home.post("/book", fill...)
	code := regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}`).FindString(body)
	if status != 200 || code == "" || !strings.Contains(body, "第1号") {
		t.Fatalf("got status %d, code %q, want number 1 and a code", status, code)
	}
	if status, body := home.post("/book/mine", "code", "AAAA-BBBB-CCCC-DDDD"); status != 404 || !strings.Contains(body, "没有这个预约码") {
		t.Errorf("a wrong code: got %d, want 404 in words", status)
	}
	if status, body := home.post("/book/mine", "code", code, "do", "move", "on", second); status != 200 || !strings.Contains(body, "已改期") {
		t.Errorf("move: got %d, want it moved", status)
	}
	office.post("/sign-in", "login", "office", "password", townPassword, "next", "/")
	office.want(200, "/counter?day="+second, "王某某", "就近入学")
	if _, body := office.get("/counter?day=" + second); strings.Contains(body, "王小明") {
		t.Error("the counter shows a full name")
	}
	home.want(200, "/reception?month="+second[:7], "领导干部接待群众来访日程公示")
	if status, _ := home.get("/api/counter"); status == 200 {
		t.Error("a visitor reads the counter's list")
	}
	if status, body := home.post("/book/mine", "code", code, "do", "cancel"); status != 200 || !strings.Contains(body, "已取消") {
		t.Errorf("cancel: got %d, want it cancelled", status)
	}
	if status, body := home.post("/book/mine", "code", code, "do", "cancel"); status != 422 || !strings.Contains(body, "已经取消") {
		t.Errorf("cancelled twice: got %d, want 422 in words", status)
	}
	ask := func(do string, v any, into any) int {
		t.Helper()
		b, _ := json.Marshal(v)
		resp, err := http.Post(srv.URL+"/api/book/"+do, "application/json", bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatalf("%s: %v", do, err)
		}
		return resp.StatusCode
	}
	var made, look pipeline.Booking
	if status := ask("make", map[string]any{"on": first, "subject": "教育", "stands": "new"}, &made); status != 200 || made.Code == "" {
		t.Errorf("api: got %d, %+v, want an appointment", status, made)
	}
	if status := ask("look", map[string]any{"code": made.Code}, &look); status != 200 || look.Seat != made.Seat || look.Code != "" {
		t.Errorf("api: got %d, %+v, want it again without its code", status, look)
	}
	for range 5 {
		ask("make", map[string]any{"on": first, "subject": "教育", "stands": "new"}, &made)
	}
	var full struct{ Offers []pipeline.OpenSlot }
	if status := ask("make", map[string]any{"on": first, "subject": "教育", "stands": "new"}, &full); status != 409 || len(full.Offers) != 3 {
		t.Errorf("the seventh: got %d with %d offers, want 409 with three", status, len(full.Offers))
	}
	if status, body := home.post("/book", fill...); status != 409 || !strings.Contains(body, "离得最近") {
		t.Errorf("the seventh on the page: got %d, want 409 with offers", status)
	}
}

func TestTheCounterReceivesBookedAndOthers(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	open, err := town.BookSlots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slot := open.Slots[0]
	if _, err := town.Book(t.Context(), pipeline.BookWish{On: slot.On, Subject: pipeline.GeneralSubject, Stands: "new", Words: "楼道灯不亮"}); err != nil && !slot.Head {
		if _, err = town.Book(t.Context(), pipeline.BookWish{On: slot.On, Subject: slot.Portfolio[0], Stands: "new", Words: "楼道灯不亮"}); err != nil {
			t.Fatal(err)
		}
	}
	now := slot.On.At(9*60, shanghai)
	town.Now = func() time.Time { return now }
	jar, _ := cookiejar.New(nil)
	office := visitor{t, srv.URL, &http.Client{Jar: jar}}
	office.post("/sign-in", "login", "office", "password", townPassword, "next", "/")
	page := office.want(200, "/counter", "楼道灯不亮", "匿名", "取号")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	if id == nil {
		t.Fatal("got no appointment to act on")
	}
	on := slot.On.String()
	if _, body := office.post("/counter", "on", on, "do", "walk-in", "persons", "4"); !strings.Contains(body, "现场1号") {
		t.Error("got no number for who just came")
	}
	if status, body := office.post("/counter", "on", on, "do", "matter", "id", id[1]); status != 200 || !strings.Contains(body, "楼道灯不亮") || !strings.Contains(body, "2026-0001") {
		t.Errorf("got %d, want the slip of the new matter", status)
	}
	office.want(200, "/counter", "2026-0001", "已接待1批1人")
}
