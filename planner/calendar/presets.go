package calendar

import (
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Preset is the calendar of a real office, to start from.
type Preset struct {
	ID     string
	Say    planner.Text // the practice
	Source planner.Text // where it is from; what the source leaves open and we chose, it says
	Rules  Rules
}

// Presets lists the presets in the order in which they are shown.
func Presets() []Preset {
	monday := civil.MustDate("2026-01-05") // the first Monday of 2026, from which every-so-many-days presets count
	return []Preset{
		{"yima", planner.Text{ZH: "每月15日群众工作日，16日群众工作领导小组会议，遇节假日顺延，会议排在群众工作日之后", EN: "mass-work-day on the 15th, leaders' meeting on the 16th, postponed from holidays, the meeting after the mass-work-day"},
			planner.Text{ZH: "义马市群众工作做法", EN: "Yima, mass work"}, Yima()},
		{"county-2008", planner.Text{ZH: "每月15日领导接访，遇节假日顺延；各单位自己的接访日为10日", EN: "leaders receive on the 15th, postponed from holidays; the units' own day is the 10th"},
			planner.Text{ZH: "某县2008年通知", EN: "notice of a county, 2008"}, Rules{Days: []int{15}, Policy: Postpone, Hall: true, UnitDay: 10, Title: named("领导接访日", "leaders' reception day"), UnitTitle: named("各单位接访日", "units' reception day")}},
		{"liling", planner.Text{ZH: "每月20、21日群众工作日，节假日顺延；当月内开会商交班会", EN: "mass-work-days on the 20th and 21st, postponed from holidays; a meeting to hand over what was found within the month"},
			planner.Text{ZH: "醴陵2014年；会商交班会的日子没有出处，取其后第2个工作日", EN: "Liling 2014; the day of the meeting has no source: two workdays later"},
			Rules{Days: []int{20, 21}, Policy: Postpone, MeetingNext: 2, MeetingTitle: named("会商交班会", "meeting to hand over what was found")}},
		{"mengjin", planner.Text{ZH: "每周三帮扶走访日", EN: "visits every Wednesday"},
			planner.Text{ZH: "孟津小浪底2023年；遇节假日的办法没有出处，取除外", EN: "Mengjin Xiaolangdi 2023; the holiday policy has no source: left out"},
			Rules{Weekdays: []time.Weekday{time.Wednesday}, Policy: Skip, Title: named("帮扶走访日", "day of help and visits")}},
		{"shouchang", planner.Text{ZH: "每周三驻镇走访日", EN: "cadres stay in the town and visit every Wednesday"},
			planner.Text{ZH: "建德寿昌2012年；遇节假日的办法没有出处，取除外", EN: "Shouchang 2012; the holiday policy has no source: left out"},
			Rules{Weekdays: []time.Weekday{time.Wednesday}, Policy: Skip, Title: named("驻镇走访日", "day in the town and of visits")}},
		{"ankang", planner.Text{ZH: "每月1、11、21日领导接话日；不能到的请假，变更和原因公布", EN: "leaders answer calls on the 1st, 11th and 21st; who cannot come asks leave, and change and reason are published"},
			planner.Text{ZH: "安康2022年；遇节假日的办法没有出处，取顺延", EN: "Ankang 2022; the holiday policy has no source: postponed"},
			Rules{Days: []int{1, 11, 21}, Policy: Postpone, Hall: true, Title: named("领导接话日", "day on which leaders answer calls")}},
		{"tongcheng", planner.Text{ZH: "每周二、周四上午8:00至11:00领导接访，节假日除外", EN: "leaders receive on Tuesdays and Thursdays from 8:00 to 11:00, holidays left out"},
			planner.Text{ZH: "桐城2021年2月公告", EN: "Tongcheng, notice of February 2021"},
			Rules{Weekdays: []time.Weekday{time.Tuesday, time.Thursday}, Policy: Skip, Hall: true, Title: named("领导接访日", "leaders' reception day"), From: civil.MustClock("08:00"), Until: civil.MustClock("11:00")}},
		{"yanma", planner.Text{ZH: "每周二全体包村干部到村，其他日子轮值", EN: "all village cadres are in the village every Tuesday, on other days by rota"},
			planner.Text{ZH: "演马街道；日子的叫法和遇节假日的办法没有出处，取“集中到村日”和除外", EN: "Yanma; the day's name and the holiday policy have no source: our name, and left out"},
			Rules{Weekdays: []time.Weekday{time.Tuesday}, Policy: Skip, Title: named("集中到村日", "day in the villages")}},
		{"township-10", planner.Text{ZH: "民情接待站每10天一次", EN: "the township's reception station every 10 days"},
			planner.Text{ZH: "苏木乡民情接待站（10天一期）；日子的叫法、起算日和节假日办法为本系统设定", EN: "a township's station, 10-day round; name, first day and holiday policy are our choice"},
			Rules{Every: 10, Anchor: monday, Policy: Postpone, Hall: true, Title: named("民情接待日", "day of the reception station")}},
		{"township-15", planner.Text{ZH: "民情接待站每15天一次", EN: "the township's reception station every 15 days"},
			planner.Text{ZH: "苏木乡民情接待站（15天一期）；日子的叫法、起算日和节假日办法为本系统设定", EN: "a township's station, 15-day round; name, first day and holiday policy are our choice"},
			Rules{Every: 15, Anchor: monday, Policy: Postpone, Hall: true, Title: named("民情接待日", "day of the reception station")}},
	}
}

// named is the name of a day as inside a sentence.
func named(zh, en string) planner.Text { return planner.Text{ZH: zh, EN: en} }

// PresetOf returns the preset of an ID, or a planner.Error of kind NotFound that lists them all.
func PresetOf(id string) (Preset, error) {
	var ids []string
	for _, p := range Presets() {
		if p.ID == id {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	return Preset{}, planner.Fail(planner.NotFound, "没有日历预设“"+id+"”。可用的有："+strings.Join(ids, "、")+"。",
		"there is no calendar preset "+id+"; there are "+strings.Join(ids, ", ")+".")
}
