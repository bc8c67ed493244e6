package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// LedgerWish chooses a ledger and what of it. Empty fields choose all; a zero span is this quarter.
type LedgerWish struct {
	Name string
	Span civil.Span
	Area planner.AreaCode // village, township or county
}

// LedgerPage is a ledger with how much typing it spared.
type LedgerPage struct {
	sheet.Ledger
	From  civil.Date `json:"from"`
	Until civil.Date `json:"until"` // exclusive
	Saved Saved      `json:"saved"`
}

// Saved 少填的表 says how many visits were typed in and how many lines of forms came of them. It counts forms, never people.
type Saved struct {
	Visits int `json:"visits"` // visits with a record
	Lines  int `json:"lines"`  // lines of ledgers that were made of these
	Most   int `json:"most"`   // most forms that one of them went into
}

// ledgerDef is one ledger: its columns, and how its rows are made.
type ledgerDef struct {
	name    string
	title   planner.Text
	columns []sheet.LedgerColumn
	rows    func(*ledgerData, *sheet.Ledger) error
}

// col is a column with a width in characters.
func col(key, zh, en string, width float64) sheet.LedgerColumn {
	return sheet.LedgerColumn{Key: key, Head: planner.Text{ZH: zh, EN: en}, Width: width}
}

// signed is a column to be filled in by hand.
func signed(key, zh, en string, width float64) sheet.LedgerColumn {
	c := col(key, zh, en, width)
	c.Fill = true
	return c
}

// ledgerDefs are the ledgers in the order of the page. Their columns are those of the offices' own forms (domain.md §3) less what
// must not be kept: no address, ID number, age or sex, no place or photo, no essay.
var ledgerDefs = []ledgerDef{
	{"diary", planner.Text{ZH: "民情日记", EN: "Diary of visits"}, []sheet.LedgerColumn{
		col("date", "日期", "day", 13), col("cadre", "联系干部", "cadre", 11), col("unit", "单位", "unit", 18), col("code", "户编号", "household", 15), col("head", "户主（隐名）", "head", 11), col("place", "村（社区）、组", "place", 20),
		col("purpose", "走访内容（四员）", "purpose", 26), col("wants", "困难、诉求、建议", "wants", 34), col("promise", "答应的事和期限", "promises", 26)}, (*ledgerData).diary},
	{"visits", planner.Text{ZH: "走访台账", EN: "Ledger of visits"}, []sheet.LedgerColumn{
		col("no", "序号", "no.", 6), col("date", "日期", "day", 13), col("place", "村（社区）、组", "place", 20), col("code", "户编号", "household", 15), col("head", "户主（隐名）", "head", 11), col("cadre", "走访干部", "cadre", 11), col("unit", "单位", "unit", 18),
		col("with", "替访、同行", "instead of, with", 12), col("result", "结果", "outcome", 10), col("policy", "讲政策", "policy", 18), col("opinions", "听意见", "opinions", 18), col("mediation", "解矛盾", "mediation", 16), col("errands", "办实事", "errands", 16)}, (*ledgerData).visitRows},
	{"work", planner.Text{ZH: "工作台账（季度）", EN: "Quarterly work ledger"}, []sheet.LedgerColumn{
		col("year", "年度", "year", 8), col("quarter", "季度", "quarter", 8), col("cadre", "帮扶人", "cadre", 12), col("unit", "单位", "unit", 22), col("date", "入户时间", "day", 14), col("work", "工作开展情况", "work done", 90)}, (*ledgerData).work},
	{"problems", planner.Text{ZH: "问题台账", EN: "Ledger of issues"}, []sheet.LedgerColumn{
		col("no", "序号", "no.", 6), col("source", "来源", "source", 10), col("topic", "事项类别", "topic", 12), col("what", "事项", "matter", 30), col("place", "村（社区）", "place", 16), col("unit", "承办单位", "unit", 18), col("owner", "责任人", "officer", 10),
		col("assigned", "交办日", "assigned", 13), col("due", "时限", "due", 13), col("state", "状态", "state", 10), col("answered", "答复日", "answered", 13), col("asked", "回访日", "asked", 13), col("opinion", "满意度", "satisfaction", 10)}, (*ledgerData).problems},
	{"receptions", planner.Text{ZH: "接访台账", EN: "Ledger of receptions"}, []sheet.LedgerColumn{
		col("date", "日期", "day", 13), col("receiver", "接待人", "receiver", 11), col("post", "职务", "post", 16), col("name", "姓名（隐名）", "name", 11), col("persons", "来访人数", "persons", 9), col("kind", "个访/集体访", "single/group", 11), col("title", "主要问题", "matter", 34),
		col("place", "发生地", "place", 16), col("steps", "接待处理情况", "handling", 26), col("unit", "责任单位", "unit", 18), col("outcome", "办理结果", "outcome", 16)}, (*ledgerData).receptions},
	{"register", planner.Text{ZH: "来访登记表", EN: "Register of visitors"}, []sheet.LedgerColumn{
		col("number", "编号", "number", 12), col("national", "国家信访信息系统编号", "national number", 22), col("date", "日期", "day", 13), col("name", "姓名（隐名或匿名）", "name", 14), col("persons", "来访人数", "persons", 9), col("kind", "个访/集体访", "single/group", 11),
		col("speakers", "代表人数", "representatives", 9), col("title", "事由", "matter", 34), col("topic", "类别", "topic", 12), col("receiver", "接待人", "receiver", 11), col("reply", "答复日", "answered", 13)}, (*ledgerData).register},
	{"orders", planner.Text{ZH: "交办督办单", EN: "Orders and supervision"}, []sheet.LedgerColumn{
		col("source", "来源", "source", 9), col("date", "信访时间", "received", 13), col("title", "标题", "title", 26), col("number", "收文编号", "number", 18), col("what", "交办/督办", "order", 10), col("unit", "承办单位", "unit", 16), col("from", "交办人", "by", 10), col("state", "状态", "state", 9),
		col("given", "收文时间", "given", 13), col("object", "异议截止", "object by", 13), col("due", "规定回复时间", "due", 13), col("answered", "实际回复时间", "answered", 13), col("remind", "提醒时间", "reminder", 13), col("extended", "延期原因、告知日", "extension", 24)}, (*ledgerData).orders},
	{"leads", planner.Text{ZH: "包案台账", EN: "Ledger of case leads"}, []sheet.LedgerColumn{
		col("number", "编号", "number", 12), col("title", "事项", "matter", 28), col("unit", "责任单位", "unit", 18), col("leader", "包案领导", "leader", 11), col("post", "职务", "post", 16), col("plan", "方案", "plan", 34), col("due", "时限", "due", 13), col("progress", "进展", "progress", 26),
		col("extended", "延期批准", "extension", 13), col("closed", "办结", "closed", 13), col("filed", "归档", "filed", 13)}, (*ledgerData).leads},
	{"followups", planner.Text{ZH: "回访表", EN: "Follow-up sheet"}, []sheet.LedgerColumn{
		col("number", "编号", "number", 12), col("title", "事项", "matter", 34), col("closed", "办结日", "closed", 13), col("date", "回访日", "asked", 13), col("way", "回访方式", "way", 14), col("solved", "是否解决", "solved", 14), col("opinion", "满意度", "satisfaction", 12), col("again", "重办", "again", 16),
		signed("new", "新诉求", "new wish", 20), signed("meet", "是否再约", "another day", 12)}, (*ledgerData).followups},
	{"cards", planner.Text{ZH: "联系卡", EN: "Contact cards"}, []sheet.LedgerColumn{
		col("code", "户编号", "household", 15), col("place", "村（社区）、组", "place", 20), col("cadre", "联系干部", "cadre", 11), col("unit", "单位", "unit", 18), col("post", "职务", "post", 12), col("phone", "办公电话", "office phone", 15), col("help", "能帮的事", "can help with", 20), col("next", "下次走访", "next visit", 13),
		col("watch", "监督电话", "complaints", 15), col("rights", "您的权利", "your rights", 40)}, (*ledgerData).cards},
}

// Ledgers lists the ledgers there are, without rows.
func Ledgers() []sheet.Ledger {
	out := make([]sheet.Ledger, len(ledgerDefs))
	for i, d := range ledgerDefs {
		out[i] = d.empty()
	}
	return out
}

func (d ledgerDef) empty() sheet.Ledger {
	return sheet.Ledger{Name: d.name, Title: d.title, Columns: slices.Clone(d.columns), Rows: [][]string{}}
}

// quarterOf is the quarter of a day.
func quarterOf(d civil.Date) civil.Span {
	m := (d.Month-1)/3*3 + 1
	from := civil.Of(d.Year, m, 1)
	if m == 10 {
		return civil.Span{From: from, Until: civil.Of(d.Year+1, 1, 1)}
	}
	return civil.Span{From: from, Until: civil.Of(d.Year, m+3, 1)}
}

func ledgerSetting(name string) string { return "ledger." + name }

// Ledger makes a ledger of what p may see, in the office's layout.
//
// Errors: Forbidden to visitors, NotFound for an unknown ledger, Invalid for a span that ends before it begins.
func (a *App) Ledger(ctx context.Context, p planner.Principal, w LedgerWish) (out LedgerPage, err error) {
	if !p.Signed() {
		return out, mustSignIn()
	}
	at := slices.IndexFunc(ledgerDefs, func(d ledgerDef) bool { return d.name == w.Name })
	if at < 0 {
		return out, planner.Fail(planner.NotFound, "没有台账“"+w.Name+"”。", "there is no ledger "+w.Name+".")
	}
	if q := quarterOf(a.Today()); w.Span.From.IsZero() && w.Span.Until.IsZero() {
		w.Span = q
	}
	switch {
	case w.Span.From.IsZero():
		w.Span.From = civil.Of(w.Span.Until.Year, 1, 1)
	case w.Span.Until.IsZero():
		w.Span.Until = a.Today().AddDays(1)
	}
	if !w.Span.From.Before(w.Span.Until) {
		return out, planner.Fail(planner.Invalid, "结束日期要在开始日期之后。", "the end must come after the beginning.")
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return out, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		d := &ledgerData{tx: tx, app: a, w: w, words: words, today: a.Today()}
		out = LedgerPage{Ledger: ledgerDefs[at].empty(), From: w.Span.From, Until: w.Span.Until}
		out.Office, out.Span, out.MadeOn = a.Office.Name, w.Span, d.today
		if err := d.read(); err != nil {
			return err
		}
		if err := ledgerDefs[at].rows(d, &out.Ledger); err != nil {
			return err
		}
		out.Saved = d.saved()
		lay, err := layoutOf(tx, w.Name)
		if err == nil && lay.Ledger != "" {
			out.Ledger = lay.Lay(out.Ledger)
		}
		return err
	})
	return out, err
}

func layoutOf(tx *store.Tx, name string) (l sheet.LedgerLayout, err error) {
	s, err := tx.Setting(ledgerSetting(name))
	if err != nil || s == "" {
		return l, err
	}
	return l, json.Unmarshal([]byte(s), &l)
}

// SetLedgerLayout takes the layout of a ledger from a file and keeps it for everybody. Planners only. Invalid as
// [sheet.ReadLedgerLayout] has it; nothing is kept then.
func (a *App) SetLedgerLayout(ctx context.Context, p planner.Principal, file string, b []byte) (l sheet.LedgerLayout, err error) {
	if err := mustPlan(p); err != nil {
		return l, err
	}
	if l, err = sheet.ReadLedgerLayout(file, b, Ledgers()); err != nil {
		return l, err
	}
	text, err := json.Marshal(l)
	if err != nil {
		return l, err
	}
	return l, a.putLayout(ctx, p, l.Ledger, string(text))
}

// DropLedgerLayout goes back to the columns that the program brings.
func (a *App) DropLedgerLayout(ctx context.Context, p planner.Principal, name string) error {
	if err := mustPlan(p); err != nil {
		return err
	}
	return a.putLayout(ctx, p, name, "")
}

func (a *App) putLayout(ctx context.Context, p planner.Principal, name, text string) error {
	return a.DB.Write(ctx, p, store.Op{Name: "ledger-layout", Now: a.Now()}, func(tx *store.Tx) error {
		return tx.PutSetting(ledgerSetting(name), text)
	})
}
