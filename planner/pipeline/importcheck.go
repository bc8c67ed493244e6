package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

// importCheck compares the rows of a batch with each other and with the database. References are resolved against both:
// a file may name a unit that another file of the same import brings.
type importCheck struct {
	sheet.Findings
	batch sheet.Batch
	snap  importSnapshot

	areas      map[planner.AreaCode]planner.AreaLevel
	groups     map[planner.AreaCode]map[string]planner.AreaCode // of a village, by plain name
	counties   map[planner.AreaCode]bool
	units      map[string]string     // name by code
	cadres     map[string]cadreIndex // by code
	byName     map[string][]string   // codes by name, sorted
	households map[string]int32      // first row of the batch, by code
	stored     map[string]int32      // of snap.households, by code
	likeHome   map[string][]string   // codes of households by themselves without leading zeros; nil before the first question

	// What the merge needs, worked out while checking.
	groupOf  []planner.AreaCode // of each household row
	dropped  map[int]bool       // pairing rows left out: last year's cadre or household is gone
	foreign  map[int]bool       // cadre rows whose native village is of no concern here
	withdrew map[int]bool       // household rows that must not bring a withdrawn consent back
}

type cadreIndex struct {
	name, unit string
	rank       planner.Rank
}

// checkBatch checks every row and reports everything; a cell that could not be read was reported before and is passed
// over.
func checkBatch(b sheet.Batch, snap importSnapshot, period int) *importCheck {
	c := &importCheck{batch: b, snap: snap, areas: map[planner.AreaCode]planner.AreaLevel{}, groups: map[planner.AreaCode]map[string]planner.AreaCode{},
		counties: map[planner.AreaCode]bool{}, units: map[string]string{}, cadres: map[string]cadreIndex{}, byName: map[string][]string{},
		households: make(map[string]int32, b.Households.Len()), stored: make(map[string]int32, len(snap.households)), dropped: map[int]bool{}, foreign: map[int]bool{}, withdrew: map[int]bool{}}
	c.index()
	c.checkAreas()
	c.checkUnits()
	c.checkCadres()
	c.checkLeaves()
	c.checkHouseholds()
	c.checkRecusals()
	c.checkPairings(period)
	c.checkTasks()
	c.checkHelpers()
	return c
}

// index learns what exists: first the database, then the batch, which may correct it.
func (c *importCheck) index() {
	unitName := map[planner.UnitID]string{}
	for _, a := range c.snap.roster.Areas {
		c.addArea(a.Code, a.Name, a.Level)
	}
	for _, u := range c.snap.roster.Units {
		c.units[u.Code] = u.Name
		unitName[u.ID] = u.Name
	}
	for _, k := range c.snap.roster.Cadres {
		c.cadres[k.Code] = cadreIndex{k.Name, unitName[k.Unit], k.Rank}
	}
	for i, h := range c.snap.households {
		c.stored[h.Code] = int32(i)
	}
	for _, a := range c.batch.Areas {
		c.addArea(a.Code, a.Name, a.Level)
	}
	for _, u := range c.batch.Units {
		c.units[u.Code] = u.Name
	}
	for _, k := range c.batch.Cadres {
		c.cadres[k.Code] = cadreIndex{k.Name, c.units[k.Unit], k.Rank}
	}
	for i := range c.batch.Households.Len() {
		code := c.batch.Households.Code(i)
		if _, ok := c.households[code]; !ok {
			c.households[code] = int32(i)
		}
	}
	for code, k := range c.cadres {
		c.byName[k.name] = append(c.byName[k.name], code)
	}
	for _, codes := range c.byName {
		slices.Sort(codes)
	}
}

func (c *importCheck) addArea(code planner.AreaCode, name string, level planner.AreaLevel) {
	c.areas[code] = level
	if level == planner.LevelGroup {
		if c.groups[code.Village()] == nil {
			c.groups[code.Village()] = map[string]planner.AreaCode{}
		}
		c.groups[code.Village()][sheet.CleanName(name)] = code
	}
	if level == planner.LevelCounty {
		c.counties[code] = true
	}
}

func (c *importCheck) stop(at planner.Place, column, code, zh, en string) {
	c.add(planner.Stop, at, column, code, zh, en)
}

func (c *importCheck) add(sev planner.Severity, at planner.Place, column, code, zh, en string) {
	at.Column = column
	c.Add(sev, code, at, planner.Text{ZH: zh, EN: en})
}

// double reports the second row of a key. first remembers where the key stood.
func (c *importCheck) double(first map[string]planner.Place, key, shown string, at planner.Place, column string) bool {
	was, ok := first[key]
	if !ok {
		first[key] = at
		return false
	}
	c.again(was, shown, at, column)
	return true
}

// again says that a key stood in the sheets before.
func (c *importCheck) again(was planner.Place, shown string, at planner.Place, column string) {
	where := was.Text()
	if was.File == at.File && was.Sheet == at.Sheet {
		where = planner.Text{ZH: fmt.Sprintf("第%d行", was.Row), EN: fmt.Sprintf("row %d", was.Row)}
	}
	c.stop(at, column, "duplicate", "“"+shown+"”与"+where.ZH+"重复。请删除其中一行，或改正编号。", "“"+shown+"” stands in "+where.EN+" already. Delete one of the rows or correct the code.")
}

func (c *importCheck) checkAreas() {
	first := map[string]planner.Place{}
	for _, r := range c.batch.Areas {
		c.double(first, string(r.Code), string(r.Code), r.Place, "代码")
		c.checkAreaDays(r)
		if p := parentOf(r); p != "" && c.areas[p] == "" {
			c.stop(r.Place, "上级代码", "unknown-area", "上级区划“"+string(p)+"”不在《村组》表里，系统里也没有。请补上这一行。",
				"the area above, "+string(p)+", is neither in 村组 nor in the system. Add its row.")
		}
	}
}

// parentOf is the area above: as given, or by the code. Empty for a county.
func parentOf(r sheet.AreaRow) planner.AreaCode {
	switch {
	case r.Parent != "" || r.Level == planner.LevelCounty || r.Level == "":
		return r.Parent
	case r.Level == planner.LevelTownship:
		return r.Code.County()
	case r.Level == planner.LevelVillage:
		return r.Code.Township()
	}
	return r.Code.Village()
}

// village reports an unknown or wrong code; an empty one was reported before or is optional.
func (c *importCheck) village(at planner.Place, column string, code planner.AreaCode) bool {
	switch level := c.areas[code]; {
	case code == "" || level == planner.LevelVillage:
		return true
	case level == "":
		c.stop(at, column, "unknown-village", "没有代码为“"+string(code)+"”的村（社区）。请核对代码，或先在《村组》表里补上。",
			"there is no village "+string(code)+". Check the code, or add it to 村组 first.")
	default:
		c.stop(at, column, "unknown-village", "“"+string(code)+"”不是村（社区）的代码。请填12位村代码。", string(code)+" is not the code of a village. Use the 12 digits of a village.")
	}
	return false
}

func (c *importCheck) checkUnits() {
	first := map[string]planner.Place{}
	for _, r := range c.batch.Units {
		c.double(first, r.Code, r.Code, r.Place, "单位代码")
		if r.Area != "" && c.areas[r.Area] == "" {
			c.stop(r.Place, "所在区划", "unknown-area", "没有代码为“"+string(r.Area)+"”的区划。请核对，或先在《村组》表里补上。",
				"there is no area "+string(r.Area)+". Check the code, or add it to 村组 first.")
		}
		switch {
		case r.Parent == "":
		case r.Parent == r.Code:
			c.stop(r.Place, "上级单位代码", "unknown-unit", "上级单位填成了本单位。请改正，没有上级请留空。", "the unit above is the unit itself. Correct it, or leave it empty.")
		default:
			c.unit(r.Place, "上级单位代码", r.Parent)
		}
		for _, v := range r.Villages {
			c.village(r.Place, "包联村", v)
		}
	}
}

func (c *importCheck) unit(at planner.Place, column, code string) {
	if _, ok := c.units[code]; code != "" && !ok {
		hint, hintEN := near(code, c.units, func(name string) string { return name })
		c.stop(at, column, "unknown-unit", "没有代码为“"+code+"”的单位。"+hint+"请核对，或先在《单位》表里补上。", "there is no unit "+code+". "+hintEN+"Check the code, or add it to 单位 first.")
	}
}

// near suggests a code that differs by leading zeros alone, which a numeric cell loses.
func near[T any](code string, known map[string]T, name func(T) string) (zh, en string) {
	bare := strings.TrimLeft(code, "0")
	var like []string
	for k := range known {
		if k != code && strings.TrimLeft(k, "0") == bare {
			like = append(like, k)
		}
	}
	slices.Sort(like)
	if len(like) == 0 || bare == "" {
		return "", ""
	}
	return "是不是“" + like[0] + "”（" + name(known[like[0]]) + "），开头的0丢了？", "Is it " + like[0] + " (" + name(known[like[0]]) + ") with its leading zeros lost? "
}

// cadre reports an unknown 工号. A name in its place gets the codes of all who bear it.
func (c *importCheck) cadre(at planner.Place, column, code string) bool {
	if _, ok := c.cadres[code]; code == "" || ok {
		return true
	}
	if codes := c.byName[sheet.CleanName(code)]; len(codes) > 0 {
		var who []string
		for _, k := range codes {
			who = append(who, k+"（"+c.cadres[k].unit+"）")
		}
		c.stop(at, column, "name-for-code", "这里要填工号，不能填姓名“"+code+"”。叫这个名字的有："+strings.Join(who, "、")+"，请填对应的工号。",
			"a cadre code belongs here, not the name "+code+". Of that name are: "+strings.Join(who, ", ")+". Fill in the code.")
		return false
	}
	hint, hintEN := near(code, c.cadres, func(k cadreIndex) string { return k.name })
	c.stop(at, column, "unknown-cadre", "没有工号为“"+code+"”的干部。"+hint+"请核对，或先在《干部》表里补上。", "there is no cadre "+code+". "+hintEN+"Check the code, or add it to 干部 first.")
	return false
}

func (c *importCheck) hasHousehold(code string) bool {
	_, inBatch := c.households[code]
	_, inStore := c.stored[code]
	return inBatch || inStore
}

// alikeHouseholds are the codes that differ from code by leading zeros alone. A file of wrong codes asks often, so all are
// laid out at the first question.
func (c *importCheck) alikeHouseholds(code string) map[string]bool {
	if c.likeHome == nil {
		c.likeHome = map[string][]string{}
		for _, codes := range []map[string]int32{c.households, c.stored} {
			for k := range codes {
				bare := strings.TrimLeft(k, "0")
				c.likeHome[bare] = append(c.likeHome[bare], k)
			}
		}
	}
	alike := map[string]bool{}
	for _, k := range c.likeHome[strings.TrimLeft(code, "0")] {
		alike[k] = true
	}
	return alike
}

func (c *importCheck) household(at planner.Place, column, code string) bool {
	if code == "" || c.hasHousehold(code) {
		return true
	}
	hint, hintEN := near(code, c.alikeHouseholds(code), func(bool) string { return "户名册" })
	c.stop(at, column, "unknown-household", "没有编号为“"+code+"”的户。"+hint+"请核对，或先在《户名册》里补上。", "there is no household "+code+". "+hintEN+"Check the code, or add it to 户名册 first.")
	return false
}

// byCode sorts nouns by their code.
func byCode[T any](xs []T, code func(T) string) []T {
	slices.SortFunc(xs, func(a, b T) int { return cmp.Compare(code(a), code(b)) })
	return xs
}
