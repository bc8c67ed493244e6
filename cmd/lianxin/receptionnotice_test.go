package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// leadersPhone is in the roster and must never leave the house.
const leadersPhone = "13912345678"

// hallTown is the small town with four leaders more, a published plan and a laid year, at nine o'clock of a day.
func hallTown(p *program) {
	p.t.Helper()
	smallTown(p)
	keys, err := store.LoadKeyring(filepath.Join(p.dir, "lianxin.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	db, err := store.Open(p.t.Context(), store.Options{URL: "sqlite:" + filepath.Join(p.dir, "lianxin.db"), Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		p.t.Fatal(err)
	}
	var leaders []planner.Cadre
	for i, c := range [][3]string{{"L1", "市委书记", "综合"}, {"L2", "副市长", "教育"}, {"L3", "副市长", "水利"}, {"L4", "政协副主席", "民政"}} {
		leaders = append(leaders, planner.Cadre{ID: planner.CadreID("id-" + c[0]), Code: c[0], Name: []string{"乙甲", "乙乙", "乙丙", "乙丁"}[i], Title: c[1], Portfolio: []string{c[2]}, Unit: "u1", Rank: planner.RankLeader, Head: i == 0, Active: true})
	}
	leaders[1].Mobile = leadersPhone
	err = db.Write(p.t.Context(), planner.System("test"), store.Op{Name: "test", Now: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}, func(tx *store.Tx) error {
		return tx.PutCadres(leaders)
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.at("2026-01-05T09:00")
	p.run("plan", "--period", "2026")
	p.run("publish", "--period", "2026", "--force")
	p.run("calendar", "--year", "2026")
}

// at sets the clock.
func (p *program) at(now string) { p.env = append(p.env, "LIANXIN_NOW="+now) }

// refused runs what must end with exit code 3 and a sentence.
func (p *program) refused(say string, args ...string) {
	p.t.Helper()
	if out, errs, code := p.try(args...); code != 3 || !strings.Contains(errs, say) {
		p.t.Errorf("%s: got exit code %d, %q and %q; want 3 and %s", strings.Join(args, " "), code, out, errs, say)
	}
}

// said is run with what is told beside the output.
func (p *program) said(args ...string) string {
	p.t.Helper()
	out, errs, code := p.try(args...)
	if code != 0 {
		p.t.Fatalf("lianxin %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out + errs
}

// slot is a reception as the command prints it.
type slot struct {
	On     civil.Date `json:"on"`
	Leader string     `json:"leader"`
}

// receptions are those of a month.
func (p *program) receptions(month string) []slot {
	p.t.Helper()
	var v struct {
		Slots []slot `json:"slots"`
	}
	if err := json.Unmarshal([]byte(p.run("reception", "list", "--month", month, "--json")), &v); err != nil {
		p.t.Fatal(err)
	}
	return v.Slots
}

var anyMobile = regexp.MustCompile(`1[3-9]\d{9}`)

// From the laid year to the poster on the wall, over the command line alone: the pre-flight of two days, the fields that the rules
// ask for, a swap that shows old and new with the public reason, in text and on one page of A4; nobody's own phone.
func TestTheNoticeOfAMonthFromTheCommandLine(t *testing.T) {
	p := newProgram(t, "", "LIANXIN_SEED=0").start()
	hallTown(p)
	if out := p.said("reception", "publish", "--month", "2026-02", "--check"); !strings.Contains(out, "可以公布") {
		t.Errorf("got %q of a month that is far off, want it ready", out)
	}
	p.refused("两天", "reception", "publish", "--month", "2026-01")
	if out := p.said("reception", "publish", "--month", "2026-01", "--late", "first"); !strings.Contains(out, "第1次") {
		t.Errorf("got %q, want the first turn", out)
	}
	if text := p.run("reception", "notice", "--month", "2026-01"); !strings.Contains(text, "首次启用本公示") {
		t.Errorf("the notice does not say why it came less than two days before:\n%.400s", text)
	}
	p.run("reception", "publish", "--month", "2026-02")
	text := p.run("reception", "notice", "--month", "2026-02")
	month := p.receptions("2026-02")
	for _, want := range []string{"2月2日", "周一", "8:30", "副市长", "教育", "水利", "政协副主席", "定点接访", "预约", "17:00"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text for the media lacks %q:\n%.900s", want, text)
		}
	}
	give := month[len(month)-3]
	with := "L2"
	if p.leaderCode(give.Leader) == with {
		with = "L3"
	}
	asked := p.run("reception", "swap", "ask", give.On.String(), with, "--reason", "家人住院")
	id := strings.TrimSpace(asked[strings.LastIndex(asked, "ID:")+3:])
	p.run("reception", "swap", "accept", id)
	p.run("reception", "swap", "approve", id)
	if out := p.said("reception", "publish", "--month", "2026-02"); !strings.Contains(out, "第2次") {
		t.Errorf("got %q, want the second turn", out)
	}
	p.run("reception", "notice", "--month", "2026-02", "--format", "pdf", "-o", "公示.pdf")
	for name, text := range map[string]string{"text": p.run("reception", "notice", "--month", "2026-02"), "poster": p.pdfText("公示.pdf", 1)} {
		flat := strings.Join(strings.Fields(text), "")
		if !strings.Contains(flat, "原定"+give.Leader) || !strings.Contains(flat, "因工作调整改由") {
			t.Errorf("the %s does not show who was to receive and who does:\n%.900s", name, text)
		}
		if m := anyMobile.FindString(text); m != "" || strings.Contains(text, "住院") {
			t.Errorf("the %s holds %q or the private reason", name, m)
		}
	}
	poster := strings.Join(strings.Fields(p.pdfText("公示.pdf", 1)), "")
	for _, want := range []string{"日期", "星期", "时间", "接待领导", "职务", "分管工作", "形式", "预约", "地点", "电话", "2026年2月"} {
		if !strings.Contains(poster, want) {
			t.Errorf("the poster lacks %q:\n%.600s", want, poster)
		}
	}
}

// A village's year stays on one page of A4 even in an office that goes out every Wednesday, and a township's has a page for each village.
func TestAVillagesYearPrintsOnOnePageFromTheCommandLine(t *testing.T) {
	p := newProgram(t, "", "LIANXIN_SEED=0").start()
	hallTown(p)
	p.run("local", "add", "411281001001", "market", "lunar:3,6,9", "--name", "示范集")
	p.run("calendar", "--year", "2026", "--preset", "mengjin")
	p.run("calendar", "village", "411281001", "--year", "2026", "--format", "pdf", "-o", "村.pdf")
	text := p.pdfText("村.pdf", 1)
	for _, want := range []string{"示范社区", "帮扶走访日", "示范集", "农历逢三、六、九", "逢集"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%.1500s", want, text)
		}
	}
	if m := anyMobile.FindString(text); m != "" || strings.Contains(text, "乙乙") || strings.Contains(text, "甲1") {
		t.Errorf("the page names a person or holds %q", m)
	}
	p.refused("没有代码", "calendar", "village", "999999999999")
}

// leaderCode is the code of a leader's name.
func (p *program) leaderCode(name string) string {
	return map[string]string{"乙甲": "L1", "乙乙": "L2", "乙丙": "L3", "乙丁": "L4"}[name]
}

// pdfText is what a PDF of so many pages of A4 says.
func (p *program) pdfText(name string, pages int) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if _, err := os.Stat(path); err != nil {
		p.t.Fatal(err)
	}
	info, err := exec.Command("pdfinfo", path).Output()
	if err != nil {
		p.t.Fatalf("pdfinfo (Debian package poppler-utils): %v", err)
	}
	if got := regexp.MustCompile(`Pages:\s+(\d+)`).FindSubmatch(info); got == nil || string(got[1]) != strings.TrimSpace(string(rune('0'+pages))) || !strings.Contains(string(info), "A4") {
		p.t.Errorf("%s: want %d pages of A4, got\n%s", name, pages, info)
	}
	text, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// Booking over the command line: only what a leader is in charge of, five people at most, until 17:00 of the working day before;
// four reasons to refuse; the counter's list is masked; a code moves and cancels.
func TestAppointmentsFromTheCommandLine(t *testing.T) {
	p := newProgram(t, "", "LIANXIN_SEED=0").start()
	hallTown(p)
	p.run("reception", "publish", "--month", "2026-01", "--late", "first")
	var days []slot
	for _, s := range p.receptions("2026-01") {
		if s.Leader == "乙乙" && s.On.After(civil.MustDate("2026-01-06")) {
			days = append(days, s)
		}
	}
	if len(days) < 2 {
		t.Fatalf("got %d days of the leader for education", len(days))
	}
	on, next := days[0].On.String(), days[1].On.String()
	if out := p.said("book", "slots"); !strings.Contains(out, on) || !strings.Contains(out, "教育") {
		t.Errorf("got %s, want the day and its scope", out)
	}
	p.refused("5", "book", "make", on, "教育", "--persons", "6")
	p.refused("分管", "book", "make", on, "水利")
	p.refused("请写成2026-01-05", "book", "make", "tomorrow", "教育")
	made := p.run("book", "make", on, "教育", "--name", "张三丰", "--contact", leadersPhone, "--words", "划片入学")
	code := strings.TrimSpace(made[strings.LastIndex(made, "code:")+5:])
	list := p.run("book", "list", on)
	if !strings.Contains(list, "张某某") || strings.Contains(list, "三丰") || anyMobile.MatchString(list) {
		t.Errorf("got the counter's list %s, want it masked and without a phone", list)
	}
	var counter struct {
		Booked []struct {
			ID    string `json:"id"`
			State string `json:"state"`
		} `json:"booked"`
	}
	read := func() string {
		t.Helper()
		if err := json.Unmarshal([]byte(p.run("book", "list", on, "--json")), &counter); err != nil || len(counter.Booked) == 0 {
			t.Fatalf("got %+v, %v", counter, err)
		}
		return counter.Booked[0].State
	}
	read()
	if out := p.said("book", "accept", on, counter.Booked[0].ID); !strings.Contains(out, "已同意") || read() != "confirmed" {
		t.Errorf("got %q and the state %s, want it confirmed", out, read())
	}
	if out := p.said("book", "move", code, next); !strings.Contains(out, next) {
		t.Errorf("got %q, want it moved to %s", out, next)
	}
	p.run("book", "cancel", code)
	second := p.run("book", "make", next, "教育")
	if !strings.Contains(second, "第1号") {
		t.Errorf("got %q, want the freed seat", second)
	}
	on = next
	read()
	if out := p.said("book", "refuse", on, counter.Booked[len(counter.Booked)-1].ID, "--why", "process"); !strings.Contains(out, "正在办理") {
		t.Errorf("got %q, want the sentence that the holder reads", out)
	}
	if _, errs, code := p.try("book", "refuse", on, counter.Booked[0].ID, "--why", "rude"); code != 2 || !strings.Contains(errs, "scope") {
		t.Errorf("a fifth reason: got exit code %d and %q, want 2 and the four", code, errs)
	}
	eve := civil.MustDate(next).AddDays(-1)
	for eve.Weekend() {
		eve = eve.AddDays(-1)
	}
	p.at(eve.String() + "T17:01")
	p.refused("截止", "book", "make", next, "教育")
	if out := p.said("book", "walk-in", "2", "--subject", "教育"); !strings.Contains(out, "1") {
		t.Errorf("got %q, want the day's first number", out)
	}
}
