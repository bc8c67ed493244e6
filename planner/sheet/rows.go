package sheet

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

// capacityMost is the most households one cadre may be given by the sheet; presets of real counties lie between 1 and
// 30 (domain.md §2: 1:1, 5-4-3-2-1, flat 15, flat 30), 寿昌 had 171 a head and called it unworkable.
const capacityMost = 60

// perYearMost is monthly, the most that any source asks for.
const perYearMost = 12

// parsers read one row of each kind. A row whose code is readable stays in the batch even if another cell is not, so
// that one fault does not make others.
var parsers = map[Kind]func(*parser){
	Areas: func(p *parser) {
		r := AreaRow{Place: p.row(), Code: p.area(0), Name: CleanName(p.text(1)), Level: choose(p, 2, levels), Parent: ""}
		if parent := p.code(3); parent != "" && r.Level != planner.LevelCounty && p.isArea(3, parent) {
			r.Parent = planner.AreaCode(parent)
		}
		for i := range r.Days {
			r.Days[i] = p.text(4 + i)
		}
		want := map[planner.AreaLevel]int{planner.LevelCounty: 6, planner.LevelTownship: 9, planner.LevelVillage: 12, planner.LevelGroup: 15}[r.Level]
		switch {
		case r.Code == "":
			return
		case want > 0 && len(r.Code) != want:
			p.stop(2, "level-code", "级别“"+wordOf(levels, r.Level)+"”与代码“"+string(r.Code)+"”的位数不符，请核对。",
				"the level "+wordOf(levels, r.Level)+" does not fit the length of the code "+string(r.Code)+"; check both.")
		case r.Parent != "" && (r.Parent == r.Code || !r.Code.Within(r.Parent)):
			p.stop(3, "level-code", "代码“"+string(r.Code)+"”不在上级“"+string(r.Parent)+"”之下，请核对。",
				"the code "+string(r.Code)+" does not lie below its parent "+string(r.Parent)+"; check both.")
			r.Parent = ""
		}
		p.r.batch.Areas = append(p.r.batch.Areas, r)
	},
	Units: func(p *parser) {
		r := UnitRow{Place: p.row(), Code: p.code(0), Name: CleanName(p.text(1)), Network: choose(p, 2, networks), Area: p.area(3), Parent: p.code(4)}
		for _, v := range p.list(5) {
			if p.isArea(5, v, 12) {
				r.Villages = append(r.Villages, planner.AreaCode(v))
			}
		}
		if r.Code != "" {
			p.r.batch.Units = append(p.r.batch.Units, r)
		}
	},
	Cadres: func(p *parser) {
		r := CadreRow{Place: p.row(), Code: p.code(0), Name: CleanName(p.text(1)), Unit: p.code(2), Title: CleanName(p.text(3)),
			Head: choose(p, 5, yesNo), Portfolio: p.list(6), Skills: p.needs(7), OfficePhone: p.contact(8, phoneRE, "电话号码", "a phone number"),
			Mobile: p.contact(9, mobileRE, "11位手机号", "a mobile number of 11 digits"), Mail: p.contact(10, mailRE, "邮箱地址", "a mail address"),
			NativeVillage: p.area(11, 12), Capacity: p.number(12, 1, capacityMost)}
		post := choose(p, 4, posts)
		r.Rank, r.Grade = post.rank, post.grade
		if r.OfficePhone == "-" { // not encrypted, so an empty cell is enough to delete it
			r.OfficePhone = ""
		}
		if r.Head && r.Rank != "" && r.Rank != planner.RankLeader {
			p.stop(5, "head-rank", "主要负责人应为市级领导，这里的职级是“"+wordOf(ranks, r.Rank)+"”。请核对两列。",
				"a head must be of rank 市级领导; here it is "+wordOf(ranks, r.Rank)+". Check both columns.")
			r.Head = false
		}
		if r.Code != "" {
			p.r.batch.Cadres = append(p.r.batch.Cadres, r)
		}
	},
	Leaves: func(p *parser) {
		r := LeaveRow{Place: p.row(), Cadre: p.code(0), Span: civil.Span{From: p.date(1)}, Reason: p.text(3)}
		last := p.date(2)
		if last.IsZero() && p.line.has(p.at[2]) {
			return // unreadable: an open end would be a guess
		}
		if !last.IsZero() {
			r.Span.Until = last.AddDays(1)
		}
		if !last.IsZero() && !r.Span.From.IsZero() && last.Before(r.Span.From) {
			p.stop(2, "date-order", "结束日期"+last.String()+"早于开始日期"+r.Span.From.String()+"，请核对。",
				"the last day "+last.String()+" lies before the first day "+r.Span.From.String()+"; check both.")
			return
		}
		if r.Cadre != "" && !r.Span.From.IsZero() {
			p.r.batch.Leaves = append(p.r.batch.Leaves, r)
		}
	},
	Recusals: func(p *parser) {
		r := RecusalRow{Place: p.row(), Cadre: p.code(0), Household: p.code(1), Village: p.area(2, 12), Mode: choose(p, 3, recusalKinds)}
		if (r.Household == "") == (r.Village == "") && !p.line.has(p.at[2]) || r.Household != "" && r.Village != "" {
			p.stop(1, "one-of-two", "“户编号”和“村代码”应当填一项，也只填一项。", "fill in either 户编号 or 村代码, and only one of them.")
			return
		}
		if r.Cadre != "" && r.Household+string(r.Village) != "" {
			p.r.batch.Recusals = append(p.r.batch.Recusals, r)
		}
	},
	Households: func(p *parser) {
		r := HouseholdRow{Place: p.row(), Code: p.code(0), Village: p.area(1, 12), Group: p.code(2)}
		head, cut := MaskHead(p.text(3))
		if r.Head = head; cut {
			p.r.masked[planner.Place{File: p.r.file, Sheet: p.table.name, Column: p.heads[3]}]++
		}
		r.Guide, r.Contact = p.text(4), p.contact(5, phoneRE, "电话号码", "a phone number")
		r.Hours, r.Consent = choose(p, 6, hours), choose(p, 7, consents)
		if r.Hours == "" {
			r.Hours = planner.HoursAny
		}
		r.Needs, r.PerYear = p.needs(8), p.number(9, 1, perYearMost)
		if r.Code != "" {
			p.r.batch.Households.add(r)
		}
	},
	Pairings: func(p *parser) {
		if r := (PairingRow{Place: p.row(), Household: p.code(0), Cadre: p.code(1)}); r.Household != "" && r.Cadre != "" {
			p.r.batch.Pairings.add(r)
		}
	},
	Tasks: func(p *parser) {
		r := TaskRow{Place: p.row(), Code: p.code(0), Cadre: p.code(1), Household: p.code(2), Say: p.text(3), PromisedOn: p.date(4), DueOn: p.date(5)}
		if !r.PromisedOn.IsZero() && !r.DueOn.IsZero() && r.DueOn.Before(r.PromisedOn) {
			p.stop(5, "date-order", "办结期限"+r.DueOn.String()+"早于答应日期"+r.PromisedOn.String()+"，请核对。",
				"the due day "+r.DueOn.String()+" lies before the promise of "+r.PromisedOn.String()+"; check both.")
		}
		if r.Code != "" {
			p.r.batch.Tasks = append(p.r.batch.Tasks, r)
		}
	},
}

var yesNo = []choice[bool]{{"是", true, []string{"1", "对", "√"}}, {"否", false, []string{"0", "不是"}}}

// has reports whether cell i holds anything.
func (l line) has(i int) bool {
	return i >= 0 && i < len(l.cells) && !(line{cells: l.cells[i : i+1]}).empty()
}
