package sheet

import "lianxin/planner"

// choice pairs a word of a drop-down with its value; also holds other spellings that offices use.
type choice[T comparable] struct {
	word  string
	value T
	also  []string
}

var levels = []choice[planner.AreaLevel]{
	{"县", planner.LevelCounty, []string{"县级", "市", "县级市", "区"}},
	{"乡镇", planner.LevelTownship, []string{"乡", "镇", "街道", "乡镇街道"}},
	{"村", planner.LevelVillage, []string{"社区", "行政村", "村社区"}},
	{"组", planner.LevelGroup, []string{"村民小组", "自然村", "网格", "居民小组"}},
}

var networks = []choice[planner.Network]{
	{"局", planner.NetworkBureau, nil}, {"站", planner.NetworkStation, nil}, {"室", planner.NetworkRoom, nil},
}

var ranks = []choice[planner.Rank]{
	{"市级领导", planner.RankLeader, nil},
	{"科级", planner.RankSection, nil},
	{"一般干部", planner.RankStaff, nil},
}

// post is what the column 职级 says: the rank, and the grade if it is told apart.
type post struct {
	rank  planner.Rank
	grade planner.Grade
}

// posts are the words of the column 职级. The first three tell the rank alone.
var posts = []choice[post]{
	{"市级领导", post{planner.RankLeader, ""}, []string{"县级领导", "市(县)级领导", "县处级"}},
	{"科级", post{planner.RankSection, ""}, []string{"科级干部", "乡科级"}},
	{"一般干部", post{planner.RankStaff, ""}, []string{"一般", "科员", "办事员"}},
	{"正处级", post{planner.RankLeader, planner.GradeDivision}, []string{"正处", "县处级正职"}},
	{"副处级", post{planner.RankLeader, planner.GradeDeputyDivision}, []string{"副处", "县处级副职"}},
	{"正科级", post{planner.RankSection, planner.GradeTownship}, []string{"正科", "乡科级正职"}},
	{"副科级", post{planner.RankSection, planner.GradeDeputyTownship}, []string{"副科", "乡科级副职"}},
}

// rankWord is the word of a rank and grade. An ordinary cadre's grade says nothing beyond the rank.
func rankWord(r planner.Rank, g planner.Grade) string {
	if w := wordOf(posts, post{r, g}); w != "" {
		return w
	}
	return wordOf(ranks, r)
}

var recusalKinds = []choice[planner.RecusalKind]{
	{"本人申报", planner.RecusalDeclared, nil}, {"对方要求", planner.RecusalRequested, nil}, {"组织决定", planner.RecusalOrdered, nil},
}

var hours = []choice[planner.Hours]{
	{"不限", planner.HoursAny, []string{"都可以", "均可"}}, {"上午", planner.HoursMorning, nil},
	{"下午", planner.HoursAfternoon, nil}, {"晚上", planner.HoursEvening, []string{"晚间"}},
}

var consents = []choice[planner.Consent]{
	{"同意", planner.ConsentGiven, nil}, {"未征询", planner.ConsentUnasked, []string{"待征询"}},
	{"不同意", planner.ConsentDeclined, nil}, {"已撤回", planner.ConsentWithdrawn, []string{"撤回"}},
}

var needs = func() (cs []choice[planner.Need]) {
	for _, n := range planner.Needs {
		cs = append(cs, choice[planner.Need]{planner.NeedText[n].ZH, n, nil})
	}
	return cs
}()

// words lists the drop-down of a choice list.
func words[T comparable](cs []choice[T]) []string {
	ws := make([]string, len(cs))
	for i, c := range cs {
		ws[i] = c.word
	}
	return ws
}

// wordOf is the word of a value, "" for a value that is not in the list.
func wordOf[T comparable](cs []choice[T], v T) string {
	for _, c := range cs {
		if c.value == v {
			return c.word
		}
	}
	return ""
}

// valueOf finds the value that a word stands for; spaces do not matter.
func valueOf[T comparable](cs []choice[T], word string) (T, bool) {
	for _, c := range cs { // as written, nearly always
		if word == c.word {
			return c.value, true
		}
	}
	w := plainHeader(word)
	for _, c := range cs {
		if w == plainHeader(c.word) {
			return c.value, true
		}
		for _, a := range c.also {
			if w == plainHeader(a) {
				return c.value, true
			}
		}
	}
	var none T
	return none, false
}
