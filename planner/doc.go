// Package planner holds the nouns of Lianxin 连心 and their invariants: areas, units, cadres, households, pairings, plans,
// events, visits, tasks, accounts, and what a person is told when something is wrong. It has no algorithm, no interface
// and no input or output; the stages and adapters are packages below it.
//
// # The house
//
// Data goes one way: roster → rules → pairing → calendar → follow-up → reminders → feeds, pages, sheets.
//
//	planner            nouns, typed IDs, errors, this glossary     imports civil
//	planner/civil      dates, clock times, instants, lunar dates   imports nothing of ours
//	planner/lang       texts, dates and errors for people          planner civil
//	planner/rule       what is forbidden, preferred, dear          planner civil
//	planner/flow       minimum-cost flow with dual certificate     nothing of ours
//	planner/pairing    roster + rules + pins → plan with reasons   planner civil rule flow
//	planner/verify     checker of certificates                     planner civil rule
//	planner/calendar   workdays, work days, rota, visit days       planner civil flow
//	planner/followup   task and matter states, deadlines, ladder   planner civil
//	planner/report     counts that may be published        planner civil
//	planner/store      all SQL of the nouns, both engines, audit   planner civil migrations
//	planner/sheet      xlsx and CSV in and out                     planner civil lang
//	planner/feed       iCalendar codec                             planner civil lang
//	planner/sample     made rosters over real villages             planner civil sheet
//	planner/pipeline   the use cases                               all above, notifier
//	planner/web        pages, JSON, feeds over HTTP                planner civil lang report pipeline store notifier
//	notifier           notices, deliveries, workers, channels      civil
//	migrations         the schema of both engines                  nothing of ours
//	migrations/dbtest  fresh databases for tests                   migrations
//	cmd/lianxin        flags, wiring, the clock                    all
//	cmd/lianxin-bench  solvers and servers beside public ones      planner civil calendar flow store pipeline web notifier migrations/dbtest
//
// layers_test.go reads the imports and fails on one that this table does not allow.
//
// # Glossary 中英
//
//	Appointment   约访            a seat of a reception, booked beforehand by code and accepted by the counter; WalkIn 现场来访 comes without one
//	Area          区划            county → township → village → group; a 12-digit code names a village [统计用区划代码]
//	Cadre         干部            a person of a unit; rank decides the tier of pairing
//	Card          户卡            two codes that a household keeps: one opens its record, the other is for complaints
//	Care          定期关心         a small task that comes round for a need that the household named itself
//	Certificate   最优性证明       the dual solution that proves a plan cheapest over all pairs
//	Checklist     走访清单         four parts, after 四员: policy, opinions, mediation, errands
//	Collision     日期冲突         the mass-work-day and the leaders' meeting would fall on one day
//	Companion     合并走访         who goes along where another unit would have come on a day of its own
//	Consent       同意状态         a household is paired only if it agreed, and may withdraw at any time
//	Due           办结期限         the day by which a task is to be done
//	Edit          记录改动         one change of one field of a visit's record; Record 走访记录 is what the edits come to
//	Finding       核对意见         one thing found in what was given, with its place and what to do
//	Grade         职级            正处 to 一般, finer than the rank; 8-7-6-5-4 sets households by it
//	Head          主要负责人       head of Party committee or government; receives on Mondays [河南省信访局 2024-09-26]
//	Household     户              code, village, group, 户主（隐名）; nothing that domain law does not need
//	Ladder, Rung  提级阶梯、级     室 → 站 → 局: who is told when a task stays undone
//	Leader        市(县)级领导     looks after one village; receives visitors by rota
//	LeadersMeeting 领导小组会议    the 16th of each month, after the mass-work-day
//	MassWorkDay   群众工作日       the 15th of each month
//	Lead          领导包案         a leader on a matter, with a plan, a next date and the duties of the office's list
//	Matter        信访事项         a letter, reception, online or square item with statutory clocks; a remark 民情问题 has none until the person asks
//	Mute          暂不打扰         a household's wish not to be visited until a day
//	Opinion       满意度          the person's own word on a closed matter, by code or to somebody who did not handle it
//	Notice        提醒            the obligation to tell somebody something by an instant; Delivery 发送 an attempt at it
//	Pairing       结对            a cadre and the household, group or village they look after
//	Period        周期            the year that a plan is for
//	Pin           锁定            a pair fixed before solving
//	Plan          结对方案         draft 草案 → review 征求意见稿 → published 已发布 → superseded 已被替代
//	Policy        政策            what an office changes of a preset: prices, switches, loads, caps
//	Postpone      顺延            policy: to the next workday; advance 提前, keep 照常, skip 跳过
//	Provisional   待确认           a year whose holiday notice is held but not confirmed; like an unpublished one, all that is laid is 暂定
//	PublicNotice  公示            the published schedule of a month, with the day on which it was hung up
//	Request       权利请求         a household's wish to have its record corrected or erased, or another cadre
//	Reception     接访            a leader receives visitors in the hall; Slot 时段
//	Recusal       回避            a cadre who may not look after a household [公务员法 Art. 76–77]
//	Roster        名册            areas, units, cadres, households, recusals
//	StandsFor     替访            another cadre goes for one day; the pairing stays
//	Section       科级            second tier: groups and 网格
//	Task          跟进事项         a promise with window and due date
//	Unit          单位            office of cadres; its Network place is 局, 站 or 室
//	Village       村(社区)        a 12-digit area
//	Visit         走访            one household on one day
//	Workday       工作日           by the State Council's notice of the year, make-up days 补班 included
//
// # States
//
//	Plan       draft → review → published → superseded; draft | review → withdrawn
//	Event      tentative → confirmed → cancelled (RFC 5545 §3.8.1.11)
//	Appointment booked → confirmed | refused; booked | confirmed → received | absent | cancelled
//	Visit      planned → done | not-home | declined | moved | cancelled
//	Task       draft → ready → in-progress → completed | cancelled | failed (FHIR R5 Task); terminal ones are never edited
//	Matter     noted → registered → accepted | assigned → answered → closed; assigned → registered (returned within five working days);
//	           registered → closed (not accepted, passed on); closed → assigned one rung up (不满意), once per rung
//	Notice     scheduled → due → done | expired | cancelled
//	Delivery   ready → leased → handed → delivered | failed | uncertain; uncertain → delivered | failed | ready
//	Year       unpublished → provisional → official
//
// # Red lines
//
// There is no score, rank, label or list of residents or petitioners; no 稳控, interception, travel or location; no clock-in,
// GPS or photo of a cadre and no ranking of cadres. redline_test.go holds these absences over columns, JSON fields, page texts
// and import headers.
package planner
