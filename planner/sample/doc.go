// Package sample makes the import files that an office would send, over real villages with invented people: what
// `lianxin sample` writes, what the demo runs on, and what tests of size read.
//
// Five files come out, through the same writers as the templates: 01-区划与单位.xlsx (村组, 单位), 02-干部花名册.xlsx (干部,
// 请假, 回避), 03-户名册.csv (GB18030), 04-上年结对.csv and 05-跟进事项.xlsx.
//
// Villages are the 35 communities of 义马 (preset yima) or the 3,474 villages and communities of 信阳 (preset xinyang). The
// practices of counties elsewhere — fengshan, wufeng, laizhou, liangshan, shouchang, one-to-one — stand on one to three
// townships of Henan, whose villages are public; see villages/SOURCE.md. Everything else is made from the seed: groups of uneven size, the three-level network (one
// bureau 局, stations 站 of offices and 街道, a room 室 in each village), county leaders with their 分管工作, section-level
// cadres, staff with skills, leave and recusals, households with masked heads, and the pairings and promises of the year
// before. It behaves like a real roster where that hurts: names with 㛃 𠮷 𬭎 龘 喆 and ·, a two-character name padded with
// a space, namesakes, households that do not consent, cadres on leave with households of last year, recusals against
// last year's pairs, promises that are overdue.
//
// Numbers that look like contacts cannot reach anybody: fixed lines are 0398-0xxxxxx, 0376-0xxxxxx and the like, and no Chinese
// subscriber number begins with 0; mail goes to example.org (RFC 2606). Mobiles must pass the check of an import and so
// have the shape of real ones; all are 199000xxxxx in running order. They stand in generated files only, and no channel
// of the demo sends to a phone.
//
// The same preset and seed give the same bytes. Each thing draws from its own stream, named by what it is and its
// number, so that a new feature of the sample does not shift the others. Households are written village by village:
// memory grows with cadres and villages, not with households.
//
// Decisions.
//
// 义马's 90 群众工作站 (domain.md §1 row 9) are the 90 stations, 83 offices and 7 街道; the bureau above them and the 35
// rooms below come on top, so the sheet 单位 has 126 rows. Rejected: 90 rows in all, which would leave 47 offices and
// tear the three levels apart.
//
// 信阳's 67,000 cadres and 1,000,000 households are rows in all, of which 92 % consent: 67,000 × 15 would otherwise leave
// no room for leaders, section-level cadres and leave.
//
// Own splitmix64 instead of math/rand: its sequence is ours for good, and files made today must come out the same
// from a later Go.
package sample
