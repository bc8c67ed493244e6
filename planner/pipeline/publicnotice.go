package pipeline

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// LateWords say why a notice was published less than two days before. They expose nobody.
var LateWords = map[planner.LateWhy]planner.Text{
	planner.LateDuty:    {ZH: "工作调整", EN: "change of duties"},
	planner.LateUrgent:  {ZH: "临时公务", EN: "urgent official business"},
	planner.LateHoliday: {ZH: "放假安排公布较晚", EN: "the holidays were announced late"},
	planner.LateFirst:   {ZH: "首次启用本公示", EN: "the first notice of this kind"},
}

// PublicNotice 公示 is the schedule of a month with what was published of it, and when. A slot's Change is against what was hung up
// first; before anything is published, against what was laid first.
type PublicNotice struct {
	ScheduleView
	FirstOn  civil.Date   `json:"first_on,omitzero"`  // of the first publication; zero: none yet
	IssuedOn civil.Date   `json:"issued_on,omitzero"` // of the last one
	Turn     int          `json:"turn"`
	Pending  bool         `json:"pending"`       // something differs from the last publication, or nothing is published
	Late     planner.Text `json:"late,omitzero"` // why the last publication was less than two days before
	LateDays []civil.Date `json:"late_days"`     // days that publishing today would announce less than two days before
}

func noticeLine(s SlotView) planner.NoticeLine {
	return planner.NoticeLine{On: s.On, From: s.From, Until: s.Until, Leader: s.Leader, Title: s.Title, Place: s.Place, Scope: s.Portfolio}
}

// lineOn is the line of a day; ok is false if there is none.
func lineOn(ls []planner.NoticeLine, on civil.Date) (l planner.NoticeLine, ok bool) {
	i := slices.IndexFunc(ls, func(l planner.NoticeLine) bool { return l.On == on })
	if i < 0 {
		return l, false
	}
	return ls[i], true
}

// PublicNotice draws the notice of a month (2026-03; empty: the current one). It is open to everybody.
func (a *App) PublicNotice(ctx context.Context, month string) (PublicNotice, error) {
	s, err := a.Schedule(ctx, month)
	if err != nil {
		return PublicNotice{}, err
	}
	v := PublicNotice{ScheduleView: s, LateDays: []civil.Date{}}
	var turns []planner.PublicNotice
	err = a.DB.Read(ctx, planner.System("what was hung up"), func(tx *store.Tx) (err error) {
		turns, err = tx.ReceptionNotices(v.Month)
		return err
	})
	if err != nil {
		return v, err
	}
	var first, last planner.PublicNotice
	if len(turns) > 0 {
		first, last = turns[0], turns[len(turns)-1]
		v.FirstOn, v.IssuedOn, v.Turn, v.Late = first.IssuedOn, last.IssuedOn, last.Turn, LateWords[last.Late]
	}
	var now []planner.NoticeLine
	for i := range v.Slots {
		x := &v.Slots[i]
		if !x.Cancelled {
			now = append(now, noticeLine(*x))
		}
		if v.Turn > 0 {
			x.Change = changeSince(turns, *x)
		}
	}
	// A cancelled day that was never hung up is no news to anybody; one that was, stands among the slots as cancelled.
	v.Slots = slices.DeleteFunc(v.Slots, func(x SlotView) bool {
		_, hung := lineOn(first.Lines, x.On)
		return x.Cancelled && v.Turn > 0 && !hung
	})
	v.Pending = v.Turn == 0 || !slices.EqualFunc(now, last.Lines, planner.NoticeLine.Same)
	soon := a.Today().AddDays(planner.NoticeDays)
	for _, l := range now {
		if was, ok := lineOn(last.Lines, l.On); (!ok || !was.Same(l)) && l.On.Before(soon) {
			v.LateDays = append(v.LateDays, l.On)
		}
	}
	for _, l := range last.Lines {
		if _, stands := lineOn(now, l.On); !stands && l.On.Before(soon) && !l.On.Before(a.Today()) {
			v.LateDays = append(v.LateDays, l.On)
		}
	}
	slices.SortFunc(v.LateDays, civil.Date.Compare)
	return v, nil
}

// changeSince words what differs from the first publication, with the day on which the change was published.
func changeSince(turns []planner.PublicNotice, x SlotView) planner.Text {
	line := noticeLine(x)
	was, hung := lineOn(turns[0].Lines, x.On)
	if hung && was.Same(line) && !x.Cancelled {
		return x.why
	}
	var say planner.Text
	switch {
	case x.Cancelled:
		say = planner.Text{ZH: "原定{旧}接访，因工作调整取消", EN: "{old} was to receive; cancelled for a change of duties"}.Fill("旧", was.Leader, "old", was.Leader)
	case !hung:
		say = planner.Text{ZH: "因工作调整，新增{新}接访", EN: "for a change of duties, {new} receives as well"}.Fill("新", x.Leader, "new", x.Leader)
	case was.Leader != x.Leader:
		say = planner.Text{ZH: "原定{旧}（{旧职}）接访，因工作调整改由{新}（{新职}）接访", EN: "{old} ({oldpost}) was to receive; for a change of duties {new} ({newpost}) receives"}.
			Fill("旧", was.Leader, "旧职", was.Title, "新", x.Leader, "新职", x.Title, "old", was.Leader, "oldpost", was.Title, "new", x.Leader, "newpost", x.Title)
	case was.From != x.From || was.Until != x.Until:
		say = planner.Text{ZH: "原定{旧}，因工作调整改为{新}", EN: "was {old}; for a change of duties {new}"}.
			Fill("旧", lang.Hours(was.From, was.Until), "新", lang.Hours(x.From, x.Until), "old", lang.Hours(was.From, was.Until), "new", lang.Hours(x.From, x.Until))
	case was.Place != x.Place:
		say = planner.Text{ZH: "地点由{旧}改到{新}", EN: "moved from {old} to {new}"}.Fill("旧", was.Place, "新", x.Place, "old", was.Place, "new", x.Place)
	case was.Title != x.Title:
		say = planner.Text{ZH: "{人}职务由{旧}改为{新}", EN: "{name}: was {old}, now {new}"}.Fill("人", x.Leader, "旧", was.Title, "新", x.Title, "name", x.Leader, "old", was.Title, "new", x.Title)
	case was.Scope != x.Portfolio:
		say = planner.Text{ZH: "分管工作由{旧}调整为{新}，因工作调整", EN: "scope: was {old}, now {new}, for a change of duties"}.Fill("旧", was.Scope, "新", x.Portfolio, "old", was.Scope, "new", x.Portfolio)
	default:
		return x.why
	}
	for _, t := range turns[1:] {
		if l, ok := lineOn(t.Lines, x.On); ok && l.Same(line) && !x.Cancelled || !ok && x.Cancelled {
			say.ZH += "（" + lang.DayMonth(lang.ZH, t.IssuedOn) + "公布）"
			say.EN += " (published on " + lang.DayMonth(lang.EN, t.IssuedOn) + ")"
			return say
		}
	}
	say.ZH += "（待公布）"
	say.EN += " (not published yet)"
	return say
}

// SayLate sums up the days that publishing today would announce too late: those gone by, those less than two days away. Runs of days on
// which somebody receives stand as their first and last. Empty if there are none.
func (a *App) SayLate(v PublicNotice) (t planner.Text) {
	var gone, near []civil.Date
	for _, d := range v.LateDays {
		if d.Before(a.Today()) {
			gone = append(gone, d)
		} else {
			near = append(near, d)
		}
	}
	next := map[civil.Date]civil.Date{} // the next day of reception
	for i := range v.Slots[:max(0, len(v.Slots)-1)] {
		next[v.Slots[i].On] = v.Slots[i+1].On
	}
	part := func(days []civil.Date, zh, en string) {
		if len(days) == 0 {
			return
		}
		var runsZH, runsEN []string
		for i := 0; i < len(days); i++ {
			first := i
			for i+1 < len(days) && next[days[i]] == days[i+1] {
				i++
			}
			if i == first+1 { // two are two
				i = first
			}
			z, e := lang.DayMonth(lang.ZH, days[first]), lang.DayMonth(lang.EN, days[first])
			if i > first {
				z, e = z+"至"+lang.DayMonth(lang.ZH, days[i]), e+" to "+lang.DayMonth(lang.EN, days[i])
			}
			runsZH, runsEN = append(runsZH, z), append(runsEN, e)
		}
		part := planner.Text{ZH: strings.Join(runsZH, "、") + zh, EN: strings.Join(runsEN, ", ") + en}.Fill("场", strconv.Itoa(len(days)), "n", strconv.Itoa(len(days)))
		if t.IsZero() {
			t = part
			return
		}
		t = planner.Text{ZH: t.ZH + "，" + part.ZH, EN: t.EN + "; " + part.EN}
	}
	part(gone, "共{场}场已经过去", " ({n} in all): over already")
	part(near, "共{场}场离今天不足两天", " ({n} in all): less than two days away")
	return t
}

// PublishNotice records that the notice of a month is hung up today, as it stands. Planners.
//
// Errors: Invalid if days come less than two days ahead and late does not say why, or nobody receives; Conflict if nothing changed
// since the last publication.
func (a *App) PublishNotice(ctx context.Context, p planner.Principal, month string, late planner.LateWhy) (planner.PublicNotice, error) {
	if err := mustPlan(p); err != nil {
		return planner.PublicNotice{}, err
	}
	v, err := a.PublicNotice(ctx, month)
	if err != nil {
		return planner.PublicNotice{}, err
	}
	n := planner.PublicNotice{ID: planner.PublicNoticeID(a.NewID()), Month: v.Month, Turn: v.Turn + 1, IssuedOn: a.Today()}
	for _, s := range v.Slots {
		if !s.Cancelled {
			n.Lines = append(n.Lines, noticeLine(s))
		}
	}
	switch {
	case len(n.Lines) == 0 && v.Turn == 0:
		return n, planner.Fail(planner.Invalid, v.Month+"还没有排定接访，请先排日历。", "no reception is laid in "+v.Month+"; lay the calendar first")
	case !v.Pending:
		return n, planner.Fail(planner.Conflict, v.Month+"的公示已在"+v.IssuedOn.String()+"公布，此后没有变化。", "the notice of "+v.Month+" was published on "+v.IssuedOn.String()+" and nothing changed since")
	case len(v.LateDays) > 0:
		if _, ok := LateWords[late]; !ok {
			say := a.SayLate(v)
			return n, planner.Fail(planner.Invalid, "公示应至少提前两天；"+say.ZH+"，请选择原因：duty 工作调整、urgent 临时公务、holiday 放假安排公布较晚、first 首次启用。",
				"a notice is published two days before at least; "+say.EN+": choose why it comes late: duty, urgent, holiday or first.")
		}
		n.Late = late
	}
	return n, a.DB.Write(ctx, p, store.Op{Name: "publish-notice", Now: a.Now()}, func(tx *store.Tx) error { return tx.AddReceptionNotice(n) })
}

// NoticeBook is the notice for its workbook.
func (a *App) NoticeBook(v PublicNotice) sheet.NoticeBook {
	b := sheet.NoticeBook{Office: a.Office.Name, Month: v.Month, Hall: v.Hall, Phone: v.Phone, IssuedOn: v.IssuedOn, Provisional: v.Status == planner.StatusTentative}
	if v.Turn == 0 {
		b.State = "未公布稿"
	}
	b.Late = v.Late.ZH
	for _, s := range v.Slots {
		b.Rows = append(b.Rows, sheet.NoticeRow{On: s.On, Weekday: lang.Weekday(lang.ZH, s.On.Weekday()), Hours: lang.Hours(s.From, s.Until), Leader: s.Leader, Title: s.Title, Portfolio: s.Portfolio,
			Place: s.Place, Form: receptionForm(s).ZH, Book: s.BookUntil.In(a.Zone).Format("1月2日 15:04"), Phone: v.Phone, Deputy: s.Deputy, Beside: s.Beside, Change: s.Change.ZH})
	}
	return b
}

// receptionForm is the form of a reception 形式.
func receptionForm(s SlotView) planner.Text {
	if s.Cancelled {
		return planner.Text{ZH: "取消", EN: "cancelled"}
	}
	if !s.Theme.IsZero() {
		return planner.Text{ZH: "定点接访（专题：{题}）", EN: "fixed place (theme: {theme})"}.Fill("题", s.Theme.ZH, "theme", s.Theme.EN)
	}
	return planner.Text{ZH: "定点接访", EN: "fixed place"}
}

// NoticeText is the notice as plain text for the media: every legal field, a paragraph a day.
func (a *App) NoticeText(v PublicNotice, l string) string {
	first, _ := civil.ParseDate(v.Month + "-01")
	var b strings.Builder
	line := func(zh, en string, pairs ...string) {
		b.WriteString(planner.Text{ZH: zh, EN: en}.Fill(pairs...).In(l) + "\n")
	}
	line("{县}{月}领导干部接待群众来访日程公示", "{county}: reception of residents by leaders, {month}", "县", v.County, "月", lang.Month(lang.ZH, first.Year, first.Month), "county", v.County, "month", lang.Month(lang.EN, first.Year, first.Month))
	if v.Status == planner.StatusTentative {
		line("（暂定：国务院办公厅尚未公布当年放假安排）", "(provisional: the year's holidays are not announced yet)")
	}
	if v.Turn == 0 {
		line("（未公布稿）", "(draft, not published)")
	}
	b.WriteString("\n")
	for _, s := range v.Slots {
		book := s.BookUntil.In(a.Zone)
		until := lang.DayMonth(l, civil.DateIn(s.BookUntil, a.Zone)) + " " + book.Format("15:04")
		line("{日}（{周}）{时}　{人}　{职}　接待范围：{管}　地点：{地}　形式：{式}　预约截止：{止}", "{day} ({week}) {hours}  {who}, {post}; scope: {scope}; place: {place}; form: {form}; book until {until}",
			"日", lang.DayMonth(lang.ZH, s.On), "周", lang.Weekday(lang.ZH, s.On.Weekday()), "时", lang.Hours(s.From, s.Until), "人", s.Leader, "职", s.Title, "管", s.Portfolio, "地", s.Place, "式", receptionForm(s).ZH, "止", until,
			"day", lang.DayMonth(lang.EN, s.On), "week", lang.Weekday(lang.EN, s.On.Weekday()), "hours", lang.Hours(s.From, s.Until), "who", s.Leader, "post", s.Title, "scope", s.Portfolio, "place", s.Place, "form", receptionForm(s).EN, "until", until)
		if s.Deputy != "" || s.Beside != "" {
			zh, en := "", ""
			if s.Deputy != "" {
				zh, en = "补位领导："+s.Deputy, "deputy: "+s.Deputy
			}
			if s.Beside != "" {
				zh, en = strings.Trim(zh+"　陪同接访："+s.Beside, "　"), strings.TrimPrefix(en+"; beside the leader: "+s.Beside, "; ")
			}
			line("　　{补}", "  {who}", "补", zh, "who", en)
		}
		if !s.Change.IsZero() {
			line("　　变更及原因：{变}", "  change: {change}", "变", s.Change.ZH, "change", s.Change.EN)
		}
	}
	b.WriteString("\n")
	line("预约：请于接待日前一个工作日17:00前登记；没有预约的当天也可以来，预约的先接待。多人反映同一事项，请推选不超过5名代表。",
		"Booking: by 17:00 on the working day before; you may also simply come, after those who booked. If many bring one matter, choose at most 5 spokespersons.")
	line("咨询、监督电话：{话}", "Telephone: {phone}", "话", v.Phone, "phone", v.Phone)
	if !v.Late.IsZero() {
		line("本次公布不足两天的原因：{因}", "Published less than two days before: {why}", "因", v.Late.ZH, "why", v.Late.EN)
	}
	b.WriteString("\n" + a.Office.Name + "\n")
	if !v.IssuedOn.IsZero() {
		b.WriteString(lang.PlainDate(l, v.IssuedOn) + "\n")
	}
	return b.String()
}

// HallDay is one day on the screen of the hall.
type HallDay struct {
	On   civil.Date `json:"on"`
	Slot *SlotView  `json:"slot,omitempty"` // nil: nobody receives
	Seat struct {   // zero once bookings are closed
		Free  int `json:"free"`
		Seats int `json:"seats"`
	} `json:"seat"`
}

// HallScreen 大厅屏 is today and tomorrow, and the next reception after them if neither has one.
type HallScreen struct {
	Office Office    `json:"-"`
	Days   []HallDay `json:"days"`
	Next   *HallDay  `json:"next,omitempty"`
}

// HallScreen draws the screen of the hall. It is open to everybody.
func (a *App) HallScreen(ctx context.Context) (out HallScreen, err error) {
	today := a.Today()
	out.Office = a.Office
	var slots []SlotView
	for _, month := range []string{today.String()[:7], today.MonthStart().AddDays(31).String()[:7]} {
		v, err := a.PublicNotice(ctx, month)
		if err != nil {
			return out, err
		}
		slots = append(slots, v.Slots...)
	}
	free, err := a.openSlotsAll(ctx, civil.Span{From: today, Until: today.AddDays(bookAheadDays)})
	if err != nil {
		return out, err
	}
	day := func(on civil.Date) (d HallDay) {
		d.On = on
		if i := slices.IndexFunc(slots, func(s SlotView) bool { return s.On == on }); i >= 0 {
			d.Slot = &slots[i]
		}
		if i := slices.IndexFunc(free, func(s OpenSlot) bool { return s.On == on }); i >= 0 && a.Now().Before(free[i].BookUntil) {
			d.Seat.Free, d.Seat.Seats = free[i].Free, free[i].Seats
		}
		return d
	}
	out.Days = []HallDay{day(today), day(today.AddDays(1))}
	if out.Days[1].Slot == nil {
		if i := slices.IndexFunc(slots, func(s SlotView) bool { return s.On.After(today) && !s.Cancelled }); i >= 0 {
			next := day(slots[i].On)
			out.Next = &next
		}
	}
	return out, nil
}
