package sheet

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

// helperMost is the most households, or tens, of one helper.
const helperMost = 60

// HelperRow is a row of 志愿者与调解员.
type HelperRow struct {
	Place     planner.Place
	Code      string
	Name      string
	What      planner.HelperKind
	Area      planner.AreaCode // village or group
	Skills    []planner.Need
	Capacity  int
	Agreement civil.Span
}

// WishRow is a row of 双向选择意愿.
type WishRow struct {
	Place     planner.Place
	What      WishKind
	Household string
	Cadre     string
	Area      planner.AreaCode // village or group
}

// WishKind says who wishes what.
type WishKind string

const (
	WishCadre   WishKind = "cadre"   // the household would like this cadre
	WishAnother WishKind = "another" // the household would like another cadre than it has
	WishPlace   WishKind = "place"   // the cadre would like to serve this village or group
)

var helperKinds = []choice[planner.HelperKind]{
	{"志愿者", planner.HelperVolunteer, []string{"志愿服务者"}}, {"十户调解员", planner.HelperMediator, []string{"调解员", "十户长"}},
}

var wishKinds = []choice[WishKind]{
	{"希望由其联系", WishCadre, []string{"希望由该干部联系"}}, {"希望换一名", WishAnother, []string{"希望换一名干部"}}, {"愿意联系此处", WishPlace, []string{"愿意联系"}},
}

// Kind is [Helpers].
func (HelperRow) Kind() Kind { return Helpers }

// Kind is [Wishes].
func (WishRow) Kind() Kind { return Wishes }

func (r HelperRow) cells() []string {
	last := civil.Date{}
	if !r.Agreement.Until.IsZero() {
		last = r.Agreement.Until.AddDays(-1)
	}
	return []string{r.Code, r.Name, wordOf(helperKinds, r.What), string(r.Area), needWords(r.Skills), numberCell(r.Capacity), r.Agreement.From.String(), last.String()}
}

func (r WishRow) cells() []string {
	return []string{wordOf(wishKinds, r.What), r.Household, r.Cadre, string(r.Area)}
}

var helperColumns = []Column{
	{Header: planner.Text{ZH: "人员编号", EN: "helper code"}, Required: true, Form: FormCode, Width: 14, Example: "Z0012",
		Note: planner.Text{ZH: "每人一个，不得重复。不要填身份证号。", EN: "One a person, unique. No ID-card numbers."}},
	{Header: planner.Text{ZH: "姓名", EN: "name"}, Required: true, Width: 12, Example: "喆静",
		Note: planner.Text{ZH: "电话不填：由找到他们的单位或村（社区）联系。", EN: "No phone: the unit or village that found them has it."}},
	{Header: planner.Text{ZH: "身份", EN: "as"}, Required: true, Choices: words(helperKinds), Width: 14, Example: "志愿者",
		Note: planner.Text{ZH: "志愿者一对一帮户里自己选的事；十户调解员是本村居民，约十户一名。", EN: "A volunteer helps one household with what it chose; a mediator is a resident, one to about ten households."}},
	{Header: planner.Text{ZH: "服务区划", EN: "area"}, Required: true, Form: FormCode, Width: 20, Example: "411281001001-03",
		Note: planner.Text{ZH: "居住或服务的村（社区）12位代码，或组的代码。", EN: "Village where they live or serve, 12 digits, or the group's code."}},
	{Header: planner.Text{ZH: "能帮忙的事", EN: "can help with"}, Choices: words(needs), Many: true, Width: 26, Example: "农技、助学",
		Note: planner.Text{ZH: "志愿者填写，与户里选的需求标签对口；多项用“、”隔开。", EN: "Of a volunteer: matched with the need tags that households chose; separated by 、."}},
	{Header: planner.Text{ZH: "最多个数", EN: "most"}, Form: FormNumber, Width: 12, Example: "1",
		Note: planner.Text{ZH: "志愿者最多联系几户，调解员最多几个十户；不填为1。", EN: "Most households of a volunteer, most tens of a mediator; empty: 1."}},
	{Header: planner.Text{ZH: "协议开始", EN: "agreed from"}, Form: FormDate, Width: 14, Example: "2026-01-01",
		Note: planner.Text{ZH: "协议第一天；可不填。", EN: "First day of the agreement; may be empty."}},
	{Header: planner.Text{ZH: "协议结束", EN: "agreed until"}, Form: FormDate, Width: 14, Example: "2026-12-31",
		Note: planner.Text{ZH: "协议最后一天（含当天）；未定可不填。到期后不再安排。", EN: "Last day of the agreement, inclusive; empty if open. Nobody is placed with them after it."}},
}

var wishColumns = []Column{
	{Header: planner.Text{ZH: "意愿", EN: "wish"}, Required: true, Choices: words(wishKinds), Width: 18, Example: "希望由其联系",
		Note: planner.Text{ZH: "户可以提名干部，也可以只说“希望换一名”；干部可以报名联系某村某组。都不用写理由，只有经办人能看到。", EN: "A household may name a cadre or just ask for another; a cadre may name a village or group. No reason is asked; only the planner sees it."}},
	{Header: planner.Text{ZH: "户编号", EN: "household code"}, Form: FormCode, Width: 18, Example: "H000123",
		Note: planner.Text{ZH: "户的意愿填写。", EN: "Of a household's wish."}},
	{Header: planner.Text{ZH: "工号", EN: "cadre code"}, Form: FormCode, Width: 12, Example: "G00123",
		Note: planner.Text{ZH: "户提名的干部，或提出意愿的干部；“希望换一名”不填。", EN: "Whom the household names, or whose wish it is; empty when another is asked for."}},
	{Header: planner.Text{ZH: "村组代码", EN: "area code"}, Form: FormCode, Width: 20, Example: "411281001003",
		Note: planner.Text{ZH: "干部愿意联系的村（12位）或组。", EN: "Village (12 digits) or group that the cadre would like to serve."}},
}

func init() {
	columns[Helpers], columns[Wishes] = helperColumns, wishColumns
	kindNames[Helpers], kindNames[Wishes] = planner.Text{ZH: "志愿者与调解员", EN: "helpers"}, planner.Text{ZH: "双向选择", EN: "wishes"}
	parsers[Helpers] = func(p *parser) {
		r := HelperRow{Place: p.row(), Code: p.code(0), Name: CleanName(p.text(1)), What: choose(p, 2, helperKinds), Area: p.area(3, 12, 15), Skills: p.needs(4),
			Capacity: p.number(5, 1, helperMost), Agreement: civil.Span{From: p.date(6)}}
		if last := p.date(7); !last.IsZero() {
			r.Agreement.Until = last.AddDays(1)
			if !r.Agreement.From.IsZero() && last.Before(r.Agreement.From) {
				p.stop(7, "date-order", "协议结束"+last.String()+"早于协议开始"+r.Agreement.From.String()+"，请核对。", "the agreement ends on "+last.String()+", before it begins on "+r.Agreement.From.String()+"; check both.")
				return
			}
		}
		if r.Code != "" && r.Area != "" && r.What != "" {
			p.r.batch.Helpers = append(p.r.batch.Helpers, r)
		}
	}
	parsers[Wishes] = func(p *parser) {
		r := WishRow{Place: p.row(), What: choose(p, 0, wishKinds), Household: p.code(1), Cadre: p.code(2), Area: p.area(3, 12, 15)}
		fits := map[WishKind]bool{WishCadre: r.Household != "" && r.Cadre != "" && r.Area == "", WishAnother: r.Household != "" && r.Cadre == "" && r.Area == "",
			WishPlace: r.Household == "" && r.Cadre != "" && r.Area != ""}
		switch {
		case r.What == "":
		case !fits[r.What]:
			p.stop(0, "wish-form", "“"+wordOf(wishKinds, r.What)+"”要填的列不对：提名填户编号和工号，换一名只填户编号，干部意愿填工号和村组代码。",
				"the columns do not fit this wish: naming a cadre takes household and cadre, another cadre the household alone, a cadre's wish cadre and area.")
		default:
			p.r.batch.Wishes = append(p.r.batch.Wishes, r)
		}
	}
}
